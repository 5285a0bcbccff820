import logging

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.unreadable import stories
from approvals.unreadable.forms import AsideForm, ByHandForm
from approvals.unreadable.lists import UnreadableList
from mailing.models import InboundMail
from portal.scoping import with_star

logger = logging.getLogger(__name__)


@require_safe
def unreadable(request):
    """« Non traitables » : the mails of the person's companies that could not be read."""
    if request.user.staff is None:
        raise Http404
    page = UnreadableList(request)
    if page.export:
        return page.export_response("non-traitables")
    return render(request, "approvals/unreadable.html", {"page": page})


@require_POST
def repair_selection(request):
    """Read again, or put aside, the ticked mails, each by a story of its own."""
    if request.user.staff is None:
        raise Http404
    page = UnreadableList(request)
    repairs = {"reessayer": stories.read_again, "ecarter": stories.put_aside}
    chosen = page.selected if page.action else []
    done = sum(repairs[page.action.name](mail, by=request.user) for mail in chosen)
    if done:
        said = {
            "reessayer": ngettext("%(count)s mail est relu.", "%(count)s mails sont relus.", done),
            "ecarter": ngettext("%(count)s mail est écarté.", "%(count)s mails sont écartés.", done),
        }
        messages.success(request, said[page.action.name] % {"count": done})
    else:
        messages.info(request, _("Aucun mail n’était coché, ou un autre l’a déjà traité."))
    return redirect(safe_next(request, reverse("approvals:unreadable")))


@require_POST
def read_again(request, mail_id):
    mail = repairable(request, mail_id)
    if stories.read_again(mail, by=request.user):
        messages.success(request, _("Le mail est relu."))
    else:
        messages.info(request, _("Ce mail n’est plus à relire."))
    return redirect(safe_next(request, mail.get_absolute_url()))


@require_POST
def put_aside(request, mail_id):
    mail = repairable(request, mail_id)
    form = AsideForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else request.POST.get("reason", "")[:300]
    if stories.put_aside(mail, by=request.user, reason=reason):
        messages.success(request, _("Le mail est écarté. « Réessayer » le reprend, pendant 30 jours."))
    else:
        messages.info(request, _("Ce mail a déjà été traité."))
    return redirect(safe_next(request, mail.get_absolute_url()))


@require_http_methods(["GET", "HEAD", "POST"])
def file_by_hand(request, mail_id):
    """Which of its files go to the space the mail was sent to: a person says it, for no rule can."""
    mail = repairable(request, mail_id)
    if not mail.is_unreadable:
        messages.info(request, _("Ce mail a déjà été traité."))
        return redirect(mail)
    try:
        read = stories.read_for_hand(mail)
    except OSError:
        logger.exception("the raw mail %s could not be read", mail.pk)
        messages.error(
            request, _("Le disque ne rend pas ce mail : prévenez la personne qui tient le portail.")
        )
        return redirect(mail)
    form = ByHandForm(read.attachments, request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen, reason = form.cleaned_data["chosen"], form.cleaned_data["reason"]
        if filed := stories.file_by_hand(mail, read, chosen, by=request.user, reason=reason):
            text = ngettext("%(count)s document classé.", "%(count)s documents classés.", len(filed))
            messages.success(request, text % {"count": len(filed)})
        else:
            messages.info(request, _("Ce mail a déjà été traité."))
        return redirect(mail)
    context = {
        "mail": mail,
        "company": with_star(request.user, mail.company),
        "form": form,
        "read": read,
        "left_out": [part for part in read.attachments if part.left_out],
    }
    return render(request, "approvals/file_by_hand.html", context)


def repairable(request, mail_id) -> InboundMail:
    mails = InboundMail.objects.repairable_by(request.user)
    return get_object_or_404(mails.select_related("address__firm", "company__firm", "raw"), pk=mail_id)


def safe_next(request, otherwise: str) -> str:
    """Where the person came from, within the portal."""
    back = request.POST.get("next", "")
    return back if url_has_allowed_host_and_scheme(back, None) else otherwise
