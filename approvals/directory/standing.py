"""How a card of the directory stands, as a badge: a company or supplier, a collaborateur, a person's access."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import ClientMember, Employee, StaffMember


class Standing(models.TextChoices):
    LIVE = "live", _("Active")
    ARCHIVED = "archived", _("Archivée")
    WORKS = "works", _("Actif")
    STOPPED = "stopped", _("Désactivé")
    OPEN = "open", _("Accès ouvert")
    UNPUBLISHED = "unpublished", _("À synchroniser")
    CLOSED = "closed", _("Sans accès")
    PUT_AWAY = "put_away", _("Archivé")

    @property
    def tone(self) -> str:
        return {
            Standing.LIVE: "ok",
            Standing.ARCHIVED: "neutral",
            Standing.WORKS: "ok",
            Standing.STOPPED: "neutral",
            Standing.OPEN: "ok",
            Standing.UNPUBLISHED: "warning",
            Standing.CLOSED: "neutral",
            Standing.PUT_AWAY: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            Standing.LIVE: "check-circle",
            Standing.ARCHIVED: "archive-box",
            Standing.WORKS: "check-circle",
            Standing.STOPPED: "no-symbol",
            Standing.OPEN: "lock-open",
            Standing.UNPUBLISHED: "clock",
            Standing.CLOSED: "lock-closed",
            Standing.PUT_AWAY: "archive-box",
        }[self]


def of_access(access: ClientMember | Employee) -> Standing:
    if access.is_archived:
        return Standing.PUT_AWAY
    if access.is_open:
        return Standing.OPEN
    return Standing.UNPUBLISHED if access.is_authorised else Standing.CLOSED


def of_staff(member: StaffMember) -> Standing:
    return Standing.WORKS if member.user.is_active else Standing.STOPPED
