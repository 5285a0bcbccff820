"""The bytes of one SMTP DATA: where they end, and what the client really meant to send."""

import asyncio
from collections.abc import AsyncIterator

END_OF_DATA = b"\r\n.\r\n"


async def pieces_of_data(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bool]]:
    """The bytes between DATA and the final dot, dot-stuffing undone (RFC 5321, 4.5.2), in pieces.

    reader: stands behind the CRLF of the DATA line. A mail longer than its limit comes in pieces longer than
    that. At the end it stands behind the final dot: what the client sent after that belongs to the next command.
    Out: each piece, and whether it is the last.
    Only CRLF.CRLF ends a mail. « LF.LF », « CRLF.LF » and « LF.CRLF » are part of it (SMTP smuggling, T13), lone
    CR and LF stay as they are, and lines have any length.
    Errors: asyncio.IncompleteReadError when the client went away before the end.
    """
    # The CRLF of the DATA line opens the first line of the mail; put back, it makes that line like the others.
    reader._buffer[:0] = b"\r\n"
    before, opening, ended = b"", len(b"\r\n"), False
    while not ended:
        try:
            # It looks over the borders of what the network brings, and never twice at the same bytes.
            piece = (await reader.readuntil(END_OF_DATA))[: -len(b".\r\n")]
            ended = True
        except asyncio.LimitOverrunError as more:
            piece = await reader.readexactly(more.consumed)
        yield without_stuffing(piece, before)[opening:], ended
        before = (before + piece[-2:])[-2:]
        opening = 0


def without_stuffing(piece: bytes, before: bytes) -> bytes:
    """`piece` with the first dot of each line taken away; `before` is the (at most two) bytes sent before it."""
    if before == b"\r\n" and piece.startswith(b"."):
        piece = piece[1:]
    elif before.endswith(b"\r") and piece.startswith(b"\n."):
        piece = b"\n" + piece[2:]
    return piece.replace(b"\r\n.", b"\r\n")
