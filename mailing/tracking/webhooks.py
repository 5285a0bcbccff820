"""Provider posts: stored first, answered, read later by a worker (quality.md, fact 4).

The views are Anymail's own, so that secrets are checked and events parsed as Anymail knows them; only `post` is ours.
"""

import json
import logging
from collections.abc import Sequence
from types import SimpleNamespace

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from mailing.models import MailEvent, OutgoingMail, Source, WebhookPost
from mailing.models.tracking import PostStatus
from mailing.tracking import events, providers
from portal import failures
from portal.bell import ring
from portal.faults import fault

logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # T24
AT_ONCE = 500  # events of one post: SQLite takes no query with a thousand parameters


class BrevoWebhook(BrevoTrackingWebhookView):
    """Brevo drops an event for ever on any 5xx and on any 4xx but 429: where it cannot be stored it is told 429."""

    provider = "brevo"
    not_stored_status = 429

    def post(self, request, *args, **kwargs):
        try:
            self.run_validators(request)
        except AnymailWebhookValidationFailure:
            logger.warning("a post to the %s webhook had no valid secret", self.provider)
            return HttpResponse(status=401)
        try:
            body = request.body
        except RequestDataTooBig:
            return HttpResponse(status=413)
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


VIEWS = {view.provider: view for view in (BrevoWebhook,)}
MEANINGS = {"brevo": providers.brevo}


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
    request = SimpleNamespace(body=bytes(post.body), content_type=post.content_type)
    found = VIEWS[post.provider]().parse_events(request)
    for start in range(0, len(found), AT_ONCE):
        write(post.provider, found[start : start + AT_ONCE])


def write(provider: str, found: Sequence) -> None:
    """Anymail's events as rows, those left out that say nothing of a mail."""
    meant = [(event, meaning) for event in found if (meaning := MEANINGS[provider](event.esp_event))]
    mails = events.mails_of(provider, (event.message_id or "" for event, _ in meant))
    events.write(
        [row_of(provider, event, meaning, mails.get(event.message_id or "")) for event, meaning in meant]
    )


def row_of(provider: str, event, meaning: providers.Meaning, mail: OutgoingMail | None) -> MailEvent:
    """One of Anymail's events as a row; Brevo gives no event id, so the same post is known by what it says."""
    raw = event.esp_event
    return events.event_of(
        mail,
        meaning.code,
        source=Source.PROVIDER,
        nature=meaning.nature,
        cause=meaning.cause,
        at=event.timestamp,
        detail=event.mta_response or event.click_url or "",
        provider=provider,
        provider_id=event.message_id or "",
        recipient=event.recipient or "",
        payload=raw,
        identity=(
            provider,
            event.message_id,
            event.recipient,
            raw.get("event"),
            event.event_id or (event.timestamp.isoformat() if event.timestamp else ""),
            event.click_url or "",
        ),
    )


brevo = BrevoWebhook.as_view()
