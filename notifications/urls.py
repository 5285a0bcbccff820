from django.urls import path

from notifications import texts
from notifications.simulator import views

app_name = "notifications"
urlpatterns = [
    path("parametres/communication/", views.communication, name="communication"),
    path("parametres/modeles/", texts.templates, name="templates"),
]
