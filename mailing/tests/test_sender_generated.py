"""F02: From fields made by the thousand, in which an approved address stands where it must not be believed."""

import re
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from mailing.receiving.sender import identify

GOOD, EVIL = "approved@client.be", "evil@attacker.test"
ENDS = ("\r\n", "\n")


def q(text: str) -> str:
    """As an encoded word, quoted-printable throughout."""
    return "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in text.encode()) + "?="


# A name that holds the approved address, in every dress.
DISGUISES = (
    GOOD,
    f"<{GOOD}>",
    f"{GOOD},",
    f"{GOOD};",
    f"{GOOD}:",
    f"Cabinet {GOOD}",
    f'"{GOOD}"',
    f'"<{GOOD}>"',
    f'"{GOOD}," x',
    f'"\\"{GOOD}\\""',
    f'"{GOOD}',
    f"({GOOD})",
    f"(({GOOD}))",
    f"(\\){GOOD})",
    q(GOOD),
    q(f"<{GOOD}>"),
    q(f'"{GOOD}" <'),
    q(f"{GOOD}>,"),
    q(f"{GOOD}\r\n"),
    q(f"{GOOD}\0"),
    f"=?utf-8?b?YXBwcm92ZWRAY2xpZW50LmJl?= {q(' <')}",
    f"{GOOD}\0",
    f"{GOOD}\t",
    f"{GOOD}\x0b",
    f"{GOOD}\x0c",
    f"{GOOD}\xa0",
    f"{GOOD}\u200b",
    f"{GOOD}\u202e",
    f"{GOOD}\u2028",
    f"\ufeff{GOOD}",
    f"[{GOOD}]",
    f"@{GOOD}",
    f"{GOOD}@",
    f"{GOOD} ()",
    f"{GOOD}..",
    f"x:{GOOD};",
    f"<@relay.test:{GOOD}>",
    f"<{GOOD}",
    f"{GOOD}>",
)
# What really says who the mail is from.
TRUTHS = (
    "<{0}>",
    " <{0}>",
    "\t<{0}>",
    "\r\n <{0}>",
    "\r\n\t<{0}>",
    " < {0} >",
    " <{0}> (x)",
    " <{0}>(x)",
    ", {0}",
    ", <{0}>",
    "; {0}",
    " {0}",
    "<{0}> x",
    "<{0}",
    " <{0}>, ",
    " <<{0}>>",
    " <@relay.test:{0}>",
)
# Two fields of which the first or the second could be taken.
PAIRS = (
    "From: {0}{2}From: {1}",
    "From: {1}{2}From: {0}",
    "From: {0}{2}from: {1}",
    "From : {0}{2}From: {1}",
    "From: {1}{2}From : {0}",
    "From: {1}{2}From\t: {0}",
    "From: {0}\rFrom: {1}",
    "From: {1}\rFrom: {0}",
    " From: {0}{2}From: {1}",
    "X: y{2} From: {0}{2}From: {1}",
    "From: {0}, {1}",
    "From: {1}, {0}",
    "From: <{0}>, <{1}>",
    "From: <{1}> <{0}>",
    "From: {0} {1}",
    "From: {1};{0}",
    "From: x:{0},{1};",
    "From: {1}{2}Sender: {0}",
    "From: {1}{2}Reply-To: {0}",
    "From: {1}{2}Resent-From: {0}",
    "From: {1}{2}X-From: {0}",
    "Resent-From: {0}{2}From: {1}",
    "Sender: {0}{2}From: {1}",
    "From: {1}{2}{2}From: {0}",
    "From:{2} {1}{2}X: y{2}Return-Path: <{0}>",
    "From: {1}{2}Subject: x{2} From: {0}",
    "From: {1}{2}Subject: x\rFrom: {0}",
    "From: {1}\0{2}X: {0}",
    "FROM: {1}{2}From:{0}",
)


def sender_of(block: str) -> str:
    return identify(block.encode("utf-8", "surrogateescape") + b"\r\n\r\nbody").address


def test_an_address_in_a_name_is_never_the_sender():
    fields = [f"From: {name}{truth.format(EVIL)}" for name, truth in product(DISGUISES, TRUTHS)]
    found = {field: sender_of(field) for field in fields}
    assert len(found) == 659
    assert {field: sender for field, sender in found.items() if sender not in ("", EVIL)} == {}
    assert sum(sender == EVIL for sender in found.values()) > 100  # doubt is no excuse to read nothing


def test_of_two_fields_none_is_chosen():
    blocks = [pair.format(GOOD, EVIL, end) for pair, end in product(PAIRS, ENDS)]
    found = {block: sender_of(block) for block in blocks}
    assert {block: sender for block, sender in found.items() if sender not in ("", EVIL)} == {}


TOKENS = st.sampled_from(
    [
        *'<>"\\(),;:@[]= \t',
        "\r\n ",
        "\n ",
        "\r",
        "\r\n",
        "\0",
        "\x0b",
        "\u200b",
        "x",
        "A B",
        "é",
        "=?utf-8?q?",
        "?=",
        "=40",
        "From: ",
    ]
)


def exchanged(text: str) -> str:
    return text.replace(GOOD, "\1").replace(EVIL, GOOD).replace("\1", EVIL)


@settings(max_examples=1000, deadline=None)
@given(st.lists(TOKENS, max_size=6), st.lists(TOKENS, max_size=6), st.lists(TOKENS, max_size=6))
def test_where_an_address_stands_decides_and_not_what_it_is(before, between, after):
    """Change the two addresses of a field for one another: whoever was the sender is now the other."""
    field = "From: " + "".join([*before, GOOD, *between, EVIL, *after])
    assert sender_of(exchanged(field)) == exchanged(sender_of(field))


@settings(max_examples=1000, deadline=None)
@given(st.lists(TOKENS, max_size=6), st.lists(TOKENS, max_size=6))
def test_an_address_is_believed_only_where_it_stands_alone(before, after):
    """Nothing is put together from pieces, and nothing that touches it is overlooked."""
    field = "From: " + "".join([*before, GOOD, *after])
    if sender_of(field) == GOOD:
        assert re.search(rf"(?:^|[\s<]){re.escape(GOOD)}(?:[\s>(]|$)", field.removeprefix("From:"))
