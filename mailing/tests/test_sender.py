from time import process_time

import pytest

from mailing.receiving.sender import clean_address, identify, looks_like

TRUSTED = "Une seule adresse, lue de même par deux lecteurs."


def unknown(why):
    return f"Expéditeur non reconnu : {why}."


def mail(*lines):
    return b"\r\n".join([*lines, b"Subject: facture", b"", b"From: inside@body.test", b""])


@pytest.mark.parametrize(
    ("field", "address", "name"),
    [
        (b"From: alice@client.be", "alice@client.be", ""),
        (b"from:alice@client.be", "alice@client.be", ""),
        (b"From: Alice Martin <alice@client.be>", "alice@client.be", "Alice Martin"),
        (b'From: "Martin, Alice" <ALICE@Client.BE>', "alice@client.be", "Martin, Alice"),
        (b'From: "Cabinet \\"Martin\\"" <alice@client.be>', "alice@client.be", 'Cabinet "Martin"'),
        (b"From: =?utf-8?q?Andr=C3=A9?= <alice@client.be>", "alice@client.be", "André"),
        (b"From: Andr\xe9 <alice@client.be>", "alice@client.be", "André"),
        (b"From: alice@client.be (Alice)", "alice@client.be", "Alice"),
        (b"From: Alice\r\n <alice@client.be>", "alice@client.be", "Alice"),
        (b"From: alice+compta@client.be", "alice+compta@client.be", ""),
        (b"From: Al\xe2\x80\xaeice <alice@client.be>", "alice@client.be", "Alice"),
    ],
)
def test_one_clear_address_is_trusted(field, address, name):
    sender = identify(mail(field))
    assert (sender.address, sender.display_name, sender.reason) == (address, name, TRUSTED)


@pytest.mark.parametrize(
    "field",
    [
        b"From: approved@client.be <evil@attacker.test>",
        b'From: "approved@client.be" <evil@attacker.test>',
        b'From: "<approved@client.be>" <evil@attacker.test>',
        b'From: "approved@client.be, x" <evil@attacker.test>',
        b"From: =?utf-8?q?approved=40client=2Ebe?= <evil@attacker.test>",
        b"From: =?utf-8?q?=3Capproved=40client=2Ebe=3E=2C?= <evil@attacker.test>",
        b"From: approved@client.be\r\n <evil@attacker.test>",
    ],
)
def test_t02_an_address_in_the_display_name_is_only_a_name(field):
    assert identify(mail(field)).address == "evil@attacker.test"


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((b"From: a@client.be", b"From: b@attacker.test"), "plusieurs champs From"),
        ((b"From: a@client.be", b"FROM: a@client.be"), "plusieurs champs From"),
        ((b"From: a@client.be, b@attacker.test",), "plusieurs adresses dans From"),
        ((b"From: A <a@client.be>, B <b@attacker.test>",), "plusieurs adresses dans From"),
        ((b"From: a@client.be b@attacker.test",), "plusieurs adresses dans From"),
        ((b"From: <a@client.be> <b@attacker.test>",), "plusieurs adresses dans From"),
        ((b"From: group:a@client.be;",), "syntaxe de groupe dans From"),
        ((b"From: undisclosed:;",), "syntaxe de groupe dans From"),
        ((b"From : a@client.be",), "espace avant les deux-points de From"),
        ((b"From\t: a@client.be",), "espace avant les deux-points de From"),
        ((b"From: <@relay.test:a@client.be>",), "adresse avec route (source route)"),
        ((b"From: Martin <MAILER-DAEMON>",), "aucune adresse dans From"),
        ((b"From:",), "aucune adresse dans From"),
        ((b"From: <>",), "aucune adresse dans From"),
        ((b"To: a@client.be",), "aucun champ From"),
        ((b"Sender: a@client.be", b"Reply-To: a@client.be"), "aucun champ From"),
        ((b"From: a@client.be\0",), "caractère de contrôle dans From"),
        ((b"From: a@client.be\rFrom: b@attacker.test",), "plusieurs champs From"),
        ((b"X: y\rFrom: a@client.be",), "retour chariot isolé dans les en-têtes"),
        ((b"From: <=?utf-8?q?a?=@client.be>",), "adresse codée dans From"),
        ((b"From: a@client..be",), "adresse invalide dans From"),
        ((b"From: a@[127.0.0.1]",), "champ From mal formé"),
        ((b"From: a(x)@client.be",), "champ From mal formé"),
        ((b"From: a@client.be <b@attacker.test> c",), "champ From mal formé"),
    ],
)
def test_t03_a_doubt_is_answered_by_unknown_and_its_reason(lines, why):
    sender = identify(mail(*lines))
    assert (sender.address, sender.reason) == ("", unknown(why))


def test_what_was_received_is_kept_for_the_screen():
    assert identify(mail(b"From: Alice <Alice@Client.BE>")).as_received == "Alice@Client.BE"
    assert identify(mail(b"From: a@b.fr, c@d.fr")).as_received == "a@b.fr, c@d.fr"


def test_only_the_top_headers_are_read():
    assert identify(b"To: x@y.be\r\n\r\nFrom: a@client.be\r\n").reason == unknown("aucun champ From")
    assert identify(b"From: a@client.be\r\n\r\nFrom: b@attacker.test\r\n").address == "a@client.be"


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\0", b"From", b":", b"From:\r\n\t", b"\xff" * 100])
def test_never_raises(raw):
    assert identify(raw).address == ""


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Alice@Client.BE", "alice@client.be"),
        ("alice@xn--mchine-bua.example", "alice@xn--mchine-bua.example"),
        ("alice@mächine.example", "alice@xn--mchine-bua.example"),
        ("alice@Mächine.example", "alice@xn--mchine-bua.example"),
        ("É.Martin@client.be", "É.martin@client.be"),
        ("root@localhost", "root@localhost"),
        ("alice@client.be, bob@client.be", None),
        ("Alice <alice@client.be>", None),
        (" alice@client.be", None),
        ("alice@client.be\n", None),
        ("alice@", None),
        ("@client.be", None),
        ("a@b@client.be", None),
        ("alice@-client.be", None),
        ("alice@client.be.", None),
        ("alice@ｃｌｉｅｎｔ.be", None),
        ("alice@\u212aient.be", None),
        ("a" * 300 + "@client.be", None),
        ("", None),
    ],
)
def test_t06_addresses_are_compared_in_one_form(text, clean):
    assert clean_address(text) == clean


@pytest.mark.parametrize(
    ("disguise", "ascii_address"),
    [
        ("mı\u0301ke@client.be".replace("\u0301", ""), "mike@client.be"),
        ("mi\u212ae@client.be", "mike@client.be"),
        ("ｍike@client.be", "mike@client.be"),
        ("mіke@client.be", "mike@client.be"),
        ("mike@cliеnt.be", "mike@client.be"),
        ("mike@clıent.be", "mike@client.be"),
    ],
)
def test_t07_a_look_alike_is_never_equal_and_is_flagged(disguise, ascii_address):
    found = identify(mail(b"From: " + disguise.encode()))
    assert found.address not in ("", ascii_address)
    assert clean_address(disguise) != ascii_address
    assert looks_like(found.address) == ascii_address


def test_t07_an_ascii_address_looks_like_nothing_else():
    assert looks_like("mike@client.be") == ""


@pytest.mark.parametrize(
    "block",
    [
        b"From: " + b"a" * 3000 + b"@client.be",
        b"From: " + b"(" * 2000 + b")" * 2000 + b" a@client.be",
        b"From: " + b'"' * 100_000,
        b"From: " + b"=?utf-8?q?a?= " * 10_000 + b"<a@client.be>",
        b"From: " + b"<a@client.be>, " * 8000,
    ],
)
def test_t09_monstrous_from_is_answered_at_once(block):
    start = process_time()
    assert identify(block + b"\r\n\r\n").reason == unknown("champ From démesuré")
    assert process_time() - start < 1


@pytest.mark.parametrize(
    "field",
    [
        b"To: " + b"Alice Martin <alice@client.be>,\r\n " * 8000 + b"x@y.be",
        b"To: " + b"(" * 100_000,
        b"X-Long: " + b"=?" * 100_000,
        b"From: x" + b"(" * 900 + b")" * 900 + b" <a@client.be>",
    ],
)
def test_t09_other_monstrous_headers_cost_nothing(field):
    start = process_time()
    identify(b"From: a@client.be\r\n" + field + b"\r\n\r\n")
    assert process_time() - start < 1
