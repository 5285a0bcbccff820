"""« Who sees which screen » of ui.md, as a test: x is 200, – is 404 (for a gesture, x is a redirect)."""

import re
from collections import Counter
from datetime import timedelta
from html import unescape
from urllib.parse import urldefrag, urljoin

import pytest
from django.utils import timezone

from approvals.directory.opening import add_contact, add_employee
from approvals.models import (
    DirectoryImport,
    FirmBlacklisting,
    PasswordLetters,
    RequestKind,
    RequestStatus,
    SenderAddress,
    UserRequest,
)
from approvals.senders import intake
from documents.filing import trash
from documents.folders import stories
from documents.models import Document, Folder
from documents.tests.lay import filed as laid_into
from mailing.kinds import MailKind
from mailing.models import (
    InboundMail,
    MailEvent,
    OutgoingMail,
    SendingDomain,
    Suppression,
    SuppressionReason,
)
from notifications.models import Notification
from portal.models import ClientGroup, ClientMember, FailedTask, Job, JobStatus, Supplier
from portal.portfolio import favourites
from portal.testing import arrive, mail_from, pdf, receive

pytestmark = pytest.mark.django_db  # querysets decide, the same on each database: once is enough

ROLES = ("admin", "hugo", "gerant", "compta", "lea")

SCREENS = """
                                              firm admin  attached staff  client admin  client user  employee
/portefeuille/                                    x            x              x             x           –
/entreprises/                                     x            x              x             x           –
/entreprises/4/                                   x            x              x             x           –
/entreprises/4/fiche/                             x            x              –             –           –
/entreprises/4/fiche/modifier/                    x            x              –             –           –
/entreprises/4/fiche/contacts/                    x            x              –             –           –
/entreprises/4/fiche/contacts/ajouter/            x            x              –             –           –
/entreprises/4/fiche/contacts/{contact}/          x            x              –             –           –
/entreprises/4/fiche/salaries/                    x            x              –             –           –
/entreprises/4/fiche/salaries/ajouter/            x            x              –             –           –
/entreprises/4/fiche/salaries/{employee}/         x            x              –             –           –
/entreprises/4/fiche/facturation/                 x            x              –             –           –
/entreprises/4/fiche/historique/                  x            x              –             –           –
/entreprises/4/box/                               x            x              x             x           –
/entreprises/4/image/                             x            x              x             x           –
/entreprises/4/box/corbeille/                     x            x              x             x           –
/entreprises/4/image/corbeille/                   x            x              x             x           –
/entreprises/4/box/traiter/                       x            x              –             –           –
/entreprises/4/image/traiter/                     x            x              –             –           –
/entreprises/4/box/traiter/{document}/            x            x              –             –           –
/entreprises/4/documents/                         x            x              –             –           –
/entreprises/4/documents/{folder}/                x            x              –             –           –
/entreprises/4/documents/corbeille/               x            x              –             –           –
/entreprises/4/salaries/                          x            x              –             –           –
/entreprises/4/salaries/007/documents/            x            x              –             –           –
/entreprises/4/salaries/007/documents/{payslips}/ x            x              –             –           –
/documents/{filed}/                               x            x              x             x           –
/documents/{filed}/imprimer/                      x            x              x             x           –
/documents/{filed}/modifier/                      x            x              –             –           –
/documents/{filed}/historique/                    x            x              –             –           –
/documents/{payslip}/                             x            x              –             –           x
/entreprises/4/documents/parametres/              x            x              –             –           –
/entreprises/4/documents/parametres/salaries/     x            x              –             –           –
/entreprises/4/documents/repertoires/ajouter/     x            x              –             –           –
/entreprises/4/documents/repertoires/{own_folder}/renommer/ x  x              –             –           –
/salaries/documents/                              x            x              –             –           –
/documents/{document}/                            x            x              x             x           –
/documents/{document}/pages/1/600/                x            x              x             x           –
/documents/{document}/telecharger/                x            x              x             x           –
/documents/{thrown}/                              x            x              –             –           –
/documents/{thrown}/pages/1/600/                  x            x              –             –           –
/documents/{thrown}/telecharger/                  x            x              –             –           –
/entreprises/4/acces-email/                       x            x              x             –           –
/entreprises/4/acces-email/activite/              x            x              x             –           –
/entreprises/4/acces-email/{address}/             x            x              x             –           –
/activite/{received}/                             x            x              x             –           –
/activite/{received}/brut/                        x            x              x             –           –
/activite/                                        x            x              –             –           –
/activite/{received}/html/                        x            x              x             –           –
/activite/{unread}/                               x            x              x             –           –
/activite/{unread}/classer/                       x            x              –             –           –
/activite/{owned}/                                –            –              –             –           –
/activite/{owned}/html/                           –            –              –             –           –
/activite/{owned}/classer/                        –            –              –             –           –
/non-traitables/                                  x            x              –             –           –
/approbations/                                    x            x              x             –           –
/entreprises/4/acces/                             x            x              x             –           –
/entreprises/4/acces/salaries/                    x            x              x             –           –
/entreprises/4/acces/clients/{access}/            x            x              –             –           –
/entreprises/4/acces/clients/synchroniser/        x            x              –             –           –
/parametres/portail/                              x            –              –             –           –
/parametres/portail/salaries/                     x            –              –             –           –
/parametres/portail/clients/synchroniser/         x            –              –             –           –
/lettres/{letters}/                               x            –              –             –           –
/entreprises/4/acces/demandes/                    x            x              x             –           –
/entreprises/4/acces/demandes/nouvelle/           –            –              x             –           –
/entreprises/4/acces/demandes/modification/       –            –              x             –           –
/entreprises/4/acces/demandes/{request}/          x            x              x             –           –
/demandes/                                        x            x              –             –           –
/entreprises/4/portail-client/                    x            x              –             –           –
/entreprises/4/portail-client/salaries/           x            x              –             –           –
/entreprises/4/emails/                            x            x              x             –           –
/emails/                                          x            x              –             –           –
/emails/{to_the_client}/                          x            x              x             –           –
/emails/{to_the_sender}/                          x            x              x             –           –
/emails/{to_the_staff}/                           x            x              –             –           –
/taches/                                          x            x              –             –           –
/notifications/                                   x            x              –             –           –
/notifications/{notification}/                    x            x              –             –           –
/parametres/                                      x            –              –             –           –
/parametres/internet/                             x            –              –             –           –
/parametres/internet/portail/                     x            –              –             –           –
/parametres/ged/synchroniser/                     x            –              –             –           –
/entreprises/4/documents/synchroniser/            x            x              –             –           –
/entreprises/4/documents/{folder}/comparer/       x            x              –             –           –
/entreprises/4/salaries/007/documents/{payslips}/comparer/ x   x              –             –           –
/parametres/securite/                             x            –              –             –           –
/parametres/journal/                              x            –              –             –           –
/parametres/communication/                        x            –              –             –           –
/parametres/adresses/                             x            –              –             –           –
/parametres/domaines/                             x            –              –             –           –
/parametres/suppressions/                         x            –              –             –           –
/parametres/ged/                                  x            –              –             –           –
/parametres/ged/clients/                          x            –              –             –           –
/parametres/ged/chemins/                          x            –              –             –           –
/parametres/ged/clients/ajouter/                  x            –              –             –           –
/parametres/ged/repertoires/{of_grid}/            x            –              –             –           –
/parametres/modeles/                              x            –              –             –           –
/parametres/modeles/clients/facture/              x            –              –             –           –
/parametres/modeles/salaries/bulletin/            x            –              –             –           –
/parametres/modeles/clients/facture/apercu/       x            –              –             –           –
/parametres/modeles/clients/facture/versions/0/   x            –              –             –           –
/parametres/import/                               x            –              –             –           –
/parametres/import/modele/                        x            –              –             –           –
/parametres/import/export/                        x            –              –             –           –
/parametres/import/{imported}/                    x            –              –             –           –
/parametres/suppressions/{suppressed}/            x            –              –             –           –
/parametres/entreprises/                          x            –              –             –           –
/parametres/entreprises/ajouter/                  x            –              –             –           –
/parametres/entreprises/{company}/                x            –              –             –           –
/parametres/groupes/                              x            –              –             –           –
/parametres/groupes/ajouter/                      x            –              –             –           –
/parametres/groupes/{group}/                      x            –              –             –           –
/parametres/groupes/{group}/entreprises/          x            –              –             –           –
/parametres/collaborateurs/                       x            –              –             –           –
/parametres/collaborateurs/ajouter/               x            –              –             –           –
/parametres/collaborateurs/{staff}/               x            –              –             –           –
/parametres/collaborateurs/{staff}/entreprises/   x            –              –             –           –
/parametres/collaborateurs/{staff}/desactiver/    x            –              –             –           –
/parametres/fournisseurs/                         x            –              –             –           –
/parametres/fournisseurs/ajouter/                 x            –              –             –           –
/parametres/fournisseurs/{supplier}/              x            –              –             –           –
/emails/etapes/{step}/                            x            –              –             –           –
/espace/4/                                        –            –              x             x           –
/espace/4/documents/                              –            –              x             x           –
/espace/4/documents/{folder}/                     –            –              x             x           –
/espace/4/devis/                                  –            –              x             x           –
/espace/4/releve/                                 –            –              x             x           –
/espace/4/deposer/                                –            –              x             x           –
/espace-salarie/                                  –            –              –             –           x
/espace-salarie/bulletins/                        –            –              –             –           x
/espace-salarie/{lea}/{payslips}/                 –            –              –             –           x
/mes-documents/                                   x            x              x             x           x
/mes-documents/corbeille/                         x            x              x             x           x
/travaux/                                         x            x              x             x           x
/mon-compte/                                      x            x              x             x           x
/mon-compte/mot-de-passe/                         x            x              x             x           x
/mon-compte/securite/                             x            x              x             x           x
/mon-compte/securite/sessions/                    x            x              x             x           x
/mon-compte/securite/confirmer/                   x            x              x             x           x
"""

GESTURES = """
                                              firm admin  attached staff  client admin  client user  employee
/entreprises/4/favori/                            –            x              –             –           –
/entreprises/4/acces-email/{address}/accepter/    x            x              x             –           –
/entreprises/4/acces-email/{address}/refuser/     x            x              x             –           –
/entreprises/4/acces-email/{address}/blacklister/ x            x              x             –           –
/entreprises/4/acces-email/selection/             x            x              x             –           –
/entreprises/4/acces/demandes/{request}/refuser/  x            x              –             –           –
/entreprises/4/acces/demandes/{request}/retirer/  –            –              x             –           –
/entreprises/4/box/deposer/                       x            x              x             x           –
/entreprises/4/box/options/                       x            x              x             –           –
/entreprises/4/box/selection/                     x            x              x             x           –
/entreprises/4/box/corbeille/selection/           x            x              x             x           –
/entreprises/4/box/traiter/selection/             x            x              –             –           –
/espace/4/deposer/                                –            –              x             x           –
/entreprises/4/documents/{folder}/deposer/        x            x              –             –           –
/entreprises/4/documents/{folder}/selection/      x            x              –             –           –
/entreprises/4/documents/selection/               x            x              –             –           –
/entreprises/4/documents/corbeille/selection/     x            x              –             –           –
/entreprises/4/salaries/007/documents/{payslips}/deposer/ x    x              –             –           –
/entreprises/4/salaries/007/documents/{payslips}/selection/ x  x              –             –           –
/entreprises/4/salaries/007/documents/selection/  x            x              –             –           –
/documents/{filed}/version/                       x            x              –             –           –
/documents/{document}/corbeille/                  x            x              –             –           –
/documents/{thrown}/restaurer/                    x            x              –             –           –
/documents/{last_thrown}/supprimer/               x            –              –             –           –
/entreprises/4/documents/parametres/clients/      x            –              –             –           –
/entreprises/4/documents/repertoires/{own_folder}/archiver/ x  x              –             –           –
/entreprises/4/documents/repertoires/{own_folder}/retablir/ x  x              –             –           –
/mes-documents/deposer/                           x            x              x             x           x
/mes-documents/options/                           x            x              x             x           x
/mes-documents/selection/                         x            x              x             x           x
/mes-documents/corbeille/selection/               x            x              x             x           x
/activite/{received}/reessayer/                   x            x              –             –           –
/activite/{unread}/reessayer/                     x            x              –             –           –
/activite/{unread}/ecarter/                       x            x              –             –           –
/activite/{owned}/reessayer/                      –            –              –             –           –
/activite/{owned}/ecarter/                        –            –              –             –           –
/activite/{owned}/classer/                        –            –              –             –           –
/non-traitables/selection/                        x            x              –             –           –
/emails/{to_the_client}/renvoyer/                 x            x              –             –           –
/emails/{to_the_client}/annuler/                  x            x              –             –           –
/taches/selection/                                x            x              –             –           –
/notifications/selection/                         x            x              –             –           –
/notifications/{notification}/renvoyer/           x            x              –             –           –
/notifications/{notification}/annuler/            x            x              –             –           –
/entreprises/4/documents/{folder}/comparer/renvoyer/ x         x              –             –           –
/entreprises/4/salaries/007/documents/{payslips}/comparer/renvoyer/ x x       –             –           –
/taches/{task}/relancer/                          x            x              –             –           –
/taches/{task}/clore/                             x            x              –             –           –
/parametres/adresses/{stopped}/lever/             x            –              –             –           –
/parametres/domaines/verifier/                    x            –              –             –           –
/parametres/domaines/{domain}/selecteur/          x            –              –             –           –
/parametres/domaines/{domain}/lien/               x            –              –             –           –
/parametres/suppressions/{suppressed}/lever/      x            –              –             –           –
/entreprises/4/fiche/contacts/{contact}/archiver/ x            x              –             –           –
/entreprises/4/fiche/contacts/{contact}/restaurer/ x            x              –             –           –
/entreprises/4/fiche/salaries/{employee}/archiver/ x            x              –             –           –
/entreprises/4/fiche/salaries/{employee}/restaurer/ x            x              –             –           –
/parametres/entreprises/{company}/collaborateurs/ x            –              –             –           –
/parametres/entreprises/{company}/archiver/       x            –              –             –           –
/parametres/entreprises/{company}/restaurer/      x            –              –             –           –
/parametres/groupes/{group}/supprimer/            x            –              –             –           –
/parametres/collaborateurs/{staff}/inviter/       x            –              –             –           –
/parametres/collaborateurs/{staff}/second-facteur/ x           –              –             –           –
/entreprises/4/acces/clients/{access}/second-facteur/ x        –              –             –           –
/parametres/collaborateurs/{staff}/reactiver/     x            –              –             –           –
/parametres/fournisseurs/{supplier}/archiver/     x            –              –             –           –
/parametres/fournisseurs/{supplier}/restaurer/    x            –              –             –           –
/parametres/import/{imported}/importer/           x            –              –             –           –
/parametres/import/{imported}/abandonner/         x            –              –             –           –
/parametres/ged/clients/                          x            –              –             –           –
/parametres/ged/repertoires/{of_grid}/archiver/   x            –              –             –           –
/parametres/ged/repertoires/{of_grid}/retablir/   x            –              –             –           –
/parametres/modeles/clients/facture/versions/0/restaurer/ x    –              –             –           –
/parametres/portail/reglage/                      x            –              –             –           –
/parametres/portail/clients/enregistrer/          x            –              –             –           –
/parametres/portail/clients/selection/            x            –              –             –           –
/parametres/portail/clients/synchroniser/         x            –              –             –           –
/entreprises/4/acces/clients/enregistrer/         x            x              –             –           –
/entreprises/4/acces/clients/selection/           x            x              –             –           –
/entreprises/4/acces/clients/synchroniser/        x            x              –             –           –
/mon-compte/mesure/                               x            x              x             x           x
/mon-compte/securite/sessions/fermer/             x            x              x             x           x
/mon-compte/securite/application/retirer/         x            x              x             x           x
/mon-compte/securite/codes/nouveaux/              x            x              x             x           x
/entreprises/4/portail-client/{member}/ouvrir/    x            x              –             –           –
/portail-client/quitter/                          x            x              x             x           x
/entreprises/4/portail-client/salaries/{lea}/ouvrir/ x         x              –             –           –
"""  # whoever looks as a client makes no other gesture: those two stand last


def column(table, role, codes):
    """What the table promises to a role: path to status code."""
    lines = [line.split() for line in table.strip().splitlines()[1:]]
    return {path: codes[marks[ROLES.index(role)]] for path, *marks in lines}


def letters_of(person):
    """Letters that `person` had made, ready to be handed over."""
    job = Job.objects.create(firm=person.firm, by=person, kind="test", title="Lettres", status=JobStatus.DONE)
    until = timezone.now() + timedelta(hours=1)
    return PasswordLetters.objects.create(firm=person.firm, by=person, job=job, count=1, expires_at=until)


def folders_of(cast):
    """A folder of the firm's grid, and one that the company alone has."""
    folder, own = (
        Folder(firm=cast.martin, company=company, audience="clients", label=label, path=label)
        for company, label in ((None, "Divers"), (cast.company, "Assemblées"))
    )
    return {
        "of_grid": stories.add(folder, by=cast.admin).pk,
        "own_folder": stories.add(own, by=cast.admin).pk,
    }


@pytest.fixture
def held(cast, folders):
    """Company 4 with a document, a stranger who asked the client administrator, and Hugo who asked Claire."""
    files = {name: pdf() for name in ("facture.pdf", "double.pdf", "triple.pdf")}
    arrive(mail_from(cast.compta.email, files=files))
    document, thrown, last_thrown = Document.objects.order_by("pk")
    trash.throw([thrown, last_thrown], by=cast.hugo)
    received = arrive(mail_from("facture@bois.example"))
    favourites.toggle(cast.claire.staff, cast.company)
    arrive(mail_from(cast.claire.email))
    for to in ("4.box@martin.depot.localhost", "claire.mes-documents@martin.depot.localhost"):
        [parked] = receive(mail_from("illisible@bois.example", to=to), to)
        intake.park(parked, "illisible")

    invoices, payslips = folders["CLIENTS\\Facture\\"], folders["SALARIES\\Bulletins\\"]
    [filed] = laid_into(cast.claire, cast.company, invoices, "facture-classee.pdf")
    lea = cast.company.employees.get()
    [payslip] = laid_into(cast.claire, cast.company, payslips, "bulletin.pdf", employee=lea)

    def mail_to(email):
        return OutgoingMail.objects.filter(to_email=email).earliest("pk").pk

    return {
        "folder": invoices.pk,
        "payslips": payslips.pk,
        "filed": filed.pk,
        "payslip": payslip.pk,
        "document": document.pk,
        "thrown": thrown.pk,
        "last_thrown": last_thrown.pk,
        "notification": Notification.objects.of(filed).get().pk,
        "address": SenderAddress.objects.get(address="facture@bois.example").pk,
        "received": received.pk,
        "unread": InboundMail.objects.unreadable().get(company=cast.company).pk,
        "owned": InboundMail.objects.unreadable().get(company=None).pk,  # Claire's
        "task": FailedTask.objects.get(company=cast.company).pk,
        "stopped": FirmBlacklisting.objects.create(firm=cast.martin, address="pub@envois.example").pk,
        "domain": SendingDomain.objects.create(firm=cast.martin, domain="martin.example").pk,
        "suppressed": Suppression.objects.create(
            firm=cast.martin, address="parti@bois.example", reason=SuppressionReason.BY_HAND
        ).pk,
        "imported": DirectoryImport.objects.create(firm=cast.martin, kind="contacts", name="contacts.csv").pk,
        "step": MailEvent.objects.create(
            mail_id=mail_to(cast.gerant.email),
            code="delivered",
            source="provider",
            payload={"event": "delivered"},
        ).pk,
        **folders_of(cast),
        "company": cast.company.pk,
        "member": cast.company.client_members.get(user=cast.compta).pk,
        "lea": cast.company.employees.get().pk,
        "contact": add_contact(cast.company, "Julie Roux").pk,
        "employee": add_employee(cast.company, "Tom Roux", "008").pk,
        "group": ClientGroup.objects.create(firm=cast.martin, name="Sud").pk,
        "staff": cast.claire.staff_member.pk,
        "supplier": Supplier.objects.create(firm=cast.martin, code="P", name="Papeterie").pk,
        "access": ClientMember.objects.get(user=cast.compta).pk,
        "letters": letters_of(cast.admin).pk,
        "request": UserRequest.objects.create(
            company=cast.company,
            kind=RequestKind.CONTACT,
            name="Julie Roux",
            by=cast.gerant,
            status=RequestStatus.REFUSED,
        ).pk,
        "to_the_client": mail_to(cast.gerant.email),
        "to_the_sender": mail_to("facture@bois.example"),
        "to_the_staff": mail_to(cast.hugo.email),
    }


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_which_screen(client, cast, held, role):
    client.force_login(getattr(cast, role))
    wanted = column(SCREENS, role, {"x": 200, "–": 404})
    assert {path: client.get(path.format(**held)).status_code for path in wanted} == wanted


@pytest.mark.parametrize("role", ROLES)
def test_who_makes_which_gesture(client, cast, held, role):
    client.force_login(getattr(cast, role))
    wanted = column(GESTURES, role, {"x": 302, "–": 404})
    assert {path: client.post(path.format(**held)).status_code for path in wanted} == wanted


@pytest.mark.parametrize(
    ("role", "led_to"),
    [
        ("admin", "/portefeuille/"),
        ("hugo", "/portefeuille/"),
        ("gerant", "/espace/"),
        ("compta", "/espace/"),
        ("lea", "/espace-salarie/"),
    ],
)
def test_home_leads_to_the_first_screen_one_has(client, cast, role, led_to):
    client.force_login(getattr(cast, role))
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, led_to)


OWN_MENU = [f"/espace/4/{screen}/" for screen in ("documents", "devis", "releve", "deposer")]
COMPANY_MENU = ["", *OWN_MENU, "box/", "image/", "acces/demandes/", "acces-email/", "acces/", "emails/"]
STAFF_MENU = [
    *(
        "",
        "fiche/",
        "portail-client/",
        "documents/",
        "/notifications/?entreprise=4",
        "box/",
        "image/",
        "acces/demandes/",
        "acces-email/",
        "acces/",
        "emails/",
    )
]


@pytest.mark.parametrize(
    ("role", "menu"),
    [
        ("admin", STAFF_MENU),
        ("hugo", STAFF_MENU),
        ("gerant", COMPANY_MENU),
        ("compta", ["", *OWN_MENU, "box/", "image/"]),
    ],
)
def test_the_menu_of_a_company_has_what_one_may_open(client, cast, role, menu):
    client.force_login(getattr(cast, role))
    page = client.get("/entreprises/4/").content.decode()
    [nav] = re.findall(r'<nav class="menu company-menu".*?</nav>', page, re.DOTALL)
    assert re.findall(r'<a href="([^"]*)"', nav) == [urljoin("/entreprises/4/", screen) for screen in menu]


INLINE = r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son\w+=|javascript:"
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


ALIKE = 3


def pages_of(client):
    """(path, answer) of every page that one reaches from the home by its links and panels.

    Of a list filtered, sorted and paged in every way, one address for each set of parameters is enough; of what only
    its number tells apart, the first ALIKE.
    """
    seen, ahead, alike = {("/", "")}, ["/"], Counter()
    while ahead:
        path = ahead.pop()
        answer = client.get(path, follow=True)
        yield path, answer
        if answer["Content-Type"].startswith("text/html"):
            for link in re.findall(r'(?:href|hx-get)="([^"]*)"', answer.content.decode()):
                to = urldefrag(urljoin(answer.request["PATH_INFO"], unescape(link))).url
                place, _, query = to.partition("?")
                kind = place, *sorted({name.partition("=")[0] for name in query.split("&")})
                if to.startswith("/") and not to.startswith("/static/") and kind not in seen:
                    seen.add(kind)
                    screen = re.sub(r"/[0-9]+(?=/)", "/#", place), *kind[1:]
                    alike[screen] += 1
                    if alike[screen] <= ALIKE:
                        ahead.append(to)


@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_somewhere_and_runs_no_inline_code(client, cast, held, role):
    """Whatever a page offers opens for the person to whom it offers it, and under the policy of the portal."""
    client.force_login(getattr(cast, role))
    pages = dict(pages_of(client))
    assert {path: answer.status_code for path, answer in pages.items() if answer.status_code != 200} == {}
    assert {"/", "/mes-documents/"} <= set(pages)
    for path, answer in pages.items():
        if answer["Content-Type"].startswith("text/html"):
            policy = dict(rule.split(" ", 1) for rule in answer["Content-Security-Policy"].split("; "))
            framed = (answer["X-Frame-Options"], answer["X-Content-Type-Options"])
            assert (path, policy, framed) == (path, POLICY, ("DENY", "nosniff"))
            assert (path, re.findall(INLINE, answer.content.decode())) == (path, [])


@pytest.mark.parametrize(
    "path",
    [
        "/entreprises/nulle-part/",
        "/entreprises/%00/",
        "/entreprises/4%00/acces-email/",
        "/entreprises/4/acces-email/0/",
        "/entreprises/4/acces-email/9999999999999999999999/",
        "/emails/9999999999999999999999/",
        "/activite/9223372036854775808/",
        "/documents/99999999999999999999/",
        "/documents/99999999999999999999/pages/1/600/",
        "/documents/99999999999999999999/telecharger/",
    ],
)
def test_an_address_that_means_nothing_is_404(client, cast, path):
    client.force_login(cast.admin)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%25_%27%22", "statut=%00", "statut=inconnu", "q=" + "x" * 5000]
)
def test_a_filter_that_means_nothing_finds_nothing(client, cast, query):
    client.force_login(cast.admin)
    assert client.get(f"/entreprises/4/acces-email/?{query}").status_code == 200


@pytest.mark.parametrize("mails", ["²", "-1", "", "9" * 5000])
def test_a_ticked_mail_that_means_nothing_is_ignored(client, cast, held, mails):
    client.force_login(cast.gerant)
    answer = client.post(
        "/entreprises/4/acces-email/{address}/accepter/".format(**held), {"seen": "pending", "mails": mails}
    )
    assert (answer.status_code, SenderAddress.objects.get(pk=held["address"]).status) == (302, "authorised")


@pytest.mark.parametrize(("role", "stars"), [("admin", 0), ("hugo", 1), ("gerant", 0), ("compta", 0)])
@pytest.mark.parametrize("path", ["/portefeuille/", "/entreprises/4/"])
def test_the_star_is_offered_to_attached_staff_alone(client, cast, path, role, stars):
    client.force_login(getattr(cast, role))
    assert client.get(path).content.decode().count('action="/entreprises/4/favori/"') == stars


@pytest.mark.parametrize(("role", "told"), [("admin", 1), ("hugo", 1), ("gerant", 0), ("compta", 0)])
def test_internal_history_stays_in_the_firm(client, cast, role, told):
    favourites.toggle(cast.claire.staff, cast.company)
    client.force_login(getattr(cast, role))
    page = client.get("/entreprises/4/").content.decode()
    assert page.count("Claire Dupont retire l’entreprise de ses favoris") == told


def test_a_client_reads_the_mails_to_its_people_and_senders_alone(client, cast, held):
    """ui.md: « mails to the company's people and to its senders »; the firm reads all of them."""

    def listed(person):
        client.force_login(person)
        mails = client.get("/entreprises/4/emails/").context["page"].rows
        return sorted((mail.kind, mail.to_email) for mail in mails)

    to_the_company = [
        (MailKind.APPROVAL_REQUEST, cast.gerant.email),
        (MailKind.PENDING, cast.claire.email),
        (MailKind.PENDING, "facture@bois.example"),
    ]
    assert listed(cast.gerant) == to_the_company
    assert listed(cast.hugo) == sorted([*to_the_company, (MailKind.APPROVAL_REQUEST, cast.hugo.email)])


def test_what_waits_is_shown_to_whoever_may_decide(client, cast, held):
    """Hugo may decide about the stranger and about Claire; a client user about nobody."""
    counts = {}
    for role in ROLES:
        client.force_login(getattr(cast, role))
        counts[role] = client.get("/mes-documents/").context["to_decide"]
    assert counts == {"admin": 2, "hugo": 2, "gerant": 2, "compta": 0, "lea": 0}
