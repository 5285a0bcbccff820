"""Provider posts: stored first, answered, read later by a worker (quality.md, fact 4).

The views are Anymail's own, so that secrets are checked and events parsed as Anymail knows them; only `post` is ours.
"""

import json
import logging
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from mailing.models import MailEvent, OutgoingMail, Source, WebhookPost
from mailing.models.tracking import PostStatus
from mailing.tracking import events, providers
from mailing.tracking.refusals import Meaning
from portal import failures
from portal.bell import ring
from portal.faults import fault
from portal.login.links import without_links

logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # T24
AT_ONCE = 500  # events of one post: SQLite takes no query with a thousand parameters


class StoredPost(AnymailBaseWebhookView):
    """What is ours of each provider's view: whose it is, how a post is answered, what its events mean."""

    provider: str
    not_stored_status = 503
    meaning_of: Callable[[dict], Meaning | None]

    def post(self, request, *args, **kwargs):
        try:
            self.run_validators(request)
            body = request.body
        except RequestDataTooBig:
            return HttpResponse(status=413)
        except (
            AnymailWebhookValidationFailure,
            TypeError,
            ValueError,
            RecursionError,
        ):  # a signature of nonsense
            logger.warning("a post to the %s webhook had no valid secret", self.provider)
            return HttpResponse(status=401)
        if len(body) > MAX_BODY:
            return HttpResponse(status=413)
        try:
            with transaction.atomic():
                WebhookPost.objects.create(
                    provider=self.provider,
                    body=body,
                    content_type=request.content_type[:255],
                    query=request.META.get("QUERY_STRING", "")[:1000],
                )
                ring("events")
        except DatabaseError:
            logger.exception("a post of %s could not be stored", self.provider)
            return HttpResponse(status=self.not_stored_status)
        fault("after_event_stored")
        return HttpResponse()

    def identity_of(self, event: AnymailTrackingEvent) -> tuple:
        """What makes two posts one event: the provider's own id of it, else all that it says (T25)."""
        return (
            self.provider,
            event.message_id,
            event.recipient,
            self.name_of(event.esp_event),
            event.event_id or (event.timestamp.isoformat() if event.timestamp else ""),
            event.click_url or "",
        )

    def name_of(self, raw: dict) -> object:
        return raw.get("event")


class BrevoWebhook(StoredPost, BrevoTrackingWebhookView):
    """Brevo drops an event for ever on any 5xx and on any 4xx but 429: where it cannot be stored it is told 429."""

    provider = "brevo"
    not_stored_status = 429
    meaning_of = staticmethod(providers.brevo)

    def parse_events(self, request):
        """Brevo posts one event, or a list of them where batches are asked for, which Anymail does not know."""
        found = json.loads(request.body)
        if not isinstance(found, list):
            return super().parse_events(request)
        if not found:
            raise ValueError("a list without an event")
        return [event for one in found if (event := self.event_or_none(one))]

    def event_or_none(self, one):
        """One event of many; one that cannot be read does not stop the others (T25), and stays in the post."""
        try:
            return self.esp_to_anymail_event(one)
        except Exception:
            logger.warning("an event of %s among others could not be read", self.provider, exc_info=True)
            return None


class MailgunWebhook(StoredPost, MailgunTrackingWebhookView):
    """Mailgun signs its posts; Anymail checks the signature, beside the secret of the address."""

    provider = "mailgun"
    meaning_of = staticmethod(providers.mailgun)

    def validate_request(self, request):
        if not self.webhook_signing_key:  # anybody can sign with an empty key
            raise AnymailWebhookValidationFailure("there is no key to check Mailgun's signature with")

    def identity_of(self, event):
        """By the event's id, which is unique within a day; the token of the signature may be another at each try."""
        data = providers.part_of(event.esp_event, "event-data")
        if not data.get("id"):
            return super().identity_of(event)
        return self.provider, data["id"], data.get("timestamp")


class PostmarkWebhook(StoredPost, PostmarkTrackingWebhookView):
    """Postmark stops for good at a 403: nothing here answers one. Only a bounce has an id."""

    provider = "postmark"
    meaning_of = staticmethod(providers.postmark)

    def name_of(self, raw):
        return f"{raw.get('RecordType')}/{raw.get('Type')}/{raw.get('SuppressionReason')}"


VIEWS: dict[str, type[StoredPost]] = {
    view.provider: view for view in (BrevoWebhook, MailgunWebhook, PostmarkWebhook)
}


def handle(post: WebhookPost) -> None:
    """Read one stored post: an event for each that means something of a mail, known mail or not yet."""
    try:
        read(post)
    except Exception as error:
        if post.is_last_attempt:
            title = _("Envoi de %(provider)s illisible") % {"provider": post.provider}
            failures.give_up(post, str(error), title=title, firm=None, error=str(error)[:500])
        else:
            post.later()
        raise


@transaction.atomic
def read(post: WebhookPost) -> None:
    if not WebhookPost.objects.move(post.pk, old=PostStatus.RECEIVED, new=PostStatus.HANDLED):
        return
    view = VIEWS[post.provider]()
    request = SimpleNamespace(body=bytes(post.body), content_type=post.content_type)
    found = view.parse_events(request)
    for start in range(0, len(found), AT_ONCE):
        write(view, found[start : start + AT_ONCE], post)
    text = request.body.decode("utf-8", "surrogateescape")
    if (masked := without_links(text)) != text:
        WebhookPost.objects.filter(pk=post.pk).update(body=masked.encode("utf-8", "surrogateescape"))


def write(view: StoredPost, found: Sequence[AnymailTrackingEvent], post: WebhookPost) -> None:
    """Anymail's events as rows, each once; those left out that say nothing of a mail."""
    meant = [(event, meaning) for event in found if (meaning := view.meaning_of(event.esp_event))]
    mails = events.mails_of(view.provider, (id_of(event) for event, _ in meant))
    new = events.write(
        [
            row_of(
                view,
                event,
                meaning,
                mails.get(id_of(event)) or events.mail_by_key(view.provider, event.metadata),
            )
            for event, meaning in meant
        ]
    )
    for event in new:
        if event.mail is None and event.provider_id:
            raise_alarm(view.provider, event.provider_id, post)


def id_of(event: AnymailTrackingEvent) -> str:
    """What the provider calls the mail of `event`, as a database takes it; "" where it does not say."""
    return events.storable(event.message_id or "")


def row_of(
    view: StoredPost, event: AnymailTrackingEvent, meaning: Meaning, mail: OutgoingMail | None
) -> MailEvent:
    """One of Anymail's events as a row, not yet written."""
    return events.event_of(
        mail,
        meaning.code,
        source=Source.PROVIDER,
        nature=meaning.nature,
        cause=meaning.cause,
        at=event.timestamp,
        detail=event.mta_response or event.click_url or event.description or "",
        provider=view.provider,
        provider_id=id_of(event),
        recipient=event.recipient or "",
        payload=event.esp_event,
        identity=view.identity_of(event),
    )


def raise_alarm(provider: str, provider_id: str, post: WebhookPost) -> None:
    """An event for a mail that left by another provider changes nothing, and the firm is told (T27)."""
    if foreign := OutgoingMail.objects.filter(provider_id=provider_id).first():
        logger.error(
            "%s posted an event for mail %s, which left by %s", provider, foreign.pk, foreign.provider
        )
        failures.report(
            post,
            _("%(provider)s annonce un événement pour un e-mail parti par « %(out)s » ; rien n’est changé")
            % {"provider": provider, "out": foreign.provider},
            title=_("Événement d’un autre prestataire"),
            firm=foreign.firm,
        )


brevo = BrevoWebhook.as_view()
mailgun = MailgunWebhook.as_view()
postmark = PostmarkWebhook.as_view()
