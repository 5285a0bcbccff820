"""The rows of the grid as a list, and « Explorer la GED salariés » (S3-22)."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from portal.listing import Column, Listing, Order
from portal.models import Company, Employee, User

SHORT = 10  # rows that one reads at a glance


class FolderList(Listing):
    """In the order that the firm has given them; every select of a row holds many words, so a page is short."""

    search = ("label", "path")
    orders = {"rang": Order("position")}
    page_size = 50
    nothing_found, show_all = _("Aucun répertoire ne correspond"), _("Tous les répertoires")

    @property
    def may_move(self) -> bool:
        """Up and down mean something where all rows are shown, in their order."""
        return not self.is_filtered and self.sort == next(iter(self.orders))

    @property
    def is_long(self) -> bool:
        """Is there enough to search?"""
        return len(self.rows) > SHORT or self.is_filtered or self.has_other_pages

    @property
    def post_url(self) -> str:
        """Where its form is posted: this page, without what is tried in it."""
        tried, self.carried = self.carried, {}
        here = self.here
        self.carried = tried
        return here


class EmployeeList(Listing):
    """Salariés with their company and how many documents lie in their folders."""

    search = ("user__name", "matricule", "company__code", "company__name")
    orders = {
        "nom": Order("user__name"),
        "entreprise": Order("code_length", "company__code", "user__name"),
        "documents": Order("-documents_count"),
    }
    columns = (
        Column(_("Salarié"), "user__name", order="nom"),
        Column(_("Matricule"), "matricule"),
        Column(_("Entreprise"), "company__name", order="entreprise"),
        Column(_("Documents"), "documents_count", order="documents", css="number"),
        Column(_("Actions"), is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun salarié ne correspond"), _("Tous les salariés")


def employees_of(user: User) -> QuerySet[Employee]:
    """The salariés of the companies on which `user` works, archived ones left out."""
    laid = Document.objects.live().filter(employee=OuterRef("pk"), folder__isnull=False).order_by()
    number = laid.values("employee").annotate(number=Count("pk")).values("number")
    found = Employee.objects.live().filter(company__in=Company.objects.staffed_by(user))
    return found.select_related("user", "company").annotate(
        documents_count=Coalesce(Subquery(number), 0), code_length=Length("company__code")
    )


def ged_of(employee: Employee) -> str:
    """The address of a salarié's GED."""
    return reverse("documents:employee_ged", args=[employee.company.code, employee.matricule])
