"""« Mdp aléatoire »: new initial passwords, a handful at a time, each in a letter of one PDF (D-06).

A password exists in the memory of the worker that makes it, in the letter, which lies encrypted, and as a hash. Letters
and hashes of a handful are one transaction: killed in between, nothing was said yet, and the handful is made anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from approvals.access.bulk import line, of_job
from approvals.access.grid import Grid
from approvals.access.passwords import groups, quick_hash, random_password
from approvals.access.rights import code_of
from approvals.access.stories import Access, is_staff, record
from approvals.models import LettersPart, LettersStatus, PasswordLetters
from portal.jobs import Work, start
from portal.models import ClientMember, Company, Employee, Job, PasswordOrigin, User
from portal.sealed import seal, unseal

LASTS = timedelta(hours=1)
SEALED_FOR = "approvals.access.letters"


@dataclass(frozen=True)
class Letter:
    """What a letter says. Kept nowhere."""

    person: str
    lines: list[str]
    code: str
    groups: list[str]
    company: str


@dataclass
class Made:
    """A handful: the hashes of the drawn passwords by access, their letters sealed, and why others have none.

    `is_whole`: the part holds the letters of all handfuls.
    """

    hashes: dict[Access, str] = field(default_factory=dict)
    content: bytes = b""
    refused: list[str] = field(default_factory=list)
    is_whole: bool = False


class LettersNotMade(Exception):
    """Says nothing of what was to be printed."""


@transaction.atomic
def ask(grid: Grid, chosen: Sequence[int]) -> Job:
    """Lay down the work of drawing passwords for `chosen`, keys of accesses in order; a person has one letter."""
    users = dict(grid.accesses().filter(pk__in=chosen).values_list("pk", "user_id"))
    once = {users[pk]: pk for pk in reversed(chosen) if pk in users}
    items = [pk for pk in chosen if pk in users and once[users[pk]] == pk]
    title = ngettext(
        "Mot de passe aléatoire : %(count)s lettre",
        "Mots de passe aléatoires : %(count)s lettres",
        len(items),
    )
    job = start(
        LETTERS,
        title % {"count": len(items)},
        items,
        firm=grid.firm,
        by=grid.user,
        people=grid.people.value,
    )
    letters = PasswordLetters.objects.create(firm=grid.firm, by=grid.user, job=job)
    job.asked["back"] = reverse("approvals:letters", args=[letters.pk])
    job.save(update_fields=["asked"])
    return job


def make(job: Job, items: list) -> Made:
    """Draw the passwords of a handful, and print their letters; in the last one, all letters as one PDF."""
    letters, made, pages = PasswordLetters.objects.get(job=job), Made(), []
    for access in of_job(job, items):
        if why := why_no_password(access, job.by):
            made.refused.append(line(access, why))
            continue
        password = random_password()
        made.hashes[access] = quick_hash(password)
        pages.append(letter_of(access, password))
    content = printed(letters, pages)
    made.is_whole = job.done + len(items) >= job.total
    if made.is_whole:
        content = merged([*opened(letters), *([content] if content else [])])
    made.content = seal(content, SEALED_FOR, letters.salt) if content else b""
    return made


def why_no_password(access: Access, by: User | None) -> str:
    """Whoever makes a letter reads the password: it must not open what the maker may not see. "" where it does not."""
    user = access.user
    if is_staff(user):
        return _("est aussi collaborateur du cabinet : son mot de passe ne se change pas d’ici")
    theirs = Company.objects.filter(pk__in=[*_companies(ClientMember, user), *_companies(Employee, user)])
    if by is None or theirs.exclude(pk__in=Company.objects.staffed_by(by)).exists():
        return _(
            "a aussi un accès à une entreprise que vous ne suivez pas : demandez à un administrateur du cabinet"
        )
    return ""


def _companies(model: type[ClientMember] | type[Employee], user: User):
    return (
        model.objects.live().filter(user=user, company__is_archived=False).values_list("company", flat=True)
    )


def letter_of(access: Access, password: str) -> Letter:
    company, code = access.company, code_of(access)
    home = access if isinstance(access, Employee) else company
    above = [] if isinstance(access, Employee) else [company.name]
    town = " ".join(filter(None, (home.postcode, home.city)))
    lines = [*above, *filter(None, (*home.street.splitlines(), town))]
    return Letter(str(access.user), lines, code.code if code else "", groups(password), company.name)


def printed(letters: PasswordLetters, pages: list[Letter]) -> bytes:
    if not pages:
        return b""
    from portal.files.letters import (
        pdf_of,  # WeasyPrint takes a second to import, which web processes never need
    )

    firm = letters.firm
    address = settings.SITE_URL + reverse("portal:firm_login", args=[firm.slug])
    context = {"firm": firm, "letters": pages, "address": address, "today": timezone.localdate()}
    try:
        return pdf_of("approvals/letter.html", context)
    except Exception as error:  # what it failed at is a letter, which no log may hold
        why = _("Les lettres n’ont pas pu être imprimées (%(error)s).") % {"error": type(error).__name__}
        raise LettersNotMade(why) from None


def write(job: Job, items: list, made: Made) -> Sequence[str]:
    """Within the transaction that counts the handful: from now on the new passwords count."""
    letters = PasswordLetters.objects.get(job=job)
    for access, hashed in made.hashes.items():
        User.objects.filter(pk=access.user_id).update(
            password=hashed, must_change_password=True, password_origin=PasswordOrigin.RANDOM
        )
        record(access, "password_drawn", _("%(name)s fait un mot de passe aléatoire pour %(person)s"), job.by)
    if made.is_whole and made.content:
        letters.parts.all().delete()
    if made.content:
        LettersPart.objects.create(letters=letters, number=job.done, content=made.content)
    letters.count += len(made.hashes)
    letters.status, letters.expires_at = LettersStatus.READY, timezone.now() + LASTS
    letters.save(update_fields=["count", "status", "expires_at"])
    return made.refused


LETTERS = Work(
    "access.letters", write, make=make, at_once=25
)  # 3 s of one core, 20 where it is shared by ten


def opened(letters: PasswordLetters) -> list[bytes]:
    """The parts, as PDF."""
    return [unseal(bytes(part.content), SEALED_FOR, letters.salt) for part in letters.parts.all()]


def merged(parts: list[bytes]) -> bytes:
    """One PDF of those that this module has printed: nobody else's, so no sealed child."""
    if len(parts) < 2:
        return b"".join(parts)
    from pypdf import PdfWriter  # here alone: every process of the portal would start slower for it

    writer, whole = PdfWriter(), BytesIO()
    for part in parts:
        writer.append(BytesIO(part), import_outline=False)
    writer.compress_identical_objects()
    writer.write(whole)
    return whole.getvalue()
