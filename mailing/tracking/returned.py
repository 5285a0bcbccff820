"""The story of a report that came to `rebond+<token>@`: believed where the token is ours, else only shown (D-35)."""

from django.utils.translation import gettext as _

from mailing.models import InboundMail, OutgoingMail, Source
from mailing.tracking import events, tokens
from mailing.tracking.reports import Outcome, Report

SHOWN = 3


def take(mail: InboundMail, report: Report) -> str:
    """Write what `report` says as events of the mail it is about, in the caller's transaction; the note of the log.

    "" for what is no report, such as an absence: it changes nothing and is noted as what it is. A report without a valid
    signature, on its envelope or as the return path that it repeats, changes nothing either. Read twice, it counts once.
    """
    if not report.outcomes:
        return _("rapport de remise illisible : rien n’est changé") if report.marks.is_report else ""
    about = mail_of(mail, report)
    if about is None:
        return _("rebond non authentifié : rien n’est changé")
    for number, outcome in enumerate(report.outcomes):
        events.observe(
            about,
            outcome.meaning.code,
            source=Source.REPORT,
            nature=outcome.meaning.nature,
            cause=outcome.meaning.cause,
            at=mail.received_at,
            detail=outcome.said,
            recipient=outcome.recipient,
            payload={"inbound_mail": mail.pk, "raw": mail.raw.key, "sha256": mail.raw.sha256},
            identity=("report", about.pk, mail.raw.sha256, number),
        )
    return _("rapport de remise lu : %(said)s") % {"said": " ; ".join(map(said, report.outcomes[:SHOWN]))}


def mail_of(mail: InboundMail, report: Report) -> OutgoingMail | None:
    """The mail that `report` is about, by the signature of its return path; None where none is valid."""
    keys = map(tokens.key_of_return_path, (mail.envelope_to, *report.paths))
    key = next(filter(None, keys), None)
    return OutgoingMail.objects.filter(key=key).first() if key else None


def said(outcome: Outcome) -> str:
    """« Rejeté définitivement (adresse invalide) – x@y.example »"""
    cause = f" ({outcome.meaning.cause.label})" if outcome.meaning.cause else ""
    who = f" – {outcome.recipient}" if outcome.recipient else ""
    return f"{outcome.meaning.code.label}{cause}{who}"
