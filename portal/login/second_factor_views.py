"""« Sécurité » of one's own account: second factors, keys, codes of rescue; and the second step of the login.

allauth's views, in our frame and under our addresses; what changes something by a button alone is a view of ours.
"""

import json

from allauth.account import views as account
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as rescue
from allauth.mfa.totp import views as totp
from allauth.mfa.totp.internal import flows as totp_flows
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import flows as webauthn_flows
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.login import second_factor, sessions

APP = "allauth.mfa"
TYPES = Authenticator.Type


@require_safe
def security(request):
    """What protects the account: the password, the second factors, the codes of rescue, the open sessions."""
    own = list(Authenticator.objects.filter(user=request.user).order_by("created_at", "pk"))
    by_type = {type_: [row for row in own if row.type == type_] for type_ in TYPES.values}
    codes = next((row.wrap() for row in by_type[TYPES.RECOVERY_CODES]), None)
    context = {
        "application": next(iter(by_type[TYPES.TOTP]), None),
        "keys": by_type[TYPES.WEBAUTHN],
        "has_codes": codes is not None,
        "codes_left": len(codes.get_unused_codes()) if codes else 0,
        "session_count": sessions.open_sessions(request.user).count(),
        "is_missing": second_factor.is_missing(request.user),
    }
    return render(request, "portal/security.html", context)


# The second step of the login, and the login by a key alone


class AuthenticateView(base.AuthenticateView):
    template_name = "portal/second_step.html"

    def get_context_data(self, **kwargs):
        given = super().get_context_data(**kwargs)
        types = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return {
            "form": given["form"],
            "takes_codes": bool(types - {TYPES.WEBAUTHN}),
            "key_form": given["webauthn_form"] if TYPES.WEBAUTHN in types else None,
            "options": json.dumps(given["js_data"]),
        }


class LoginByKeyView(webauthn.LoginWebAuthnView):
    def form_valid(self, form):
        """As allauth's, but on to the page that was asked for."""
        key = form.cleaned_data["credential"]
        login = Login(user=key.user, redirect_url=get_next_redirect_url(self.request))
        return webauthn_flows.perform_passwordless_login(self.request, key, login)

    def form_invalid(self, form):
        messages.error(self.request, _("Cette clé n’ouvre aucun compte ici. Connectez-vous autrement."))
        return redirect("account_login")


# The question asked again before something of weight


class AgainMixin:
    """One page for the three ways to answer; `alternatives` are the others that the person has."""

    template_name = "portal/reauthenticate.html"
    WAYS = {
        "reauthenticate": gettext_lazy("Avec mon mot de passe"),
        "mfa_reauthenticate": gettext_lazy("Avec un code"),
        "mfa_reauthenticate:webauthn": gettext_lazy("Avec ma clé d’accès"),
    }

    def get_context_data(self, **kwargs):
        given = super().get_context_data(**kwargs)
        alternatives = [
            {"label": self.WAYS[way["id"]], "url": way["url"]}
            for way in given["reauthentication_alternatives"]
        ]
        options = json.dumps(given["js_data"]) if "js_data" in given else ""
        return {"form": given["form"], "alternatives": alternatives, "options": options}


class ReauthenticateView(AgainMixin, account.ReauthenticateView):
    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        form.fields["password"].label = _("Mot de passe")
        form.fields["password"].help_text = ""
        form.fields["password"].widget.attrs.update(placeholder="", autofocus=True)
        return form


class ReauthenticateByCodeView(AgainMixin, base.ReauthenticateView):
    pass


class ReauthenticateByKeyView(AgainMixin, webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form):
        messages.error(self.request, _("Cette clé n’est pas de votre compte, ou elle n’a pas répondu."))
        return redirect(self.request.get_full_path())


# Adding


class ActivateTOTPView(totp.ActivateTOTPView):
    template_name = "portal/application_add.html"

    def dispatch(self, request, *args, **kwargs):
        if Authenticator.objects.filter(user=request.user, type=TYPES.TOTP).exists():
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        given = super().get_context_data(**kwargs)
        secret = given["form"].secret
        return {
            "form": given["form"],
            "secret": secret,
            "in_fours": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            "picture": given["totp_svg_data_uri"],
        }

    def form_valid(self, form):
        messages.success(self.request, _("L’application de codes est ajoutée."))
        return super().form_valid(form)


class AddKeyView(webauthn.AddWebAuthnView):
    template_name = "portal/key_add.html"

    def get_context_data(self, **kwargs):
        given = super().get_context_data(**kwargs)
        form = kwargs.get("form") or given["form"]  # allauth forgets the one with its errors
        return {"form": form, "options": json.dumps(given["js_data"])}

    @transaction.atomic
    def form_valid(self, form):
        messages.success(self.request, _("La clé d’accès est ajoutée."))
        return super().form_valid(form)


# Looking, renaming, removing


@require_safe
def recovery_codes(request):
    own = get_object_or_404(Authenticator, user=request.user, type=TYPES.RECOVERY_CODES)
    raise_if_reauthentication_required(request, app=APP)
    return render(request, "portal/recovery_codes.html", {"codes": own.wrap().get_unused_codes()})


@require_safe
def recovery_codes_download(request):
    own = get_object_or_404(Authenticator, user=request.user, type=TYPES.RECOVERY_CODES)
    raise_if_reauthentication_required(request, app=APP)
    lines = [_("Codes de secours : chacun sert une fois, à la place du second facteur."), ""]
    text = "\r\n".join([*lines, *own.wrap().get_unused_codes(), ""])
    name = 'attachment; filename="codes-de-secours.txt"'
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": name})


@require_POST
def recovery_codes_renew(request):
    if not rescue.can_generate_recovery_codes(request.user):
        messages.error(request, _("Ajoutez d’abord un second facteur."))
        return redirect("mfa_index")
    rescue.generate_recovery_codes(request)
    messages.success(request, _("De nouveaux codes sont faits. Les anciens ne valent plus."))
    return redirect("mfa_view_recovery_codes")


@require_POST
@transaction.atomic
def application_remove(request):
    own = Authenticator.objects.filter(user=request.user, type=TYPES.TOTP).first()
    if own:
        totp_flows.deactivate_totp(request, own)
        messages.success(request, _("L’application de codes est retirée."))
    return redirect("mfa_index")


@require_http_methods(["GET", "HEAD", "POST"])
def key_rename(request, key_id):
    key = get_object_or_404(Authenticator, user=request.user, type=TYPES.WEBAUTHN, pk=key_id)
    form = second_factor.KeyNameForm(request.POST or None, initial={"name": key.wrap().name})
    if request.method == "POST" and form.is_valid():
        key.wrap().name = form.cleaned_data["name"]
        key.save(update_fields=["data"])
        return redirect("mfa_index")
    return render(request, "portal/key_rename.html", {"form": form, "key": key})


@require_POST
@transaction.atomic
def key_remove(request, key_id):
    key = get_object_or_404(Authenticator, user=request.user, type=TYPES.WEBAUTHN, pk=key_id)
    webauthn_flows.remove_authenticator(request, key)
    messages.success(request, _("La clé d’accès est retirée."))
    return redirect("mfa_index")


second_step = AuthenticateView.as_view()
login_by_key = LoginByKeyView.as_view()
reauthenticate = ReauthenticateView.as_view()
reauthenticate_by_code = ReauthenticateByCodeView.as_view()
reauthenticate_by_key = ReauthenticateByKeyView.as_view()
application_add = ActivateTOTPView.as_view()
key_add = AddKeyView.as_view()
