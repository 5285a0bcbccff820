"""A real chromium on the house, as people use it: they log in, click what they read, and download."""

import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from portal.demo import PASSWORD

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=20_000)  # two cores, shared with a whole portal and other tests


@pytest.fixture(scope="module")
def chromium():
    """The browser, one a module: while Playwright runs, no other test of the worker can run a loop of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, house):
    """Opens a window of its own, without cookies: `visit()`; at the end, no request has left the house."""
    opened: list[BrowserContext] = []
    asked: set[str] = set()

    def open_window(**options) -> Page:
        context = chromium.new_context(locale="fr-FR", base_url=house.url(), accept_downloads=True, **options)
        context.set_default_timeout(20_000)
        context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        opened.append(context)
        return context.new_page()

    yield open_window
    for context in opened:
        context.close()
    assert asked - {house.host} == set()


def log_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Fill in the login page that is shown."""
    page.get_by_label("Adresse e-mail ou identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()


def enter(page: Page, login: str, path: str = "") -> Page:
    """Log in at the front door, be there, and go on to `path`."""
    page.goto("/connexion/")
    log_in(page, login)
    expect(page.get_by_role("button", name="Compte de")).to_be_visible()
    if path:
        page.goto(path)
    return page
