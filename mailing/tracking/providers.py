"""What each provider's events mean (T2), read from the raw event: Anymail's normalised type merges soft and hard bounces."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailing.models import Cause, MailStatus, Nature, OutgoingMail, Source
from mailing.tracking.refusals import Meaning, bounce, deferral
from portal.machines import is_scanner

BREVO = {
    "request": MailStatus.SENT,
    "delivered": MailStatus.DELIVERED,
    "soft_bounce": MailStatus.SOFT_BOUNCED,
    "hard_bounce": MailStatus.HARD_BOUNCED,
    "click": MailStatus.CLICKED,
    "opened": MailStatus.OPENED,
    "unique_opened": MailStatus.OPENED,
    "proxy_open": MailStatus.OPENED,
    "unique_proxy_open": MailStatus.OPENED,
    "spam": MailStatus.COMPLAINED,
    "complaint": MailStatus.COMPLAINED,
    "blocked": MailStatus.BLOCKED,
    "invalid_email": MailStatus.INVALID,
    "unsubscribe": MailStatus.UNSUBSCRIBED,
    "unsubscribed": MailStatus.UNSUBSCRIBED,
    "deferred": MailStatus.DEFERRED,
    "error": MailStatus.ERROR,
}
BREVO_MACHINES = ("proxy_open", "unique_proxy_open")  # Apple Mail fetches every picture: nobody has read it

MAILGUN = {
    "accepted": MailStatus.SENT,
    "delivered": MailStatus.DELIVERED,
    "rejected": MailStatus.BLOCKED,
    "opened": MailStatus.OPENED,
    "clicked": MailStatus.CLICKED,
    "unsubscribed": MailStatus.UNSUBSCRIBED,
    "complained": MailStatus.COMPLAINED,
}
# Mailgun did not try: the address is on a list of its own.
MAILGUN_SUPPRESSED = {
    "suppress-bounce": MailStatus.BLOCKED,
    "suppress-complaint": MailStatus.BLOCKED,
    "suppress-unsubscribe": MailStatus.UNSUBSCRIBED,
}
MAILGUN_GAVE_UP = ("old", "hardfail-old")  # its words for « retried long enough »

POSTMARK = {
    "Delivery": MailStatus.DELIVERED,
    "Open": MailStatus.OPENED,
    "Click": MailStatus.CLICKED,
    "SpamComplaint": MailStatus.COMPLAINED,
}
POSTMARK_BOUNCES = {
    "HardBounce": MailStatus.HARD_BOUNCED,
    "SoftBounce": MailStatus.SOFT_BOUNCED,
    "VirusNotification": MailStatus.HARD_BOUNCED,
    "Transient": MailStatus.DEFERRED,
    "DnsError": MailStatus.DEFERRED,
    "OpenRelayTest": MailStatus.DEFERRED,
    "Blocked": MailStatus.BLOCKED,
    "DMARCPolicy": MailStatus.BLOCKED,
    "ManuallyDeactivated": MailStatus.BLOCKED,
    "Unconfirmed": MailStatus.BLOCKED,
    "BadEmailAddress": MailStatus.INVALID,
    "SpamNotification": MailStatus.COMPLAINED,
    "SpamComplaint": MailStatus.COMPLAINED,
    "Unsubscribe": MailStatus.UNSUBSCRIBED,
    "SMTPApiError": MailStatus.ERROR,
    "TemplateRenderingFailed": MailStatus.ERROR,
}
POSTMARK_SUPPRESSIONS = {
    "ManualSuppression": MailStatus.UNSUBSCRIBED,
    "HardBounce": MailStatus.HARD_BOUNCED,
    "SpamComplaint": MailStatus.COMPLAINED,
}

Words = str | Promise  # French, translated when it is shown

# What each way out cannot tell, said on the page of a mail that took it.
SILENCES: dict[str, Words] = {
    "eml": _("Écrit dans un fichier sur cette machine : aucun serveur ne dit ce que l’e-mail devient."),
    "smtp": _("Envoyé par SMTP : « Délivré » n’apparaît que si le serveur du destinataire le confirme."),
    "mailgun": _("Mailgun n’annonce pas ses propres erreurs."),
    "postmark": _("Postmark n’annonce pas la prise en charge."),
}
MEASURED = _("Ouvertures et clics : mesurés, avec l’accord du destinataire.")
NOT_MEASURED = _("Ouvertures et clics : non mesurés.")
NOT_MEASURED_BY: dict[str, Words] = {
    "brevo": _("Ouvertures et clics : non mesurés tant que le suivi est éteint dans le compte Brevo.")
}


def silence_of(mail: OutgoingMail) -> str:
    """What cannot be known of `mail`, and whether opening it is measured, for its page; "" before it has left.

    On one's own machine Brevo's posts may tell what a file does not.
    """
    way = mail.provider
    if not way:
        return ""
    if way == "eml" and mail.events.filter(source=Source.PROVIDER).exists():
        way = "brevo"
    measured = MEASURED if mail.is_measured else NOT_MEASURED_BY.get(way, NOT_MEASURED)
    return " ".join(str(words) for words in (SILENCES.get(way), measured) if words)


def brevo(event: dict) -> Meaning | None:
    """What a Brevo event means, or None for one that says nothing of a mail (`list_addition` …).

    Source: https://developers.brevo.com/docs/transactional-webhooks; T2 and its note.
    """
    code = BREVO.get(str(event.get("event")))
    if code is None:
        return None
    nature = Nature.MACHINE if event["event"] in BREVO_MACHINES else Nature.OBSERVED
    return meaning(code, text_of(event, "reason"), nature)


def mailgun(event: dict) -> Meaning | None:
    """What a Mailgun event means, or None for one that says nothing of a mail.

    Source: https://documentation.mailgun.com/docs/mailgun/user-manual/events/; T2 and its note. `failed` is one event
    for all: `severity` says whether it is tried again, `reason` whether it was tried at all.
    """
    data = part_of(event, "event-data")
    name, reason = text_of(data, "event"), text_of(data, "reason")
    if name == "failed":
        return mailgun_failed(data, reason)
    if name not in MAILGUN:
        return None
    client = part_of(data, "client-info")
    is_robot = bool(client.get("bot")) or client.get("client-type") == "robot"
    code = MAILGUN[name]
    said = text_of(part_of(data, "reject"), "reason")
    return meaning(code, said, by_whom(code, is_robot or is_scanner(client.get("user-agent"))))


def mailgun_failed(data: dict, reason: str) -> Meaning:
    if reason in MAILGUN_SUPPRESSED:
        return meaning(MAILGUN_SUPPRESSED[reason], "")
    status = part_of(data, "delivery-status")
    enhanced, reply = text_of(status, "enhanced-code"), text_of(status, "code")
    words = " ".join(
        filter(None, (enhanced, reply, text_of(status, "message"), text_of(status, "description")))
    )
    if text_of(data, "severity") == "temporary":
        given_up = reason in MAILGUN_GAVE_UP or status.get("retry-seconds") == 0
        return meaning(MailStatus.SOFT_BOUNCED if given_up else MailStatus.DEFERRED, words)
    if reason in MAILGUN_GAVE_UP:  # permanent only because nobody retries any more
        return meaning(MailStatus.SOFT_BOUNCED, words)
    return meaning(MailStatus.HARD_BOUNCED, words)


def postmark(event: dict) -> Meaning | None:
    """What a Postmark event means, or None for one that says nothing of a mail (an absence, an address confirmed).

    Source: https://postmarkapp.com/developer/webhooks/webhooks-overview and …/api/bounce-api#bounce-types.
    """
    record, kind = text_of(event, "RecordType"), text_of(event, "Type")
    if record == "Bounce":
        code = POSTMARK_BOUNCES.get(kind)
        words = f"{text_of(event, 'Details')} {text_of(event, 'Description')}"
        return meaning(code, words) if code else None
    if record == "SubscriptionChange":
        if not event.get("SuppressSending", True):
            return None  # somebody lifted it there
        return meaning(
            POSTMARK_SUPPRESSIONS.get(text_of(event, "SuppressionReason"), MailStatus.UNSUBSCRIBED), ""
        )
    code = POSTMARK.get(record)
    return meaning(code, "", by_whom(code, is_scanner(event.get("UserAgent")))) if code else None


def meaning(code: MailStatus, words: str, nature: Nature = Nature.OBSERVED) -> Meaning:
    """`code` as the provider said it; a bounce or a delay is what its words say (T2's note)."""
    if code in (MailStatus.SOFT_BOUNCED, MailStatus.HARD_BOUNCED):
        return bounce(code, words)
    if code == MailStatus.DEFERRED:
        return deferral(words)
    return Meaning(code, nature, Cause.ADDRESS if code == MailStatus.INVALID else "")


def by_whom(code: MailStatus, is_machine: bool) -> Nature:
    return (
        Nature.MACHINE if is_machine and code in (MailStatus.OPENED, MailStatus.CLICKED) else Nature.OBSERVED
    )


def part_of(event: dict, name: str) -> dict:
    """An object inside an event; empty where the provider sent something else in its place."""
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def text_of(event: dict, name: str) -> str:
    found = event.get(name)
    return "" if found is None else str(found)
