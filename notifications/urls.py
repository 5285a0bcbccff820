from django.urls import path

from notifications.simulator import views
from notifications.templates_editor import views as editor

TEMPLATE = "parametres/modeles/<reader:reader>/<text_kind:kind>/"

app_name = "notifications"
urlpatterns = [
    path("parametres/communication/", views.communication, name="communication"),
    path("parametres/modeles/", editor.templates, name="templates"),
    path(TEMPLATE, editor.template, name="template"),
    path(f"{TEMPLATE}apercu/", editor.template_preview, name="template_preview"),
    path(f"{TEMPLATE}versions/<int:version>/", editor.template_version, name="template_version"),
    path(f"{TEMPLATE}versions/<int:version>/restaurer/", editor.template_restore, name="template_restore"),
]
