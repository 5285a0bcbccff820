"""A list with all that a list may have, over the addresses of a company: what the tests of portal/listing/ look at."""

from datetime import UTC, datetime, timedelta

from django.db.models import Case, Q, Value, When
from django.template.loader import render_to_string
from django.test import RequestFactory

from approvals.models import AddressStatus, SenderAddress
from approvals.models.sender_address import Route
from portal.listing import Action, BooleanFilter, ChoiceFilter, Column, Listing, Order, PeriodFilter

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)


class AddressList(Listing):
    search = ("address", "name")
    filters = (
        ChoiceFilter("statut", field="status", choices=AddressStatus, every="Toutes"),
        PeriodFilter("vu", field="last_mail_at", label="Vu du"),
        ChoiceFilter("par", field="route", choices=Route, menu=True, label="Décideur"),
        BooleanFilter("motivees", "Avec un motif", only=~Q(reason="")),
    )
    orders = {
        "recents": Order("-last_mail_at"),
        "adresse": Order("address"),
        "attente": Order("is_decided", "-last_mail_at"),
        "decideur": Order("decided_by__name", "-last_mail_at"),
    }
    columns = (
        Column("Adresse", "address", order="adresse"),
        Column("Statut", lambda row: row.badge.label),
        Column("Dernier envoi", "last_mail_at", order="recents"),
        Column("Motif", "reason", is_shown=False),
        Column("Actions", is_silent=True),
    )
    actions = (Action("accepter", "Accepter", "primary"), Action("refuser", "Refuser", confirm="Refuser ?"))
    exports = ("csv", "xlsx")
    page_size = 25


def eyes(company):
    """A function that gives the page of `company`'s addresses at a URL, or what a form posted there asks for."""

    def see(url="/liste/", posted=None):
        request = RequestFactory().get(url) if posted is None else RequestFactory().post(url, posted)
        decided = Case(When(status=AddressStatus.PENDING, then=Value(0)), default=Value(1))
        known = company.sender_addresses.select_related("decided_by").annotate(is_decided=decided)
        return AddressList(request, known)

    return see


def add(company, count, prefix="a", **fields):
    """Addresses a000…: every third never wrote, the others did in ties of four; each seventh has a decider."""
    rows = [
        SenderAddress(
            company=company,
            address=f"{prefix}{number:03}@bois.example",
            last_mail_at=NOON - timedelta(hours=number // 4) if number % 3 else None,
            **fields,
        )
        for number in range(count)
    ]
    return SenderAddress.objects.bulk_create(rows)


def names(page):
    return [row.address for row in page.rows]


def shown(page):
    """The partials, as a screen includes them."""
    only = {"page": page, "csrf_token": "jeton", "url": "/liste/choisies/", "label": "Filtrer par adresse"}
    only |= {
        "icon": "at-symbol",
        "title": "Personne",
        "text": "Donnez les adresses.",
        "hint": "",
        "action": "",
    }
    parts = ("tools", "bulk", "head", "more", "empty")
    return {part: render_to_string(f"portal/_list_{part}.html", only) for part in parts}
