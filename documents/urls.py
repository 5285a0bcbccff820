from django.urls import path

from documents.folders import company_views as company_folders
from documents.folders import own
from documents.folders import views as folders
from documents.ged import archive_views, document_views, selection
from documents.ged import views as ged
from documents.publication import compare_views as comparing
from documents.publication import views as publication
from documents.queues import views as queues
from documents.spaces import client, deposit, employee, preview, trash, views

GED = "entreprises/<code:code>/documents/"
EMPLOYEE_GED = "entreprises/<code:code>/salaries/<code:matricule>/documents/"

app_name = "documents"
urlpatterns = [
    path(GED, ged.ged, name="ged"),
    path(f"{GED}selection/", selection.selection, name="ged_selection"),
    path(f"{GED}corbeille/", ged.ged_trash, name="ged_trash"),
    path(f"{GED}corbeille/selection/", ged.ged_restore_selection, name="ged_restore_selection"),
    path(f"{GED}<int:folder_id>/", ged.folder, name="folder"),
    path(f"{GED}<int:folder_id>/deposer/", ged.folder_upload, name="folder_upload"),
    path(f"{GED}<int:folder_id>/selection/", selection.selection, name="folder_selection"),
    path("entreprises/<code:code>/salaries/", ged.ged_employees, name="ged_employees"),
    path(EMPLOYEE_GED, ged.employee_ged, name="employee_ged"),
    path(f"{EMPLOYEE_GED}selection/", selection.selection, name="employee_ged_selection"),
    path(f"{EMPLOYEE_GED}<int:folder_id>/", ged.employee_folder, name="employee_folder"),
    path(f"{EMPLOYEE_GED}<int:folder_id>/deposer/", ged.folder_upload, name="employee_folder_upload"),
    path(f"{EMPLOYEE_GED}<int:folder_id>/selection/", selection.selection, name="employee_folder_selection"),
    path("archives/<int:job_id>/", archive_views.archive, name="archive"),
    path("archives/<int:job_id>/telecharger/", archive_views.archive_download, name="archive_download"),
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
    path("entreprises/<code:code>/<space:space>/traiter/", queues.process, name="process"),
    path(
        "entreprises/<code:code>/<space:space>/traiter/<int:document_id>/",
        queues.process_document,
        name="process_document",
    ),
    path(
        "entreprises/<code:code>/<space:space>/traiter/selection/",
        queues.process_selection,
        name="process_selection",
    ),
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
    path(f"{GED}<int:folder_id>/comparer/renvoyer/", comparing.compare_resend, name="compare_resend"),
    path(
        f"{EMPLOYEE_GED}<int:folder_id>/comparer/renvoyer/",
        comparing.compare_resend,
        name="employee_compare_resend",
    ),
    path("parametres/ged/synchroniser/", publication.publish, name="publish"),
    path(
        "entreprises/<code:code>/documents/synchroniser/", publication.company_publish, name="company_publish"
    ),
    path("espace/", client.client_spaces, name="client_spaces"),
    path("espace/<code:code>/", client.client_space, name="client_space"),
    path("espace/<code:code>/documents/", client.client_documents, name="client_documents"),
    path("espace/<code:code>/documents/<int:folder_id>/", client.client_folder, name="client_folder"),
    path("espace/<code:code>/devis/", client.client_quotes, name="client_quotes"),
    path("espace/<code:code>/releve/", client.client_statement, name="client_statement"),
    path("espace/<code:code>/deposer/", client.client_deposit, name="client_deposit"),
    path("espace-salarie/", employee.employee_space, name="employee_space"),
    path("espace-salarie/bulletins/", employee.employee_payslips, name="employee_payslips"),
    path(
        "espace-salarie/<int:employment_id>/<int:folder_id>/",
        employee.employee_space_folder,
        name="employee_space_folder",
    ),
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
    path("documents/<int:document_id>/imprimer/", document_views.document_print, name="document_print"),
    path("documents/<int:filed_id>/modifier/", document_views.document_edit, name="document_edit"),
    path("documents/<int:filed_id>/version/", document_views.document_version, name="document_version"),
    path(
        "documents/<int:filed_id>/versions/<int:version_id>/",
        document_views.version_download,
        name="version_download",
    ),
    path("documents/<int:filed_id>/historique/", document_views.document_history, name="document_history"),
    path("documents/<int:document_id>/corbeille/", trash.throw, name="throw"),
    path("documents/<int:document_id>/restaurer/", trash.restore, name="restore"),
    path("documents/<int:document_id>/supprimer/", trash.delete, name="delete"),
]
