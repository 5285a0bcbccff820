from django.urls import path

from notifications.simulator import views

app_name = "notifications"
urlpatterns = [
    path("parametres/communication/", views.communication, name="communication"),
]
