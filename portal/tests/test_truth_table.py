"""T1 once more, through the doors: a real mail by SMTP, what became of it, and who was told what by which mail.

Rows R0c and R0d (threads) and what needs domains, redirections or sender authentication come with their rooms; R4 and R12
are held until then. The demonstration's people and addresses stand in every status.
"""

import subprocess
import sys
from dataclasses import dataclass

from portal.testing import BOX, IMAGE, mail_from
from portal.tests.house import BASE_DIR

CLAIRES = "claire.mes-documents@martin.depot.localhost"
RETIRED = "hugo.mes-documents@martin.depot.localhost"
BOX_OF_12 = "12.box@martin.depot.localhost"

GERANT, COMPTA = "gerant@moimeme.example", "compta@moimeme.example"
CLAIRE, HUGO, ADMIN = "claire@martin.example", "hugo@martin.example", "admin@martin.example"
AUTHORISED, REFUSED = "scan@moimeme.example", "promo@toner.example"
LONG_REFUSED, BLACKLISTED = "facture@energie.example", "contact@leads.example"
STRANGER, OTHER_STRANGER = "nouveau@inconnu.example", "autre@inconnu.example"

# What time and administrators have done to the demonstration before the mails come.
BEFORE = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from approvals.models import SenderAddress
from mailing.models import InboundAddress, OutgoingMail, Suppression

now = timezone.now()
InboundAddress.objects.filter(address="hugo.mes-documents@martin.depot.localhost").update(retired_at=now)
SenderAddress.objects.filter(address="facture@energie.example").update(
    status="refused", decided_at=now - timedelta(hours=25)
)
OutgoingMail.objects.update(created_at=now - timedelta(days=2))
OutgoingMail.objects.update(once=None)
Suppression.objects.all().delete()
"""


@dataclass(frozen=True)
class Row:
    """One mail, and what T1 makes of it. `told`: the address and words of the subject of each mail written."""

    rule: str
    sender: str
    to: str
    fate: str
    told: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    files: int = 1


PROVED_NOT = (("Received", "from mx.ailleurs.example by mx.example; Fri, 27 Nov 2026 10:00:00 +0100"),)
REQUEST, PENDING = "demande à déposer des documents", "Votre envoi est en attente"
UNKNOWN, IMPOSSIBLE = "Adresse inconnue", "Envoi impossible"

TABLE = (
    Row("R0a", BOX_OF_12, BOX, "ignored"),
    Row("R0a", STRANGER, BOX, "ignored", headers=(("Auto-Submitted", "auto-replied"),)),
    Row("R0a", "MAILER-DAEMON@inconnu.example", BOX, "ignored"),
    Row("R0b", STRANGER, BOX, "unreadable", headers=(("From", OTHER_STRANGER),)),
    Row("R1", COMPTA, RETIRED, "unroutable", ((COMPTA, UNKNOWN),)),
    Row("R1", COMPTA, RETIRED, "unroutable", headers=PROVED_NOT),
    Row("R2", BLACKLISTED, BOX, "blacklisted"),
    Row("R2", BLACKLISTED, IMAGE, "blacklisted", headers=PROVED_NOT),
    Row("R3", CLAIRE, CLAIRES, "filed"),
    Row("R4", CLAIRE, CLAIRES, "held", headers=PROVED_NOT),
    Row("R5", GERANT, CLAIRES, "rejected", ((GERANT, IMPOSSIBLE),)),
    Row("R5", GERANT, CLAIRES, "rejected", headers=PROVED_NOT),
    Row("R6", AUTHORISED, BOX, "filed"),
    Row("R6", AUTHORISED, IMAGE, "filed"),
    Row("R7", REFUSED, BOX, "rejected"),
    Row("R7", LONG_REFUSED, BOX, "held", ((GERANT, REQUEST), (LONG_REFUSED, PENDING))),
    Row("R8", CLAIRE, BOX, "filed"),
    Row("R9", COMPTA, IMAGE, "filed"),
    Row("R9", GERANT, BOX, "filed"),
    Row("R10", CLAIRE, BOX_OF_12, "held", ((CLAIRE, PENDING), (HUGO, REQUEST))),
    Row("R10", ADMIN, BOX_OF_12, "held", ((ADMIN, PENDING), (CLAIRE, REQUEST), (HUGO, REQUEST))),
    Row("R11", STRANGER, BOX, "held", ((GERANT, REQUEST), (STRANGER, PENDING))),
    Row("R11", "jean@garage-morel.example", BOX, "held", ((GERANT, REQUEST), ("jean@garage-morel.example", PENDING))),
    Row("R12", COMPTA, BOX, "held", ((GERANT, REQUEST),), headers=PROVED_NOT),
    Row("R12", AUTHORISED, BOX, "held", ((GERANT, REQUEST),), headers=PROVED_NOT),
    Row("R13", OTHER_STRANGER, BOX, "held", ((GERANT, REQUEST),), headers=PROVED_NOT),
    Row("R11", "vide@inconnu.example", BOX, "nothing_to_file", files=0),
)  # fmt: skip


def letter(number: int, row: Row) -> bytes:
    files = None if row.files else {}
    raw = mail_from(row.sender, to=row.to, subject=f"Ligne {number}.", files=files)
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in row.headers) + raw


def told_about(house, subject: str, pk: int) -> list[tuple[str, str]]:
    """(address, subject) of what was written because of the mail: answers to it, and requests that tell its subject."""
    return house.rows(
        "SELECT to_email, subject FROM mailing_outgoingmail o JOIN django_content_type t ON t.id = about_type_id "
        "WHERE (t.model = 'inboundmail' AND about_id = ?) OR (t.model = 'senderaddress' AND text LIKE ?) "
        "ORDER BY to_email",
        pk,
        f"%Objet : {subject}%",
    )


def test_each_row_through_the_doors(open_house):
    house = open_house(start=False)
    environment = house.settings(DJANGO_SETTINGS_MODULE="portal.settings")
    subprocess.run([sys.executable, "-c", BEFORE], cwd=BASE_DIR, env=environment, check=True)
    house.start()
    for number, row in enumerate(TABLE):
        house.send(letter(number, row), row.to, sender=row.sender)
    house.wait_for(
        lambda: house.value("SELECT count(*) FROM mailing_inboundmail WHERE status = 'received'") == 0,
        "every mail has a fate",
    )
    unsent = "SELECT count(*) FROM mailing_outgoingmail WHERE status IN ('queued', 'sending')"
    house.wait_for(lambda: house.value(unsent) == 0, "every answer is written")

    found = {}
    for number in range(len(TABLE)):
        subject = f"Ligne {number}."
        ((pk, fate, rule),) = house.rows(
            "SELECT id, status, rule FROM mailing_inboundmail WHERE subject = ?", subject
        )
        told = told_about(house, subject, pk)
        assert [said for to, said in told if not house.mails(to, about=said)] == []
        found[number] = rule, fate, [(to, beginning(said)) for to, said in told]
    assert found == {n: (row.rule, row.fate, sorted(row.told)) for n, row in enumerate(TABLE)}


def beginning(subject: str) -> str:
    """Which of the gate's mails has this subject."""
    return next(words for words in (REQUEST, PENDING, UNKNOWN, IMPOSSIBLE) if words in subject)
