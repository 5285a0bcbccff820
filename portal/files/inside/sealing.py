"""What PDFs and pictures share inside the child: refusing, shutting the door, and writing an image.

PDFium and Pillow are C and read what strangers send. Before they see a byte, the process gives up opening anything:
no file, no socket. Fonts of the machine are out of reach too, so a page that embeds none looks the same everywhere.
"""

import os
import resource

TALLEST = 4  # heights of an image, in its widths
FEW_COLOURS = 8_192  # a page of text has hundreds, a scan or a photo tens of thousands


class Refused(Exception):
    """A file that cannot be served as asked; `cause` is a value of `portal.files.child.Cause`."""

    def __init__(self, cause: str, index: int | None = None) -> None:
        super().__init__(cause)
        self.cause, self.index = cause, index


def seal() -> None:
    """From here on nothing can be opened; what is open stays. Everything needed must have been imported."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def written(image, into: int) -> dict:
    """Write `image` without any metadata: what is drawn as PNG, photos and scans, which would be far larger, as JPEG."""
    from io import BytesIO

    image.info = {}  # Pillow would write comment and profile again
    colours = image.getcolors(FEW_COLOURS)
    if image.mode == "RGB" and colours and all(red == green == blue for _, (red, green, blue) in colours):
        image = image.convert("L")
    jpeg, png = BytesIO(), BytesIO()
    image.save(jpeg, "JPEG", quality=85)
    if colours:
        image.save(png, "PNG", compress_level=6)
    is_drawn = 0 < png.tell() <= 1.5 * jpeg.tell()
    rest = (png if is_drawn else jpeg).getbuffer()
    while rest:
        rest = rest[os.write(into, rest) :]
    return {"type": "image/png" if is_drawn else "image/jpeg", "width": image.width, "height": image.height}
