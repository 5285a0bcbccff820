"""Files that travel inside another: Outlook's winmail.dat and uuencoded blocks, opened with limits (T47)."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from tnefparse import TNEF
from tnefparse import properties as mapi
from tnefparse.codepage import Codepage
from tnefparse.mapi import IMESSAGE_SIG, IMESSAGE_SIG_LEN, decode_mapi

from .headers import decode_bytes
from .transfer import UU_BEGIN, uuencoded

TNEF_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
TNEF_MAGIC = struct.pack("<I", TNEF.TNEF_SIGNATURE)
UU_ENCODINGS = ("x-uuencode", "uuencode", "x-uue", "uue")
MAX_OBJECTS = 5000
MAX_PROPERTIES = 1000
MAX_NESTED = 5
OBJECT_HEAD = struct.Struct("<BHHI")

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)


@dataclass
class InnerFile:
    """One file of a container, as the container declares it."""

    name: str | None = None
    type: str = "application/octet-stream"
    content: bytes = field(default=b"", repr=False)


def is_tnef(type: str, content: bytes) -> bool:
    """Whether this is, or says that it is, a winmail.dat; its name does not matter (MS-OXTNEF 2.1.3.2)."""
    return content.startswith(TNEF_MAGIC) or type in TNEF_TYPES


def files_of_tnef(content: bytes) -> list[InnerFile]:
    """The files of a winmail.dat, those of messages forwarded within it included.

    Raises ValueError where it cannot be read. The walk over the objects is ours: tnefparse copies the rest of
    the file at each object and believes every count it reads; it decodes the properties of an attachment.
    """
    try:
        return _files(content, 0)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, struct.error) as error:
        # A library decodes here what anybody may have sent.
        raise ValueError(str(error)) from error


def _files(content: bytes, depth: int) -> list[InnerFile]:
    codepage, found = "cp1252", []
    for count, (name, data) in enumerate(_objects(content)):
        if count > MAX_OBJECTS:
            raise ValueError("too many objects")
        if name == TNEF.ATTOEMCODEPAGE and len(data) >= 4:
            codepage = _codec(data)
        elif name == TNEF.ATTATTACHRENDDATA:
            found.append(InnerFile())
        elif found and name == TNEF.ATTATTACHTITLE:
            found[-1].name = found[-1].name or decode_bytes(bytes(data), codepage).rstrip("\0")
        elif found and name == TNEF.ATTATTACHDATA:
            found[-1].content = bytes(data)
        elif found and name == TNEF.ATTATTACHMENT:
            found += _described(found[-1], bytes(data), codepage, depth)
    return [file for file in found if file.content]


def _objects(content: bytes) -> Iterator[tuple[int, memoryview]]:
    """(attribute, data) of each object; one that is cut short ends the walk with what there is."""
    if not content.startswith(TNEF_MAGIC):
        raise ValueError("no TNEF signature")
    view, place = memoryview(content), 6
    while place + OBJECT_HEAD.size <= len(view):
        _level, name, _type, size = OBJECT_HEAD.unpack_from(view, place)
        start = place + OBJECT_HEAD.size
        yield name, view[start : start + size]
        place = start + size + 2


def _codec(data: memoryview) -> str:
    try:
        return Codepage(struct.unpack_from("<I", data)[0]).codepage() or "cp1252"
    except (LookupError, ValueError, TypeError):
        return "cp1252"


def _described(file: InnerFile, data: bytes, codepage: str, depth: int) -> list[InnerFile]:
    """Fill in a file from its MAPI properties; return the files of a message forwarded inside it."""
    if len(data) < 4 or struct.unpack_from("<I", data)[0] > MAX_PROPERTIES:
        return []
    nested: list[InnerFile] = []
    for prop in decode_mapi(data, codepage):
        if prop.name == mapi.MAPI_ATTACH_LONG_FILENAME and prop.data:
            file.name = str(prop.data)
        elif prop.name == mapi.MAPI_ATTACH_MIME_TAG and prop.data:
            file.type = str(prop.data).lower()
        elif prop.name == mapi.MAPI_ATTACH_DATA_OBJ and not file.content:
            inner = b"".join(prop.raw_data)
            if not inner.startswith(IMESSAGE_SIG):
                file.content = inner
            elif depth < MAX_NESTED:
                nested += _files(inner[IMESSAGE_SIG_LEN:], depth + 1)
    return nested


def file_of_uu(payload: bytes) -> list[InnerFile]:
    """The file in a uuencoded payload, [] where there is no `begin` line."""
    begin = UU_BEGIN.search(payload)
    if not begin:
        return []
    name = decode_bytes(begin[0].rstrip().split(b" ", 2)[2])
    return [InnerFile(name, content=uuencoded(payload))]
