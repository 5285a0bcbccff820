"""Whom a document tells that it is on the portal, and by which text (S3-15, S3-16, S3-20). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from documents.models import Audience, FolderKind
from notifications.models import LinkTarget, TemplateKind
from portal.models import AddressKind


@dataclass(frozen=True)
class Recipient:
    """A salarié by the key of the person, a client by an address of the company's card."""

    company: int
    person: int | None = None
    kind: str = ""


def recipient_of(
    audience: str, company: int, cells: Mapping[str, Any], employee_user: int | None
) -> Recipient | None:
    """For the folder `cells` that count; None where nobody reads such a folder on the portal, as a supplier's."""
    if audience == Audience.CLIENTS:
        return Recipient(company, kind=cells.get("notify_on") or AddressKind.MAIN.value)
    if audience == Audience.EMPLOYEES and employee_user is not None:
        return Recipient(company, person=employee_user)
    return None


def link_of(cells: Mapping[str, Any]) -> str:
    return str(cells.get("link_target") or LinkTarget.SPACE)


def kind_of(folder_kind: str, cells: Mapping[str, Any]) -> TemplateKind:
    """Which text tells of a document in a folder of that kind (S3-20): what is to be signed says so first."""
    if cells.get("signature"):
        return TemplateKind.TO_SIGN
    return {
        FolderKind.QUOTES: TemplateKind.QUOTE,
        FolderKind.INVOICES: TemplateKind.INVOICE,
        FolderKind.PAYSLIPS: TemplateKind.PAYSLIP,
    }.get(FolderKind(folder_kind), TemplateKind.DOCUMENT)
