"""Files laid on the portal as a browser does it, by its form. For the tests of this floor and above."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from documents.filing import uploads
from documents.filing.places import Place
from documents.models import Document, Folder
from portal.files.keep import Keeper
from portal.files.uploads import Upload
from portal.models import Company, Employee, User
from portal.testing import pdf

FORM = {
    "box": "/entreprises/4/box/deposer/",
    "image": "/entreprises/4/image/deposer/",
    "own": "/mes-documents/deposer/",
}


def post(client, where, files, **how):
    """Post `files` (name to bytes) to the form of a space; the answer."""
    given = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return client.post(FORM[where], {"fichiers": given}, **how)


def laid(person, where, *names):
    """The documents that `person` lays in a space, one PDF each, by a window of their own."""
    client = Client()
    client.force_login(person)
    last = Document.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    post(client, where, {name: pdf(name.partition(".")[0]) for name in names})
    return list(Document.objects.filter(pk__gt=last).order_by("pk"))


def said(answer):
    """The messages of the page to which `answer` leads, by their level."""
    return [
        (message.level_tag, str(message))
        for message in answer.client.get(answer["Location"]).context["messages"]
    ]


def filed(
    by: User, company: Company, folder: Folder, *names: str, employee: Employee | None = None
) -> list[Document]:
    """The documents that staff lay into a folder of `company`, one PDF each."""
    place, files = Place(None, company, folder=folder, employee=employee), []
    for name in names:
        content, keeper = pdf(name.partition(".")[0]), Keeper()
        keeper.write(content)
        files.append(Upload(keeper, name, "application/pdf", len(content)))
    documents, refused = uploads.lay(place, files, by=by)
    for file in files:
        file.close()
    assert refused == []
    return documents
