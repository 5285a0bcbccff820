from django.urls import path

from mailing.journal import views
from mailing.tracking import webhooks

app_name = "mailing"
urlpatterns = [
    path("activite/<int:mail_id>/", views.inbound, name="inbound"),
    path("activite/<int:mail_id>/brut/", views.inbound_raw, name="inbound_raw"),
    path("activite/<int:mail_id>/reessayer/", views.retry, name="retry"),
    path("entreprises/<code:code>/emails/", views.emails, name="emails"),
    path("emails/<int:mail_id>/", views.email, name="email"),
    path("emails/<int:mail_id>/renvoyer/", views.resend, name="resend"),
    path("webhooks/brevo/", webhooks.brevo, name="brevo"),
    path("webhooks/mailgun/", webhooks.mailgun, name="mailgun"),
    path("webhooks/postmark/", webhooks.postmark, name="postmark"),
]
