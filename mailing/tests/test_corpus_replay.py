"""Every mail of the corpus through the real listener: answered 250, kept byte for byte, brought to a fate (F01)."""

import json
import re
import smtplib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

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


def send_all(house, post) -> list[tuple[str, object]]:
    """All of `post` over one connection; the names of those that were not answered 250, with what was said."""
    refused = []
    with smtplib.SMTP("127.0.0.1", house.smtp_port, timeout=60) as smtp:
        for name, raw, to in post:
            try:
                smtp.sendmail("quai@exemple.test", [to], raw)
            except smtplib.SMTPException as error:
                refused.append((name, error))
    return refused


def bytes_kept(house, key: str) -> bytes:
    return (house.data_dir / "files" / key[0] / key[1:3] / key).read_bytes()


def test_every_mail_of_the_corpus(open_house):
    expected = json.loads((CORPUS / "expected.json").read_text())
    post = letters()
    assert [name for name, _, _ in post] == sorted(expected)

    house = open_house()
    before = house.value("SELECT max(id) FROM mailing_inboundmail")
    worker, _ = house.family("celery", "worker")
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        refused = connections.map(send_all, [house] * CONNECTIONS, [post[n::CONNECTIONS] for n in range(CONNECTIONS)])
        assert [name for part in refused for name in part] == []

    house.wait_for(
        lambda: house.value("SELECT count(*) FROM mailing_inboundmail WHERE status = 'received'") == 0,
        "every mail has a fate",
        seconds=180,
    )
    house.wait_for(
        lambda: house.value("SELECT count(*) FROM mailing_outgoingmail WHERE status IN ('queued', 'sending')")
        == 0,
        "the outbox is empty",
        seconds=180,
    )

    rows = house.rows(
        "SELECT m.envelope_to, r.key, r.sha256, r.size, m.status, m.sender, m.note, m.rule FROM mailing_inboundmail m "
        "JOIN mailing_rawmail r ON r.id = m.raw_id WHERE m.id > ?",
        before,
    )
    by_mail = {(sha, to): row for to, _, sha, *_ in rows for row in rows if row[2] == sha and row[0] == to}
    found = {name: by_mail[sha256(raw).hexdigest(), to] for name, raw, to in post}
    assert len(rows) == len(found) == len(post)
    assert [name for name, raw, _ in post if bytes_kept(house, found[name][1]) != raw] == []
    assert [name for name, raw, _ in post if found[name][3] != len(raw)] == []

    fates = {name: status for name, (_, _, _, _, status, *_) in found.items()}
    print(Counter(fates.values()), Counter(r[7] for r in rows))
    assert {name: fate for name, fate in fates.items() if fate not in FINAL} == {}
    assert [name for name, row in found.items() if row[4] == "unreadable" and not row[6]] == []

    contested = [name for name, mail in expected.items() if mail["senders_contested"]]
    assert {name: found[name][5] for name in contested if found[name][5]} == {}
    assert house.value("SELECT count(*) FROM documents_document d JOIN mailing_inboundattachment a ON a.id = d.source_id "
        "WHERE a.mail_id > ?", before) == 0

    log = house.log.read_text(errors="replace")
    assert re.findall(r"^.*(?:Traceback|ERROR|CRITICAL|WorkerLost).*$", log, re.M) == []
    assert house.family("celery", "worker")[0] == worker
