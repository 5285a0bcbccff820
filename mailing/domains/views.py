"""« Paramètres », tab « Domaines », for the firm's administrators; and the page of the IT partner, without login."""

import re

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from mailing.domains import links, stories
from mailing.domains.cards import card_of
from mailing.models import SendingDomain

SELECTOR = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.IGNORECASE)
VISITS = {"dns": "60/m/ip"}


class SelectorForm(forms.Form):
    selector = forms.CharField(
        label=gettext_lazy("Sélecteur DKIM"),
        max_length=63,
        required=False,
        help_text=gettext_lazy(
            "Le mot devant « ._domainkey », que donne le prestataire ou le serveur d’envoi. Vide : celui d’usage, "
            "s’il y en a un."
        ),
    )

    def clean_selector(self) -> str:
        """The word alone, where the whole name of the record was pasted."""
        selector = self.cleaned_data["selector"].partition("._domainkey")[0]
        if selector and not SELECTOR.fullmatch(selector):
            raise forms.ValidationError(
                _("Ce n’est pas un sélecteur : des lettres, chiffres, tirets et points.")
            )
        return selector.lower()


@require_safe
def domains(request):
    if not request.user.is_firm_admin:
        raise Http404
    return page(request)


def page(request, refused: SelectorForm | None = None, refused_id: int | None = None):
    """All domains of the firm, those of its addresses first; `refused` is the form of a row that was badly filled in."""
    rows = {
        row.domain: row for row in SendingDomain.objects.visible_to(request.user).prefetch_related("checks")
    }
    addresses = stories.domains_of(request.user.firm)
    now = timezone.now()
    cards = [
        card_of(domain, rows.get(domain), addresses.get(domain, ()), now)
        for domain in dict.fromkeys((*addresses, *rows))
    ]
    forms_of = [
        card.row
        and (
            refused
            if card.row.pk == refused_id
            else SelectorForm(initial={"selector": card.row.dkim_selector}, auto_id=f"d{card.row.pk}-%s")
        )
        for card in cards
    ]
    context = {
        "cards": list(zip(cards, forms_of, strict=True)),
        "leaves": stories.leaves(),
        "is_being_checked": any(card.is_being_checked for card in cards),
    }
    return render(request, "mailing/domains.html", context)


@require_POST
def domains_check(request):
    if not request.user.is_firm_admin:
        raise Http404
    count = stories.check_now(request.user.firm, by=request.user)
    said = ngettext("%(count)d domaine est vérifié.", "%(count)d domaines sont vérifiés.", count)
    messages.info(request, f"{said % {'count': count}} {_('Rechargez la page dans quelques secondes.')}")
    return redirect("mailing:domains")


@require_POST
def domain_selector(request, domain_id):
    row = get_object_or_404(SendingDomain.objects.visible_to(request.user), pk=domain_id)
    form = SelectorForm(request.POST, auto_id=f"d{row.pk}-%s")
    if not form.is_valid():
        return page(request, form, row.pk)
    stories.choose_selector(row, form.cleaned_data["selector"], by=request.user)
    messages.success(request, _("Le sélecteur de %(domain)s est enregistré.") % {"domain": row})
    return redirect("mailing:domains")


@require_POST
def domain_link(request, domain_id):
    row = get_object_or_404(SendingDomain.objects.visible_to(request.user), pk=domain_id)
    stories.new_link(row, by=request.user)
    messages.success(
        request, _("%(domain)s a un nouveau lien ; l’ancien ne mène plus nulle part.") % {"domain": row}
    )
    return redirect("mailing:domains")


@login_not_required
@require_safe
def dns(request, token):
    """The records of one domain, for whoever holds the link: the firm's name, the domain, and what is public in DNS."""
    if too_many := ratelimit.consume_or_429(request, action="dns", config=VISITS, limit_get=True):
        return too_many
    row = links.domain_of_token(token)
    if row is None:
        raise Http404
    context = {"card": card_of(row.domain, row, (), timezone.now()), "firm": row.firm}
    answer = render(request, "mailing/dns.html", context)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
