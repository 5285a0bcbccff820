"""Which accesses a grid is about: the contacts or the salariés, of the firm or of one company."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Length
from django.http import Http404
from django.urls import register_converter, reverse
from django.utils.translation import gettext_lazy as _

from approvals.access.states import with_state
from portal.models import ClientMember, Company, Employee, Firm, LoginCode, User
from portal.scoping import administered_company, staffed_company


class People(models.TextChoices):
    """The two sub-tabs (S3-23)."""

    CLIENTS = "clients", _("Clients")
    EMPLOYEES = "salaries", _("Salariés")

    @property
    def model(self) -> type[ClientMember] | type[Employee]:
        return ClientMember if self == People.CLIENTS else Employee


class PeopleConverter:
    regex = "clients|salaries"

    def to_python(self, value: str) -> People:
        return People(value)

    def to_url(self, value: str) -> str:
        return value


register_converter(PeopleConverter, "people")


@dataclass(frozen=True)
class Grid:
    """`company` is None for the grid of the whole firm; `may_act` is False for whoever only reads it."""

    user: User
    people: People
    company: Company | None = None
    may_act: bool = True

    @property
    def firm(self) -> Firm:
        assert self.user.firm is not None  # whoever works on companies has one
        return self.user.firm

    def accesses(self) -> QuerySet:
        """The accesses that the person may see here, with what a row shows of each."""
        found = self.people.model.objects.live().filter(company__in=self._companies())
        codes = Prefetch("user__login_codes", LoginCode.objects.filter(firm=self.user.firm_id))
        people = found.select_related("company__firm", "user__staff_member").prefetch_related(codes)
        return with_state(people).annotate(code_length=Length("company__code"))

    def _companies(self) -> QuerySet[Company]:
        if self.company is None:
            return Company.objects.staffed_by(self.user)
        return Company.objects.administered_by(self.user).filter(pk=self.company.pk)

    @property
    def url(self) -> str:
        """Its screen."""
        name = "accesses" if self.people == People.CLIENTS else "employee_accesses"
        if self.company is None:
            return reverse(f"approvals:{name}")
        return reverse(f"approvals:company_{name}", args=[self.company.code])

    @property
    def save_url(self) -> str:
        return self._gesture("save")

    @property
    def selection_url(self) -> str:
        return self._gesture("selection")

    @property
    def publish_url(self) -> str:
        return self._gesture("publish")

    def _gesture(self, name: str) -> str:
        if self.company is None:
            return reverse(f"approvals:access_{name}", args=[self.people])
        return reverse(f"approvals:company_access_{name}", args=[self.company.code, self.people])

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Word, address, and whether it is shown, of each sub-tab."""
        grids = [Grid(self.user, people, self.company) for people in People]
        return [(str(grid.people.label), grid.url, grid.people == self.people) for grid in grids]


def acting_grid(user: User, people: People, code: str | None = None) -> Grid:
    """The grid for its gestures: of the firm to its administrators, of a company to its staff; Http404 else."""
    if code is not None:
        return Grid(user, people, staffed_company(user, code))
    if not user.is_firm_admin:
        raise Http404
    return Grid(user, people)


def read_grid(user: User, people: People, code: str) -> Grid:
    """The grid of a company for whoever may look at it: its client administrators too."""
    company = administered_company(user, code)
    return Grid(user, people, company, may_act=company.is_staffed)  # type: ignore[attr-defined]  # of with_marks
