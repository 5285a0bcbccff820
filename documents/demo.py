"""Files that the people of the demonstration laid on the portal, and what one of them has put into the trash."""

from documents.filing import trash, uploads
from documents.filing.places import Place
from documents.models import Document
from mailing.models import Space
from portal.demo import page_of
from portal.files.keep import Keeper
from portal.files.uploads import Upload
from portal.models import User


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
