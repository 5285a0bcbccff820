from django.urls import path

from mailing.domains import views as domain
from mailing.journal import views
from mailing.tracking import webhooks

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
    path("webhooks/brevo/", webhooks.brevo, name="brevo"),
]
