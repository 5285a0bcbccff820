"""« Se désabonner » of optional notices by one click (RFC 8058, D-36): a POST acts, a GET never does."""

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mailing.models import MailStatus, OutgoingMail, Source, Suppression, SuppressionReason
from mailing.tracking import events, tokens


@login_not_required
@csrf_exempt  # the mailbox's own server posts it, without a page of ours before (RFC 8058, 3.2)
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    key = tokens.key_to_unsubscribe(token)
    mail = OutgoingMail.objects.filter(key=key).first() if key else None
    if mail is None:
        raise Http404
    if request.method == "POST":
        stop_optional_notices(mail)
    return render(request, "mailing/unsubscribe.html", {"is_done": request.method == "POST"})


@transaction.atomic
def stop_optional_notices(mail: OutgoingMail) -> bool:
    """The recipient of `mail` wants no optional notice of its firm any more; False where that was known."""
    known = Suppression.objects.filter(
        firm=mail.firm_id, address=mail.to_email, reason=SuppressionReason.UNSUBSCRIBE
    )
    if known.exists():
        return False
    return events.observe(
        mail, MailStatus.UNSUBSCRIBED, source=Source.PORTAL, detail=_("désabonnement en un clic")
    )
