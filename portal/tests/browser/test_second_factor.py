"""The second factor in a real browser: an application of codes, codes of rescue, and a key of Chromium's own."""

import time

import pytest
from playwright.sync_api import Page, expect

from portal.tests.browser import enter, log_in
from portal.tests.browser.test_axe import faults_of
from portal.tests.second_factors import code_of

pytestmark = pytest.mark.browser

SECURITY = "/mon-compte/securite/"


def leave(page: Page) -> None:
    page.get_by_role("button", name="Compte de").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()


def fresh_code(secret: str, used: set[str]) -> str:
    """A code that has not served yet, with time to type it."""
    until = time.monotonic() + 40
    while (code := code_of(secret)) in used or time.time() % 30 > 24:
        assert time.monotonic() < until
        time.sleep(0.2)
    used.add(code)
    return code


def with_virtual_key(page: Page) -> None:
    """A key inside the browser, which says yes to whatever it is asked (WebAuthn, virtual authenticators)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_an_application_and_a_code_of_rescue(visit):
    page, used = visit(bypass_csp=True), set()
    enter(page, "paul@garage-morel.example", SECURITY)
    page.get_by_role("link", name="Ajouter une application de codes").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    faults = faults_of(page, "application")
    secret = page.locator(".secret code").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(fresh_code(secret, used))
    page.get_by_role("button", name="Ajouter l’application").click()
    expect(page.get_by_role("heading", name="Codes de secours")).to_be_visible()
    faults += faults_of(page, "codes")
    rescue = page.locator(".codes code").all_inner_texts()
    assert len(rescue) == 10

    leave(page)
    log_in(page, "paul@garage-morel.example")
    expect(page.get_by_role("heading", name="Second facteur")).to_be_visible()
    faults += faults_of(page, "second step")
    page.get_by_label("Code").fill(fresh_code(secret, used))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("button", name="Compte de")).to_be_visible()

    leave(page)
    log_in(page, "paul@garage-morel.example")
    page.get_by_label("Code").fill(rescue[0])
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("button", name="Compte de")).to_be_visible()
    page.goto(SECURITY)
    expect(page.get_by_text("9 codes restent")).to_be_visible()
    faults += faults_of(page, "security")
    page.goto(f"{SECURITY}sessions/")
    faults += faults_of(page, "sessions")
    assert faults == []


def test_a_key_opens_the_portal_without_a_password(visit):
    """Under the policy of the portal: allauth's scripts come from its files, and none stands in a page."""
    page = visit()
    with_virtual_key(page)
    enter(page, "jean@garage-morel.example", f"{SECURITY}cles/ajouter/")
    page.get_by_label("Nom de la clé").fill("Téléphone de Jean")
    page.get_by_role("button", name="Ajouter la clé").click()
    expect(page.get_by_role("heading", name="Codes de secours")).to_be_visible()
    page.goto(SECURITY)
    expect(page.get_by_text("Téléphone de Jean", exact=True).first).to_be_visible()

    leave(page)
    page.goto("/mon-compte/")  # asked for before the login, and shown after it
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page.get_by_role("button", name="Compte de Jean Morel")).to_be_visible()
    expect(page).to_have_url("/mon-compte/")

    leave(page)
    log_in(page, "jean@garage-morel.example")
    expect(page.get_by_role("heading", name="Second facteur")).to_be_visible()
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page.get_by_role("button", name="Compte de Jean Morel")).to_be_visible()

    page.goto(f"{SECURITY}confirmer/cle/?next={SECURITY}")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page.get_by_role("heading", name="Sécurité", exact=True)).to_be_visible()
    page.get_by_role("button", name="Retirer Téléphone de Jean").click()
    page.get_by_role("dialog").get_by_role("button", name="Retirer").click()
    expect(page.get_by_text("La clé d’accès est retirée.")).to_be_visible()


def test_a_key_that_is_not_there_is_said(visit):
    page = visit(bypass_csp=True)
    page.goto("/connexion/")
    page.evaluate("() => void (navigator.credentials.get = () => Promise.reject(new Error('no')))")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page.get_by_text("La clé n’a pas répondu")).to_be_visible()
    page.mouse.move(0, 0)  # nothing is hovered over in the other widths
    assert faults_of(page, "no key") == []
