"""Bytes that people and mails bring in, made durable under a random key before anything is said about them.

A file is written under a temporary name, synced, renamed to its key, and its folder synced: what `keep()` has
answered survives a power cut, and what it has not answered is never seen under a key (quality.md, section 3,
consequence a). The same bytes kept twice are two files: firms share none.

    FILES_DIR/unfinished/<key>     being written; whoever dies here leaves a file that nobody refers to
    FILES_DIR/a/b3/<ab3…>          kept
"""

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

PIECE = 256 * 1024
KEY = re.compile(r"[0-9a-f]{32}")
FOLDER_DIGITS = 3  # of a key: what `path_of` makes folders of

IN_A_ROW = 100

_given = count()
_durable_folders: set[Path] = set()
_syncers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sync")


@dataclass(frozen=True)
class Kept:
    """A file that is on the disk for good. `sha256` is hexadecimal, `size` in bytes."""

    key: str
    sha256: str
    size: int


class Keeper:
    """A file on its way in: `write()` its pieces, then `keep()`, else nothing of it stays.

    The file is opened by the first `write()` or `keep()`, so that a Keeper costs nothing before there is
    something to keep. Its methods may be called from several threads, one after the other.
    Any OSError (disk full, quota, I/O) comes out as it is; the bytes are then gone at the end of the `with`.
    """

    def __init__(self) -> None:
        self.key = new_key()
        self.size = 0
        self.is_closed = False
        self._hash = sha256()
        self._file: int | None = None
        self._path: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def write(self, piece: bytes) -> None:
        """Append `piece`, and hash it."""
        if self._file is None:
            self._open()
        rest = memoryview(piece)
        while rest:  # a disk that is nearly full takes a part, and refuses the next
            rest = rest[os.write(self._file, rest) :]
        self._hash.update(piece)
        self.size += len(piece)

    def keep(self) -> Kept:
        """Make what was written durable, and give its key."""
        self.sync()
        _sync_folder(self.rename())
        return self.kept()

    def sync(self) -> None:
        """The first step of `keep()`: the bytes are on the disk, under no name that lasts."""
        if self._file is None:
            self._open()
        os.fsync(self._file)

    def rename(self) -> Path:
        """The second step: the file has its key. The folder is returned, and to be synced."""
        final = path_of(self.key)
        _make_durable_folder(final.parent)
        os.rename(self._path, final)
        self._path = final
        return final.parent

    def kept(self) -> Kept:
        """The last step, once the folder is synced: the file stays."""
        self._path = None
        self.close()
        return Kept(self.key, self._hash.hexdigest(), self.size)

    def close(self) -> None:
        """Give the file back; remove it unless it was kept. May be called twice; nothing else may follow."""
        self.is_closed = True
        file, self._file = self._file, None
        path, self._path = self._path, None
        if path is not None:
            path.unlink(missing_ok=True)
        if file is not None:
            os.close(file)

    @property
    def is_open(self) -> bool:
        """There is something on the disk that `close()` would remove."""
        return self._file is not None

    def _open(self) -> None:
        if self.is_closed:
            raise ValueError("this file was kept or given up")
        folder = settings.FILES_DIR / "unfinished"
        _make_durable_folder(folder)
        self._path = folder / self.key
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def new_key() -> str:
    """A key that nobody has given yet, and nobody can guess: 116 bits of it are chance of its own.

    Keys given in a row share a folder, so that a young portal does not make and sync a folder for each file, and
    files that come together need one sync of their folder.
    """
    folder = _folder_of_row(next(_given) // IN_A_ROW)
    return folder + secrets.token_hex(16)[FOLDER_DIGITS:]


@lru_cache(maxsize=1)
def _folder_of_row(row: int) -> str:
    return secrets.token_hex(2)[:FOLDER_DIGITS]


def keep(content: bytes | BinaryIO) -> Kept:
    """Keep bytes, or a stream from where it stands to its end, in pieces of 256 KB.

    Errors: any OSError of the disk, and whatever the stream raises; nothing is kept then.
    """
    with Keeper() as keeper:
        for piece in _pieces_of(content):
            keeper.write(piece)
        return keeper.keep()


def keep_all(contents: Sequence[bytes]) -> list[Kept]:
    """`keep` for several at once, all or none: the disk syncs them side by side, which takes as long as for one.

    Errors: OSError; nothing is kept then.
    """
    if len(contents) == 1:
        return [keep(contents[0])]
    with ExitStack() as stack:
        keepers = [stack.enter_context(Keeper()) for _ in contents]
        for keeper, content in zip(keepers, contents, strict=True):
            keeper.write(content)
        list(_syncers.map(Keeper.sync, keepers))
        list(_syncers.map(_sync_folder, {keeper.rename() for keeper in keepers}))
        return [keeper.kept() for keeper in keepers]


def open_kept(key: str) -> BinaryIO:
    """The bytes behind `key`, for reading. FileNotFoundError where there are none, ValueError for no key."""
    return path_of(key).open("rb")


def discard(key: str) -> None:
    """Remove the bytes behind `key`; none there is no error, so that it may be said twice."""
    path_of(key).unlink(missing_ok=True)


def older_than(moment: float) -> Iterator[Path]:
    """The files that were last written before `moment` (seconds since 1970), finished or not, for the sweep."""
    for folder, _folders, names in os.walk(settings.FILES_DIR):
        for name in names:
            path = Path(folder, name)
            if KEY.fullmatch(name) and path.stat().st_mtime < moment:
                yield path


def path_of(key: str) -> Path:
    """Where `key` lies on this machine. ValueError for what `keep` cannot have given (T42): no path escapes.

    Two floors of 16 and 256 folders: a young portal makes few of them, and ten million files are 2,500 each.
    """
    if not KEY.fullmatch(key):
        raise ValueError("not a key of a kept file")
    return settings.FILES_DIR / key[0] / key[1:FOLDER_DIGITS] / key


def _pieces_of(content: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    while piece := content.read(PIECE):
        yield piece


def _make_durable_folder(folder: Path) -> None:
    """Make `folder`, for the owner of the process alone, so that it outlives a power cut.

    That it exists is not enough: another thread may have made it and not have synced its parent yet. Hence
    each process syncs each parent once.
    """
    if folder in _durable_folders and folder.is_dir():
        return
    if folder != settings.FILES_DIR:
        _make_durable_folder(folder.parent)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sync_folder(folder.parent)
    _durable_folders.add(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
