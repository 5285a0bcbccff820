from django.urls import path

from mailing.domains import views as domain
from mailing.journal import suppression_views, views
from mailing.tracking import measuring_views, one_click, webhooks

app_name = "mailing"
urlpatterns = [
    path("activite/", views.activity, name="activity"),
    path("activite/<int:mail_id>/", views.inbound, name="inbound"),
    path("activite/<int:mail_id>/brut/", views.inbound_raw, name="inbound_raw"),
    path("activite/<int:mail_id>/html/", views.inbound_html, name="inbound_html"),
    path("entreprises/<code:code>/emails/", views.emails, name="emails"),
    path("emails/", views.firm_emails, name="firm_emails"),
    path("emails/<int:mail_id>/", views.email, name="email"),
    path("emails/<int:mail_id>/renvoyer/", views.resend, name="resend"),
    path("parametres/domaines/", domain.domains, name="domains"),
    path("parametres/domaines/verifier/", domain.domains_check, name="domains_check"),
    path("parametres/domaines/<int:domain_id>/selecteur/", domain.domain_selector, name="domain_selector"),
    path("parametres/domaines/<int:domain_id>/lien/", domain.domain_link, name="domain_link"),
    path("dns/<str:token>", domain.dns, name="dns"),
    path("emails/<int:mail_id>/annuler/", views.cancel, name="cancel"),
    path("emails/etapes/<int:step_id>/", views.step, name="step"),
    path("parametres/suppressions/", suppression_views.suppressions, name="suppressions"),
    path("parametres/suppressions/<int:suppression_id>/", suppression_views.suppression, name="suppression"),
    path(
        "parametres/suppressions/<int:suppression_id>/lever/",
        suppression_views.suppression_lift,
        name="suppression_lift",
    ),
    path("desabonnement/<slug:token>/", one_click.unsubscribe, name="unsubscribe"),
    path("m/<str:token>.gif", measuring_views.opened, name="opened"),
    path("m/<str:token>", measuring_views.clicked, name="clicked"),
    path("webhooks/brevo/", webhooks.brevo, name="brevo"),
    path("webhooks/mailgun/", webhooks.mailgun, name="mailgun"),
    path("webhooks/postmark/", webhooks.postmark, name="postmark"),
]
