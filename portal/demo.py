"""The demonstration: each floor declares its part in its own `demo.py`, portal calls them from the top floor down."""

from importlib import import_module
from io import BytesIO

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from portal.models import User

PASSWORD = "demonstration"
ACCOUNTS = (
    ("admin@martin.example", "administratrice du Cabinet Martin"),
    ("claire@martin.example", "collaboratrice, gestionnaire de 4, favori 4"),
    ("hugo@martin.example", "collaborateur de 4 et 12"),
    ("gerant@moimeme.example", "administrateur client de 4 (identifiant 4)"),
    ("compta@moimeme.example", "utilisatrice client de 4 (identifiant 4-compta)"),
    ("lea@moimeme.example", "salariée de 4 (identifiant 4-lea)"),
    ("admin@peeters.example", "administratrice du Bureau Peeters"),
    ("patron@vier.example", "administrateur client de la 4 de Peeters"),
)


def is_loaded() -> bool:
    return User.objects.filter(email=ACCOUNTS[0][0]).exists()


def load() -> None:
    """Load what is missing of the demonstration; each floor's `load()` does nothing where its part is there."""
    for app in reversed(list(apps.get_app_configs())):
        if app.name != "portal" and module_has_submodule(app.module, "demo"):
            import_module(f"{app.name}.demo").load()


def page_of(title: str, sender: str) -> bytes:
    """A real PDF of one A4 page with two lines on it."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    page = writer.add_blank_page(595, 842)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
    )
    content = DecodedStreamObject()
    content.set_data(
        f"BT /F1 20 Tf 72 760 Td ({title}) Tj 0 -32 Td /F1 12 Tf ({sender}) Tj ET".encode("latin-1")
    )
    page[NameObject("/Contents")] = writer._add_object(content)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
