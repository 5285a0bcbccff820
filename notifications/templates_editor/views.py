"""« Modèles de notification » (S3-20, S3-32): what the firm's mails say, for its administrators."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailing.journal import markup
from mailing.sending.outbox import paragraphs
from notifications.defaults import kinds_of
from notifications.merging import MEANINGS, Text, fields_of
from notifications.models import NotificationTemplate, Reader, TemplateKind
from notifications.templates_editor import stories
from notifications.templates_editor.forms import RecipientForm, TemplateForm
from notifications.templates_editor.lists import VersionList
from notifications.templates_editor.places import Place, current, currents
from notifications.templates_editor.previews import companies_of, mistakes_of, written
from portal import undo

PREVIEW, PLAIN = "notifications/email/preview.html", "notifications/email/merged_body.txt"
OFFERED = 200  # companies that the browser offers while one types


@require_safe
def templates(request):
    if not request.user.is_firm_admin:
        raise Http404
    return render(request, "notifications/templates.html", {"texts": currents(request.user.firm)})


@require_http_methods(["GET", "HEAD", "POST"])
def template(request, reader, kind):
    """« Enregistrer » and « M’envoyer un essai » are one form; what is looked at is another door."""
    place = place_of(request, reader, kind)
    now = current(place)
    data = request.POST if request.method == "POST" else None
    form, chosen = (
        TemplateForm(place, now.text, data),
        RecipientForm(request.user, place, data or request.GET),
    )
    seen, other = seen_in(request) if data is not None else now.version, None
    if data is not None and form.is_valid():
        if "essai" in data:
            tried(request, place, form, chosen)
        else:
            try:
                return saved(request, place, form, seen)
            except ValidationError as refusal:
                form.add_error(None, refusal)
                now = other = current(place)
                seen = now.version
    return render(
        request,
        "notifications/template.html",
        {
            "place": place,
            "now": now,
            "form": form,
            "chosen": chosen,
            "recipient": chosen.recipient,
            "seen": seen,
            "other": other,
            "fields": [(f"#{name}#", MEANINGS[name]) for name in fields_of(reader, kind)],
            "companies": companies_of(request.user)[:OFFERED],
            "page": VersionList(request, place.versions),
        },
    )


def saved(request: HttpRequest, place: Place, form: TemplateForm, seen: int):
    row = stories.save(place, form.text, seen=seen, by=request.user)
    if row is None:
        messages.info(request, _("Rien n’a changé : ce texte est déjà celui qui part."))
    else:
        announce(request, place, row)
    return redirect(f"{place.url}{recipient_in(request)}")


def announce(request: HttpRequest, place: Place, row: NotificationTemplate) -> None:
    """« La version 3 est enregistrée », with « Annuler », which restores the one before."""
    url = reverse("notifications:template_restore", args=[place.reader, place.kind, row.version - 1])
    text = _("La version %s est enregistrée : elle part dès le prochain e-mail.") % row.version
    undo.offer(request, text, url, [("seen", row.version)])


def tried(request: HttpRequest, place: Place, form: TemplateForm, chosen: RecipientForm) -> None:
    """The page comes again as it is: what is typed is sent, and not saved."""
    if not chosen.is_valid():
        return
    try:
        mail = stories.try_out(place, form.text, chosen.recipient, by=request.user)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return
    words = {"to": mail.to_email, "sender": mail.from_email}
    messages.success(
        request, _("L’essai part à %(to)s, de la part de %(sender)s. Rien n’est enregistré.") % words
    )


@require_http_methods(["GET", "HEAD", "POST"])
@xframe_options_sameorigin
def template_preview(request, reader, kind):
    """The mail for the frame of the editor: of what is typed, or of a version. Nothing is written.

    It is posted into the frame by the form itself, so that it works without JavaScript and asks for no address that
    would hold the whole text.
    """
    place = place_of(request, reader, kind)
    data = request.POST if request.method == "POST" else None
    shown = current(place).text if data is not None else version_of(request, place)
    form, chosen = TemplateForm(place, shown, data), RecipientForm(request.user, place, data or request.GET)
    text = form.text
    words = written(place, text, chosen.recipient)
    context = {
        "firm": place.firm,
        "merged": words.merged,
        "link": words.link,
        "label": words.label,
        "note": words.note,
        "items": [],
        "unsubscribe_url": words.unsubscribe_url,
    }
    context |= {
        "recipient": chosen.recipient,
        "mistakes": [*chosen.refusals, *mistakes_of(place, text)],
        "plain": paragraphs(render_to_string(PLAIN, context)),
    }
    answer = render(request, PREVIEW, context)
    answer["Content-Security-Policy"] = markup.POLICY
    return answer


@require_safe
def template_version(request, reader, kind, version):
    place = place_of(request, reader, kind)
    row = place.versions.filter(version=version).first()
    if row is None and version:
        raise Http404
    text = row.text if row else place.default
    context = {"place": place, "now": current(place), "row": row, "version": version, "text": text}
    return render(request, "notifications/template_version.html", context)


@require_POST
def template_restore(request, reader, kind, version):
    place = place_of(request, reader, kind)
    try:
        row = stories.restore(place, version, seen=seen_in(request), by=request.user)
    except NotificationTemplate.DoesNotExist:
        raise Http404 from None
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(place.url)
    if row is None:
        messages.info(request, _("Rien n’a changé : ce texte est déjà celui qui part."))
    else:
        announce(request, place, row)
    return redirect(place.url)


def place_of(request: HttpRequest, reader: Reader, kind: TemplateKind) -> Place:
    if not request.user.is_firm_admin or kind not in kinds_of(reader):
        raise Http404
    return Place(request.user.firm, reader, kind)


def version_of(request: HttpRequest, place: Place) -> Text:
    """The text that the URL asks for, « version=2 »; the one that counts where it asks for none."""
    number = number_in(request.GET.get("version", ""))
    if number is None:
        return current(place).text
    if (text := place.text_of(number)) is None:
        raise Http404
    return text


def seen_in(request: HttpRequest) -> int:
    """The version that the form was made of; -1, which never counts, where it does not say."""
    number = number_in(request.POST.get("seen", ""))
    return -1 if number is None else number


def number_in(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def recipient_in(request: HttpRequest) -> str:
    """« ?entreprise=4 »: whom one looked at it with, for the page that comes next."""
    names = ("entreprise", "matricule")
    asked = {name: request.POST[name] for name in names if request.POST.get(name)}
    return f"?{urlencode(asked)}" if asked else ""
