"""What a folder may be called, and where it lies: one rule for the firm's folders and for those of a company."""

import re

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from documents.models import Folder
from portal.listing.search import fold
from portal.models import Company, Firm

FORBIDDEN = ':*?"<>|/'
LONGEST_SEGMENT = 100
SEPARATOR = "\\"


def clean_label(typed: str) -> str:
    """On one line, without what cannot be seen; ValidationError where nothing of it is left."""
    label = " ".join("".join(c if c.isprintable() else " " for c in typed).split())
    if not fold(label).strip():
        raise ValidationError(_("Donnez un nom au répertoire."))
    return label


def key_of(label: str) -> str:
    """How two names are compared: without case and accents."""
    return fold(label)[:120]


def segment_of(label: str) -> str:
    """The part of a path that a name makes: « Contrats / avenants » is « Contrats - avenants »."""
    kept = "".join("-" if c in FORBIDDEN + SEPARATOR else c for c in label)
    return kept.strip(" .")[:LONGEST_SEGMENT].strip(" .") or "-"


def clean_path(typed: str) -> str:
    """A path relative to its root: « A signer\\Contrat ». Raises ValidationError, which says what is wrong."""
    path = typed.strip()
    if not path:
        raise ValidationError(_("Donnez un chemin."))
    if path.startswith(SEPARATOR) or path.endswith(SEPARATOR):
        raise ValidationError(_("Sans « \\ » au début ni à la fin."))
    if wrong := [c for c in dict.fromkeys(path) if c in FORBIDDEN]:
        raise ValidationError(
            _("Ces signes ne vont pas dans un chemin : %(signs)s") % {"signs": " ".join(wrong)}
        )
    if not path.isprintable():
        raise ValidationError(_("Le chemin contient un caractère invisible : écrivez-le à la main."))
    for part in path.split(SEPARATOR):
        if not part.strip():
            raise ValidationError(_("Deux « \\ » se suivent."))
        if part in (".", "..") or part != part.strip(" ") or part.endswith("."):
            raise ValidationError(
                _("« %(part)s » : ni espace au début ou à la fin, ni point à la fin.") % {"part": part}
            )
        if len(part) > LONGEST_SEGMENT:
            raise ValidationError(
                _("Une partie du chemin a plus de %(most)s caractères.") % {"most": LONGEST_SEGMENT}
            )
    return re.sub(r" +", " ", path)


def check_free(folder: Folder) -> None:
    """Raises ValidationError, by field, where another live folder beside `folder` has its name, or its path.

    Beside a folder of the firm lie those that companies have of their own. To be asked with the firm locked.
    """
    beside = Folder.objects.filter(firm=folder.firm_id, audience=folder.audience, is_archived=False)
    if folder.pk:
        beside = beside.exclude(pk=folder.pk)
    if folder.company_id:
        beside = beside.filter(Q(company=None) | Q(company=folder.company_id))
    same_name = beside.filter(parent=folder.parent_id, key=folder.key).select_related("company").first()
    if same_name:
        raise ValidationError({"label": name_taken(same_name)})
    wanted = fold(folder.path)
    for other in beside.only("path", "label"):
        if fold(other.path) == wanted:
            raise ValidationError(
                {"path": _("C’est déjà le chemin de « %(label)s ».") % {"label": other.label}}
            )


def name_taken(other: Folder) -> str:
    if other.company:
        return _("L’entreprise %(code)s a déjà un répertoire de ce nom : « %(label)s ».") % {
            "code": other.company.code,
            "label": other.label,
        }
    return _("Un répertoire porte déjà ce nom : « %(label)s ».") % {"label": other.label}


def lock(firm: Firm) -> None:
    """Whoever adds, names, moves or archives folders of a firm waits for whoever is doing so."""
    Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)


def next_position(firm: Firm, audience: str, company: Company | None) -> int:
    """After all others of the grid."""
    there = Folder.objects.filter(firm=firm, audience=audience, parent=None)
    there = there.filter(Q(company=None) | Q(company=company)) if company else there.filter(company=None)
    last = there.order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1
