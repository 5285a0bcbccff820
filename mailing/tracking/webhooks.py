"""Provider posts: stored first, answered, read later by a worker (quality.md, fact 4).

The views are Anymail's own, so that secrets are checked and events parsed as Anymail knows them; only `post` is ours.
"""

import logging
from types import SimpleNamespace

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from mailing.models import Source, WebhookPost
from mailing.models.tracking import PostStatus
from mailing.tracking import events, providers
from portal import failures
from portal.bell import ring
from portal.faults import fault

logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # T24


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
    for event in VIEWS[post.provider]().parse_events(request):
        write(post.provider, event)


def write(provider: str, event) -> None:
    """One of Anymail's events as a row; Brevo gives no event id, so the same post is known by what it says."""
    raw = event.esp_event
    meaning = MEANINGS[provider](raw)
    if meaning is None:
        return
    events.observe(
        events.mail_of(provider, event.message_id or ""),
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
