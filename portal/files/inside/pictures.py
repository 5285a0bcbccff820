"""Pictures, by Pillow: measured before they are decoded, shrunk in strips."""

from sealing import TALLEST, Refused, seal, written

MAX_SIDE = 30_000  # px, T46
MAX_PIXELS = 200_000_000  # as declared; a page of A3 at 1,000 dpi is 193 million
MAX_DECODED = 160_000_000  # bytes: 40 million pixels in colour; a JPEG gets there at 1/2, 1/4 or 1/8
MAX_FRAMES = 500  # pages of a TIFF
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF")  # Pillow's others include interpreters (EPS) and oddities
PLUGIN_OF = {"WEBP": "WebP"}


def pillow():
    """Pillow, and all that it looks for later, when nothing can be opened any more."""
    from importlib import import_module

    from PIL import Image

    for name in ("ImageColor", "ImageFile", "ImageOps", "ImagePalette", "MpoImagePlugin"):
        import_module(f"PIL.{name}")
    for name in FORMATS:
        import_module(f"PIL.{PLUGIN_OF.get(name, name.capitalize())}ImagePlugin")
    import_module("copy")  # GIF
    Image.preinit()
    return Image


def opened_picture(source: int):
    """The picture behind a descriptor, its header read and its size allowed; nothing is decoded yet."""
    import warnings
    from io import BytesIO

    library = pillow()
    library.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", library.DecompressionBombWarning)
    with open(source, "rb", closefd=False) as file:
        # Not the file itself: libtiff would duplicate its descriptor.
        content = BytesIO(file.read())
    seal()
    try:
        picture = library.open(content, formats=FORMATS)
    except (library.DecompressionBombError, library.DecompressionBombWarning) as error:
        raise Refused("too_many_pixels") from error
    check_size(picture)
    return picture


def check_size(picture) -> None:
    if max(picture.size) > MAX_SIDE or picture.width * picture.height > MAX_PIXELS:
        raise Refused("too_many_pixels")


def frames_of(picture) -> int:
    """Pages of a TIFF; everything else is one, also what moves."""
    if picture.format != "TIFF":
        return 1
    frames = 1
    while frames < MAX_FRAMES:
        try:
            picture.seek(frames)
        except EOFError:
            break
        frames += 1
    picture.seek(0)
    return frames


def inspect_picture(order: dict) -> dict:
    picture = opened_picture(order["sources"][0])
    across, down = picture.size
    if picture.format != "TIFF" and orientation_of(picture) >= 5:  # Pillow turns a TIFF by itself
        across, down = down, across
    return {"pages": frames_of(picture), "width": across, "height": down}


def draw_picture(order: dict) -> dict:
    number, width = order["given"]["page"], order["given"]["width"]
    picture = opened_picture(order["sources"][0])
    pages = frames_of(picture)
    if not 1 <= number <= pages:
        raise Refused("no_such_page")
    if number > 1:
        picture.seek(number - 1)
        check_size(picture)
    lies = picture.format != "TIFF" and orientation_of(picture) >= 5
    box = (width, TALLEST * width) if not lies else (TALLEST * width, width)
    picture.draft(None, (min(2 * box[0], picture.width), min(2 * box[1], picture.height)))
    if picture.width * picture.height * (1 if picture.mode in ("1", "L", "P") else 4) > MAX_DECODED:
        raise Refused("too_many_pixels")
    picture.load()
    turn = orientation_of(picture)
    small = shrunk(picture, max(1, int(max(picture.width / box[0], picture.height / box[1]) / 2)))
    small.thumbnail(box)
    return {"pages": pages, **written(upright(small, turn), order["into"])}


def orientation_of(picture) -> int:
    """1 to 8 as EXIF numbers them; 1 where there is nothing readable."""
    try:
        turn = picture.getexif().get(0x0112, 1)
    except Exception:  # EXIF is a small TIFF inside: it breaks in as many ways
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def upright(picture, turn: int):
    from PIL.Image import Transpose

    how = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }.get(turn)  # fmt: skip
    return picture if how is None else picture.transpose(how)


def shrunk(picture, factor: int):
    """The picture in greys or RGB, on white where it was transparent, each side divided by `factor`.

    Done in strips: Pillow converts before it shrinks, and a second copy of a large picture is what memory lacks.
    """
    from PIL import Image

    mode = "L" if picture.mode in ("1", "L") or picture.mode.startswith("I;16") else "RGB"
    small = Image.new(mode, (-(-picture.width // factor), -(-picture.height // factor)))
    rows = 64 * factor
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        small.paste(opaque(strip).convert(mode).reduce(factor), (0, top // factor))
    return small


def opaque(picture):
    from PIL import Image

    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256)
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture
    picture = picture.convert("RGBA")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
