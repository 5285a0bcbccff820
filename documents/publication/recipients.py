"""Whom a document tells that it is on the portal, and why not now (S3-15, S3-16, D-44). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from documents.models import Audience
from notifications.models import Hold, LinkTarget
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


def hold_of(*, is_muted: bool, has_access: bool, address: str, was_told: bool = False) -> Hold:
    """Why a notification would not leave, the most general reason first."""
    if is_muted:
        return Hold.MUTED
    if not has_access:
        return Hold.NO_ACCESS
    if not address:
        return Hold.NO_ADDRESS
    return Hold.ALREADY_TOLD if was_told else Hold.NONE
