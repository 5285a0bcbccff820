"""What a person opens in the portal says that the mails about it have arrived and were read (D-35): no picture needed."""

from collections import defaultdict
from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from mailing.models import MailStatus, OutboxStatus, OutgoingMail, Source
from mailing.tracking import events
from portal import history


def opened(request: HttpRequest, things: Sequence[models.Model], told_by: QuerySet | None = None) -> None:
    """« Ouvert » for the mails to this person about one of `things`, which this request is given; once for each mail.
    `told_by` are keys of mails that name these things among others.

    Nothing where the request is not a person's look (`portal.history.seen`). What the person does in the portal is our
    own fact, so that no consent is asked for (D-35).
    """
    reader = request.user
    if not reader.is_authenticated or not reader.email or not history.seen(request):
        return
    keys = defaultdict(list)
    for thing in things:
        keys[ContentType.objects.get_for_model(thing)].append(thing.pk)
    about = Q(pk__in=())
    for kind, ids in keys.items():
        about |= Q(about_type=kind, about_id__in=ids)
    if told_by is not None:
        about |= Q(pk__in=told_by)
    mails = OutgoingMail.objects.filter(
        about, firm=reader.firm_id, to_email=reader.email, status=OutboxStatus.SENT
    )
    for mail in mails.defer("text", "html"):
        identity = (mail.pk, MailStatus.OPENED, "portal")
        detail = _("document ouvert dans le portail")
        events.observe(mail, MailStatus.OPENED, source=Source.PORTAL, detail=detail, identity=identity)
