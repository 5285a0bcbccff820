"""The folders of a new firm, with the values of the grid that they start with (S3-09 to S3-18, D-40)."""

from django.db import transaction
from django.utils import timezone

from documents.models import Audience, Folder, FolderKind, Signature
from notifications.models import LinkTarget
from portal.listing.search import fold
from portal.models import AddressKind, Firm

# Path, désignation, usage, signature, « Notifier sur », « Lien vers », and the path of the folder for the signed version.
CLIENTS = (
    (
        *(r"A signer\Contrat", "Contrats à signer", FolderKind.OTHER, Signature.RIGHT),
        *(AddressKind.MAIN, LinkTarget.DOCUMENT, "Contrat"),
    ),
    (
        *(r"A signer\Devis", "Devis à signer", FolderKind.OTHER, Signature.RIGHT),
        *(AddressKind.QUOTE, LinkTarget.DOCUMENT, "Devis"),
    ),
    (
        *("Contrat", "Contrats", FolderKind.CONTRACTS, Signature.NONE),
        *(AddressKind.MAIN, LinkTarget.SPACE, ""),
    ),
    ("Devis", "Devis", FolderKind.QUOTES, Signature.NONE, AddressKind.QUOTE, LinkTarget.QUOTES, ""),
    (
        *("Facture", "Facture", FolderKind.INVOICES, Signature.NONE),
        *(AddressKind.BILLING, LinkTarget.STATEMENT, ""),
    ),
)
EMPLOYEES = (
    (
        *(r"A signer\Contrat", "Contrats et avenants à signer", FolderKind.OTHER, Signature.RIGHT),
        *("", LinkTarget.DOCUMENT, "Contrat"),
    ),
    ("Avenant", "Avenants", FolderKind.AMENDMENTS, Signature.RIGHT, "", LinkTarget.SPACE, "Avenant"),
    ("Bulletins", "Bulletins", FolderKind.PAYSLIPS, Signature.NONE, "", LinkTarget.PAYSLIPS, ""),
    ("Contrat", "Contrats", FolderKind.CONTRACTS, Signature.NONE, "", LinkTarget.SPACE, ""),
    ("Pointages", "Pointages", FolderKind.OTHER, Signature.NONE, "", LinkTarget.SPACE, ""),
)


@transaction.atomic
def lay_out(firm: Firm, folders: type[Folder] = Folder) -> None:
    """Give `firm` its first folders, which are on the portal at once: nothing lies in them yet.

    `folders` is the model; a migration hands over the one of its time.
    """
    made, signed_into = {}, {}
    for audience, rows in ((Audience.CLIENTS, CLIENTS), (Audience.EMPLOYEES, EMPLOYEES)):
        for position, (path, label, kind, signature, notify_on, link_target, signed) in enumerate(rows):
            cells = {
                "is_shared": True,
                "signature": signature.value,
                "notifies": True,
                "notify_on": str(notify_on),
                "link_target": link_target.value,
            }
            made[audience, path] = folders(
                firm=firm,
                audience=audience,
                path=path,
                label=label,
                key=fold(label),
                kind=kind,
                position=position,
                published=cells,
                published_at=timezone.now(),
                **cells,
            )
            signed_into[audience, path] = signed
    folders.objects.bulk_create(made.values())
    for (audience, path), folder in made.items():
        folder.top, folder.signed_into = folder, made.get((audience, signed_into[audience, path]))
    folders.objects.bulk_update(made.values(), ["top", "signed_into"])
