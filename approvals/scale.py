"""A firm as large as they come, for figures of speed: its companies and its people."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from approvals.directory.opening import (
    add_employee,
    add_person,
    attach,
    give_access,
    make_staff,
    open_company,
)
from documents.folders.defaults import lay_out
from portal.demo import PASSWORD
from portal.models import Company, Firm, StaffRole, User
from portal.scale import ACCOUNTANT, CLIENT, EMPLOYEE, SLUG

COMPANIES, EMPLOYEES = 41, 20


@transaction.atomic
def load() -> None:
    if Firm.objects.filter(slug=SLUG).exists():
        return
    firm = Firm.objects.create(
        name="Cabinet Échelle", slug=SLUG, communication_email="contact@echelle.example"
    )
    lay_out(firm)
    make_staff(add_person(firm, "Alice Échelle", "admin@echelle.example", token=""), StaffRole.ADMIN)
    accountant = make_staff(add_person(firm, "Camille Grand", ACCOUNTANT, token=""))
    companies = [
        open_company(firm, str(number), f"Entreprise {number}", token="")
        for number in range(1, COMPANIES + 1)
    ]
    for company in companies:
        attach(accountant, company, favourite=company is companies[0])
    open_people(companies[0])
    User.objects.filter(firm=firm, is_active=True).update(password=make_password(PASSWORD))


def open_people(company: Company) -> None:
    """The client and the salariés of the large company; the first of them can log in."""
    client = add_person(company.firm, "Denis Vaste", CLIENT, token="")
    give_access(client, company, login_code=company.code, is_admin=True)
    person = add_person(company.firm, "Elsa Longue", EMPLOYEE, token="")
    give_access(person, company, login_code=f"{company.code}-elsa", matricule="001")
    for number in range(2, EMPLOYEES + 1):
        add_employee(company, f"Salarié {number:03}", f"{number:03}", token="")
