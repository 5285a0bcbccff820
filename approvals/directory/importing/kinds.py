"""The three kinds of files: their columns, how they are checked and written, what is there in the same form."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from approvals.directory.importing import companies, contacts, employees, people
from approvals.directory.importing.fields import Field
from approvals.directory.importing.lines import Columns, Line, columns_of, lines_of
from approvals.directory.importing.reading import Table
from approvals.models import DirectoryImport, ImportKind
from portal.models import ClientMember, Company, Employee, Firm, LoginCode, User


@dataclass(frozen=True)
class Kind:
    fields: Sequence[Field]
    world: Callable[[DirectoryImport], Any]
    check: Callable[[Sequence[Line], Any], None]
    write: Callable[..., None]
    rows: Callable[[Firm], Iterator[dict]]  # what is there, by field

    def cells(self, firm: Firm) -> Iterator[list[str]]:
        for values in self.rows(firm):
            yield [column.show(values[column.name]) for column in self.fields]


def understood(imported: DirectoryImport, table: Table) -> tuple[Columns, list[Line], Any]:
    """The lines of a file, held against the firm as it is now. Errors: Refused, for the headings."""
    kind = KINDS[ImportKind(imported.kind)]
    columns = columns_of(kind.fields, table)
    lines, world = lines_of(kind.fields, columns, table), kind.world(imported)
    kind.check(lines, world)
    return columns, lines, world


def write(imported: DirectoryImport, lines: Sequence[Line], world: Any, *, by: User) -> None:
    KINDS[ImportKind(imported.kind)].write(lines, world, by=by)


def company_rows(firm: Firm) -> Iterator[dict]:
    rows = Company.objects.filter(firm=firm, is_archived=False).select_related("manager__user", "group")
    for company in rows.order_by("code"):
        manager = company.manager and (company.manager.user.email or company.manager.user.name)
        values = {column.name: getattr(company, column.name) for column in companies.FIELDS}
        yield values | {"manager": manager}


def contact_rows(firm: Firm) -> Iterator[dict]:
    codes = defaultdict(list)
    for code, user_id in LoginCode.objects.filter(firm=firm).order_by("pk").values_list("code", "user_id"):
        codes[user_id].append(code)
    rows = ClientMember.objects.live().filter(company__firm=firm, company__is_archived=False)
    for member in rows.select_related("user", "company").order_by("company__code", "pk"):
        yield {
            "company": member.company.code,
            "name": member.user.name,
            "email": member.user.email,
            "login_code": code_in(member.company, codes[member.user_id]),
            **{name: getattr(member, name) for name in contacts.RIGHTS},
        }


def code_in(company: Company, codes: list[str]) -> str:
    """The identifiant that belongs to the company, of all that a person has."""
    own = [code for code in codes if code == company.code or code.startswith(f"{company.code}-")]
    return (own or codes or [""])[0]


def employee_rows(firm: Firm) -> Iterator[dict]:
    rows = Employee.objects.live().filter(company__firm=firm, company__is_archived=False)
    for employee in rows.select_related("user", "company").order_by("company__code", "matricule"):
        yield {
            "company": employee.company.code,
            "matricule": employee.matricule,
            "name": employee.user.name,
            "email": employee.user.email,
            **{name: getattr(employee, name) for name in employees.PLACE},
        }


def companies_world(imported: DirectoryImport) -> companies.World:
    return companies.World(imported.firm, creates_groups=imported.creates_groups)


def people_world(imported: DirectoryImport) -> people.World:
    return people.World(imported.firm)


KINDS = {
    ImportKind.COMPANIES: Kind(
        companies.FIELDS, companies_world, companies.check, companies.write, company_rows
    ),
    ImportKind.CONTACTS: Kind(contacts.FIELDS, people_world, contacts.check, contacts.write, contact_rows),
    ImportKind.EMPLOYEES: Kind(
        employees.FIELDS, people_world, employees.check, employees.write, employee_rows
    ),
}
