from django.urls import path

from notifications import texts
from notifications.history import views as history
from notifications.simulator import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", history.index, name="index"),
    path("notifications/selection/", history.selection, name="selection"),
    path("notifications/<int:notification_id>/", history.notification, name="notification"),
    path("notifications/<int:notification_id>/renvoyer/", history.resend, name="resend"),
    path("notifications/<int:notification_id>/annuler/", history.cancel, name="cancel"),
    path("parametres/communication/", views.communication, name="communication"),
    path("parametres/modeles/", texts.templates, name="templates"),
]
