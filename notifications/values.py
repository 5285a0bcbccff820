"""What the fields of a firm's text stand for (D-45), for the mails that are written from one and for its preview."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from portal.models import Company, Employee


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
