"""What the fields of a firm's text stand for (D-45), for the mails that are written from one and for its preview."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from portal.models import Company, Employee, User


def values_of(company: Company, employee: Employee | None, login_code: str) -> dict[str, str]:
    """The value of each field but `#lien#` and `#document#`, by its name; those of the card where it is about `employee`.

    `login_code` is the identifiant of whoever reads it. Values are as they were typed: `merging` makes them harmless.
    """
    manager = company.manager.user if company.manager else None
    values = {
        "société": company.name,
        "dossier": company.code,
        "cabinet": company.firm.name,
        "gestionnaire": str(manager if manager and manager.is_active else company.firm),
        "domaine": urlsplit(settings.SITE_URL).netloc,
        "date": date_format(timezone.localdate(), "j F Y"),
        "identifiant": login_code,
    }
    if employee is not None:
        first, _space, rest = employee.user.name.partition(" ")
        where = f"{employee.street} {employee.postcode} {employee.city}".split()
        values |= {
            "nom": rest or first,
            "prénom": first,
            "matricule": employee.matricule,
            "email": employee.user.email,
            "adresse": " ".join(where),
        }
    return values


def login_code(company: Company, user: User | None) -> str:
    """The identifiant of `user` that belongs to `company`, else one of the person's others; that of the company's main
    contact where nobody is named (S3-26)."""
    stem = company.code
    if user is None:
        return stem
    found = list(user.login_codes.filter(firm=company.firm_id).order_by("pk").values_list("code", flat=True))
    return next((code for code in found if code == stem or code.startswith(f"{stem}-")), (found or [""])[0])
