"""« Synchroniser » says first what it would do, then does it: of the firm, of one company (D-41)."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from documents.publication.plan import Scope, facts_of, plan_of
from documents.publication.synchronising import Done, synchronise
from portal.scoping import staffed_company

BACK = "retour"


class FirstForm(forms.Form):
    """What is done about documents that already lie in folders shown for the first time: no mail, or one a person."""

    tells_first = forms.TypedChoiceField(
        label=gettext_lazy("Documents déjà présents dans un répertoire partagé pour la première fois"),
        choices=[
            ("non", gettext_lazy("Aucune notification")),
            ("oui", gettext_lazy("Un e-mail par personne")),
        ],
        coerce=lambda value: value == "oui",
        empty_value=False,
        required=False,
        initial="non",
        widget=forms.RadioSelect,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request):
    """The whole GED, for firm administrators."""
    if not request.user.is_firm_admin:
        raise Http404
    return published(request, Scope(request.user.firm), "documents/publish.html")


@require_http_methods(["GET", "HEAD", "POST"])
def company_publish(request, code):
    """The documents, folders and exceptions of one company, for its staff."""
    company = staffed_company(request.user, code)
    return published(request, Scope(request.user.firm, company), "documents/company_publish.html")


def published(request, scope: Scope, template: str):
    form = FirstForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        back, tells_first = way_back(request), form.cleaned_data["tells_first"]
        done = synchronise(scope, by=request.user, tells_first=tells_first, back=back)
        if done.job:
            return redirect(done.job)
        messages.info(request, without_job(done))
        return redirect(back or request.path)
    plan = plan_of(facts_of(scope))
    return render(request, template, {"company": scope.company, "plan": plan, "form": form})


def way_back(request) -> str:
    """The window of the portal from which one came, « Comparer » say (S3-39); "" for none."""
    wanted = request.GET.get(BACK, "")
    return wanted if url_has_allowed_host_and_scheme(wanted, None) else ""


def without_job(done: Done) -> str:
    """What « Synchroniser » answers where nothing is to be published."""
    if done.told:
        text = ngettext(
            "%(count)s notification qui attendait part maintenant.",
            "%(count)s notifications qui attendaient partent maintenant.",
            done.told,
        )
        return text % {"count": done.told}
    if done.is_running:
        return _("Une synchronisation est déjà en cours : il n’y a rien de plus à publier.")
    return _("Rien à faire : tout est synchronisé.")
