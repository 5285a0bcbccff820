"""The cast, and what tests share. Loaded as a pytest plugin (`pytest.ini`), before Django reads its settings."""

import os
import tempfile
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from portal.tests import rows
from portal.tests.migrated import migrated
from portal.tests.rows import types_again

__all__ = ["migrated", "types_again"]

# A test never touches the data of whoever runs it; each pytest worker has a folder of its own.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="portal-test-")
for name in (
    "SITE_URL",
    "PORT",
    "SMTP_PORT",
    "LMTP_PORT",
    "DEPOSIT_DOMAIN",
    "MAIL_OUT",
    "WEBHOOK_SECRET",
    "FAULT",
    "DEBUG",
    "CLAMAV_SOCKET",
):
    os.environ.pop(name, None)
os.environ["LOCAL_SUBMISSION_TRUSTED"] = "True"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop in the thread of the test

PASSWORD = "un mot de passe correct"
BOX = "4.box@martin.depot.localhost"
IMAGE = "4.image@martin.depot.localhost"


def corpus_dir() -> Path:
    return Path(
        os.environ.get("CORPUS_DIR", Path(__file__).resolve().parents[1] / "../shared/corpus")
    ).resolve()


@dataclass(frozen=True)
class Cast:
    """Two firms with a company of code 4 each. Whatever else matters to a test is said in the test.

    martin: admin, claire (attached, the company is her favourite), hugo (attached). company: gerant (client
    administrator), compta (client user), lea (employee). peeters: charlie (administrator), company `vier` with
    patron (client administrator).
    """

    martin: object
    company: object
    admin: object
    claire: object
    hugo: object
    gerant: object
    compta: object
    lea: object
    peeters: object
    vier: object
    charlie: object
    patron: object


@pytest.fixture(autouse=True)
def quick(settings):
    """Cheap password hashes, and static files under their own names: `collectstatic` has a test of its own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # A Redis is shared by all workers and keeps what a test counted: each test has names of its own.
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
    settings.EMAIL_BACKEND = settings.MAIL_OUTS[settings.MAIL_OUT]  # not Django's outbox in memory


@pytest.fixture
def cast(db) -> Cast:
    """The cast, and nobody else. Its stories run once a worker; later its rows are written again as they were."""
    return rows.again("cast", make_cast)


def make_cast() -> Cast:
    from approvals.directory.opening import add_person, attach, give_access, make_staff, open_company
    from portal.models import Firm, StaffRole

    def person(firm, name, email):
        return add_person(firm, name, email, token="", password=PASSWORD)

    martin = Firm.objects.create(
        name="Cabinet Martin", slug="martin", communication_email="contact@martin.example"
    )
    peeters = Firm.objects.create(
        name="Bureau Peeters", slug="peeters", communication_email="info@peeters.example"
    )
    company = open_company(martin, "4", "Moi Même SARL", token="")
    vier = open_company(peeters, "4", "Vier BV", token="")
    admin = person(martin, "Anne Martin", "admin@martin.example")
    claire = person(martin, "Claire Dupont", "claire@martin.example")
    hugo = person(martin, "Hugo Lenoir", "hugo@martin.example")
    gerant = person(martin, "Marc Roux", "gerant@moimeme.example")
    compta = person(martin, "Sophie Roux", "compta@moimeme.example")
    lea = person(martin, "Léa Girard", "lea@moimeme.example")
    charlie = person(peeters, "Charlie Peeters", "charlie@peeters.example")
    patron = person(peeters, "Jan Vier", "patron@vier.example")
    make_staff(admin, StaffRole.ADMIN)
    make_staff(charlie, StaffRole.ADMIN)
    attach(make_staff(claire), company, favourite=True)
    attach(make_staff(hugo), company)
    give_access(gerant, company, login_code="4", is_admin=True)
    give_access(compta, company, login_code="4-compta")
    give_access(lea, company, login_code="4-lea", matricule="007")
    give_access(patron, vier, login_code="4", is_admin=True)
    return Cast(martin, company, admin, claire, hugo, gerant, compta, lea, peeters, vier, charlie, patron)


@pytest.fixture
def folders(cast):
    """The first folders of both firms; those of Martin by their path, as the grid shows it."""
    from documents.folders.defaults import lay_out

    lay_out(cast.martin)
    lay_out(cast.peeters)
    return {folder.full_path: folder for folder in cast.martin.folders.select_related("firm")}


def pdf(title: str = "Facture") -> bytes:
    """A real one-page PDF."""
    from portal.demo import page_of

    return page_of(title, "portal.testing")


def mail_from(
    sender: str, *, to: str = BOX, subject: str = "Facture", files: dict[str, bytes] | None = None, **headers
) -> bytes:
    """A raw mail with `files` (name to bytes; one PDF where None), as a mail program writes it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Bonjour,\nvoici nos documents.\n")
    for name, content in ({"facture.pdf": pdf()} if files is None else files).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes(policy=SMTP)


def receive(raw: bytes, *to: str, envelope_from: str = "quai@exemple.test", local: bool = True):
    """Store a raw mail for the inbound addresses `to`, as a channel does; the rows, not yet decided."""
    from mailing.models import Channel
    from mailing.receiving.store import Recipient, find_recipients, store
    from portal.files.keep import keep

    to = to or (BOX,)
    recipients = list(map(Recipient, to, find_recipients(to)))
    return store(
        keep(raw), recipients, envelope_from=envelope_from, channel=Channel.SMTP, is_local_submission=local
    )


def arrive(raw: bytes, *to: str, **how):
    """Store a raw mail for `to` and let the intake decide it; the first row, as it is now."""
    from approvals.senders import intake

    mails = receive(raw, *to, **how)
    for mail in mails:
        intake.process(mail)
        mail.refresh_from_db()
    return mails[0] if mails else None
