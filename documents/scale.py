"""The documents of the firm of `portal.scale`: 20,000 of one company, 2,000 of each of the other forty.

Rows only, but for the few real files that all of them share: what is measured is lists, not disks.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from documents.demo import lay
from documents.filing.places import Place
from documents.models import Audience, Document, Folder
from mailing.models import Space
from portal.models import Company, Employee, Firm, StoredFile, User
from portal.scale import ACCOUNTANT, CLIENT, SLUG

FILES = 20
OF_THE_LARGE = {
    "Facture": 9_000,
    "Devis": 2_500,
    "Contrats": 500,
    "Contrats à signer": 100,
    "Devis à signer": 200,
}
OF_A_SMALL = {"Facture": 1_500, "Devis": 300, "Contrats": 100}
FILED_FROM_THE_BOX, TO_PROCESS, IMAGES = 5_000, 500, 500
PAYSLIPS, CONTRACTS = 80, 5  # of each of the salariés
BOX_OF_A_SMALL = 100
A_DAY = 100  # documents


@transaction.atomic
def load() -> None:
    firm = Firm.objects.get(slug=SLUG)
    if Document.objects.filter(firm=firm).exists():
        return
    accountant, client = (User.objects.get(firm=firm, email=email) for email in (ACCOUNTANT, CLIENT))
    large, *small = firm.companies.order_by("pk")
    names = [f"document-{number}.pdf" for number in range(FILES)]
    files = [document.file for document in lay(Place(Space.BOX, large), client, *names)]
    Document.objects.filter(firm=firm).delete()
    rows = [*of_the_large(large, files, accountant, client)]
    for company in small:
        rows += of_a_small(company, files, accountant)
    random.Random(8).shuffle(rows)  # a company's documents come in over the years, among the others'
    Document.objects.bulk_create(rows, batch_size=1000)
    spread(firm)


def of_the_large(
    company: Company, files: list[StoredFile], accountant: User, client: User
) -> Iterator[Document]:
    folders = folders_of(company)
    for label, count in OF_THE_LARGE.items():
        yield from into(company, folders[Audience.CLIENTS, label], files, accountant, count)
    invoices = folders[Audience.CLIENTS, "Facture"]
    filed = {"space": Space.BOX, "processed_at": timezone.now(), "processed_by": accountant}
    yield from into(company, invoices, files, client, FILED_FROM_THE_BOX, **filed)
    yield from came_in(company, Space.BOX, files, client, TO_PROCESS)
    yield from came_in(company, Space.IMAGE, files, client, IMAGES)
    for employee in company.employees.order_by("pk"):
        for label, count in (("Bulletins", PAYSLIPS), ("Contrats", CONTRACTS)):
            folder = folders[Audience.EMPLOYEES, label]
            yield from into(company, folder, files, accountant, count, employee=employee)


def of_a_small(company: Company, files: list[StoredFile], accountant: User) -> Iterator[Document]:
    folders = folders_of(company)
    for label, count in OF_A_SMALL.items():
        yield from into(company, folders[Audience.CLIENTS, label], files, accountant, count)
    yield from came_in(company, Space.BOX, files, accountant, BOX_OF_A_SMALL)


def folders_of(company: Company) -> dict[tuple[str, str], Folder]:
    return {(folder.audience, folder.label): folder for folder in Folder.objects.of_company(company)}


def into(
    company: Company,
    folder: Folder,
    files: list[StoredFile],
    by: User,
    count: int,
    *,
    employee: Employee | None = None,
    **fields,
) -> Iterator[Document]:
    """Published documents of a folder."""
    for number in range(count):
        yield Document(
            firm=company.firm,
            company=company,
            folder=folder,
            employee=employee,
            name=f"{folder.key.replace(' ', '-')}-{number + 1:05}.pdf",
            file=files[number % FILES],
            uploaded_by=by,
            published_at=timezone.now(),
            **fields,
        )


def came_in(
    company: Company, space: Space, files: list[StoredFile], by: User, count: int
) -> Iterator[Document]:
    """Documents of a space that nobody has processed."""
    for number in range(count):
        yield Document(
            firm=company.firm,
            company=company,
            space=space,
            name=f"scan-{number + 1:05}.pdf",
            comment="" if number % 10 else "Reçu ce matin, merci de le classer.",
            file=files[number % FILES],
            uploaded_by=by,
        )


def spread(firm: Firm) -> None:
    """A day of documents on each day, back from today."""
    keys = list(Document.objects.filter(firm=firm).order_by("-pk").values_list("pk", flat=True))
    now = timezone.now()
    for days, first in enumerate(range(0, len(keys), A_DAY)):
        some = keys[first : first + A_DAY]
        Document.objects.filter(pk__in=some).update(created_at=now - timedelta(days=days))
