"""Every page of the spine, for each role that sees it: no axe violation, no sideways scrolling, a way by keyboard."""

from datetime import UTC, datetime

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from mailing.domains import links
from mailing.models import SendingDomain
from portal.testing import BOX, mail_from, pdf
from portal.tests.browser import log_in

pytestmark = pytest.mark.browser

SIZES = ((1440, 900), (820, 1180), (390, 844))
# Everything is looked at in the light; in the dark only what colours change.
SCHEMES = {"light": {}, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}}}
LONG = "un-nom-de-fichier-sans-espaces-" * 4 + "2026.pdf"

WAITING = "facturation@bois-dumas.example"
UNPROVED = "une.adresse.vraiment.tres.longue@sous-domaine.inconnu-au-bataillon.example"
THROWN = "tickets-octobre-bis.pdf"
HELD_OF_CLAIRE = "claire.mes-documents@martin.depot.localhost"

OF_STAFF = (
    "/portefeuille/",
    "/entreprises/",
    "/entreprises/4/",
    "/entreprises/4/fiche/",
    "/entreprises/4/fiche/modifier/",
    "/entreprises/4/fiche/contacts/",
    "/entreprises/4/fiche/contacts/ajouter/",
    "/entreprises/4/fiche/salaries/",
    "/entreprises/4/fiche/facturation/",
    "/entreprises/4/fiche/historique/",
    "/entreprises/4/documents/",
    "/entreprises/4/documents/corbeille/",
    "/entreprises/4/salaries/",
    "/entreprises/4/salaries/007/documents/",
    "/entreprises/4/box/",
    "/entreprises/4/box/traiter/",
    "/entreprises/4/image/",
    "/entreprises/4/box/corbeille/",
    "/documents/{document}/",
    "/documents/{thrown}/",
    "/entreprises/4/documents/parametres/",
    "/entreprises/4/documents/repertoires/ajouter/",
    "/salaries/documents/",
    "/entreprises/4/acces-email/",
    "/entreprises/4/acces-email/?q=personne",
    "/entreprises/4/acces-email/activite/",
    "/entreprises/4/acces-email/{waiting}/",
    "/entreprises/4/acces-email/{unproved}/",
    "/entreprises/4/acces-email/{decided}/",
    "/entreprises/4/acces/",
    "/entreprises/4/acces/clients/{access}/",
    "/entreprises/4/emails/",
    "/emails/",
    "/emails/{email}/",
    "/activite/",
    "/activite/?devenir=held",
    "/activite/?q=personne",
    "/activite/{filed}/",
    "/activite/{laid_out}/?forme=html",
    "/activite/{unreadable}/",
    "/activite/{unreadable}/classer/",
    "/non-traitables/",
    "/non-traitables/?ecartes=oui",
    "/approbations/",
    "/demandes/",
    "/entreprises/4/acces/demandes/",
    "/entreprises/4/acces/demandes/{asked}/",
    "/entreprises/4/portail-client/",
    "/entreprises/4/portail-client/salaries/",
    "/mes-documents/",
    "/mes-documents/corbeille/",
)
# Each page once, then again for the roles to whom it shows something else.
PAGES = {
    "": ("/connexion/", "/connexion/martin/", "/connexion/oubli/", "/connexion/oubli/envoye/", "{partner}"),
    "claire@martin.example": OF_STAFF,
    "admin@martin.example": (
        "/entreprises/4/box/corbeille/",
        "/entreprises/4/acces-email/",
        "/entreprises/4/acces-email/{waiting}/",
        "/taches/",
        "/parametres/",
        "/parametres/internet/",
        "/parametres/securite/",
        "/parametres/journal/",
        "/parametres/communication/",
        "/parametres/communication/?erreurs=oui",
        "/parametres/domaines/",
        "/parametres/suppressions/",
        "/parametres/suppressions/{suppressed}/",
        "/entreprises/4/fiche/",
        "/parametres/entreprises/",
        "/parametres/entreprises/ajouter/",
        "/parametres/entreprises/1/",
        "/parametres/groupes/",
        "/parametres/groupes/1/",
        "/parametres/groupes/1/entreprises/",
        "/parametres/collaborateurs/",
        "/parametres/collaborateurs/2/",
        "/parametres/collaborateurs/2/entreprises/",
        "/parametres/collaborateurs/2/desactiver/",
        "/parametres/fournisseurs/",
        "/parametres/fournisseurs/1/",
        "/parametres/ged/",
        "/parametres/ged/clients/?entreprise=4",
        "/parametres/ged/chemins/",
        "/parametres/ged/salaries/ajouter/",
        "/parametres/ged/repertoires/1/",
        "/entreprises/4/documents/parametres/",
        "/parametres/modeles/",
        "/parametres/modeles/salaries/bulletin/",
        "/parametres/modeles/clients/facture/versions/0/",
        "/parametres/import/",
        "/emails/{email}/",
        "/emails/etapes/{step}/",
        "/parametres/adresses/",
        "/parametres/portail/",
        "/parametres/portail/salaries/",
        "/parametres/portail/clients/synchroniser/",
        "/parametres/internet/portail/",
        "/parametres/ged/synchroniser/",
        "/entreprises/4/documents/synchroniser/",
        "/entreprises/4/documents/{folder}/comparer/",
        "/notifications/",
        "/notifications/{notification}/",
        "/mon-compte/",
        "/mon-compte/mot-de-passe/",
        "/mon-compte/securite/",
        "/mon-compte/securite/sessions/",
        "/mon-compte/securite/confirmer/",
        "/mon-compte/securite/cles/ajouter/",
        "/nulle-part/",
    ),
    "gerant@moimeme.example": (
        "/espace/4/",
        "/espace/4/documents/",
        "/espace/4/deposer/",
        "/espace/4/devis/",
        "/espace/4/documents/{folder}/",
        "/espace/4/releve/",
        "/entreprises/4/acces/demandes/",
        "/entreprises/4/acces/demandes/nouvelle/",
        "/entreprises/4/acces/demandes/modification/",
        "/entreprises/4/acces/demandes/{asked}/",
        "/portefeuille/",
        "/entreprises/4/",
        "/entreprises/4/box/",
        "/entreprises/4/acces-email/",
        "/entreprises/4/acces-email/{waiting}/",
        "/entreprises/4/emails/",
        "/mes-documents/",
    ),
    "compta@moimeme.example": ("/portefeuille/", "/entreprises/4/", "/entreprises/4/box/"),
    "lea@moimeme.example": (
        "/espace-salarie/bulletins/",
        "/espace-salarie/",
        "/mes-documents/",
        "/espace-salarie/{employment}/{payslips}/",
    ),
}


@pytest.fixture(scope="module")
def places(house):
    """What the pages are about: the demonstration's rows, and mails whose names are long or prove nothing."""
    elsewhere = b"Received: from ailleurs\r\n"
    long = mail_from(
        UNPROVED, subject="Un objet " + "interminable " * 12, files={LONG: pdf(), "b.pdf": pdf()}
    )
    unread = b"Subject: sans exp\xc3\xa9diteur\r\n\r\nbonjour\r\n"
    house.send(elsewhere + long, BOX)
    house.send(unread, BOX)
    house.send(elsewhere + mail_from("claire@martin.example", subject="Est-ce moi ?"), HELD_OF_CLAIRE)
    last = house.value("SELECT max(id) FROM mailing_inboundmail") - 3
    house.wait_for(
        lambda: (
            sorted(house.rows("SELECT rule, status FROM mailing_inboundmail WHERE id > ?", last))
            == [("R0b", "unreadable"), ("R13", "held"), ("R4", "held")]
        ),
        "the mails are decided",
    )

    def one(query, *values):
        return house.rows(f"{query} ORDER BY id LIMIT 1", *values)[0][0]

    address = "SELECT id FROM approvals_senderaddress WHERE company_id = 1 AND"
    mail = "SELECT id FROM mailing_inboundmail WHERE company_id = 1 AND"
    folder = "SELECT id FROM documents_folder WHERE firm_id = 1 AND label ="
    return {
        "waiting": one(f"{address} address = ?", WAITING),
        "unproved": one(f"{address} address = ?", UNPROVED),
        "decided": one(f"{address} status = 'refused'"),
        "access": one("SELECT id FROM portal_clientmember WHERE company_id = 1"),
        "asked": one("SELECT id FROM approvals_userrequest WHERE company_id = 1"),
        "email": one("SELECT id FROM mailing_outgoingmail WHERE company_id = 1 AND last_status = 'clicked'"),
        "suppressed": one("SELECT id FROM mailing_suppression WHERE firm_id = 1 AND reason = 'hard_bounce'"),
        "notification": one("SELECT min(id) FROM notifications_notification WHERE company_id = 1"),
        "step": one(
            "SELECT id FROM mailing_mailevent WHERE provider = 'brevo' AND mail_id IN"
            " (SELECT id FROM mailing_outgoingmail WHERE firm_id = 1)"
        ),
        "filed": one(f"{mail} status = 'filed'"),
        "laid_out": one(f"{mail} has_html"),
        "unreadable": one(f"{mail} status = 'unreadable'"),
        "document": one("SELECT id FROM documents_document WHERE company_id = 1"),
        "thrown": one("SELECT id FROM documents_document WHERE company_id = 1 AND trashed_at IS NOT NULL"),
        "folder": one(f"{folder} 'Facture'"),
        "payslips": one(f"{folder} 'Bulletins'"),
        "employment": one("SELECT id FROM portal_employee WHERE company_id = 1 AND matricule = '007'"),
        "partner": partner_s_page(house),
    }


def partner_s_page(house) -> str:
    """The IT partner's page of Cabinet Martin's domain; its address is derived from the house's own secret."""
    made = "SELECT id, page_made_at FROM mailing_sendingdomain WHERE firm_id = 1"
    [(pk, at)] = house.rows(made)
    domain = SendingDomain(pk=pk, page_made_at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    return f"/dns/{links.token_of(domain, (house.data_dir / 'secret_key').read_text().strip())}"


def faults_of(page, place: str, widths=(1440, 390), schemes=tuple(SCHEMES)) -> list[tuple]:
    """What axe finds on the page as it stands at `widths`, in the light and in the dark, and the ruler at each width."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append((place, width, f"needs {needed} px"))
        for scheme in schemes:
            if width not in widths or (scheme == "dark" and width != widths[0]):
                continue  # a colour is the same in every width
            page.emulate_media(color_scheme=scheme)
            options = {"resultTypes": ["violations"], "preload": False, **SCHEMES[scheme]}
            result = page.evaluate("options => axe.run(options)", options)
            found += [
                (place, width, scheme, violation["id"], [node["target"] for node in violation["nodes"]])
                for violation in result["violations"]
            ]
    return found


def enter(visit, login: str):
    """A window in which axe may be put into the page, and in which `login` is logged in."""
    page = visit(bypass_csp=True)
    page.goto("/connexion/")
    if login:
        log_in(page, login)
        expect(page.get_by_role("button", name="Compte de")).to_be_visible()
    return page


@pytest.mark.parametrize("login", PAGES, ids=lambda login: login.partition("@")[0] or "anonymous")
def test_every_page_in_every_width_and_light(visit, places, login):
    page, found = enter(visit, login), []
    for number, path in enumerate(PAGES[login]):
        path = path.format(**places)
        answer = page.goto(path)
        assert answer.status == (404 if path == "/nulle-part/" else 200), path
        # Pages share their frame and parts: in turn on a desk, in both lights, and on a phone.
        width, schemes = ((1440, tuple(SCHEMES)), (390, ("light",)))[number % 2]
        found += faults_of(page, path, widths=(width,), schemes=schemes)
    assert found == []


def test_panel_and_dialogs_are_pages_too(visit, places):
    page, found = enter(visit, "admin@martin.example"), []
    for path, link, name in (
        ("/entreprises/4/", "E-mails envoyés", "E-mails envoyés"),
        ("/entreprises/4/acces-email/", WAITING, WAITING),
        ("/entreprises/4/acces-email/", f"Refuser {WAITING}", f"Refuser {WAITING}"),
        ("/entreprises/4/acces-email/", f"Blacklister {WAITING}", f"Blacklister {WAITING}"),
        ("/entreprises/4/box/corbeille/", f"Supprimer {THROWN}", f"Supprimer définitivement « {THROWN} » ?"),
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        page.get_by_role("link", name=link, exact=True).or_(
            page.get_by_role("button", name=link, exact=True)
        ).click()
        expect(page.get_by_role("dialog").get_by_role("heading", name=name).first).to_be_visible()
        found += faults_of(page, f"{path} > {link}")
    assert found == []


def test_an_agreement_is_shown_and_taken_back(visit):
    page = enter(visit, "compta@moimeme.example")
    page.goto("/mon-compte/")
    page.get_by_role("button", name="Accepter la mesure").click()
    expect(page.get_by_text("Votre accord est enregistré.")).to_be_visible()
    assert faults_of(page, "measured") == []
    page.get_by_role("button", name="Retirer mon accord").click()
    expect(page.get_by_text("Rien n’est mesuré.")).to_be_visible()


def test_refused_login_says_so_to_everyone(visit):
    page = visit(bypass_csp=True)
    page.goto("/connexion/")
    log_in(page, "personne@nulle.part.example")
    expect(page.get_by_text("Identifiant ou mot de passe incorrect.").first).to_be_visible()
    assert faults_of(page, "refused login") == []


def test_keyboard_finds_the_content_and_the_panel_gives_the_focus_back(visit):
    page = enter(visit, "gerant@moimeme.example")
    page.goto("/entreprises/4/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    link = page.get_by_role("link", name="E-mails envoyés")
    link.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", name="E-mails envoyés")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(link).to_be_focused()


def test_the_preview_of_an_import(visit, places):
    """With an error, a change, and names that do not end."""
    page = enter(visit, "admin@martin.example")
    page.goto("/parametres/import/")
    content = f"Code;Nom;Ville;Humeur\n4;Moi Même SAS;Nîmes;gaie\n8;{'A' * 200};;\n9;;;\n".encode()
    file = {"name": LONG.replace(".pdf", ".csv"), "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Fichier CSV ou Excel").set_input_files(file)
    page.get_by_role("button", name="Vérifier le fichier").click()
    expect(page.get_by_text("Voir les erreurs seulement")).to_be_visible()
    assert faults_of(page, "the preview") == []
    page.goto("/parametres/import/")
    assert faults_of(page, "the imports") == []
