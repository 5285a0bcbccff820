"""What a file is, in words: for those that are shown, and those that are only downloaded (ui.md, Previews)."""

from django.utils.translation import gettext_lazy as _

from documents.models import Document
from portal.files.checks import (
    ENCRYPTED,
    OLD_SHEET,
    OLD_SLIDES,
    OLD_WORD,
    OUTLOOK,
    SHEET,
    SLIDES,
    WORD,
    ZIP,
    extension,
)

KINDS = {
    "application/pdf": _("Document PDF"),
    "image/jpeg": _("Photo JPEG"),
    "image/png": _("Image PNG"),
    "image/gif": _("Image GIF"),
    "image/webp": _("Image WebP"),
    "image/tiff": _("Image TIFF"),
    "image/heic": _("Photo HEIC, d’un iPhone le plus souvent"),
    WORD: _("Document Word"),
    OLD_WORD: _("Document Word"),
    SHEET: _("Classeur Excel"),
    OLD_SHEET: _("Classeur Excel"),
    SLIDES: _("Présentation PowerPoint"),
    OLD_SLIDES: _("Présentation PowerPoint"),
    ENCRYPTED: _("Document Office protégé par un mot de passe"),
    "application/vnd.oasis.opendocument.text": _("Document OpenDocument"),
    "application/vnd.oasis.opendocument.spreadsheet": _("Classeur OpenDocument"),
    "application/rtf": _("Document RTF"),
    "text/plain": _("Fichier de texte"),
    "text/csv": _("Tableau CSV"),
    "text/xml": _("Fichier XML"),
    "message/rfc822": _("E-mail"),
    OUTLOOK: _("E-mail d’Outlook"),
    "application/pkcs7-mime": _("Message signé ou chiffré"),
    ZIP: _("Archive ZIP"),
    "application/x-7z-compressed": _("Archive 7z"),
}


def kind_of(document: Document) -> str:
    """« Photo HEIC… », by the content; by the name's ending where the content says nothing."""
    if known := KINDS.get(document.file.type):
        return str(known)
    ending = extension(document.name)
    return _("Fichier .%(ending)s") % {"ending": ending} if ending else str(_("Fichier"))
