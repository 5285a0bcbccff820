"""The stranger knocks on every door: what is not one's own answers like what does not exist (D-01, T35).

The doors are taken from the resolver, the objects behind them from the demonstration. A path parameter that
`OF_COMPANY` and `OF_CLAIRE` do not know fails the test: whoever adds a URL says there what its parameter holds.
"""

import shutil
from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from approvals.directory.opening import add_person, attach, make_staff
from approvals.models import (
    DirectoryImport,
    FirmBlacklisting,
    PasswordLetters,
    SenderAddress,
    UserRequest,
)
from approvals.senders import intake
from documents.folders import stories as folders
from documents.ged.archives import ARCHIVE
from documents.models import Document, DocumentVersion, Folder
from mailing.domains import links
from mailing.kinds import MailKind
from mailing.models import Fate, InboundMail, MailEvent, OutgoingMail, SendingDomain, Suppression
from mailing.tracking import tokens
from notifications.models import Notification
from portal import demo
from portal.login import sessions
from portal.login.links import ResetTokens
from portal.models import (
    ClientGroup,
    ClientMember,
    Company,
    FailedTask,
    Firm,
    Job,
    StaffMember,
    StoredFile,
    Supplier,
    User,
)
from portal.testing import BOX, arrive, mail_from, receive
from portal.tests import rows
from portal.tests.second_factors import with_key

pytestmark = pytest.mark.django_db  # querysets decide, the same on each database: once is enough

CLAIRES = "claire.mes-documents@martin.depot.localhost"
METHODS = ("GET", "HEAD", "POST", "HTMX")
DECISIVE = ("GET", "POST")  # the others reach the same view


@dataclass(frozen=True)
class Door:
    name: str
    parameters: tuple[str, ...]
    is_public: bool


def doors(patterns=None, namespace="", parameters=()):
    """Every URL pattern of the project, with the names of its path parameters."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        found = (*parameters, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from doors(pattern.url_patterns, inner, found)
        else:
            yield Door(
                f"{namespace}{pattern.name}", found, not getattr(pattern.callback, "login_required", True)
            )


DOORS = {door.name: door for door in doors()}
PRIVATE = [door for door in DOORS.values() if not door.is_public]
PUBLIC = [door for door in DOORS.values() if door.is_public]


def four():
    return Company.objects.get(firm__slug="martin", code="4")


def received():
    return (
        InboundMail.objects.filter(company=four(), sender="facturation@bois-dumas.example").earliest("pk").pk
    )


def sent():
    return OutgoingMail.objects.filter(company=four()).earliest("pk").pk


def measured():
    return OutgoingMail.objects.get(is_measured=True)


def domain():
    return SendingDomain.objects.get(firm__slug="martin")


def unread():
    return InboundMail.objects.unreadable().filter(company=four()).earliest("pk").pk


def claires_unread():
    return InboundMail.objects.unreadable().get(address__address=CLAIRES).pk


def claires_mail():
    return InboundMail.objects.get(address__address=CLAIRES, status=Fate.HELD).pk


def folder(audience, label):
    return four().firm.folders.get(audience=audience, label=label)


def version():
    return DocumentVersion.objects.get(document__company=four())


def in_trash(**where):
    return Document.objects.trashed().filter(**where).earliest("pk").pk


def grid_folder():
    return Folder.objects.get(firm__slug="martin", company=None, audience="clients", label="Devis").pk


# What a path parameter holds, by its name, or by « view name parameter » where the name alone does not say it.
# First an object of company 4 of Cabinet Martin, then one of Claire's Mes documents, which nobody else sees.
OF_COMPANY = {
    "code": lambda: "4",
    "address_id": lambda: SenderAddress.objects.get(company=four(), address="scan@moimeme.example").pk,
    "space": lambda: "box",
    "documents:company_audience audience": lambda: "clients",
    **{
        f"documents:folder_{gesture} folder_id": lambda: four().own_folders.get().pk
        for gesture in ("rename", "archive", "restore")
    },
    "document_id": lambda: Document.objects.live().filter(company=four()).earliest("pk").pk,
    "documents:process_document document_id": lambda: (
        Document.objects.to_process().filter(company=four(), space="box").earliest("pk").pk
    ),
    "matricule": lambda: "007",
    **{
        f"documents:{door} folder_id": lambda: folder("clients", "Facture").pk
        for door in ("folder", "folder_upload", "folder_selection")
    },
    "documents:employee_folder folder_id": lambda: folder("employees", "Bulletins").pk,
    "documents:employee_folder_upload folder_id": lambda: folder("employees", "Bulletins").pk,
    "documents:employee_folder_selection folder_id": lambda: folder("employees", "Bulletins").pk,
    "filed_id": lambda: version().document_id,
    "version_id": lambda: version().pk,
    "documents:restore document_id": lambda: in_trash(company=four()),
    "documents:delete document_id": lambda: in_trash(company=four()),
    "notification_id": lambda: Notification.objects.filter(company=four()).earliest("pk").pk,
    "documents:compare_resend folder_id": lambda: folder("clients", "Facture").pk,
    "documents:employee_compare_resend folder_id": lambda: folder("employees", "Bulletins").pk,
    "documents:compare folder_id": lambda: folder("clients", "Facture").pk,
    "documents:employee_compare folder_id": lambda: folder("employees", "Bulletins").pk,
    "member_id": lambda: four().client_members.get(user__email="compta@moimeme.example").pk,
    "employee_id": lambda: four().employees.earliest("pk").pk,
    **{
        f"approvals:{door} people": lambda: "clients"
        for door in ("access", "company_access_save", "company_access_selection", "company_access_publish")
    },
    "access_id": lambda: ClientMember.objects.get(company=four(), is_admin=False).pk,
    "documents:client_folder folder_id": lambda: folder("clients", "Facture").pk,
    "employment_id": lambda: four().employees.get(user__email=EMPLOYEE).pk,
    "documents:employee_space_folder folder_id": lambda: folder("employees", "Bulletins").pk,
    "page": lambda: 1,
    "width": lambda: 600,
    "task_id": lambda: FailedTask.objects.get(company=four()).pk,
    "mailing:inbound mail_id": received,
    "mailing:inbound_raw mail_id": received,
    "mailing:inbound_html mail_id": received,
    "approvals:read_again mail_id": unread,
    "approvals:put_aside mail_id": unread,
    "approvals:file_by_hand mail_id": unread,
    "mailing:email mail_id": sent,
    "mailing:resend mail_id": sent,
    "mailing:cancel mail_id": sent,
    "request_id": lambda: UserRequest.objects.get(company=four()).pk,
}
OF_FIRM = {  # of Cabinet Martin as a whole: its administrators' alone
    "approvals:access_factors code": lambda: "4",
    "approvals:access_factors people": lambda: "clients",
    "approvals:access_factors access_id": lambda: ClientMember.objects.get(company=four(), is_admin=False).pk,
    "approvals:access_save people": lambda: "clients",
    "approvals:access_selection people": lambda: "clients",
    "approvals:access_publish people": lambda: "clients",
    "documents:ged_audience audience": lambda: "clients",
    "documents:ged_add audience": lambda: "clients",
    "documents:ged_folder folder_id": grid_folder,
    "documents:ged_archive folder_id": grid_folder,
    "documents:ged_restore folder_id": grid_folder,
    "reader": lambda: "client",
    "kind": lambda: "invoice",
    "version": lambda: 0,
    "blacklisting_id": lambda: FirmBlacklisting.objects.get(firm__slug="martin").pk,
    "domain_id": lambda: domain().pk,
    "company_id": lambda: four().pk,
    "group_id": lambda: ClientGroup.objects.get(firm__slug="martin").pk,
    "staff_id": lambda: StaffMember.objects.get(user__email=OWNER).pk,
    "supplier_id": lambda: Supplier.objects.get(firm__slug="martin").pk,
    "import_id": lambda: DirectoryImport.objects.get(firm__slug="martin").pk,
    "suppression_id": lambda: Suppression.objects.filter(firm__slug="martin").earliest("pk").pk,
    "step_id": lambda: (
        MailEvent.objects.filter(mail__firm__slug="martin", provider="brevo").earliest("pk").pk
    ),
}
OF_CLAIRE = {
    "session_id": lambda: (
        sessions.open_sessions(User.objects.get(email=OWNER)).get(session_key="ailleurs").pk
    ),
    "key_id": lambda: Authenticator.objects.get(user__email=OWNER).pk,
    **{
        f"documents:{door} job_id": lambda: User.objects.get(email=OWNER).jobs.get(kind=ARCHIVE.kind).pk
        for door in ("archive", "archive_download")
    },
    "job_id": lambda: User.objects.get(email=OWNER).jobs.latest("pk").pk,
    "letters_id": lambda: PasswordLetters.objects.get(by__email=OWNER).pk,
    "document_id": lambda: Document.objects.live().filter(owner__email=OWNER).earliest("pk").pk,
    "documents:restore document_id": lambda: in_trash(owner__email=OWNER),
    "documents:delete document_id": lambda: in_trash(owner__email=OWNER),
    "page": lambda: 1,
    "width": lambda: 600,
    "mailing:inbound mail_id": claires_mail,
    "mailing:inbound_raw mail_id": claires_mail,
    "mailing:inbound_html mail_id": claires_mail,
    "approvals:read_again mail_id": claires_unread,
    "approvals:put_aside mail_id": claires_unread,
    "approvals:file_by_hand mail_id": claires_unread,
    "documents:file_own mail_id": claires_mail,
    "documents:discard_own mail_id": claires_mail,
}


OF_ANYONE = {  # behind the doors that need no login
    "firm_slug": lambda: "martin",
    "uidb36": lambda: user_pk_to_url_str(User.objects.get(email=OWNER)),
    "token": lambda: tokens.unsubscribe_url(OutgoingMail.objects.get(pk=sent())).split("/")[-2],
    "key": lambda: ResetTokens().make_token(User.objects.get(email=OWNER)),
    "mailing:dns token": lambda: links.token_of(domain()),
    "mailing:opened token": lambda: tokens.picture_url(measured()).split("/")[-1].removesuffix(".gif"),
    "mailing:clicked token": lambda: tokens.link_url(measured(), 0).split("/")[-1],
}


def in_table(table, door, name):
    return next((key for key in (f"{door.name} {name}", name) if key in table), None)


def leads_to(table):
    """The doors whose every parameter is in `table`."""
    there = PUBLIC if table is OF_ANYONE else PRIVATE
    return [d for d in there if d.parameters and all(in_table(table, d, name) for name in d.parameters)]


def path_of(door, table, **instead):
    held = {name: table[in_table(table, door, name)]() for name in door.parameters}
    return reverse(door.name, kwargs=held | instead)


OWNER = "claire@martin.example"
EMPLOYEE = "lea@moimeme.example"
MEASURED = "gerant@moimeme.example"  # whose mails are measured
OTHER_FIRM = ("admin@peeters.example", "patron@vier.example")
SAME_FIRM = (
    "nadia@martin.example",  # staff, attached to company 27 only
    "jean@garage-morel.example",  # client administrator of company 27
    "compta@moimeme.example",  # client user of company 4: for the doors without a mark in ui.md
    EMPLOYEE,  # employee of company 4
)
IN_EVERY_WAY = ("patron@vier.example", "compta@moimeme.example")
DEPLOYMENT = "exploitation@portail.example"  # is_superuser, no firm
DECISIONS = {"approvals:accept", "approvals:refuse", "approvals:blacklist", "approvals:decide_selection"}
OF_A_MAIL = {"mailing:resend", "mailing:cancel", "documents:file_own", "documents:discard_own"}
OF_AN_UNREAD_MAIL = {"approvals:read_again", "approvals:put_aside", "approvals:repair_selection"}
OF_DOCUMENTS = {
    f"documents:{gesture}"
    for gesture in (
        "process_selection",
        *("ged_selection", "folder_selection", "employee_ged_selection", "employee_folder_selection"),
        *("ged_restore_selection", "folder_upload", "employee_folder_upload", "document_version"),
        *("upload", "options", "throw_selection", "restore_selection", "throw", "restore", "delete"),
        *("personal_upload", "personal_options", "personal_throw_selection", "personal_restore_selection"),
    )
}
OF_NOTIFICATIONS = {
    *("notifications:selection", "notifications:resend", "notifications:cancel"),
    *("documents:compare_resend", "documents:employee_compare_resend"),
}
OF_FOLDERS = {
    f"documents:{gesture}" for gesture in ("ged_archive", "ged_restore", "folder_archive", "folder_restore")
}
OF_A_TASK = {"portal:task_retry", "portal:task_done", "portal:tasks_selection"}
OF_THE_FIRM = {
    *("approvals:lift", "mailing:suppression_lift"),
    *("approvals:directory_import_run", "approvals:directory_import_drop"),
    *("mailing:domain_selector", "mailing:domain_link", "mailing:domains_check"),
    *("approvals:access_save", "approvals:access_selection", "approvals:access_setting"),
    *("approvals:access_factors", "notifications:template_restore"),
}
OF_THE_DIRECTORY = {
    f"approvals:{gesture}"
    for gesture in (
        *("company_team", "company_archive", "company_restore", "group_delete", "staff_reactivate"),
        *("staff_invite", "staff_factors"),
        *("supplier_archive", "supplier_restore", "contact_archive", "contact_restore"),
        *("employee_archive", "employee_restore"),
    )
}
OF_ACCESSES = {"approvals:company_access_save", "approvals:company_access_selection"}
OF_USERS = {
    f"approvals:{gesture}"
    for gesture in ("refuse_user", "withdraw_user", "view_as_contact", "view_as_employee", "leave_viewing")
}
ASKED = {"approvals:ask_user", "approvals:ask_change", "approvals:withdraw_user"}  # by client administrators
OF_A_CLIENT = {
    f"documents:client_{screen}"
    for screen in ("space", "documents", "folder", "quotes", "statement", "deposit")
}
LETTERS = "approvals:letters_download"  # hands over a PDF
POSTED = (
    OF_ACCESSES
    | OF_USERS
    | {LETTERS}
    | DECISIONS
    | OF_A_MAIL
    | OF_AN_UNREAD_MAIL
    | OF_A_TASK
    | OF_THE_FIRM
    | OF_DOCUMENTS
    | OF_FOLDERS
    | OF_NOTIFICATIONS
    | OF_THE_DIRECTORY
) | {
    "portal:star",
    "portal:job_stop",
    "portal:key_remove",
    "portal:session_end",
}  # they answer POST alone, the other doors GET and HEAD
FORMS = {
    *("approvals:file_by_hand", "approvals:user_request", "approvals:ask_user", "approvals:ask_change"),
    *("approvals:record_edit", "approvals:billing", "approvals:contact_add", "approvals:contact_edit"),
    *("approvals:employee_add", "approvals:employee_edit", "approvals:company_edit", "approvals:staff_edit"),
    *("approvals:group_edit", "approvals:group_companies", "approvals:staff_companies"),
    *("approvals:staff_deactivate", "approvals:supplier_edit"),
    *("documents:process_document", "portal:key_rename"),
    *("documents:ged_add", "documents:ged_folder", "documents:folder_add", "documents:folder_rename"),
    *("documents:document_edit", "notifications:template", "notifications:template_preview"),
}  # they answer all three; posted with nothing typed, the form is shown again
BOTH = {  # they answer all three; posted with nothing typed, they do what nothing typed means
    "approvals:access",
    "approvals:access_publish",
    "approvals:company_access_publish",
    "documents:company_publish",
    "documents:client_deposit",
    "documents:ged_audience",
    "documents:company_audience",
}
OPEN_TO_CLIENT_USER = (
    "portal:company",
    "documents:box",
    "documents:image",
    "documents:upload",
    "documents:throw_selection",
    "documents:trash",
    "documents:restore_selection",
    "documents:document",
    "documents:page",
    "documents:download",
    *OF_A_CLIENT,
    "documents:document_print",
    "documents:client_space",
)


def is_open_to(door, email):
    """A door without an object of its own is one's own company's; a client user has its marks in ui.md."""
    own = email in OTHER_FIRM and door.parameters in (("code",), ("code", "space"))
    own = own or (email == EMPLOYEE and door.name == "documents:employee_space_folder")
    if email == "admin@peeters.example":  # the grids and texts of one's own firm, of one's own company
        own = own or door.parameters in (("people",), ("code", "people"), ("audience",), ("code", "audience"))
        own = own or door.parameters[:2] == ("reader", "kind")
    return own or (email == "compta@moimeme.example" and door.name in OPEN_TO_CLIENT_USER)


@pytest.fixture(scope="module", autouse=True)
def demonstration(django_db_setup, django_db_blocker, prepared):
    """There once for all the knocks, in a transaction that is given up at the end."""
    whole = transaction.atomic()
    whole._from_testcase = True  # as Django's own TestCase says: what is durable may nest in it
    with django_db_blocker.unblock(), whole:
        if connection.vendor == "sqlite":
            rows.insert(rows.of_sqlite(prepared / "portal.sqlite3"))
            shutil.copytree(prepared / "files", settings.DATA_DIR / "files", dirs_exist_ok=True)
        else:
            demo.load()
        martin = Firm.objects.get(slug="martin")
        nadia = make_staff(add_person(martin, "Nadia Petit", "nadia@martin.example", token=""))
        attach(nadia, Company.objects.get(firm=martin, code="27"))
        for to in (BOX, CLAIRES):
            [parked] = receive(mail_from("illisible@bois-dumas.example", to=to, subject="Illisible"), to)
            intake.park(parked, "Un motif que seul le cabinet connaît")
        User.objects.filter(email=MEASURED).update(accepts_measuring=True)
        request = OutgoingMail.objects.filter(to_email=MEASURED, kind=MailKind.APPROVAL_REQUEST).earliest(
            "pk"
        )
        OutgoingMail.objects.filter(pk=request.pk).update(is_measured=True)
        own = Folder(firm=martin, company=four(), audience="clients", label="Assemblées de 4", path="AG")
        folders.add(own, by=User.objects.get(email=OWNER))
        User.objects.create(name="Exploitation", email=DEPLOYMENT, is_superuser=True)
        claire = User.objects.get(email=OWNER)
        Session.objects.create(session_key="ailleurs", expire_date=timezone.now() + timedelta(days=1))
        UserSession.objects.create(
            user=claire, session_key="ailleurs", ip="192.0.2.1", user_agent="Firefox/140"
        )
        with_key(claire, "Clé de Claire")
        DirectoryImport.objects.create(firm=martin, kind="contacts", name="Contacts de Martin.csv")
        job = Job.objects.create(
            firm=martin, by=claire, kind="test", title="Lettres de Claire", status="done"
        )
        PasswordLetters.objects.create(
            firm=martin, by=claire, job=job, count=1, expires_at=timezone.now() + timedelta(hours=1)
        )
        lay_aside(martin, claire)
        Job.objects.create(firm=martin, by=claire, kind="test", title="Travail de Claire")
        arrive(mail_from(OWNER, to=CLAIRES, subject="Contrat de Claire"), CLAIRES, local=False)
        yield
        transaction.set_rollback(True)


def lay_aside(martin, claire):
    """A document of company 4 had another file before; Claire has had a ZIP made, with nothing in it."""
    filed = Document.objects.filter(company=four(), folder__isnull=False).earliest("pk")
    file = StoredFile.objects.get(pk=filed.file_id)
    DocumentVersion.objects.create(document=filed, file=file, name="Ancienne.pdf", created_at=timezone.now())
    Job.objects.create(
        firm=martin,
        by=claire,
        kind=ARCHIVE.kind,
        title="ZIP de Claire",
        status="done",
        ended_at=timezone.now(),
        asked={"items": [], "name": "Claire.zip", "list": "/entreprises/4/documents/", "file": file.pk},
    )


def logged_in(email, **how) -> Client:
    client = Client(**how)
    client.force_login(User.objects.get(email=email))
    return client


def knock(client, method, path):
    if method == "HTMX":
        return client.get(path, headers={"HX-Request": "true"})
    return client.generic(method, path)


def words_of(slug):
    """What only the people of a firm may read: names, addresses, subjects, files."""
    firm = Firm.objects.get(slug=slug)
    columns = (
        firm.companies.values_list("name", flat=True),
        firm.people.values_list("name", flat=True),
        firm.people.exclude(email="").values_list("email", flat=True),
        firm.inbound_addresses.values_list("address", flat=True),
        SenderAddress.objects.filter(company__firm=firm).values_list("address", flat=True),
        InboundMail.objects.filter(address__firm=firm).values_list("subject", flat=True),
        OutgoingMail.objects.filter(firm=firm).values_list("subject", flat=True),
        Document.objects.filter(firm=firm).values_list("name", flat=True),
        FailedTask.objects.filter(firm=firm).values_list("reason", flat=True),
        Folder.objects.filter(company__firm=firm).values_list("label", flat=True),
        Job.objects.filter(firm=firm).values_list("title", flat=True),
        firm.suppliers.values_list("name", flat=True),
        DirectoryImport.objects.filter(firm=firm).values_list("name", flat=True),
    )
    return {firm.name}.union(*columns) - {""}


def test_every_parameter_is_known():
    known = {door for table in (OF_COMPANY, OF_FIRM, OF_CLAIRE, OF_ANYONE) for door in leads_to(table)}
    unknown = [(d.name, d.parameters) for d in DOORS.values() if d.parameters and d not in known]
    assert unknown == [], "say in the tables of test_stranger.py what these path parameters hold"


def test_the_doors_without_login_are_these():
    assert sorted(door.name for door in PUBLIC) == [
        "account_login",
        "account_logout",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mailing:brevo",
        "mailing:clicked",
        "mailing:dns",
        "mailing:mailgun",
        "mailing:opened",
        "mailing:postmark",
        "mailing:unsubscribe",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "portal:alive",
        "portal:firm_login",
        "portal:firm_password_reset",
        "portal:ready",
    ]


def test_the_doors_without_login_tell_nothing(client):
    """But the name of the firm that the path names."""
    for door in PUBLIC:
        answer = client.get(path_of(door, OF_ANYONE), follow=True)
        page = answer.content.decode(errors="replace")  # one is a picture
        named = {"Cabinet Martin"} if {"firm_slug", "token"} & {*door.parameters} else set()
        words = words_of("martin") | words_of("peeters")
        assert (door.name, {word for word in words - named if word in page}) == (door.name, set())


def is_405_to_the_owner(door, method):
    return door.name not in FORMS | BOTH and (method == "POST") == (door.name not in POSTED)


@pytest.mark.parametrize("table", [OF_COMPANY, OF_FIRM, OF_CLAIRE], ids=["company", "firm", "claire"])
@pytest.mark.parametrize("method", METHODS)
def test_the_owner_enters(table, method):
    """The objects are there: without this every 404 below would say nothing."""
    staff = logged_in("admin@martin.example" if table is OF_FIRM else OWNER)
    answers = {}
    others = dict.fromkeys([*ASKED, *OF_A_CLIENT], logged_in("gerant@moimeme.example"))
    others["documents:employee_space_folder"] = logged_in(EMPLOYEE)
    if table is OF_COMPANY:  # what Claire herself may not
        others |= dict.fromkeys(
            ("documents:delete", "documents:company_audience"), logged_in("admin@martin.example")
        )
    for door in leads_to(table):
        client = others.get(door.name, staff)
        with transaction.atomic():
            answers[door] = knock(client, method, path_of(door, table)).status_code
            transaction.set_rollback(True)  # each door is found as the first one was
    shown = FORMS | {LETTERS}
    entered = {door: 302 if method == "POST" and door.name not in shown else 200 for door in answers}
    assert answers == {door: 405 if is_405_to_the_owner(door, method) else entered[door] for door in answers}


@pytest.mark.parametrize("email", [*OTHER_FIRM, *SAME_FIRM, DEPLOYMENT])
def test_stranger_of_a_company(email):
    shut = [door for door in leads_to(OF_COMPANY) if not is_open_to(door, email)]
    assert opened(shut, OF_COMPANY, email) == []


@pytest.mark.parametrize("email", [OWNER, *OTHER_FIRM, *SAME_FIRM, DEPLOYMENT])
def test_what_is_the_firm_s_is_its_administrators_alone(email):
    shut = [door for door in leads_to(OF_FIRM) if not is_open_to(door, email)]
    assert opened(shut, OF_FIRM, email) == []


@pytest.mark.parametrize("email", ["admin@martin.example", *OTHER_FIRM, *SAME_FIRM, DEPLOYMENT])
def test_mes_documents_are_their_owner_s_alone(email):
    assert opened(leads_to(OF_CLAIRE), OF_CLAIRE, email) == []


@pytest.mark.parametrize("email", [*OTHER_FIRM, DEPLOYMENT])
@pytest.mark.parametrize("code", ["12", "27"])
def test_a_code_that_only_the_other_firm_has(code, email):
    shut = [door for door in PRIVATE if door.parameters == ("code",)]
    assert opened(shut, OF_COMPANY, email, code=code) == []


def opened(shut, table, email, **instead):
    """Which of the doors do not answer 404 with the very page of an address that leads nowhere.

    Where the owner meets a 405, so may the stranger: nothing was looked up.
    """
    client = logged_in(email)
    nowhere = client.get("/nulle-part/").content
    found = []
    for door in shut:
        path = path_of(door, table, **instead)
        for method in METHODS if email in IN_EVERY_WAY else DECISIVE:
            answer = knock(client, method, path)
            if answer.status_code == 405:
                right = is_405_to_the_owner(door, method)
            else:
                right = answer.status_code == 404 and answer.content == (b"" if method == "HEAD" else nowhere)
            if not right:
                found.append((door.name, method, answer.status_code))
    return found


def test_anonymous_is_led_to_the_login(client):
    for table in (OF_COMPANY, OF_FIRM, OF_CLAIRE):
        for door in leads_to(table):
            path = path_of(door, table)
            for method in METHODS:
                answer = knock(client, method, path)
                led = (door.name, method, answer.status_code, answer.get("Location"))
                assert led == (door.name, method, 302, f"/connexion/?next={path}")


PEOPLE = [
    ("admin@peeters.example", "Vier BV", "martin"),
    ("patron@vier.example", "Vier BV", "martin"),
    ("admin@martin.example", "Moi Même SARL", "peeters"),
    ("gerant@moimeme.example", "Moi Même SARL", "peeters"),
]


@pytest.mark.parametrize(("email", "own", "other_firm"), PEOPLE, ids=[row[0] for row in PEOPLE])
def test_the_same_code_is_one_s_own_company(email, own, other_firm):
    client, foreign = logged_in(email), words_of(other_firm)
    for door in PRIVATE:
        if door.parameters in ((), ("code",)):
            for method in ("GET", "HTMX") if email in IN_EVERY_WAY else ("GET",):
                answer = knock(client, method, path_of(door, OF_COMPANY))
                page = answer.content.decode()
                assert {word for word in foreign if word in page} == set(), door.name
                if door.parameters and answer.status_code == 200:
                    assert own in page, door.name


def test_the_administrator_of_the_deployment_sees_nothing():
    client, foreign = logged_in(DEPLOYMENT), words_of("martin") | words_of("peeters")
    for door in PRIVATE:
        if not door.parameters:
            page = client.get(path_of(door, {})).content.decode()
            assert {word for word in foreign if word in page} == set(), door.name


@pytest.mark.parametrize("query", ["scan@moimeme.example", "Copieur"])
def test_a_search_finds_nothing_of_the_other_firm(query):
    answer = logged_in("patron@vier.example").get("/entreprises/4/acces-email/", {"q": query})
    assert "Aucune adresse ne correspond" in answer.content.decode()
    [chips] = answer.context["page"].chips
    assert [str(chip.count) for chip in chips] == ["0"] * 5


@pytest.mark.parametrize("email", OTHER_FIRM)
def test_an_access_across_firms_opens_nothing(email):
    """Such rows are written by nobody; were they there, they would open nothing."""
    person, company = User.objects.get(email=email), four()
    access = {"is_authorised": True, "published": {"is_authorised": True}}
    ClientMember.objects.create(company=company, user=person, is_admin=True, **access)
    if person.staff:
        attach(person.staff, company)
    shut = [door for door in leads_to(OF_COMPANY) if not is_open_to(door, email)]
    assert opened(shut, OF_COMPANY, email) == []
    assert list(Company.objects.visible_to(person).values_list("name", flat=True)) == ["Vier BV"]
