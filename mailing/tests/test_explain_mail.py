import base64
import hashlib
import json

import pytest
from django.core.management import CommandError, call_command

PDF = b"%PDF-1.4\r\n%%EOF\r\n"
INNER = (
    b"From: Bob <bob@client.be>\r\nSubject: x\r\nContent-Type: application/pdf; name=facture.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(PDF)
)
MAIL = (
    b"From: Alice <Alice@Client.BE>\r\nSubject: Factures\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n"
    b"--b\r\nContent-Type: Message/RFC822\r\n\r\n" + INNER + b"\r\n"
    b"--b\r\nContent-Type: image/png\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''re%C3%A7u.png\r\n\r\n"
    b"MZ\x90\0\r\n--b--\r\n"
)


@pytest.fixture
def mail(tmp_path):
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL)
    return str(path)


def test_json_is_one_object_a_line(mail, capsys):
    call_command("explain_mail", "--json", mail, mail)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    sha256, csha = (hashlib.sha256(content).hexdigest() for content in (PDF, b"%PDF-1.4\n%%EOF"))
    assert json.loads(first) == {
        "file": mail,
        "sender": "alice@client.be",
        "sender_reason": "Une seule adresse, lue de même par deux lecteurs.",
        "auth": "none",
        "attachments": [
            {
                "name": None,
                "type": "message/rfc822",
                "detected": "message/rfc822",
                "size": len(INNER),
                "sha256": hashlib.sha256(INNER).hexdigest(),
                "csha": hashlib.sha256(INNER.replace(b"\r\n", b"\n")).hexdigest(),
                "left_out": "Ouvert : ses fichiers suivent.",
            },
            {
                "name": "facture.pdf",
                "type": "application/pdf",
                "detected": "application/pdf",
                "size": len(PDF),
                "sha256": sha256,
                "csha": csha,
                "left_out": None,
                "inside": 0,
            },
            {
                "name": "reçu.png",
                "type": "image/png",
                "detected": "application/x-msdownload",
                "size": 4,
                "sha256": hashlib.sha256(b"MZ\x90\0").hexdigest(),
                "csha": hashlib.sha256(b"MZ\x90\0").hexdigest(),
                "left_out": "Programme ou script : type non accepté.",
            },
        ],
    }


def test_unknown_sender_is_null(tmp_path, capsys):
    path = tmp_path / "two.eml"
    path.write_bytes(b"From: a@b.fr, c@d.fr\r\n\r\nx")
    call_command("explain_mail", "--json", str(path))
    found = json.loads(capsys.readouterr().out)
    assert (found["sender"], found["sender_reason"]) == (
        None,
        "Expéditeur non reconnu : plusieurs adresses dans From.",
    )


def test_a_missing_file_is_told_and_the_others_are_read(mail, capsys):
    with pytest.raises(CommandError) as error:
        call_command("explain_mail", "--json", "/nowhere.eml", mail)
    assert error.value.returncode == 1
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {"file": "/nowhere.eml", "error": "Fichier illisible : No such file or directory."}
    assert second["file"] == mail


def test_a_parked_mail_says_why(tmp_path, capsys):
    path = tmp_path / "big.eml"
    path.write_bytes(b"From: a@b.fr\r\nX: " + b"y" * 300_000 + b"\r\n\r\nx")
    call_command("explain_mail", "--json", str(path))
    found = json.loads(capsys.readouterr().out)
    assert (found["sender"], found["attachments"], found["problem"]) == (
        "a@b.fr",
        [],
        "Message non lu : en-têtes de plus de 256 Ko.",
    )


def test_for_people(mail, capsys):
    call_command("explain_mail", mail)
    assert capsys.readouterr().out.splitlines() == [
        "",
        mail,
        "  De       : alice@client.be — Une seule adresse, lue de même par deux lecteurs.",
        "  Nom      : Alice",
        "  Objet    : Factures",
        "  Date     : (illisible ou absente)",
        "  Marques  : aucune",
        "  Texte    : 7 caractères",
        "  Fichiers : 3",
        "    0. (sans nom) — message/rfc822, trouvé message/rfc822, 149 octets : "
        "Ouvert : ses fichiers suivent.",
        "    1. facture.pdf — application/pdf, trouvé application/pdf, 17 octets, dans le fichier 0 : "
        "accepté",
        "    2. reçu.png — image/png, trouvé application/x-msdownload, 4 octets : "
        "Programme ou script : type non accepté.",
    ]
