"""The picture and the links of measured mails: two of the places that may append a fact on GET (design.md, « GET »)."""

import logging
from base64 import b64decode

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from mailing.models import MailStatus, OutgoingMail
from mailing.tracking import links, measuring, tokens

logger = logging.getLogger(__name__)

PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # 1×1, transparent


@login_not_required
@require_safe
def opened(request, token):
    """The same picture for every token, known or not (T29)."""
    key = tokens.key_of_picture(token)
    if mail := OutgoingMail.objects.filter(key=key, is_measured=True).first():
        heard(request, mail, MailStatus.OPENED)
    return HttpResponse(PICTURE, content_type="image/gif", headers={"Cache-Control": "no-store"})


@login_not_required
@require_safe
def clicked(request, token):
    """On to what the mail itself holds (T28); it leads there after a withdrawal too, and then nothing is written."""
    key, number = tokens.key_and_number_of_link(token) or (None, 0)
    mail = get_object_or_404(OutgoingMail, key=key, is_measured=True)
    targets = links.targets_of(mail)
    if number >= len(targets):
        raise Http404
    heard(request, mail, MailStatus.CLICKED, number=number, url=targets[number])
    return HttpResponseRedirect(targets[number])


def heard(request, mail, code, **link):
    """Write what was asked for; the reader gets the picture or the page whether it can be written or not."""
    try:
        measuring.tell(request, mail, code, **link)
    except DatabaseError:
        logger.exception("mail %s: %s could not be written", mail.pk, code)
