"""Page images: drawn once, remembered, bounded, forgotten."""

import errno
import os
from collections import Counter

import pytest

from portal.files import pages, pdf
from portal.files.child import Cause, Failure
from portal.files.keep import keep, path_of
from portal.files.pages import forget, page_count, page_image, prune
from portal.files.pdf import PDF
from portal.tests import nasty


@pytest.fixture(autouse=True)
def previews(settings, tmp_path):
    settings.FILES_DIR, settings.DATA_DIR = tmp_path / "files", tmp_path
    return tmp_path / "previews"


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """How often a child was started, by task."""
    count = Counter()
    run = pdf.run
    monkeypatch.setattr(pdf, "run", lambda task, *a, **k: count.update([task]) or run(task, *a, **k))
    return count


def files(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_page_is_drawn_once_and_counts_the_pages(asked, previews):
    key = keep(nasty.real()[1]).key
    path = page_image(key, PDF, 2, 600)
    assert (page_image(key, PDF, 2, 600), page_count(key, PDF)) == (path, 3)
    assert asked == {"draw_pdf": 1}
    assert path.parent.name == key
    assert files(previews) == sorted([path.name, "pages"])
    assert path.stat().st_mode & 0o077 == 0


def test_pages_are_counted_once(asked):
    key = keep(nasty.real()[1]).key
    assert (page_count(key, PDF), page_count(key, PDF)) == (3, 3)
    assert asked == {"inspect_pdf": 1}
    for page in (0, -1, 4, 10**9):
        assert page_image(key, PDF, page, 240) == Failure(Cause.NO_SUCH_PAGE)
    assert asked == {"inspect_pdf": 1}


def test_no_address_fills_the_disk(previews):
    key = keep(nasty.real()[0]).key
    assert page_image(key, PDF, 99, 240) == Failure(Cause.NO_SUCH_PAGE)
    assert files(previews) == []
    with pytest.raises(ValueError, match="601"):
        page_image(key, PDF, 1, 601)
    with pytest.raises(ValueError):
        page_image("../../etc/passwd", PDF, 1, 240)


@pytest.mark.parametrize(
    ("content", "reason"), [(nasty.locked(), "mot de passe"), (b"%PDF-1.7", "PDF illisible")]
)
def test_a_failure_of_the_file_is_remembered(asked, content, reason):
    key = keep(content).key
    for _ in range(2):
        assert reason in page_image(key, PDF, 1, 240).reason
        assert reason in page_count(key, PDF).reason
    assert asked == {"draw_pdf": 1, "inspect_pdf": 1}


def test_a_failure_of_the_moment_is_not(asked, monkeypatch, previews):
    key = keep(nasty.real()[0]).key
    monkeypatch.setattr(pdf, "run", lambda *a, **k: Failure(Cause.BUSY))
    assert page_image(key, PDF, 1, 240) == page_count(key, PDF) == Failure(Cause.BUSY)
    assert files(previews) == []


def test_a_file_that_is_gone(previews):
    key = keep(b"x").key
    path_of(key).unlink()
    assert page_image(key, PDF, 1, 240) == page_count(key, PDF) == Failure(Cause.GONE)
    assert files(previews) == []


def test_pictures_are_pages_too():
    key = keep(nasty.png(500)).key
    assert page_count(key, "image/png") == 1
    assert page_image(key, "image/png", 1, 240).suffix in pages.TYPE_OF
    assert page_image(keep(b"PK").key, "application/zip", 1, 240) == Failure(Cause.NOT_SHOWN)


def test_a_full_disk_is_a_failure(monkeypatch):
    def full(*args, **how):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pages, "NamedTemporaryFile", full)
    assert page_image(keep(nasty.real()[0]).key, PDF, 1, 240) == Failure(Cause.UNAVAILABLE)


def test_forget_removes_what_is_a_files_and_nothing_else(previews):
    keys = [keep(nasty.real()[0]).key for _ in range(2)]
    paths = [page_image(key, PDF, 1, 240) for key in keys]
    forget(keys[0])
    forget(keys[0])
    assert [path.exists() for path in paths] == [False, True]


def test_prune_keeps_what_was_looked_at_last(previews, monkeypatch):
    keys = [keep(nasty.real()[0]).key for _ in range(3)]
    paths = [page_image(key, PDF, 1, 240) for key in keys]
    for age, path in zip((300, 200, 100), paths, strict=True):
        for file in path.parent.iterdir():
            os.utime(file, (path.stat().st_ctime - age,) * 2)
    page_image(keys[0], PDF, 1, 240)  # looked at again
    assert prune(3 * 4096) == 3 * 4096
    assert [path.exists() for path in paths] == [True, False, True]
    assert prune() == 0


def test_the_cache_bounds_itself(previews, monkeypatch):
    monkeypatch.setattr(pages, "PRUNED_EVERY", 1)
    monkeypatch.setattr(pages, "MOST", 4096)
    for _ in range(3):
        page_image(keep(nasty.real()[0]).key, PDF, 1, 240)
    assert len(files(previews)) <= 1
