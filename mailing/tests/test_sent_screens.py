"""« E-mails envoyés » of the firm: whose mails one sees, how they are found, what became of them in one line."""

import pytest

from mailing.kinds import MailKind
from mailing.models import MailStatus, OutgoingMail
from mailing.sending import outbox
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

STRANGER = "facture@bois.example"


@pytest.fixture
def sent(cast):
    """A request to gerant and an answer to the stranger, a mail of no company, and one of the other firm."""
    arrive(mail_from(STRANGER))
    arrive(mail_from(STRANGER), "4.box@peeters.depot.localhost")
    outbox.post(
        MailKind.APPROVAL_FLOOD,
        "approvals/email/approval_flood",
        to_email=cast.claire.email,
        firm=cast.martin,
        context={"user": cast.claire, "most": 20, "link": "http://localhost/"},
    )


def shown(client, query=""):
    return sorted(mail.to_email for mail in client.get(f"/emails/{query}").context["page"].rows)


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        ("admin", ["claire@martin.example", STRANGER, "gerant@moimeme.example"]),
        ("hugo", [STRANGER, "gerant@moimeme.example"]),
        ("charlie", [STRANGER, "patron@vier.example"]),
    ],
)
def test_one_sees_the_mails_of_ones_own_companies(client, cast, sent, who, wanted):
    client.force_login(getattr(cast, who))
    assert shown(client) == wanted


def test_found_by_recipient_company_kind_and_status(client, cast, sent):
    client.force_login(cast.admin)
    OutgoingMail.objects.filter(to_email=STRANGER).update(last_status=MailStatus.DELIVERED)
    assert shown(client, "?q=claire") == ["claire@martin.example"]
    assert shown(client, "?q=moi+même") == [STRANGER, "gerant@moimeme.example"]
    assert shown(client, "?type=approval_flood") == ["claire@martin.example"]
    assert shown(client, "?statut=delivered") == [STRANGER]


def test_the_last_thirty_days_in_one_line(client, cast, sent):
    for address, status in (
        (STRANGER, MailStatus.OPENED),
        (cast.gerant.email, MailStatus.HARD_BOUNCED),
        (cast.claire.email, MailStatus.DEFERRED),
    ):
        OutgoingMail.objects.filter(to_email=address).update(last_status=status)
    client.force_login(cast.admin)
    assert client.get("/emails/").context["summary"] == [
        "3 envoyés",
        "1 délivré",
        "1 retardé",
        "1 rejeté",
    ]


def test_export_names_the_company(client, cast, sent):
    client.force_login(cast.hugo)
    lines = client.get("/emails/?export=csv").getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == "Date;Dernier statut;Entreprise;Titre;Expéditeur;Destinataire"
    assert {line.split(";")[2] for line in lines[1:]} == {"Moi Même SARL"}
