"""Five roles by the keyboard alone: they log in, are at home, are refused what is not theirs, and leave nothing behind."""

import contextlib
import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.demo import PASSWORD
from portal.tests.browser import ARGUMENTS

pytestmark = pytest.mark.browser

ROLES = {  # login to the name and the home
    "admin@martin.example": ("Anne Martin", "/portefeuille/"),
    "claire@martin.example": ("Claire Dupont", "/portefeuille/"),
    "gerant@moimeme.example": ("Marc Roux", "/espace/4/"),
    "compta@moimeme.example": ("Sophie Roux", "/espace/4/"),
    "lea@moimeme.example": ("Léa Girard", "/espace-salarie/"),
}
OF_A_FIRM_ADMIN = ("/parametres/", "/parametres/internet/", "/parametres/communication/")
OF_STAFF = ("/taches/", "/entreprises/4/fiche/")
OF_DECIDERS = ("/approbations/", "/entreprises/4/acces-email/", "/entreprises/4/emails/")
OF_A_COMPANY = (
    "/portefeuille/",
    "/entreprises/",
    "/entreprises/4/",
    "/entreprises/4/box/",
    "/entreprises/4/image/",
)
OF_A_CLIENT = ("/espace/", "/espace/4/", "/espace/4/documents/")
OF_AN_EMPLOYEE = ("/espace-salarie/", "/espace-salarie/bulletins/")
OTHERS = ("/entreprises/12/", "/entreprises/12/box/", "/espace/12/")  # Martin's, with nobody of company 4
REFUSED = {
    "admin@martin.example": (*OF_A_CLIENT, *OF_AN_EMPLOYEE),
    "claire@martin.example": ("/entreprises/27/", *OF_A_FIRM_ADMIN, *OF_A_CLIENT, *OF_AN_EMPLOYEE),
    "gerant@moimeme.example": (*OTHERS, *OF_A_FIRM_ADMIN, *OF_STAFF, *OF_AN_EMPLOYEE),
    "compta@moimeme.example": (*OTHERS, *OF_A_FIRM_ADMIN, *OF_STAFF, *OF_DECIDERS, *OF_AN_EMPLOYEE),
    "lea@moimeme.example": (
        *OTHERS,
        *OF_A_FIRM_ADMIN,
        *OF_STAFF,
        *OF_DECIDERS,
        *OF_A_COMPANY,
        *OF_A_CLIENT,
    ),
}


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there, which is seen."""
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    assert wanted.evaluate("element => element.matches(':focus-visible')")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    tab_to(page, wanted)
    page.keyboard.press(key)


def log_in(page: Page, login: str) -> None:
    page.goto("/connexion/")
    tab_to(page, page.get_by_label("Adresse e-mail ou identifiant"))
    page.keyboard.type(login)
    tab_to(page, page.get_by_label("Mot de passe"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Compte de")).to_be_visible()


def open_account_menu(page: Page) -> Locator:
    menu = page.locator("#account-menu")
    press(page, page.get_by_role("button", name="Compte de"))
    expect(menu).to_be_visible()
    return menu


def of_the_other_firm(house) -> list[str]:
    """An e-mail, a document and a received mail of Bureau Peeters."""
    paths = {
        "/emails/{}/": "mailing_outgoingmail",
        "/activite/{}/": "mailing_inboundmail",
        "/documents/{}/": "documents_document",
        "/documents/{}/telecharger/": "documents_document",
    }
    company = house.value(
        "SELECT company.id FROM portal_company company JOIN portal_firm firm ON firm.id = firm_id WHERE slug = 'peeters'"
    )
    return [
        path.format(house.value(f"SELECT max(id) FROM {table} WHERE company_id = ?", company))
        for path, table in paths.items()
    ]


@pytest.mark.parametrize("login", ROLES, ids=lambda login: login.partition("@")[0])
def test_log_in_home_and_out_by_keyboard(visit, login):
    page, (name, home) = visit(), ROLES[login]
    log_in(page, login)
    expect(page).to_have_url(home)
    page.goto("/")
    expect(page).to_have_url(home)

    menu = open_account_menu(page)
    expect(menu.get_by_text(name, exact=True)).to_be_visible()
    expect(menu.get_by_text(login, exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()

    press(page, open_account_menu(page).get_by_role("button", name="Se déconnecter"))
    expect(page).to_have_url("/connexion/")
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()


def test_after_the_log_out_back_shows_nothing_private(house, chromium):
    """With the memory of whole pages that a person's chromium has, and that Playwright turns off."""
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=list(ARGUMENTS),
        ignore_default_args=["--disable-back-forward-cache"],
    )
    with contextlib.closing(browser):
        page = browser.new_page(base_url=house.url(), locale="fr-FR")
        page.set_default_timeout(20_000)
        log_in(page, "claire@martin.example")
        page.goto("/entreprises/4/")
        press(page, open_account_menu(page).get_by_role("button", name="Se déconnecter"))
        expect(page).to_have_url(house.url("/connexion/"))
        page.evaluate("history.back()")
        page.wait_for_timeout(1000)
        expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
        assert "Claire Dupont" not in page.content()


@pytest.mark.parametrize("login", ROLES, ids=lambda login: login.partition("@")[0])
def test_the_rest_is_refused_in_french_with_a_way_on(house, visit, login):
    page = visit()
    log_in(page, login)
    shown = {}
    for path in (*REFUSED[login], *of_the_other_firm(house)):
        status = page.goto(path).status
        heading = page.get_by_role("heading", level=1).text_content()
        shown[path] = (status, page.locator("html").get_attribute("lang"), heading)
    assert {path: what for path, what in shown.items() if what != (404, "fr", "Page introuvable")} == {}
    press(page, page.get_by_role("link", name="Aller à l’accueil"))
    expect(page).to_have_url(ROLES[login][1])


def test_star_by_keyboard(visit):
    """Claire's 4 is her favourite: it leaves the first place to 12 for as long as 12 alone has the star."""
    page = visit()
    log_in(page, "claire@martin.example")
    codes = page.get_by_role("main").locator("tbody tr td:nth-child(2)")
    names = {"4": "Moi Même SARL", "12": ""}
    for code in names:
        names[code] = codes.get_by_text(code, exact=True).locator("xpath=../th").inner_text()

    def star(code: str, key: str, *, leads_to: list[str], starred: bool) -> None:
        button = page.get_by_role("button", name=f"Favori : {names[code]}")
        press(page, button, key)
        expect(button).to_have_attribute("aria-pressed", str(starred).lower())
        expect(codes).to_have_text(leads_to)

    expect(codes).to_have_text(["4", "12"])
    star("12", "Enter", leads_to=["4", "12"], starred=True)
    star("4", "Space", leads_to=["12", "4"], starred=False)
    page.reload()
    expect(codes).to_have_text(["12", "4"])
    star("4", "Enter", leads_to=["4", "12"], starred=True)
    star("12", "Space", leads_to=["4", "12"], starred=False)
