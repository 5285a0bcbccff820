"""What is read between DATA and the final dot, wherever the network cuts it."""

import asyncio
import random

import pytest

from mailing.receiving.smtp_data import pieces_of_data

# (what the client sends after the CRLF of DATA, up to and with the final dot; the mail that it means)
MAILS = [
    (b".\r\n", b""),
    (b"\r\n.\r\n", b"\r\n"),
    (b"a\r\n.\r\n", b"a\r\n"),
    (b"..\r\n.\r\n", b".\r\n"),
    (b"..a\r\n..\r\n...b\r\n.\r\n", b".a\r\n.\r\n..b\r\n"),
    (b".a\r\n.\r\n", b"a\r\n"),
    (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n"),
    (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
    (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n"),
    (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n"),
    (b"a\r.\r\nb\r\n.\r\n", b"a\r.\r\nb\r\n"),
    (b"a\r\n.\r.\r\nb\r\n.\r\n", b"a\r\n\r.\r\nb\r\n"),
    (b"\n.\n\r\n.\r\n", b"\n.\n\r\n"),
    (b"\n..\r\r\n\r\n.\r\n", b"\n..\r\r\n\r\n"),
    (b"\x00\xff\r\r\n\n\r\n.\r\n", b"\x00\xff\r\r\n\n\r\n"),
]
NEXT = b"MAIL FROM:<a@b.example>\r\n"


def read(segments, limit=2**16):
    """The mail that `segments` hold, its pieces, and what is left for the next command."""

    async def reading():
        reader = asyncio.StreamReader(limit=limit)

        async def feed():
            for segment in segments:
                reader.feed_data(segment)
                await asyncio.sleep(0)
            reader.feed_eof()

        feeding = asyncio.create_task(feed())
        pieces = [piece async for piece, _ in pieces_of_data(reader)]
        await feeding
        return b"".join(pieces), pieces, await reader.read()

    return asyncio.run(reading())


@pytest.mark.parametrize(("sent", "meant"), MAILS)
def test_wherever_the_network_cuts_once(sent, meant):
    whole = sent + NEXT
    for cut in range(len(whole) + 1):
        mail, _, rest = read([whole[:cut], whole[cut:]])
        assert (mail, rest) == (meant, NEXT), cut


@pytest.mark.parametrize("limit", [5, 6, 7, 8, 13])
@pytest.mark.parametrize(("sent", "meant"), MAILS)
def test_byte_by_byte_and_piece_by_piece(sent, meant, limit):
    assert read([bytes([b]) for b in sent + NEXT], limit)[::2] == (meant, NEXT)
    assert read([sent + NEXT], limit)[::2] == (meant, NEXT)


def test_two_mails_in_one_segment():
    assert read([b"one\r\n.\r\ntwo\r\n.\r\n"])[::2] == (b"one\r\n", b"two\r\n.\r\n")


def test_any_mail_any_cut():
    """Against the rule said line by line: what is stuffed as RFC 5321, 4.5.2 says comes back."""
    dice = random.Random(5321)
    for _ in range(500):
        mail = bytes(dice.choices(b"\r\n.a", k=dice.randrange(60))) + b"\r\n"
        stuffed = b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in mail.split(b"\r\n")[:-1])
        whole = stuffed + b".\r\n" + NEXT
        segments = []
        while whole:
            size = dice.randrange(1, 12)
            segments.append(whole[:size])
            whole = whole[size:]
        assert read(segments, limit=dice.randrange(5, 40))[::2] == (mail, NEXT), mail


def test_pieces_are_small_and_the_mail_is_not():
    mail = random.Random(1).randbytes(3_000_000).replace(b"\r\n.", b"\r\n") + b"\r\n"
    segments = [mail[n : n + 50_000] for n in range(0, len(mail), 50_000)] + [b".\r\n"]
    read_mail, pieces, _ = read(segments, limit=2**16)
    assert read_mail == mail
    assert max(map(len, pieces)) < 2**16 + 50_000


@pytest.mark.parametrize("sent", [b"", b"a", b"a\r\n.\r", b"a\n.\n", b"a\r\n.\n", b"a\n.\r\n", b"a\r.\r"])
def test_no_other_end_is_an_end(sent):
    with pytest.raises(asyncio.IncompleteReadError):
        read([sent])
