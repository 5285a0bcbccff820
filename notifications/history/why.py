"""« Pourquoi ? »: why a notification that waits does not leave, in a sentence, and the screens where one goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from notifications.history.shown import Shown, why_address
from notifications.models import Hold, Notification, Reader
from portal.models import AddressKind, User


@dataclass(frozen=True)
class Way:
    """A screen on which something can be put right; one `of_admins` opens for firm administrators alone."""

    label: str
    url: Callable[[Notification], str]
    of_admins: bool = False


@dataclass(frozen=True)
class Why:
    text: str
    ways: tuple[tuple[str, str], ...]


def card_of(row: Notification) -> str:
    """Where the address is typed in."""
    code = row.company.code
    if row.employee_id:
        return reverse("approvals:employee_edit", args=[code, row.employee_id])
    if not row.address_kind:
        return reverse("approvals:contacts", args=[code])
    return reverse(
        "approvals:record_edit" if row.address_kind == AddressKind.MAIN else "approvals:billing", args=[code]
    )


def grid_of(row: Notification) -> str:
    audience = "employees" if row.reader is Reader.EMPLOYEE else "clients"
    return reverse("documents:ged_audience", args=[audience])


def company_grid_of(row: Notification) -> str:
    audience = "employees" if row.reader is Reader.EMPLOYEE else "clients"
    return reverse("documents:company_audience", args=[row.company.code, audience])


def accesses_of(row: Notification) -> str:
    screen = "company_employee_accesses" if row.reader is Reader.EMPLOYEE else "company_accesses"
    return reverse(f"approvals:{screen}", args=[row.company.code])


def thing_of(row: Notification) -> str:
    """The page of what it tells of, where that has one."""
    return row.about.get_absolute_url() if hasattr(row.about, "get_absolute_url") else ""


def suppression_of(row: Notification) -> str:
    address = Shown(row, Hold.NONE, "").address
    return f"{reverse('mailing:suppressions')}?{urlencode({'q': address})}"


def mail_of(row: Notification) -> str:
    return row.mail.get_absolute_url() if row.mail else ""


CARD = Way(_("Ouvrir la fiche"), card_of)
SUPPRESSIONS = Way(_("Suppressions"), suppression_of, of_admins=True)
ACCESSES = Way(_("Droits d’accès"), accesses_of)
SYNCHRONISE = Way(
    _("Synchroniser"), lambda row: reverse("documents:company_publish", args=[row.company.code])
)

WHY: dict[Hold, tuple[str, tuple[Way, ...]]] = {
    Hold.NONE: (_("Rien ne la retient : %(waits)s."), (SYNCHRONISE,)),
    Hold.MUTED: (
        _(
            "Le cabinet a désactivé toutes les notifications des %(people)s. Une fois la case « Désactiver les "
            "notifications » décochée, celle-ci part avec « Synchroniser »."
        ),
        (Way(_("Configuration de la GED"), grid_of, of_admins=True),),
    ),
    Hold.NO_ADDRESS: (
        _(
            "Il n’y a pas d’adresse où écrire : « %(field)s » est vide. Complétez la fiche, puis « Renvoyer »."
        ),
        (CARD,),
    ),
    Hold.BLOCKED: (
        _(
            "Le cabinet n’écrit plus à %(address)s : un e-mail en est revenu, son destinataire s’est plaint, ou un "
            "administrateur l’a bloquée. Donnez une autre adresse, ou un administrateur la débloque sous "
            "« Suppressions » ; puis « Renvoyer »."
        ),
        (CARD, SUPPRESSIONS),
    ),
    Hold.UNSUBSCRIBED: (
        _(
            "Le destinataire ne veut plus recevoir d’avis à %(address)s : il s’est désabonné. S’il change d’avis, un "
            "administrateur le note sous « Suppressions » ; puis « Renvoyer »."
        ),
        (CARD, SUPPRESSIONS),
    ),
    Hold.SILENT_FOLDER: (
        _(
            "Le répertoire n’annonce pas ses documents : sa case « Notification » n’est pas cochée, ou pas encore "
            "synchronisée."
        ),
        (Way(_("Paramètres de la GED"), company_grid_of),),
    ),
    Hold.NOT_PUBLISHED: (
        _(
            "Le document n’est plus sur le portail, ou il y a été publié à nouveau depuis. Remettez-le sur le portail, "
            "puis « Renvoyer » : on l’annonce alors tel qu’il y est."
        ),
        (Way(_("Ouvrir le document"), thing_of),),
    ),
    Hold.NO_ACCESS: (
        _(
            "Personne ne pourrait le lire : aucun accès ouvert au portail ne mène à ce document. Donnez l’accès, puis "
            "« Renvoyer »."
        ),
        (ACCESSES,),
    ),
    Hold.ALREADY_TOLD: (
        _(
            "Ce destinataire en a déjà été averti. Pour lui écrire encore, cochez « Notification forcée », puis "
            "« Renvoyer »."
        ),
        (),
    ),
    Hold.UNPREPARED: (
        _(
            "L’adresse qui l’enverrait n’est pas prête : elle manque, ou son domaine n’est pas en ordre. Un "
            "administrateur du cabinet la prépare, puis « Renvoyer »."
        ),
        (
            Way(_("Domaines"), lambda row: reverse("mailing:domains"), of_admins=True),
            Way(
                _("Paramètres de l’e-mail"),
                lambda row: reverse("notifications:communication"),
                of_admins=True,
            ),
        ),
    ),
    Hold.FAILED: (
        _(
            "L’envoi a échoué plusieurs fois. « Renvoyer » essaie encore ; l’échec est aussi parmi les tâches."
        ),
        (Way(_("L’e-mail et son erreur"), mail_of), Way(_("Tâches"), lambda row: reverse("portal:tasks"))),
    ),
}


def why_of(shown: Shown, user: User) -> Why | None:
    """Why `shown` waits, as `user` may put it right; None for what does not wait."""
    if not shown.waits:
        return None
    row = shown.row
    text, ways = WHY[shown.hold]
    words = {
        "waits": shown.waits,
        "people": _("salariés") if row.reader is Reader.EMPLOYEE else _("clients"),
        "field": why_address(row),
        "address": shown.address,
    }
    open_ways = [(str(way.label), way.url(row)) for way in ways if user.is_firm_admin or not way.of_admins]
    return Why(text % words, tuple((label, url) for label, url in open_ways if url))
