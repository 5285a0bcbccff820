"""Every mail of the corpus through the real listener, half by LMTP: 250, kept byte for byte, brought to a fate (F01)."""

import json
import re
import smtplib
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import NamedTuple

import pytest

from mailing.tests.smtp import free_port
from portal.testing import BOX, IMAGE, corpus_dir

pytest_plugins = ("portal.tests.house",)

CORPUS = corpus_dir()
CONNECTIONS = 4
FINAL = {"held", "ignored", "nothing_to_file", "unreadable"}

pytestmark = pytest.mark.skipif(
    not (CORPUS / "expected.json").exists(),
    reason=f"le corpus de vrais mails n’est pas dans {CORPUS} : donner son dossier par CORPUS_DIR",
)


def as_sent(raw: bytes) -> bytes:
    """The mail as SMTP can carry it: lone CR and LF are forbidden there, and the last line ends."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def letters() -> list[tuple[str, bytes, str]]:
    """Name, bytes and recipient of each. With CRLF some are the same: the second of those goes to Image (D-19)."""
    seen, found = set(), []
    for path in sorted((CORPUS / "mails").glob("*.eml")):
        raw = as_sent(path.read_bytes())
        found.append((path.name, raw, IMAGE if raw in seen else BOX))
        seen.add(raw)
    return found


def send_all(client, port: int, post) -> list[tuple[str, object]]:
    """All of `post` over one connection; the names of those that were not answered 250, with what was said."""
    refused = []
    with client("127.0.0.1", port, timeout=60) as smtp:
        for name, raw, to in post:
            try:
                smtp.sendmail("quai@exemple.test", [to], raw)
            except smtplib.SMTPException as error:
                refused.append((name, error))
    return refused


class Found(NamedTuple):
    """What became of one mail."""

    key: str
    size: int
    fate: str
    sender: str
    note: str


def kept(house, key: str) -> bytes:
    return (house.data_dir / "files" / key[0] / key[1:3] / key).read_bytes()


def test_every_mail_of_the_corpus(open_house):
    expected = json.loads((CORPUS / "expected.json").read_text())
    post = letters()
    assert [name for name, _, _ in post] == sorted(expected)

    lmtp_port = free_port()
    house = open_house(LMTP_PORT=str(lmtp_port))
    doors = [(smtplib.SMTP, house.smtp_port), (smtplib.LMTP, lmtp_port)]
    before = house.value("SELECT max(id) FROM mailing_inboundmail")
    worker, _ = house.family("celery", "worker")
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        sent = [
            connections.submit(send_all, *doors[number % 2], post[number::CONNECTIONS])
            for number in range(CONNECTIONS)
        ]
        assert [name for share in sent for name in share.result()] == []

    house.wait_for(
        lambda: house.value("SELECT count(*) FROM mailing_inboundmail WHERE status = 'received'") == 0,
        "every mail has a fate",
        seconds=180,
    )
    house.wait_for(
        lambda: (
            house.value("SELECT count(*) FROM mailing_outgoingmail WHERE status IN ('queued', 'sending')")
            == 0
        ),
        "the outbox is empty",
        seconds=180,
    )

    rows = house.rows(
        "SELECT r.sha256, m.envelope_to, r.key, r.size, m.status, m.sender, m.note FROM mailing_inboundmail m "
        "JOIN mailing_rawmail r ON r.id = m.raw_id WHERE m.id > ?",
        before,
    )
    by_bytes = {(sha, to): Found(*rest) for sha, to, *rest in rows}
    found = {name: by_bytes[sha256(raw).hexdigest(), to] for name, raw, to in post}
    assert len(rows) == len(by_bytes) == len(post)
    assert [name for name, raw, _ in post if found[name].size != len(raw)] == []
    assert [name for name, raw, _ in post if kept(house, found[name].key) != raw] == []

    assert house.rows(
        "SELECT channel, is_local_submission, count(*) FROM mailing_inboundmail WHERE id > ? GROUP BY 1, 2",
        before,
    ) == [("lmtp", 0, len(post) // 2), ("smtp", 1, len(post) // 2)]

    assert {name: row.fate for name, row in found.items() if row.fate not in FINAL} == {}
    assert [name for name, row in found.items() if row.fate == "unreadable" and not row.note] == []
    contested = [name for name, mail in expected.items() if mail["senders_contested"]]
    assert {name: found[name].sender for name in contested if found[name].sender} == {}
    filed = house.value(
        "SELECT count(*) FROM documents_document d "
        "JOIN mailing_inboundattachment a ON a.id = d.source_id WHERE a.mail_id > ?",
        before,
    )
    assert filed == 0  # nobody of the corpus was ever allowed to file here

    log = house.log.read_text(errors="replace")
    assert re.findall(r"^.*(?:Traceback|ERROR|CRITICAL|WorkerLost).*$", log, re.M) == []
    assert house.family("celery", "worker")[0] == worker
