"""From raw bytes to fate, through the stories: what is filed, held, rejected, parked, and who is told what."""

import pytest

from approvals.models import AddressStatus, SenderAddress
from approvals.senders import intake
from documents.models import Document
from mailing.kinds import MailKind
from mailing.models import Fate, InboundMail, OutgoingMail
from portal.testing import BOX, IMAGE, arrive, mail_from, pdf, receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLAIRES = "claire.mes-documents@martin.depot.localhost"


def told():
    return sorted(OutgoingMail.objects.values_list("kind", "to_email"))


def test_stranger_is_held_and_the_client_administrator_is_asked(cast):
    mail = arrive(mail_from("facture@bois.example"))
    address = SenderAddress.objects.get()
    assert (mail.fate, mail.rule) == (Fate.HELD, "R11")
    assert (address.address, address.status, address.company) == (
        "facture@bois.example",
        AddressStatus.PENDING,
        cast.company,
    )
    assert told() == [
        (MailKind.APPROVAL_REQUEST, cast.gerant.email),
        (MailKind.PENDING, "facture@bois.example"),
    ]
    assert [a.name for a in mail.attachments.all()] == ["facture.pdf"]
    assert Document.objects.count() == 0


def test_the_rules_tried_are_kept_in_order(cast):
    mail = arrive(mail_from("facture@bois.example"))
    tried = [reason["rule"] for reason in mail.reasons]
    assert tried == ["", "R0a", "R0b", "R0d", *(f"R{number}" for number in range(1, 12))]
    assert [reason["rule"] for reason in mail.reasons if reason["matched"]] == ["", "R11"]


def test_client_user_is_filed_byte_for_byte(cast):
    content = pdf("Relevé".encode("ascii", "ignore").decode())
    mail = arrive(mail_from(cast.compta.email, files={"relevé.pdf": content}))
    document = Document.objects.get()
    assert (mail.fate, mail.rule) == (Fate.FILED, "R9")
    assert (document.name, document.company, document.space, document.owner) == (
        "relevé.pdf",
        cast.company,
        "box",
        None,
    )
    from portal.files.keep import open_kept

    with open_kept(document.file.key) as kept:
        assert kept.read() == content
    assert told() == []
    assert SenderAddress.objects.get().status == AddressStatus.AUTHORISED


def test_address_that_only_its_role_lets_in_is_asked_about_once_the_role_is_gone(cast):
    arrive(mail_from(cast.compta.email))
    cast.compta.client_memberships.update(is_authorised=False)
    mail = arrive(mail_from(cast.compta.email, subject="plus tard"))
    assert (mail.fate, mail.rule) == (Fate.HELD, "R11")
    assert SenderAddress.objects.get().status == AddressStatus.PENDING


def test_favourite_is_filed_and_other_staff_waits_for_a_colleague(cast):
    assert arrive(mail_from(cast.claire.email)).rule == "R8"
    mail = arrive(mail_from(cast.hugo.email), IMAGE)
    assert (mail.fate, mail.rule) == (Fate.HELD, "R10")
    assert told() == [(MailKind.APPROVAL_REQUEST, cast.claire.email), (MailKind.PENDING, cast.hugo.email)]


def test_firm_may_want_an_approval_always(cast):
    cast.martin.favourite_suffices = False
    cast.martin.save()
    assert arrive(mail_from(cast.claire.email)).rule == "R10"


def test_user_of_another_firm_is_a_stranger(cast):
    mail = arrive(mail_from(cast.patron.email))
    assert (mail.fate, mail.rule) == (Fate.HELD, "R11")


def test_mes_documents_of_the_owner(cast):
    mail = arrive(mail_from(cast.claire.email), CLAIRES)
    assert (mail.fate, mail.rule) == (Fate.FILED, "R3")
    assert [(d.owner, d.company) for d in Document.objects.all()] == [(cast.claire, None)]


def test_mes_documents_of_somebody_else_is_impossible(cast):
    mail = arrive(mail_from("autre@bois.example"), CLAIRES)
    assert (mail.fate, mail.rule) == (Fate.REJECTED, "R5")
    assert told() == [(MailKind.IMPOSSIBLE, "autre@bois.example")]
    assert mail.attachments.get().file is None


def test_unproved_owner_waits_in_mes_documents_and_nobody_is_told(cast):
    mail = arrive(mail_from(cast.claire.email), CLAIRES, local=False)
    assert (mail.fate, mail.rule) == (Fate.HELD, "R4")
    assert told() == []


def test_unproved_sender_is_held_flagged_and_not_answered(cast):
    mail = arrive(mail_from(cast.compta.email), local=False)
    assert (mail.fate, mail.rule, mail.auth) == (Fate.HELD, "R12", "none")
    assert told() == [(MailKind.APPROVAL_REQUEST, cast.gerant.email)]
    assert SenderAddress.objects.get().status == AddressStatus.PENDING


def test_received_field_is_no_local_submission(cast):
    mail = arrive(b"Received: from ailleurs\r\n" + mail_from("facture@bois.example"))
    assert (mail.rule, mail.auth) == ("R13", "none")


def test_lookalike_of_an_address_is_another_one_and_says_so(cast):
    """T07: a Cyrillic « о » is never equal to an ASCII one."""
    raw = mail_from("compta@moimeme.example").replace(b"From: compta@", "From: c\u043empta@".encode())
    mail = arrive(raw)
    assert (mail.fate, mail.rule) == (Fate.HELD, "R11")
    flags = [reason["text"] for reason in mail.reasons if "imite" in reason["question"]]
    assert flags == ["ressemble à compta@moimeme.example, et n’est pas elle"]


def test_forged_display_is_the_address_in_the_angle(cast):
    mail = arrive(
        mail_from("facture@bois.example").replace(
            b"From: facture@bois.example", b"From: compta@moimeme.example <evil@attaque.example>"
        )
    )
    assert mail.sender in ("evil@attaque.example", "")
    assert mail.fate != Fate.FILED


@pytest.mark.parametrize(
    "raw",
    [
        b"To: x\r\nSubject: sans From\r\n\r\nbonjour\r\n",
        b"From: a@bois.example\r\nFrom: b@bois.example\r\n\r\ndeux From\r\n",
        b"From: a@bois.example, b@bois.example\r\n\r\ndeux adresses\r\n",
        b"\x00\xff\xfe pas un mail",
        b"",
    ],
    ids=["no From", "two From", "two addresses", "noise", "nothing"],
)
def test_what_cannot_be_read_is_parked_with_its_reason(cast, raw):
    mail = arrive(raw)
    assert mail.fate == Fate.UNREADABLE
    assert mail.note != ""
    assert told() == []


def test_hundred_nested_parts_are_parked_or_read_never_raised(cast):
    raw = b"From: a@bois.example\r\n"
    for level in range(100):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
    mail = arrive(raw + b"Content-Type: text/plain\r\n\r\nfin\r\n")
    assert mail.fate == Fate.UNREADABLE
    assert mail.note != ""


def test_forbidden_file_is_left_out_and_the_others_are_filed(cast):
    files = {"facture.pdf": pdf(), "facture.exe": b"MZ" + b"\0" * 200}
    mail = arrive(mail_from(cast.compta.email, files=files))
    fates = {a.name: (a.left_out != "", a.file is not None) for a in mail.attachments.all()}
    assert fates == {"facture.pdf": (False, True), "facture.exe": (True, False)}
    assert [d.name for d in Document.objects.all()] == ["facture.pdf"]


def test_dangerous_name_is_cleaned(cast):
    mail = arrive(mail_from(cast.compta.email, files={"../../etc/pass\u202ewd.pdf": pdf()}))
    document = Document.objects.get(source__mail=mail)
    assert document.name == "passwd.pdf"


def test_mail_without_document_asks_nobody(cast):
    mail = arrive(mail_from("facture@bois.example", files={}))
    assert mail.fate == Fate.NOTHING_TO_FILE
    assert (told(), SenderAddress.objects.count()) == ([], 0)


@pytest.mark.parametrize("header", [{"Auto-Submitted": "auto-replied"}, {"X-Autoreply": "yes"}])
def test_automatic_reply_is_ignored(cast, header):
    name, value = next(iter(header.items()))
    mail = arrive(f"{name}: {value}\r\n".encode() + mail_from("facture@bois.example"))
    assert (mail.fate, mail.rule, told()) == (Fate.IGNORED, "R0a", [])


def test_scanner_that_says_bulk_is_filed(cast):
    assert arrive(b"Precedence: bulk\r\n" + mail_from(cast.compta.email)).fate == Fate.FILED


def test_bulk_stranger_is_held_but_not_answered(cast):
    assert arrive(b"Precedence: bulk\r\n" + mail_from("facture@bois.example")).fate == Fate.HELD
    assert told() == [(MailKind.APPROVAL_REQUEST, cast.gerant.email)]


def test_mail_from_the_adresse_de_notification_is_ignored(cast):
    cast.martin.notification_from = "noreply@martin.example"
    cast.martin.save()
    assert arrive(mail_from("NoReply@martin.example")).rule == "R0a"
    assert arrive(mail_from("noreply@martin.example"), "4.box@peeters.depot.localhost").rule == "R11"


def test_mail_from_an_address_of_the_portal_is_ignored(cast):
    assert arrive(mail_from(IMAGE)).rule == "R0a"


def test_same_bytes_twice_is_one_mail(cast):
    raw = mail_from("facture@bois.example")
    assert arrive(raw) is not None
    assert arrive(raw) is None
    assert InboundMail.objects.count() == 1


def test_two_spaces_are_two_decisions(cast):
    mails = receive(mail_from(cast.compta.email), BOX, CLAIRES)
    for mail in mails:
        intake.process(mail)
        mail.refresh_from_db()
    assert [mail.rule for mail in mails] == ["R9", "R5"]


def test_flood_from_one_pending_sender_is_one_request_and_one_answer(cast):
    for number in range(20):
        arrive(mail_from("facture@bois.example", subject=f"Facture {number}"))
    assert told() == [
        (MailKind.APPROVAL_REQUEST, cast.gerant.email),
        (MailKind.PENDING, "facture@bois.example"),
    ]


def test_no_address_gets_more_than_four_answers_a_day(cast):
    for name in ("claire", "hugo", "admin", "gerant", "compta", "lea"):
        arrive(mail_from("autre@bois.example"), f"{name}.mes-documents@martin.depot.localhost")
    assert told() == [(MailKind.IMPOSSIBLE, "autre@bois.example")] * 4


def test_fifth_failure_parks_the_mail_and_a_person_can_retry(cast, client):
    mail = receive(mail_from(cast.compta.email))[0]
    from portal.files.keep import path_of

    content = path_of(mail.raw.key).read_bytes()
    path_of(mail.raw.key).unlink()
    for _attempt in range(5):
        InboundMail.objects.filter(pk=mail.pk).update(next_attempt_at=mail.received_at)
        claimed = InboundMail.objects.claim(lease=intake_lease())
        with pytest.raises(FileNotFoundError):
            intake.process(claimed)
    mail.refresh_from_db()
    assert (mail.fate, mail.attempts, mail.note != "") == (Fate.UNREADABLE, 5, True)

    path_of(mail.raw.key).write_bytes(content)
    client.force_login(cast.claire)
    assert client.post(f"/activite/{mail.pk}/reessayer/").status_code == 302
    intake.process(InboundMail.objects.claim(lease=intake_lease()))
    mail.refresh_from_db()
    assert mail.fate == Fate.FILED


def intake_lease():
    from approvals.tasks import LEASE

    return LEASE
