import base64
import hashlib
import struct
from datetime import UTC, datetime
from time import process_time

import pytest

from mailing.receiving.bodies import as_text
from mailing.receiving.headers import decode_words, parameters
from mailing.receiving.loops import marks_of
from mailing.receiving.parsing import LOGO, OPENED, read
from mailing.receiving.transfer import decode

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40 + b"\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
TOP = b"From: Alice <alice@client.be>\r\nTo: 4.box@martin.depot.localhost\r\nSubject: Factures\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nBonjour,\r\nvoici.\r\n"


def part(content, *lines, type=b"application/pdf", name=b'"facture.pdf"'):
    head = [b"Content-Type: " + type, b"Content-Transfer-Encoding: base64"]
    if name:
        head.append(b"Content-Disposition: attachment; filename=" + name)
    return b"\r\n".join([*head, *lines, b"", base64.encodebytes(content).replace(b"\n", b"\r\n")])


def mixed(*parts, kind=b"mixed", boundary=b"b1", top=TOP):
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    head = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n'
    return top + head + body + b"--" + boundary + b"--\r\n"


def files(mail):
    return [(part.name, part.inside, part.left_out) for part in mail.attachments]


def test_a_mail_with_two_documents():
    raw = (
        b"Received: from x\r\nMessage-ID: <1@client.be>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0100\r\n"
        + mixed(TEXT, part(PDF), part(PDF + b"2", name=b"b.pdf"))
    )
    mail = read(raw)
    assert mail.sender.address == "alice@client.be"
    assert (mail.subject, mail.message_id, mail.problem) == ("Factures", "<1@client.be>", "")
    assert mail.date == datetime(2024, 1, 1, 9, tzinfo=UTC)
    assert mail.has_received is True
    assert mail.text == "Bonjour,\nvoici.\n"
    assert files(mail) == [("facture.pdf", None, None), ("b.pdf", None, None)]
    first = mail.attachments[0]
    assert (first.index, first.type, first.detected, first.size) == (
        0,
        "application/pdf",
        "application/pdf",
        len(PDF),
    )
    assert first.sha256 == hashlib.sha256(PDF).hexdigest()
    assert first.content == PDF
    assert (
        first.csha
        == hashlib.sha256(PDF.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")).hexdigest()
    )


def test_t49_the_same_file_twice_is_two_documents():
    assert files(read(mixed(part(PDF), part(PDF)))) == [("facture.pdf", None, None)] * 2


def test_a_mail_that_is_one_document():
    assert files(read(TOP + part(PDF))) == [("facture.pdf", None, None)]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'filename="facture.pdf"', "facture.pdf"),
        (b"filename=facture de mai.pdf", "facture de mai.pdf"),
        (b"filename*=UTF-8''re%C3%A7u%20n%C2%B01.pdf", "reçu n°1.pdf"),
        (b"filename*=iso-8859-1'fr're%E7u.pdf", "reçu.pdf"),
        (b"filename*0*=UTF-8''re%C3;\r\n filename*1*=%A7u;\r\n filename*2=.pdf", "reçu.pdf"),
        (b'filename*1="u.pdf"; filename*0="rec"', "recu.pdf"),
        (b"filename=\"plain.pdf\"; filename*=UTF-8''%C3%A9.pdf", "é.pdf"),
        (b'filename="=?utf-8?b?cmXDp3UucGRm?="', "reçu.pdf"),
        (b'filename="=?iso-8859-1?q?re=E7u?= =?iso-8859-1?q?=2Epdf?="', "reçu.pdf"),
        (b'filename="=?utf-8?q?re=C3?=\r\n =?utf-8?q?=A7u.pdf?="', "reçu.pdf"),
        ('filename="reçu.pdf"'.encode(), "reçu.pdf"),
        ('filename="reçu.pdf"'.encode("latin-1"), "reçu.pdf"),
        ('filename="cafe\u0301.pdf"'.encode(), "café.pdf"),
        (b'filename="a;b.pdf"', "a;b.pdf"),
        (b'filename="a\\"b.pdf"', 'a"b.pdf'),
        (b'filename="unfinished.pdf', "unfinished.pdf"),
        (b'filename="a\0b.pdf"', "ab.pdf"),
        (b"filename*=x-none''%E7.pdf", "ç.pdf"),
        (b'filename=""', None),
        (b"foo=bar", None),
    ],
)
def test_names_are_decoded(header, name):
    raw = mixed(part(PDF, b"Content-Disposition: attachment; " + header, name=None))
    assert files(read(raw)) == [(name, None, None)]


def test_name_of_the_type_serves_where_the_disposition_has_none():
    assert files(read(mixed(part(PDF, type=b'application/pdf; name="x.pdf"', name=None)))) == [
        ("x.pdf", None, None)
    ]


def test_t42_a_name_is_kept_as_meant_and_cleaned_for_display():
    found = read(mixed(part(PDF, name=b'"../../x/facture.pdf"'))).attachments[0]
    assert (found.name, found.display_name) == ("../../x/facture.pdf", "facture.pdf")


@pytest.mark.parametrize(
    ("payload", "encoding", "content"),
    [
        (b"JVBERi0xLjQ=", "base64", b"%PDF-1.4"),
        (b"JVBE\r\nRi0x\r\nLjQ=\r\n", "base64", b"%PDF-1.4"),
        (b"JVBERi0xLjQ", "base64", b"%PDF-1.4"),
        (b"JVBE!Ri0x*LjQ=", "base64", b"%PDF-1.4"),
        (b"QQ==Qg==QUI=", "base64", b"ABAB"),
        (b"QUJDR", "base64", b"ABC"),
        (b"QUJD\r\n--frontier--", "base64", b"ABC"),
        (b"QQ==\r\n--frontier-->\r\nQUJD", "base64", b"A"),
        (b"", "base64", b""),
        (b"a=3Db=E9=\r\nc  \r\nd=20\r\n", "quoted-printable", b"a=b\xe9c\r\nd \r\n"),
        (b"\0\xff\r\n", "binary", b"\0\xff\r\n"),
        (b"abc", "x-unknown", b"abc"),
    ],
)
def test_transfer_decoding_is_exact(payload, encoding, content):
    assert decode(payload, encoding) == content


@pytest.mark.parametrize("length", [0, 1, 2, 3, 56, 57, 58, 70_000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_content_comes_back_byte_for_byte(length, end):
    content = b"%PDF-1.4" + bytes(range(256))[: length % 256] + b"x" * length
    raw = mixed(part(content)).replace(b"\r\n", end)
    assert [found.content for found in read(raw).attachments] == [content]


def test_binary_and_8bit_contents_come_back_byte_for_byte():
    content = b"%PDF-1.4\r\n\r\n--\r\n-- x\r\n" + bytes(b for b in range(256) if b not in b"\r\n") * 4
    leaf = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n\r\n" + content
    assert [found.content for found in read(mixed(TEXT, leaf)).attachments] == [content]


def test_a_boundary_folded_in_two_is_found():
    raw = mixed(part(PDF), boundary=b"left right").replace(b'"left right"', b'"left\r\n right"')
    assert files(read(raw)) == [("facture.pdf", None, None)]


def test_a_parameter_that_lost_its_indent_is_found():
    leaf = part(PDF, name=None).replace(b"application/pdf", b"application/pdf; x=y;\r\nname=facture.pdf", 1)
    assert files(read(mixed(leaf))) == [("facture.pdf", None, None)]


def test_bodies_are_no_files_and_files_are_no_bodies():
    html = b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n<p>caf\xe9</p>"
    named = b"Content-Type: text/plain; name=notes.txt\r\n\r\nnotes"
    mail = read(mixed(TEXT, html, named, b"Content-Type: text/plain\r\n\r\npied"))
    assert files(mail) == [("notes.txt", None, None)]
    assert mail.text == "Bonjour,\nvoici.\n\n\npied"
    assert mail.html == "<p>café</p>"


def test_html_alone_gives_its_text():
    html = (
        b"<style>p{}</style><p>Bonjour&nbsp;<b>Claire</b></p>un<br>deux<script>x</script><!-- y --> &lt;z&gt;"
    )
    assert read(TOP + b"Content-Type: text/html\r\n\r\n" + html).text == "Bonjour Claire\nun\ndeux <z>"


@pytest.mark.parametrize("markup", ["<div>" * 200_000, "<!--" * 250_000, "<script " * 100_000, "&" * 500_000])
def test_monstrous_html_costs_nothing(markup):
    start = process_time()
    as_text(markup)
    assert process_time() - start < 2


RELATED = b'Content-Type: text/html\r\n\r\n<img src="cid:logo@x">'


def image(content, cid=b"logo@x", type=b"image/png"):
    return part(content, b"Content-ID: <" + cid + b">", b"Content-Disposition: inline", type=type, name=None)


def test_logos_are_left_out_and_inline_documents_are_not():
    assert files(read(mixed(RELATED, image(PNG), kind=b"related"))) == [(None, None, LOGO)]
    assert files(read(mixed(RELATED, image(PNG + bytes(70_000)), kind=b"related"))) == [(None, None, None)]
    assert files(read(mixed(RELATED, image(PNG, b"other@x"), kind=b"related"))) == [(None, None, None)]
    assert files(read(mixed(RELATED, image(PDF, type=b"application/pdf"), kind=b"related"))) == [
        (None, None, None)
    ]


def test_forbidden_files_are_left_out_by_themselves():
    mail = read(mixed(part(PDF), part(b"MZ\x90\0\3\0\0\0", name=b"b.pdf"), part(b"", name=b"c.pdf")))
    assert files(mail) == [
        ("facture.pdf", None, None),
        ("b.pdf", None, "Programme ou script : type non accepté."),
        ("c.pdf", None, "Fichier vide."),
    ]


def test_signatures_and_other_versions_of_the_text_are_no_documents():
    signature = part(b"\x30\x80", type=b"application/pkcs7-signature", name=b"smime.p7s")
    watch = b"Content-Type: text/watch-html\r\n\r\n<b>x</b>"
    assert files(read(mixed(TEXT, signature, kind=b"signed"))) == [
        ("smime.p7s", None, "Signature électronique du message.")
    ]
    assert files(read(mixed(TEXT, watch, kind=b"alternative"))) == [
        (None, None, "Autre version du texte du message.")
    ]


def forwarded(raw, *lines):
    return b"\r\n".join([b"Content-Type: message/rfc822", *lines, b"", raw])


def test_a_forwarded_message_is_opened():
    inner = mixed(TEXT, part(PDF), boundary=b"b2")
    mail = read(mixed(TEXT, forwarded(inner), part(PDF, name=b"c.pdf")))
    assert files(mail) == [(None, None, OPENED), ("facture.pdf", 0, None), ("c.pdf", None, None)]
    assert mail.attachments[0].content == inner
    assert mail.attachments[1].content == PDF


def test_an_eml_file_is_opened_and_kept_where_nothing_in_it_is_a_document():
    eml = part(mixed(TEXT, part(PDF), boundary=b"b2"), type=b"application/octet-stream", name=b"a.eml")
    assert files(read(mixed(eml))) == [("a.eml", None, OPENED), ("facture.pdf", 0, None)]
    alone = part(TOP + b"\r\nBonjour", type=b"message/rfc822", name=b"a.eml")
    assert files(read(mixed(alone))) == [("a.eml", None, None)]


def test_messages_within_messages_are_opened():
    inner = mixed(forwarded(mixed(part(PDF), boundary=b"b3")), boundary=b"b2")
    assert files(read(mixed(forwarded(inner)))) == [
        (None, None, OPENED), (None, 0, OPENED), ("facture.pdf", 1, None),
    ]  # fmt: skip


def tnef(*files, extra=b""):
    def item(level, name, data):
        return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    def long_name(name):
        text = (name + "\0").encode("utf-16-le")
        text_padded = text + bytes(-len(text) % 4)
        return struct.pack("<IHHII", 1, 0x001F, 0x3707, 1, len(text)) + text_padded

    out = struct.pack("<IH", 0x223E9F78, 1) + item(1, 0x9007, struct.pack("<II", 1252, 0))
    for short, name, content in files:
        out += item(2, 0x9002, bytes(14)) + item(2, 0x8010, short + b"\0") + item(2, 0x800F, content)
        out += item(2, 0x9005, long_name(name)) if name else b""
    return out + extra


def winmail(content):
    return part(content, type=b"application/ms-tnef", name=b"winmail.dat")


def test_t47_winmail_dat_is_opened():
    mail = read(mixed(TEXT, winmail(tnef((b"FACTUR~1.PDF", "Facture é.pdf", PDF), (b"b.png", "", PNG)))))
    assert files(mail) == [("winmail.dat", None, OPENED), ("Facture é.pdf", 0, None), ("b.png", 0, None)]
    assert [found.content for found in mail.attachments[1:]] == [PDF, PNG]


def test_t47_winmail_dat_without_files_or_that_is_none_is_explained():
    assert files(read(mixed(winmail(tnef())))) == [
        ("winmail.dat", None, "Enveloppe d'Outlook (winmail.dat) sans fichier.")
    ]
    kept = read(mixed(winmail(b"\1\2\3\4 no tnef"))).attachments[0]
    assert (kept.left_out, kept.notice) == (None, "N'a pas pu être ouvert : gardé tel quel.")
    program = read(mixed(winmail(b"MZ\x90\0\3\0\0\0"))).attachments[0]
    assert program.left_out == "Programme ou script : type non accepté."


def test_t47_counts_that_lie_cost_nothing():
    lie = struct.pack("<BHHI", 2, 0x9005, 6, 8) + b"\xff\xff\xff\xff" + bytes(6)
    start = process_time()
    mail = read(mixed(winmail(tnef((b"a.pdf", "", PDF), extra=lie * 2000))))
    assert files(mail) == [("winmail.dat", None, OPENED), ("a.pdf", 0, None)]
    assert process_time() - start < 1


def test_a_uuencoded_file_is_opened():
    leaf = (
        b"Content-Type: text/plain; name=cat.txt\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
        b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n"
    )
    mail = read(mixed(leaf))
    assert files(mail) == [("cat.txt", None, OPENED), ("cat.txt", 0, None)]
    assert mail.attachments[1].content == b"Cat"


@pytest.mark.parametrize("name", [b"a.zip", b"a.7z", b"a.msg"])
def test_t46_archives_are_never_unpacked(name):
    assert [found.name for found in read(mixed(part(b"PK\3\4", name=name))).attachments] == [name.decode()]


def nested(levels):
    lines = b"".join(
        b'Content-Type: multipart/mixed; boundary="n%d"\r\n\r\n--n%d\r\n' % (i, i) for i in range(levels)
    )
    return TOP + lines + part(PDF)


def chain(levels):
    return TOP + b"Content-Type: message/rfc822\r\n\r\n" * levels + TOP + b"\r\nfin"


def small(number, ending=b""):
    return mixed(*[b"Content-Disposition: attachment; filename=a.txt\r\n\r\nx" + ending] * number)


TOO_DEEP = "Message non lu : message imbriqué sur plus de 30 niveaux."
TOO_HEAVY = "Message non lu : structure trop lourde pour être lue."


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (TOP + b"X: " + b"y" * 262_000 + b"\r\n\r\nx", ""),
        (TOP + b"X: " + b"y" * 262_200 + b"\r\n\r\nx", "Message non lu : en-têtes de plus de 256 Ko."),
        (mixed(b"X: " + b"y" * 262_200 + b"\r\n\r\nx"), "Message non lu : en-têtes de plus de 256 Ko."),
        (nested(30), ""),
        (nested(31), TOO_DEEP),
        (nested(1000), TOO_DEEP),
        (nested(50_000), TOO_DEEP),
        (chain(29), ""),
        (chain(1000), TOO_DEEP),
        (chain(500_000), "Message non lu : messages transférés trop volumineux."),
        (mixed(*[b"\r\nx"] * 1000), ""),
        (mixed(*[b"\r\nx"] * 1001), "Message non lu : message de plus de 1000 parties."),
        (mixed() + b"--b1\r\n\r\n" * 300_000, TOO_HEAVY),
        (small(200), ""),
        (small(201), "Message non lu : plus de 200 fichiers."),
        (TOP + b"\r\n" + b"--\r\n" * 5_000_000, TOO_HEAVY),
    ],
)
def test_t48_beyond_the_limits_the_whole_mail_is_parked(raw, problem):
    start = process_time()
    mail = read(raw)
    assert (mail.problem, mail.sender.address) == (problem, "alice@client.be")
    assert mail.attachments == () or not problem
    assert process_time() - start < 3


def test_t48_fifty_mebibytes_and_not_one_byte_more():
    head = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    full = head + b"%PDF-1.4" + bytes(52_428_800 - 8)
    assert [found.size for found in read(mixed(full)).attachments] == [52_428_800]
    assert read(mixed(full, part(b"x", name=b"a.txt"))).problem == (
        "Message non lu : fichiers de plus de 50 Mo ensemble."
    )


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\nx", b"\xff" * 999]
)
def test_no_mail_makes_the_reader_fail(raw):
    mail = read(raw)
    assert (mail.problem, mail.attachments, mail.sender.address) == ("", (), "")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?q?Caf=C3=A9?=", "Café"),
        (b"=?UTF-8?B?Q2Fmw6k?=", "Café"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"),
        (b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        (b"Caf\xc3\xa9", "Café"),
        (b"Caf\xe9", "Café"),
        (b"=?x-none?q?Caf=C3=A9?=", "Café"),
        (b"=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        (b"=?idna?q?a?=", "a"),
    ],
)
def test_header_texts_are_decoded(value, text):
    assert decode_words(value) == text


def test_t51_a_subject_is_one_line():
    assert read(b"Subject: =?utf-8?q?a=0D=0ABcc:_x=0B=00b?=\r\n\r\n").subject == "a Bcc: x b"


def test_parameters_of_a_type():
    assert parameters(b'Multipart/Mixed; Boundary="a b"; charset=utf-8 ; x') == (
        "multipart/mixed",
        {"boundary": "a b", "charset": "utf-8"},
    )


@pytest.mark.parametrize(
    ("fields", "report", "auto_reply", "bulk"),
    [
        ([("Subject", b"Facture")], False, False, False),
        ([("Content-Type", b"multipart/report; report-type=delivery-status")], True, False, False),
        ([("From", b"MAILER-DAEMON@mx.client.be")], True, False, False),
        ([("From", b"postmaster@client.be"), ("Return-Path", b"<>")], True, False, False),
        ([("From", b"postmaster@client.be")], False, False, False),
        ([("From", b"alice@client.be"), ("Return-Path", b"<>")], False, False, False),
        ([("Auto-Submitted", b"auto-replied (vacation)")], False, True, False),
        ([("X-Autoreply", b"yes")], False, True, False),
        (
            [("Subject", "Réponse automatique : vu".encode()), ("Auto-Submitted", b"auto-generated")],
            False,
            True,
            True,
        ),
        ([("Subject", "Réponse automatique : vu".encode())], False, False, False),
        ([("Auto-Submitted", b"no")], False, False, False),
        ([("Auto-Submitted", b"auto-generated")], False, False, True),
        ([("Precedence", b"bulk")], False, False, True),
        ([("List-Id", b"<news.client.be>")], False, False, True),
    ],
)
def test_t23_marks(fields, report, auto_reply, bulk):
    marks = marks_of(fields)
    assert (marks.is_report, marks.is_auto_reply, marks.is_bulk) == (report, auto_reply, bulk)
    assert marks.may_be_answered == (not (report or auto_reply or bulk))
    assert bool(marks.why) == (not marks.may_be_answered)


def test_t23_a_copier_marked_bulk_keeps_its_document():
    mail = read(b"Precedence: bulk\r\n" + mixed(part(PDF)))
    assert (mail.marks.is_bulk, files(mail)) == (True, [("facture.pdf", None, None)])


def test_a_report_is_known_by_its_parts():
    status = b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n"
    mail = read(mixed(TEXT, status))
    assert (mail.marks.is_report, files(mail)) == (True, [(None, None, "Partie d'un rapport de remise.")])


def test_a_space_before_the_colon_hides_no_file():
    leaf = (
        b"Content-Type : application/pdf\r\nContent-Disposition : attachment; filename=a.pdf\r\n\r\n%PDF-1.4"
    )
    assert files(read(mixed(TEXT, leaf))) == [("a.pdf", None, None)]


def test_what_only_the_second_parser_finds_is_added_in_its_place():
    raw = mixed(TEXT, part(PDF + b"1", name=b"a.pdf"), part(PDF + b"2", name=b"b.pdf"))
    # No boundary for the standard library, which takes the first file for text.
    raw = raw.replace(b"--b1\r\nContent-Type: application", b"--b1;\r\nContent-Type: application", 1)
    assert files(read(raw)) == [("a.pdf", None, None), ("b.pdf", None, None)]
