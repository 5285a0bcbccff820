"""A text is changed, restored, tried: each version is a row of its own, which nobody changes afterwards."""

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from mailing.kinds import MailKind
from mailing.models import OutgoingMail
from mailing.sending import outbox, preflight
from notifications.merging import ABOUT_DOCUMENTS, Text, check
from notifications.models import NotificationTemplate, TemplateKind
from notifications.templates_editor.places import Place, current
from notifications.templates_editor.previews import Recipient, written
from portal import history
from portal.models import User

STALE = "stale"


def save(place: Place, text: Text, *, seen: int, by: User) -> NotificationTemplate | None:
    """Make `text` the version that counts; None where it is the one that counts already.

    `seen` is the version that the person had before their eyes. Raises ValidationError: with the code STALE where it
    counts no more, else beside the field whose merge fields are wrong (D-45).
    """
    return write(place, text, seen, by, "template_changed", _("%(by)s modifie le modèle « %(place)s »"))


def restore(place: Place, version: int, *, seen: int, by: User) -> NotificationTemplate | None:
    """The same with the text of an older version, or with the portal's, which is version 0.

    Raises NotificationTemplate.DoesNotExist where there is no such version.
    """
    text = place.text_of(version)
    if text is None:
        raise NotificationTemplate.DoesNotExist
    said = (
        _("%(by)s restaure la version %(version)s du modèle « %(place)s »")
        if version
        else _("%(by)s revient au texte du portail pour le modèle « %(place)s »")
    )
    return write(place, text, seen, by, "template_restored", said, version=version)


@transaction.atomic
def write(
    place: Place, text: Text, seen: int, by: User, verb: str, said: str, **words: int
) -> NotificationTemplate | None:
    check(text.subject, text.body, place.reader, place.kind)
    now = current(place)
    if now.version != seen:
        raise stale()
    if text == now.text:
        return None
    try:
        with transaction.atomic():
            row = NotificationTemplate.objects.create(
                firm=place.firm,
                reader=place.reader,
                kind=place.kind,
                version=seen + 1,
                subject=text.subject,
                body=text.body,
                by=by,
            )
    except IntegrityError:  # quicker by a moment: the constraint lets one of two have the number
        raise stale() from None
    sentence = said % {"by": by, "place": place, **words}
    number = _("version %(number)s") % {"number": row.version}
    history.record(place.firm, verb, f"{sentence} : {number}", firm=place.firm, by=by, internal=True)
    return row


def stale() -> ValidationError:
    return ValidationError(
        _(
            "Quelqu’un a changé ce modèle entre-temps. Rien n’est enregistré : relisez les deux textes, puis "
            "enregistrez."
        ),
        code=STALE,
    )


@transaction.atomic
def try_out(place: Place, text: Text, recipient: Recipient, *, by: User) -> OutgoingMail:
    """Send `text` to `by` as `recipient` would receive it, marked « [Essai] », with a link that lets nobody in.

    Raises ValidationError where it cannot leave: no mail is written then, and no task fails.
    """
    kind, company = kind_of_mail(place.kind), recipient.kept_company
    if not by.email:
        raise ValidationError(_("Votre compte n’a pas d’adresse e-mail : l’essai ne peut pas partir."))
    sender = outbox.sender_of(kind, place.firm, company)
    if sender.error:
        raise ValidationError(sender.error)
    if preflight.prepared(sender.address, place.firm).blocks:
        raise ValidationError(preflight.sentence(sender.address))
    words = written(place, text, recipient)
    note = _("Ceci est un essai : le lien mène à la page de connexion.")
    mail = outbox.post(
        kind,
        "notifications/email/merged",
        to_email=by.email,
        to_name=by.name,
        firm=place.firm,
        company=company,
        context={
            "merged": replace(words.merged, subject=_("[Essai] %s") % words.merged.subject),
            "link": words.link,
            "label": words.label,
            "note": f"{note} {words.note}".strip(),
        },
    )
    assert mail is not None  # only what is said `once` may give None
    text_of_history = _("%(by)s s’envoie un essai du modèle « %(place)s »") % {"by": by, "place": place}
    history.record(place.firm, "template_tried", text_of_history, firm=place.firm, by=by, internal=True)
    return mail


def kind_of_mail(kind: TemplateKind) -> MailKind:
    """As the real ones leave: what tells of a document in a folder is one kind of mail, whatever its text (D-37)."""
    is_of_queue = kind in ABOUT_DOCUMENTS and kind is not TemplateKind.DUNNING
    return MailKind.DOCUMENT if is_of_queue else MailKind(kind.value)
