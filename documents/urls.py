from django.urls import path

from documents.folders import company_views as company_folders
from documents.folders import own
from documents.folders import views as folders
from documents.publication import compare_views as comparing
from documents.publication import views as publication
from documents.spaces import deposit, preview, trash, views

app_name = "documents"
urlpatterns = [
    path("parametres/ged/", folders.ged_grid, name="ged_grid"),
    path("parametres/ged/chemins/", folders.ged_paths, name="ged_paths"),
    path("parametres/ged/<audience:audience>/", folders.ged_audience, name="ged_audience"),
    path("parametres/ged/<audience:audience>/ajouter/", folders.ged_add, name="ged_add"),
    path("parametres/ged/repertoires/<int:folder_id>/", folders.ged_folder, name="ged_folder"),
    path("parametres/ged/repertoires/<int:folder_id>/archiver/", folders.ged_archive, name="ged_archive"),
    path("parametres/ged/repertoires/<int:folder_id>/retablir/", folders.ged_restore, name="ged_restore"),
    path("salaries/documents/", folders.explore_employees, name="explore_employees"),
    path("entreprises/<code:code>/documents/parametres/", company_folders.company_grid, name="company_grid"),
    path(
        "entreprises/<code:code>/documents/parametres/<audience:audience>/",
        company_folders.company_audience,
        name="company_audience",
    ),
    path("entreprises/<code:code>/documents/repertoires/ajouter/", own.folder_add, name="folder_add"),
    path(
        "entreprises/<code:code>/documents/repertoires/<int:folder_id>/renommer/",
        own.folder_rename,
        name="folder_rename",
    ),
    path(
        "entreprises/<code:code>/documents/repertoires/<int:folder_id>/archiver/",
        own.folder_archive,
        name="folder_archive",
    ),
    path(
        "entreprises/<code:code>/documents/repertoires/<int:folder_id>/retablir/",
        own.folder_restore,
        name="folder_restore",
    ),
    path("entreprises/<code:code>/box/", views.box, name="box"),
    path("entreprises/<code:code>/image/", views.image, name="image"),
    path("entreprises/<code:code>/<space:space>/deposer/", deposit.upload, name="upload"),
    path("entreprises/<code:code>/<space:space>/options/", deposit.options, name="options"),
    path("entreprises/<code:code>/<space:space>/selection/", trash.throw_selection, name="throw_selection"),
    path("entreprises/<code:code>/<space:space>/corbeille/", trash.trash, name="trash"),
    path(
        "entreprises/<code:code>/<space:space>/corbeille/selection/",
        trash.restore_selection,
        name="restore_selection",
    ),
    path("entreprises/<code:code>/documents/<int:folder_id>/comparer/", comparing.compare, name="compare"),
    path(
        "entreprises/<code:code>/salaries/<code:matricule>/documents/<int:folder_id>/comparer/",
        comparing.employee_compare,
        name="employee_compare",
    ),
    path("parametres/ged/synchroniser/", publication.publish, name="publish"),
    path(
        "entreprises/<code:code>/documents/synchroniser/", publication.company_publish, name="company_publish"
    ),
    path("espace/", views.client_spaces, name="client_spaces"),
    path("espace/<code:code>/", views.client_space, name="client_space"),
    path("espace-salarie/", views.employee_space, name="employee_space"),
    path("mes-documents/", views.personal, name="personal"),
    path("mes-documents/deposer/", deposit.upload, name="personal_upload"),
    path("mes-documents/options/", deposit.options, name="personal_options"),
    path("mes-documents/selection/", trash.throw_selection, name="personal_throw_selection"),
    path("mes-documents/corbeille/", trash.trash, name="personal_trash"),
    path("mes-documents/corbeille/selection/", trash.restore_selection, name="personal_restore_selection"),
    path("mes-documents/<int:mail_id>/classer/", views.file_own, name="file_own"),
    path("mes-documents/<int:mail_id>/ecarter/", views.discard_own, name="discard_own"),
    path("documents/<int:document_id>/", preview.document, name="document"),
    path("documents/<int:document_id>/pages/<int:page>/<int:width>/", preview.page, name="page"),
    path("documents/<int:document_id>/telecharger/", views.download, name="download"),
    path("documents/<int:document_id>/corbeille/", trash.throw, name="throw"),
    path("documents/<int:document_id>/restaurer/", trash.restore, name="restore"),
    path("documents/<int:document_id>/supprimer/", trash.delete, name="delete"),
]
