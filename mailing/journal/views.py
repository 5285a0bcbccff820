import logging

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url

from mailing.journal import markup
from mailing.journal.chart import last_days
from mailing.journal.lists import FirmActivityList, FirmSentList, SentList
from mailing.journal.summary import summary
from mailing.models import InboundMail, MailEvent, MailStatus, OutboxStatus, OutgoingMail
from mailing.receiving import parsing
from mailing.receiving.retention import kept_until
from mailing.sending import outbox
from mailing.tracking.providers import silence_of
from portal import failures
from portal.files import serving
from portal.files.keep import open_kept
from portal.models import HistoryEntry
from portal.scoping import administered_company, with_star

logger = logging.getLogger(__name__)


@require_safe
def activity(request):
    """The firm's inbound log: the mails of the companies that the person works on, and the last thirty days as a chart."""
    if request.user.staff is None:
        raise Http404
    mails = InboundMail.objects.log_of(request.user)
    page = FirmActivityList(request, mails.with_files().select_related("company"))
    if page.export:
        return page.export_response("activite")
    chart = last_days(InboundMail.objects.of_staff(request.user))
    return render(request, "mailing/activity.html", {"page": page, "chart": chart})


@require_safe
def inbound(request, mail_id):
    mail = get_object_or_404(
        InboundMail.objects.visible_to(request.user).select_related("address", "company", "raw"), pk=mail_id
    )
    history = HistoryEntry.objects.of(mail).select_related("by")
    if mail.company and request.user.staff is None:
        history = history.filter(is_internal=False)
    context = {
        "mail": mail,
        "company": with_star(request.user, mail.company),
        "attachments": mail.attachments.select_related("document"),
        "history": history,
        "kept_until": None if mail.emptied_at else kept_until(mail.fate, mail.settled_at, has_documents=True),
        "as_html": mail.has_html and request.GET.get("forme") == "html",
        "may_repair": may_repair(request.user, mail),
    }
    return render(request, "mailing/inbound.html", context)


@require_safe
def inbound_raw(request, mail_id):
    mail = get_object_or_404(InboundMail.objects.visible_to(request.user).select_related("raw"), pk=mail_id)
    if mail.emptied_at:
        company = with_star(request.user, mail.company)
        return render(request, "mailing/inbound_raw.html", {"mail": mail, "company": company}, status=410)
    return serving.serve(request, mail.raw.key, name=f"mail-{mail.pk}.eml", content_type="message/rfc822")


@require_safe
@xframe_options_sameorigin
def inbound_html(request, mail_id):
    """The mail as it was laid out, cleaned, for the sandboxed frame of its page alone (T45).

    It is read from the raw mail each time: few are looked at, no second copy of what people wrote has to be kept,
    cleaned anew and forgotten in time, and finding the HTML decodes no attachment (67 MB: 0.2 s).
    """
    mail = get_object_or_404(InboundMail.objects.visible_to(request.user).select_related("raw"), pk=mail_id)
    if mail.emptied_at:
        says = _("Le contenu de ce mail a été effacé.")
        answer = HttpResponse(markup.document(mail.subject, says=says), status=410)
    else:
        answer = HttpResponse(markup.page_of(mail.subject, html_of(mail), mail.text))
    answer["Content-Security-Policy"] = markup.POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
def emails(request, code):
    company = administered_company(request.user, code)
    page = SentList(request, OutgoingMail.objects.visible_to(request.user).filter(company=company))
    if page.export:
        return page.export_response(f"emails-{company.code}")
    context = {"company": company, "page": page, "summary": summary(page.scoped)}
    answer = render(request, "mailing/emails.html", context)
    return push_url(answer, False) if request.htmx else answer  # the panel is no place to come back to


@require_safe
def firm_emails(request):
    """Every e-mail of the companies that one works on; for a firm administrator those of no company too."""
    if request.user.staff is None:
        raise Http404
    page = FirmSentList(request, OutgoingMail.objects.visible_to(request.user).select_related("company"))
    if page.export:
        return page.export_response("emails")
    context = {"page": page, "summary": summary(page.scoped)}
    return render(request, "mailing/firm_emails.html", context)


@require_safe
def email(request, mail_id):
    mails = OutgoingMail.objects.visible_to(request.user).select_related("company")
    mail = get_object_or_404(mails, pk=mail_id)
    history = HistoryEntry.objects.of(mail).select_related("by")
    context = {
        "mail": mail,
        "company": with_star(request.user, mail.company),
        "steps": mail.events.all(),
        "history": history if request.user.staff else history.filter(is_internal=False),
        "silence": silence_of(mail),
        "may_resend": mail.status == OutboxStatus.ERROR and request.user.staff is not None,
        "shows_choice": bool(mail.choice) and request.user.staff is not None,
        "may_cancel": mail.status == OutboxStatus.QUEUED and request.user.staff is not None,
        "definitions": list(MailStatus),
    }
    return render(request, "mailing/email.html", context)


@require_POST
def resend(request, mail_id):
    mail = get_object_or_404(OutgoingMail.objects.visible_to(request.user), pk=mail_id)
    if request.user.staff is None:
        raise Http404
    if failures.retry(mail, by=request.user):
        messages.success(request, _("L’e-mail repart."))
    return redirect("mailing:email", mail_id)


@require_POST
def cancel(request, mail_id):
    mail = get_object_or_404(OutgoingMail.objects.visible_to(request.user), pk=mail_id)
    if request.user.staff is None:
        raise Http404
    if outbox.cancel(mail, by=request.user):
        messages.success(request, _("L’e-mail est annulé : il ne partira pas."))
    else:
        messages.info(request, _("L’e-mail n’est plus en file : il ne peut plus être annulé."))
    return redirect("mailing:email", mail_id)


@require_safe
def step(request, step_id):
    """What came from outside about one step, as it came: for firm administrators."""
    mails = OutgoingMail.objects.visible_to(request.user)
    found = get_object_or_404(
        MailEvent.objects.filter(mail__in=mails).select_related("mail__company"), pk=step_id
    )
    if not request.user.is_firm_admin or not found.payload:
        raise Http404
    reports = InboundMail.objects.visible_to(request.user).filter(pk=found.payload.get("inbound_mail"))
    company = with_star(request.user, found.mail.company)
    return render(
        request, "mailing/step.html", {"step": found, "report": reports.first(), "company": company}
    )


def html_of(mail) -> str:
    """The HTML of the raw mail; "" where the disk does not give it, for the text is there all the same."""
    try:
        with open_kept(mail.raw.key) as stream:
            return parsing.html_of(stream.read())
    except OSError:
        logger.exception("the raw mail %s could not be read", mail.pk)
        return ""


def may_repair(user, mail) -> bool:
    """Is there something to repair, and is it this person's to do?"""
    wants = mail.is_unreadable or mail.is_put_aside
    return wants and InboundMail.objects.repairable_by(user).filter(pk=mail.pk).exists()
