from django.urls import path

from notifications.history import views as history
from notifications.simulator import views
from notifications.templates_editor import views as editor

TEMPLATE = "parametres/modeles/<reader:reader>/<text_kind:kind>/"

app_name = "notifications"
urlpatterns = [
    path("notifications/", history.index, name="index"),
    path("notifications/selection/", history.selection, name="selection"),
    path("notifications/<int:notification_id>/", history.notification, name="notification"),
    path("notifications/<int:notification_id>/renvoyer/", history.resend, name="resend"),
    path("notifications/<int:notification_id>/annuler/", history.cancel, name="cancel"),
    path("parametres/communication/", views.communication, name="communication"),
    path("parametres/modeles/", editor.templates, name="templates"),
    path(TEMPLATE, editor.template, name="template"),
    path(f"{TEMPLATE}apercu/", editor.template_preview, name="template_preview"),
    path(f"{TEMPLATE}versions/<int:version>/", editor.template_version, name="template_version"),
    path(f"{TEMPLATE}versions/<int:version>/restaurer/", editor.template_restore, name="template_restore"),
]
