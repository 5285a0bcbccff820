"""What the portal puts around a firm's text that announces an access: the word on its button, and the note below."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.models import TemplateKind
from portal.models import Firm


def login_page(firm: Firm) -> str:
    """Where an identifiant of `firm` is understood (D-05)."""
    return settings.SITE_URL + reverse("portal:firm_login", args=[firm.slug])


def label_of(kind: TemplateKind) -> str:
    return _("Choisir mon mot de passe") if kind is TemplateKind.WELCOME else _("Ouvrir le portail")


def note_of(firm: Firm, kind: TemplateKind) -> str:
    """What the portal adds to every text of the firm: people cannot do without it."""
    hint = _(
        "Un e-mail du portail se fait attendre ? Regardez aussi dans « Courriers indésirables » ou « Spam »."
    )
    if kind is not TemplateKind.WELCOME:
        return _("Mot de passe oublié ? La page de connexion en donne un nouveau.") + f" {hint}"
    link = _("Ce lien est personnel : il est valable sept jours et ne sert qu’une fois.")
    later = _("Par la suite, connectez-vous sur %(page)s") % {"page": login_page(firm)}
    return f"{link} {hint} {later}"
