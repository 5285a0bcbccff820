"""Pages of PDFs and pictures as images, drawn once and remembered on this machine's disk (ui.md, Previews).

    DATA_DIR/previews/1/<ab>/<ab3…>/pages          the number of pages, or why it cannot be told
    DATA_DIR/previews/1/<ab>/<ab3…>/2-600.png      page 2, 600 px wide, PNG or JPEG
    DATA_DIR/previews/1/<ab>/<ab3…>/2-600.failed   why it cannot be drawn: a bomb costs its ten seconds once

Under the random key of the kept file, which nobody can guess; whoever shows a page has checked who asks. All of it
can be lost: it is drawn again. The first folder is the edition: raise it when pages come out otherwise.
"""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile

from django.conf import settings

from portal.files import pdf
from portal.files.child import Cause, Failure
from portal.files.keep import path_of

WIDTHS = (240, 600, 1200, 1800)  # px: thumbnail, panel, panel or page on a dense screen, page
EDITION = "1"
MOST = 1024 * 1024 * 1024  # bytes in all
PRUNED_EVERY = 100  # drawings of one process
SUFFIX_OF = {"image/png": ".png", "image/jpeg": ".jpg"}
TYPE_OF = {suffix: type for type, suffix in SUFFIX_OF.items()}

_drawings = count(1)


def page_count(key: str, type: str) -> int | Failure:
    """How many pages the file kept under `key` has, `type` being the MIME type read from its content."""
    noted = _noted(_folder(key) / "pages")
    if noted is not None:
        return noted
    inspected = pdf.inspect(path_of(key), type)
    if isinstance(inspected, Failure):
        _note(_folder(key) / "pages", inspected)
        return inspected
    _note(_folder(key) / "pages", inspected.pages)
    return inspected.pages


def page_image(key: str, type: str, page: int, width: int) -> Path | Failure:
    """Page `page`, from 1, of the file kept under `key`, `width` px wide, as the path of a PNG or JPEG.

    ValueError for a width that is not of WIDTHS: whoever asks a page of an address has to look first.
    """
    if width not in WIDTHS:
        raise ValueError(f"a page is {WIDTHS} px wide, not {width}")
    folder = _folder(key)
    for suffix in TYPE_OF:
        path = folder / f"{page}-{width}{suffix}"
        try:
            os.utime(path)  # what was looked at last is kept longest
        except FileNotFoundError:
            continue
        return path
    failure = _noted(folder / f"{page}-{width}.failed")
    if isinstance(failure, Failure):
        return failure
    pages = _noted(folder / "pages")
    if isinstance(pages, Failure):
        return pages
    if page < 1 or (pages and page > pages):
        return Failure(Cause.NO_SUCH_PAGE)
    return _draw(key, type, page, width)


def forget(key: str) -> None:
    """Remove all images of a file that is deleted; none there is no error."""
    rmtree(_folder(key), ignore_errors=True)


def prune(most: int = MOST) -> int:
    """Remove what was looked at longest ago until less than `most` bytes are left; how many bytes were removed."""
    files = []
    for folder, _, names in os.walk(settings.DATA_DIR / "previews"):
        for name in names:
            path = Path(folder, name)
            try:
                status = path.stat()
            except FileNotFoundError:  # another process prunes too
                continue
            files.append((status.st_mtime, max(status.st_size, 4096), path))
    total, removed = sum(size for _, size, _ in files), 0
    for _, size, path in sorted(files):
        if total - removed <= most:
            break
        path.unlink(missing_ok=True)
        with suppress(OSError):  # not empty, most often
            path.parent.rmdir()
        removed += size
    return removed


def _folder(key: str) -> Path:
    """ValueError for what is no key (T42)."""
    return settings.DATA_DIR / "previews" / EDITION / path_of(key).parent.name / key


def _draw(key: str, type: str, page: int, width: int) -> Path | Failure:
    folder = _folder(key)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix="unfinished-", delete=False) as file:
            unfinished = Path(file.name)
            try:
                drawn = pdf.draw(path_of(key), type, page, width, file)
                if isinstance(drawn, Failure):
                    # A page that is not there is not noted: an address can name any number of them.
                    if drawn.cause is not Cause.NO_SUCH_PAGE:
                        _note(folder / f"{page}-{width}.failed", drawn)
                    return drawn
                _note(folder / "pages", drawn.pages)
                return unfinished.rename(folder / f"{page}-{width}{SUFFIX_OF[drawn.type]}")
            finally:
                unfinished.unlink(missing_ok=True)
    except OSError:  # the disk is full, or the folder was forgotten meanwhile
        return Failure(Cause.UNAVAILABLE)
    finally:
        if next(_drawings) % PRUNED_EVERY == 0:
            prune(MOST)


def _noted(path: Path) -> int | Failure | None:
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    if text.isdecimal():
        return int(text)
    return Failure(Cause(text)) if text in Cause.values else None


def _note(path: Path, what: int | Failure) -> None:
    """Remember, all or nothing; a failure that may pass is none of the file's."""
    if isinstance(what, Failure) and not what.is_final:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix="unfinished-", delete=False) as file:
            file.write(str(what.cause.value if isinstance(what, Failure) else what))
        os.rename(file.name, path)
    except OSError:  # found out again next time
        return
