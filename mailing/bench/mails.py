"""Mails of a given size, and clients that hand them over by SMTP: the same for the portal and for each reference.

As a script it is a client in a process of its own: `mails.py PORT COUNT BYTES CLIENTS`.
"""

import asyncio
import base64
import random
import sys
from collections.abc import Sequence
from functools import cache
from itertools import count

BOX = "4.box@martin.depot.localhost"  # of the demonstration
KB, MB = 1000, 1_000_000

_numbers = count(random.randrange(10**12))


@cache
def body(size: int) -> bytes:
    """A text and one PDF that together weigh about `size` bytes; random bytes, as compressed pages are."""
    text = (
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=bench="\r\n\r\n'
        b"--=bench=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        b"Bonjour,\r\nvoici la facture du mois.\r\n"
        b"--=bench=\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="facture.pdf"\r\n\r\n'
    )
    pdf = b"%PDF-1.4\n" + random.Random(size).randbytes(max(0, (size - 700) * 54 // 74))
    return text + base64.encodebytes(pdf).replace(b"\n", b"\r\n") + b"--=bench=--\r\n"


def mail(size: int, sender: str = "facture@fournisseur.example") -> bytes:
    """A mail that nobody has sent before: the same bytes twice would be one mail (D-19)."""
    number = next(_numbers)
    return (
        b"From: Fournisseur <%b>\r\nTo: %b\r\nSubject: Facture %d\r\nMessage-ID: <%d@fournisseur.example>\r\n"
        b"Date: Fri, 27 Nov 2026 10:00:00 +0100\r\n"
    ) % (sender.encode(), BOX.encode(), number, number) + body(size)


def deliver(port: int, mails: Sequence[bytes], clients: int = 10) -> None:
    """Hand over `mails`, `clients` of them at once; RuntimeError where one is not answered 250."""
    asyncio.run(_deliver(port, mails, clients))


async def _deliver(port: int, mails: Sequence[bytes], clients: int) -> None:
    await asyncio.gather(*(_client(port, mails[number::clients]) for number in range(clients)))


async def _client(port: int, mails: Sequence[bytes]) -> None:
    """One session, one mail after the other, each command once the last was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def expect(code: bytes) -> None:
        while (line := await reader.readline())[3:4] == b"-":
            pass
        if not line.startswith(code):
            raise RuntimeError(f"expected {code!r}, got {line!r}")

    async def say(words: bytes, code: bytes = b"250") -> None:
        writer.write(words)
        await expect(code)

    await expect(b"220")
    await say(b"EHLO client.example\r\n")
    for raw in mails:
        await say(b"MAIL FROM:<facture@fournisseur.example>\r\n")
        await say(b"RCPT TO:<%b>\r\n" % BOX.encode())
        await say(b"DATA\r\n", b"354")
        writer.write(raw)
        await say(b".\r\n")
    writer.close()


if __name__ == "__main__":
    port, number, size, clients = map(int, sys.argv[1:])
    deliver(port, [mail(size) for _ in range(number)], clients)
