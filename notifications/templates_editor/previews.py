"""A text as somebody would receive it: with the values of a company or a salarié that exists, and nothing written."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications import around
from notifications.merging import DOCUMENT, Merged, Text, check, merge
from notifications.models import LinkTarget, Reader, TemplateKind
from notifications.queue.links import LABELS
from notifications.templates_editor.places import Place
from notifications.values import login_code, values_of
from portal.models import ClientMember, Company, Employee, User
from portal.portfolio.lists import CODE_LENGTH

ABOUT_ACCESSES = (TemplateKind.ACCESS, TemplateKind.WELCOME)
DOCUMENTS = {  # what would be told of: the value of #document#
    TemplateKind.DOCUMENT: gettext_lazy("Bilan 2025.pdf"),
    TemplateKind.TO_SIGN: gettext_lazy("Lettre de mission.pdf"),
    TemplateKind.QUOTE: gettext_lazy("Devis 2026-014.pdf"),
    TemplateKind.INVOICE: gettext_lazy("Facture 2026-118.pdf"),
    TemplateKind.PAYSLIP: gettext_lazy("Bulletin de janvier.pdf"),
    TemplateKind.SEVERAL: gettext_lazy("Bilan 2025.pdf et Liasse fiscale 2025.pdf"),
    TemplateKind.DUNNING: gettext_lazy("Facture 2026-118.pdf"),
}
TARGETS = {  # where the folders lead that hold such documents, as they are first laid out
    TemplateKind.DOCUMENT: LinkTarget.SPACE,
    TemplateKind.TO_SIGN: LinkTarget.DOCUMENT,
    TemplateKind.QUOTE: LinkTarget.QUOTES,
    TemplateKind.INVOICE: LinkTarget.STATEMENT,
    TemplateKind.PAYSLIP: LinkTarget.PAYSLIPS,
    TemplateKind.SEVERAL: LinkTarget.SPACE,
    TemplateKind.DUNNING: LinkTarget.STATEMENT,
}


@dataclass(frozen=True)
class Recipient:
    """Who would receive it. `company` is not in the database where the firm has none yet: an example stands for it."""

    company: Company
    employee: Employee | None = None

    def __str__(self) -> str:
        where = f"{self.company.code} · {self.company.name}"
        return f"{self.employee.user} – {where}" if self.employee else where

    @property
    def kept_company(self) -> Company | None:
        return self.company if self.company.pk else None


@dataclass(frozen=True)
class Written:
    """All that the templates of the mail ask for."""

    merged: Merged
    link: str
    label: str
    note: str
    unsubscribe_url: str  # of mails that nobody misses; here it leads nowhere else than the link


def companies_of(user: User) -> QuerySet[Company]:
    """Those among which a recipient is chosen."""
    found = Company.objects.staffed_by(user).annotate(code_length=CODE_LENGTH)
    return found.select_related("firm", "manager__user").order_by("code_length", "code")


def recipient_of(user: User, reader: Reader, code: str = "", matricule: str = "") -> Recipient:
    """The company, or the salarié, that was typed; the first one where nothing was.

    A company is named by its code, or by a piece of its name that no other has. Raises ValidationError by field.
    """
    if reader is Reader.CLIENT:
        return Recipient(company_of(user, code) if code else first_company(user))
    if not code and not matricule:
        return first_employee(user)
    company = company_of(user, code) if code else None
    people = employees_of(user).filter(company=company) if company else employees_of(user)
    found = list(people.filter(matricule=matricule)[:2] if matricule else people[:1])
    if not found:
        if matricule:
            raise ValidationError({"matricule": _("Aucun salarié n’a le matricule « %s » ici.") % matricule})
        raise ValidationError({"entreprise": _("%s n’a aucun salarié.") % company})
    if len(found) > 1:
        raise ValidationError(
            {"entreprise": _("Plusieurs entreprises ont ce matricule : donnez le code de l’entreprise.")}
        )
    return Recipient(found[0].company, found[0])


def company_of(user: User, typed: str) -> Company:
    companies = companies_of(user)
    if found := companies.filter(code=typed).first():
        return found
    named = list(companies.filter(name__icontains=typed)[:2])
    if len(named) == 1:
        return named[0]
    words = (
        _("Plusieurs entreprises s’appellent ainsi : « %s ». Donnez le code.")
        if named
        else _("Aucune entreprise n’a ce code ou ce nom : « %s ».")
    )
    raise ValidationError({"entreprise": words % typed})


def employees_of(user: User) -> QuerySet[Employee]:
    found = Employee.objects.live().filter(company__in=Company.objects.staffed_by(user))
    rows = found.select_related("user", "company__firm", "company__manager__user")
    return rows.order_by("company__code", "matricule")


def first_company(user: User) -> Company:
    example = Company(firm=user.firm, code="0", name=_("Entreprise d’exemple"))
    return companies_of(user).first() or example


def first_employee(user: User) -> Recipient:
    if found := employees_of(user).first():
        return Recipient(found.company, found)
    company = first_company(user)
    person = User(firm=user.firm, name=_("Camille Exemple"), email="camille@exemple.invalid")
    return Recipient(company, Employee(company=company, user=person, matricule="001"))


def reader_of(place: Place, recipient: Recipient) -> User | None:
    """The person whose identifiant it names; None where an address of the company's card is written to."""
    if recipient.employee:
        return recipient.employee.user if recipient.employee.pk else None
    if place.kind not in ABOUT_ACCESSES or not recipient.kept_company:
        return None
    members = ClientMember.objects.live().filter(company=recipient.company).select_related("user")
    member = members.order_by("-is_admin", "pk").first()
    return member.user if member else None


def written(place: Place, text: Text, recipient: Recipient) -> Written:
    """The mail that `recipient` would receive. The link is always the page of the login: it lets nobody in by itself."""
    code = login_code(recipient.company, reader_of(place, recipient))
    values = values_of(recipient.company, recipient.employee, code)
    is_access = place.kind in ABOUT_ACCESSES
    if not is_access:
        values[DOCUMENT] = str(DOCUMENTS[place.kind])
    link = around.login_page(place.firm)
    return Written(
        merge(text, values, link=link),
        link,
        around.label_of(place.kind) if is_access else str(LABELS[TARGETS[place.kind]]),
        around.note_of(place.firm, place.kind) if is_access else "",
        "" if is_access else link,
    )


def mistakes_of(place: Place, text: Text) -> list[str]:
    """What saving `text` would refuse (D-45)."""
    try:
        check(text.subject, text.body, place.reader, place.kind)
    except ValidationError as refusal:
        return refusal.messages
    return []
