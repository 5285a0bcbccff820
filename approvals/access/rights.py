"""« Droits » of a contact, and the identifiant under which a person logs in (S3-25, S3-26)."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.access.stories import Access, record
from documents.models import Audience, Folder, WithheldFolder
from portal.models import ClientMember, LoginCode, User

LABELS = {
    "is_admin": gettext_lazy("administrateur client"),
    "sees_box": gettext_lazy("voit la box"),
    "sees_image": gettext_lazy("voit Image"),
    "sees_employees": gettext_lazy("voit les dossiers des salariés"),
}
RIGHTS = tuple(LABELS)


@transaction.atomic
def set_rights(member: ClientMember, changed: Collection[str], *, by: User) -> None:
    """Save the `changed` ones of RIGHTS, which `member` holds already; they count at the person's next request."""
    names = [name for name in RIGHTS if name in changed]
    if not names:
        return
    member.save(update_fields=names)
    words = {True: _("oui"), False: _("non")}
    said = ", ".join(f"{LABELS[name]} : {words[getattr(member, name)]}" for name in names)
    record(member, "rights_changed", _("%(name)s change les droits de %(person)s") + f" – {said}", by)


def folders_of(member: ClientMember):
    """The folders that « Droits » may withhold from a contact: those of clients, at the top; the others follow them."""
    return Folder.objects.of_company(member.company).filter(audience=Audience.CLIENTS, parent=None)


@transaction.atomic
def set_folders(member: ClientMember, seen: Collection[Folder], *, by: User) -> None:
    """`member` sees the folders `seen` and no other one, from the next request on."""
    wanted = {folder.pk for folder in seen}
    withheld = set(member.withheld_folders.values_list("folder", flat=True))
    folders = list(folders_of(member))
    shown = [folder for folder in folders if folder.pk in withheld & wanted]
    hidden = [folder for folder in folders if folder.pk not in withheld | wanted]
    if not shown and not hidden:
        return
    member.withheld_folders.filter(folder__in=shown).delete()
    rows = [WithheldFolder(member=member, folder=folder) for folder in hidden]
    WithheldFolder.objects.bulk_create(rows, ignore_conflicts=True)
    words = [f"{folder} : {_('oui')}" for folder in shown] + [f"{folder} : {_('non')}" for folder in hidden]
    said = ", ".join(words).replace("%", "%%")  # a folder is named by people
    record(
        member, "rights_changed", _("%(name)s change les répertoires que voit %(person)s") + f" – {said}", by
    )


def code_of(access: Access) -> LoginCode | None:
    """The identifiant of the person for this company: its code, or one that begins with it (D-05); else their first."""
    codes = sorted(access.user.login_codes.all(), key=lambda found: found.pk)
    company = access.company.code
    own = [found for found in codes if found.code == company or found.code.startswith(f"{company}-")]
    return next(iter(own or codes), None)


def rename(access: Access, code: str, *, by: User) -> bool:
    """The person logs in by `code` from now on; False where it is so already.

    Raises ValidationError (of the field `code`) where the firm has it already, or it is not what an identifiant can be.
    """
    login_code = code_of(access) or LoginCode(firm=access.company.firm, user=access.user)
    if login_code.code == code:
        return False
    before, login_code.code = login_code.code, code
    taken = _("Cet identifiant est déjà pris dans le cabinet. Choisissez-en un autre.")
    if LoginCode.objects.filter(firm=login_code.firm_id, code=code).exists():
        raise ValidationError({"code": taken})
    login_code.clean_fields()
    try:
        with transaction.atomic():
            login_code.save()
            text = _("%(name)s change l’identifiant de %(person)s") + f" : {before or '—'} → {code}"
            record(access, "login_code_changed", text, by)
    except IntegrityError:
        raise ValidationError({"code": taken}) from None
    return True
