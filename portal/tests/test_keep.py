import errno
import io
import os
import resource
import stat
from contextlib import contextmanager
from hashlib import sha256

import pytest

from portal.files.keep import PIECE, Keeper, discard, keep, keep_all, open_kept, path_of

NOT_KEYS = [
    "",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a" * 31,
    "a" * 33,
    "A" * 32,
    "a" * 32 + "\n",
    "a/" * 16,
]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@contextmanager
def files_limited_to(size):
    """A disk that takes no more than `size` bytes of a file: the kernel refuses, as a full one does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("content", [b"", b"x", b"\0\r\n.\r\n", os.urandom(3 * PIECE + 1)])
@pytest.mark.parametrize("given_as", [bytes, io.BytesIO])
def test_bytes_come_back_as_they_were(content, given_as):
    kept = keep(given_as(content))
    assert (kept.size, kept.sha256) == (len(content), sha256(content).hexdigest())
    with open_kept(kept.key) as stream:
        assert stream.read() == content


def test_a_stream_is_read_in_pieces_from_where_it_stands():
    class Stream(io.BytesIO):
        def read(self, size):
            asked.append(size)
            return super().read(size)

    asked = []
    stream = Stream(b"x" * PIECE * 2)
    stream.seek(PIECE)
    assert keep(stream).size == PIECE
    assert asked == [PIECE, PIECE]


def test_only_the_owner_of_the_process_may_read(files):
    path = path_of(keep(b"secret").key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in files.rglob("*") if folder.is_dir()} == {0o700}


def test_the_same_bytes_are_two_files():
    first, second = keep(b"same"), keep(b"same")
    assert first.sha256 == second.sha256
    assert first.key != second.key
    discard(first.key)
    assert path_of(second.key).read_bytes() == b"same"


def test_files_kept_in_a_row_share_few_folders_and_no_name():
    keys = [keep(b"abc").key for _ in range(150)]
    assert len({path_of(key).parent for key in keys}) in (2, 3)  # a hundred each, from where the row stood
    assert len({key[3:] for key in keys}) == 150


def test_what_is_not_kept_leaves_nothing(files):
    with Keeper() as keeper:
        keeper.write(b"half")
        assert len(files_in(files)) == 1
    assert files_in(files) == []


def test_a_stream_that_breaks_leaves_nothing(files):
    class Broken(io.BytesIO):
        def read(self, size):
            return super().read(4) or 1 / 0

    with pytest.raises(ZeroDivisionError):
        keep(Broken(b"half"))
    assert files_in(files) == []


def test_a_full_disk_leaves_nothing(files):
    with files_limited_to(PIECE), pytest.raises(OSError) as full:
        keep(io.BytesIO(b"x" * (PIECE + 10)))
    assert full.value.errno == errno.EFBIG
    assert files_in(files) == []


def test_after_keep_or_close_nothing_more_is_written():
    with Keeper() as keeper:
        keeper.write(b"all")
        kept = keeper.keep()
        with pytest.raises(ValueError):
            keeper.write(b"more")
    assert path_of(kept.key).read_bytes() == b"all"


@pytest.fixture
def disk_calls(monkeypatch):
    """What is asked of the disk, in order."""
    done = []

    def noted(name, real):
        def call(*args):
            done.append((name, os.readlink(f"/proc/self/fd/{args[0]}") if name == "fsync" else str(args[0])))
            return real(*args)

        return call

    monkeypatch.setattr(os, "fsync", noted("fsync", os.fsync))
    monkeypatch.setattr(os, "rename", noted("rename", os.rename))
    return done


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("way", ["one by one", "all at once"])
def test_durable_in_this_order(disk_calls, files, way, count):
    """quality.md, section 3 (a): what a power cut may take back is decided by the order of these calls."""
    contents = [b"%d" % n for n in range(count)]
    kept = keep_all(contents) if way == "all at once" else [keep(content) for content in contents]
    for final in (path_of(k.key) for k in kept):
        unfinished = str(files / "unfinished" / final.name)
        steps = [("fsync", unfinished), ("rename", unfinished), ("fsync", str(final.parent))]
        first, second = disk_calls.index(steps[0]), disk_calls.index(steps[1])
        assert first < second
        assert steps[2] in disk_calls[second:]
    assert {("fsync", str(folder)) for folder in (files.parent, files)} <= set(disk_calls)


def test_several_are_kept_as_they_are():
    contents = [b"", b"one", b"two" * PIECE]
    kept = keep_all(contents)
    assert [path_of(k.key).read_bytes() for k in kept] == contents
    assert [(k.size, k.sha256) for k in kept] == [(len(c), sha256(c).hexdigest()) for c in contents]
    assert keep_all([]) == []


def test_several_are_kept_all_or_none(files):
    with files_limited_to(PIECE), pytest.raises(OSError):
        keep_all([b"small", b"x" * (PIECE + 1), b"small too"])
    assert files_in(files) == []


def test_a_folder_that_cannot_be_synced_is_a_failure(monkeypatch, files):
    keep(b"makes the first folders")
    real, before = os.fsync, files_in(files)

    def broken(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "disk")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError):
        keep(b"not durable")
    assert files_in(files) == before


@pytest.mark.parametrize("key", NOT_KEYS)
@pytest.mark.parametrize("use", [path_of, open_kept, discard])
def test_a_key_never_leads_out_of_the_store(use, key):
    with pytest.raises(ValueError):
        use(key)


def test_what_is_not_there():
    kept = keep(b"x")
    discard(kept.key)
    discard(kept.key)
    with pytest.raises(FileNotFoundError):
        open_kept(kept.key)
