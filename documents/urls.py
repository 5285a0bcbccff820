from django.urls import path

from documents.spaces import preview, views

app_name = "documents"
urlpatterns = [
    path("entreprises/<code:code>/box/", views.box, name="box"),
    path("entreprises/<code:code>/image/", views.image, name="image"),
    path("espace/", views.client_spaces, name="client_spaces"),
    path("espace/<code:code>/", views.client_space, name="client_space"),
    path("espace-salarie/", views.employee_space, name="employee_space"),
    path("mes-documents/", views.personal, name="personal"),
    path("mes-documents/<int:mail_id>/classer/", views.file_own, name="file_own"),
    path("mes-documents/<int:mail_id>/ecarter/", views.discard_own, name="discard_own"),
    path("documents/<int:document_id>/", preview.document, name="document"),
    path("documents/<int:document_id>/pages/<int:page>/<int:width>/", preview.page, name="page"),
    path("documents/<int:document_id>/telecharger/", views.download, name="download"),
]
