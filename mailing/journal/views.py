from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url

from mailing.journal.lists import SentList
from mailing.models import Fate, InboundMail, MailEvent, MailStatus, OutboxStatus, OutgoingMail
from mailing.sending import outbox
from mailing.tracking.providers import silence_of
from portal import failures
from portal.files import serving
from portal.models import Company, HistoryEntry
from portal.scoping import administered_company


@require_safe
def inbound(request, mail_id):
    mail = get_object_or_404(
        InboundMail.objects.visible_to(request.user).select_related("address", "company", "raw"), pk=mail_id
    )
    context = {
        "mail": mail,
        "company": with_star(request.user, mail.company),
        "attachments": mail.attachments.select_related("document"),
        "may_retry": mail.fate == Fate.UNREADABLE and may_repair(request.user, mail),
    }
    return render(request, "mailing/inbound.html", context)


@require_safe
def inbound_raw(request, mail_id):
    mail = get_object_or_404(InboundMail.objects.visible_to(request.user).select_related("raw"), pk=mail_id)
    return serving.serve(request, mail.raw.key, name=f"mail-{mail.pk}.eml", content_type="message/rfc822")


@require_POST
def retry(request, mail_id):
    mails = InboundMail.objects.visible_to(request.user).select_related("address")
    mail = get_object_or_404(mails, pk=mail_id)
    if not may_repair(request.user, mail):
        raise Http404
    if failures.retry(mail, by=request.user):
        messages.success(request, _("Le mail est relu."))
    return redirect("mailing:inbound", mail_id)


@require_safe
def emails(request, code):
    company = administered_company(request.user, code)
    page = SentList(request, OutgoingMail.objects.visible_to(request.user).filter(company=company))
    if page.export:
        return page.export_response(f"emails-{company.code}")
    answer = render(request, "mailing/emails.html", {"company": company, "page": page})
    return push_url(answer, False) if request.htmx else answer  # the panel is no place to come back to


@require_safe
def email(request, mail_id):
    mails = OutgoingMail.objects.visible_to(request.user).select_related("company")
    mail = get_object_or_404(mails, pk=mail_id)
    context = {
        "mail": mail,
        "company": with_star(request.user, mail.company),
        "steps": mail.events.all(),
        "history": HistoryEntry.objects.of(mail).select_related("by"),
        "silence": silence_of(mail),
        "may_resend": mail.status == OutboxStatus.ERROR and request.user.staff is not None,
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


def may_repair(user, mail) -> bool:
    """Staff reads a mail again; a mail to « Mes documents », its owner."""
    return user.staff is not None or mail.address.owner_id == user.pk


def with_star(user, company):
    """The company of a mail as the frame shows it; None for a mail to « Mes documents »."""
    return company and Company.objects.visible_to(user).with_marks(user).get(pk=company.pk)
