"""Pictures in the limited child: thumbnails, their orientation, their limits, what they must not tell (T46)."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from portal.files import pdf
from portal.files.child import Cause, Failure
from portal.files.pdf import Inspected
from portal.tests import nasty


@pytest.fixture
def out(tmp_path):
    with (tmp_path / "drawn").open("w+b") as file:
        yield file


def picture(kind="JPEG", mode="RGB", size=(300, 200), **how):
    """White with a red corner, top left."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 3, size[1] // 3), fill=(200, 0, 0))
    content = BytesIO()
    image.convert(mode).save(content, kind, **how)
    return content.getvalue()


def drawn(content, out, type="image/jpeg", page=1, width=240):
    answer = pdf.draw(content, type, page, width, out)
    assert not isinstance(answer, Failure), answer
    return Image.open(out.name)


def dark_corners(image):
    across, down = image.size
    places = {"tl": (9, 9), "tr": (across - 9, 9), "bl": (9, down - 9), "br": (across - 9, down - 9)}
    return [name for name, place in places.items() if image.convert("L").getpixel(place) < 128]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("turn", "corner"),
    [(1, "tl"), (2, "tr"), (3, "br"), (4, "bl"), (5, "tl"), (6, "tr"), (7, "br"), (8, "bl")],
)
def test_a_photo_stands_upright(out, kind, turn, corner):
    exif = Image.Exif()
    exif[0x0112] = turn
    content, type = picture(kind, exif=exif), f"image/{kind.lower()}"
    image = drawn(content, out, type, width=100)
    shape = (100, 150) if turn >= 5 else (100, 67)
    assert (dark_corners(image), image.size) == ([corner], shape)
    if turn in (1, 6):
        size = (200, 300) if turn == 6 else (300, 200)
        assert pdf.inspect(content, type) == Inspected(1, size)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "1"), ("PNG", "L"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "LA"), ("GIF", "P"),
        ("WEBP", "RGB"), ("WEBP", "RGBA"), ("JPEG", "CMYK"), ("TIFF", "1"), ("TIFF", "CMYK"),
    ],
)  # fmt: skip
def test_every_kind_is_drawn_behind_the_seal(out, kind, mode):
    assert dark_corners(drawn(picture(kind, mode), out, f"image/{kind.lower()}")) == ["tl"]


def test_a_scan_of_several_pages(out):
    pages = [Image.open(BytesIO(picture(size=size))) for size in ((300, 200), (50, 60), (300, 200))]
    content = BytesIO()
    pages[0].save(content, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    assert pdf.inspect(content.getvalue(), "image/tiff") == Inspected(3, (300, 200))
    assert drawn(content.getvalue(), out, "image/tiff", page=2).size == (50, 60)  # never enlarged
    assert pdf.draw(content.getvalue(), "image/tiff", 4, 240, out) == Failure(Cause.NO_SUCH_PAGE)


def test_transparent_is_white(out):
    content = BytesIO()
    Image.new("RGBA", (300, 200), (0, 0, 0, 0)).save(content, "PNG")
    assert drawn(content.getvalue(), out, "image/png").convert("RGB").getextrema() == ((255, 255),) * 3


def test_a_thumbnail_tells_nothing_of_where_and_by_whom(out):
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "Telephone of Claire", "48.85 N 2.35 E"
    drawn(picture(exif=exif, comment=b"secret remark", icc_profile=b"profile" * 99), out)
    out.seek(0)
    content = out.read()
    assert not [word for word in (b"Claire", b"48.85", b"secret", b"profile", b"Exif") if word in content]


def test_photos_become_jpeg_and_drawings_png(out):
    noise = BytesIO()
    Image.merge("RGB", [Image.effect_noise((600, 400), 90) for _ in "RGB"]).save(noise, "PNG")
    assert pdf.draw(noise.getvalue(), "image/png", 1, 600, out).type == "image/jpeg"
    assert pdf.draw(picture("PNG"), "image/png", 1, 240, out).type == "image/png"


def test_a_ribbon_stays_in_bounds(out):
    content = picture("PNG", "1", size=(40, 9000))
    assert drawn(content, out, "image/png").size[1] == 4 * 240


@pytest.mark.parametrize(
    ("side", "colour", "depth"), [(30_001, 0, 1), (30_000, 0, 1), (15_000, 2, 8), (9_000, 6, 8)]
)
def test_too_many_pixels_are_refused_before_they_are_decoded(out, side, colour, depth):
    answer = pdf.draw(nasty.png(side, depth, colour), "image/png", 1, 240, out)
    assert answer == Failure(Cause.TOO_MANY_PIXELS)
    assert answer.reason == "Image trop grande pour être affichée."


def test_a_scan_of_a4_at_600_dpi_is_drawn(out):
    assert drawn(nasty.png(5_900, 8, 2), out, "image/png").width == 240  # 35 million pixels


def test_a_telephone_of_108_million_pixels_is_drawn(out):
    assert drawn(picture(size=(12_000, 9_000)), out).size == (240, 180)


@pytest.mark.parametrize(
    ("content", "type"),
    [
        (b"", "image/png"), (picture()[:400], "image/jpeg"), (b"GIF89a", "image/gif"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "image/png"), (b"\0" * 900, "image/tiff"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_unreadable(out, content, type):
    assert pdf.draw(content, type, 1, 240, out).reason == "Image illisible."


def test_other_types_have_no_preview(out):
    for type in ("image/heic", "image/svg+xml", "text/html", "application/zip", ""):
        assert pdf.inspect(b"x", type) == pdf.draw(b"x", type, 1, 240, out) == Failure(Cause.NOT_SHOWN)
    assert Failure(Cause.NOT_SHOWN).reason == "Pas d’aperçu pour ce type de fichier."
