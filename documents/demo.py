"""Files that the people of the demonstration laid on the portal, and what one of them has put into the trash."""

from documents.filing import trash, uploads
from documents.filing.places import Place
from documents.models import Audience, Document, Folder
from mailing.models import Space
from notifications.models import Notification
from notifications.queue import stories
from notifications.queue.asking import hasten
from notifications.tasks import notifications
from portal.demo import page_of
from portal.files.keep import Keeper
from portal.files.uploads import Upload
from portal.models import Company, Employee, User

FOLDERS = {
    "Contrats à signer": ["lettre-de-mission-2027.pdf"],
    "Contrats": ["lettre-de-mission-2026.pdf"],
    "Devis": ["devis-2026-014.pdf"],
    "Facture": ["facture-2026-101.pdf", "facture-2026-102.pdf", "facture-2026-103.pdf"],
}
EMPLOYEE_FOLDERS = {
    "Bulletins": ["bulletin-2026-08.pdf", "bulletin-2026-09.pdf", "bulletin-2026-10.pdf"],
    "Contrats": ["contrat-de-travail.pdf"],
}


def load() -> None:
    if Document.objects.exclude(uploaded_by=None).exists():
        return
    sophie = User.objects.get(email="compta@moimeme.example")
    claire = User.objects.get(email="claire@martin.example")
    four = sophie.client_memberships.get().company
    box, own = Place(Space.BOX, four), Place(Space.PERSONAL, owner=claire)
    lay(box, sophie, "tickets-octobre.pdf", "contrat-de-bail.pdf")
    trash.throw(lay(box, sophie, "tickets-octobre-bis.pdf"), by=claire)
    lay(own, claire, "attestation-de-formation.pdf")
    trash.throw(lay(own, claire, "brouillon.pdf"), by=claire)
    for label, names in FOLDERS.items():
        lay(folder_of(four, Audience.CLIENTS, label), claire, *names)
    employee = four.employees.get(matricule="007")
    for label, names in EMPLOYEE_FOLDERS.items():
        lay(folder_of(four, Audience.EMPLOYEES, label, employee), claire, *names)
    for code, by, name in (
        ("27", "admin@martin.example", "facture-garage-2026-01.pdf"),
        ("4", "admin@peeters.example", "factuur-2026-01.pdf"),
    ):
        person = User.objects.get(email=by)
        company = person.firm.companies.get(code=code)
        lay(folder_of(company, Audience.CLIENTS, "Facture"), person, name)
    told(four, claire)


def told(company: Company, by: User) -> None:
    """Whoever hears of these documents is written to; one notification was cancelled, and one has no address yet."""
    [cancelled] = Notification.objects.filter(company=company, title="lettre-de-mission-2026.pdf")
    stories.cancel([cancelled], by=by)
    hasten(Notification.objects.filter(company=company))
    notifications()


def folder_of(company: Company, audience: Audience, label: str, employee: Employee | None = None) -> Place:
    folder = Folder.objects.of_company(company).get(audience=audience, label=label)
    return Place(None, company, folder=folder, employee=employee)


def lay(place: Place, by: User, *names: str) -> list[Document]:
    files = []
    for name in names:
        content, keeper = page_of(name, str(by)), Keeper()
        keeper.write(content)
        files.append(Upload(keeper, name, "application/pdf", len(content)))
    filed, _refused = uploads.lay(place, files, by=by)
    for file in files:
        file.close()
    return filed
