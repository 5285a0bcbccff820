from django.urls import include, path

from approvals.access import letters_views, portal_views, rights_views
from approvals.access import viewing_views as viewing
from approvals.access import views as access
from approvals.directory.importing import views as importing
from approvals.requests import views as requests
from approvals.senders import firm_views, views
from approvals.unreadable import views as unreadable

app_name = "approvals"
urlpatterns = [
    path("", include("approvals.directory.urls")),
    path("parametres/adresses/", firm_views.blacklisted, name="blacklisted"),
    path("parametres/adresses/<int:blacklisting_id>/lever/", firm_views.lift, name="lift"),
    path("parametres/import/", importing.directory_imports, name="directory_imports"),
    path("parametres/import/modele/", importing.directory_template, name="directory_template"),
    path("parametres/import/export/", importing.directory_export, name="directory_export"),
    path("parametres/import/<int:import_id>/", importing.directory_import, name="directory_import"),
    path(
        "parametres/import/<int:import_id>/importer/",
        importing.directory_import_run,
        name="directory_import_run",
    ),
    path(
        "parametres/import/<int:import_id>/abandonner/",
        importing.directory_import_drop,
        name="directory_import_drop",
    ),
    path("approbations/", views.index, name="index"),
    path("entreprises/<code:code>/acces-email/", views.addresses, name="addresses"),
    path("entreprises/<code:code>/acces-email/selection/", views.decide_selection, name="decide_selection"),
    path("entreprises/<code:code>/acces-email/activite/", views.activity, name="activity"),
    path("entreprises/<code:code>/acces-email/<int:address_id>/", views.address, name="address"),
    path("entreprises/<code:code>/acces-email/<int:address_id>/accepter/", views.accept, name="accept"),
    path("entreprises/<code:code>/acces-email/<int:address_id>/refuser/", views.refuse, name="refuse"),
    path(
        "entreprises/<code:code>/acces-email/<int:address_id>/blacklister/", views.blacklist, name="blacklist"
    ),
    path("parametres/internet/portail/", portal_views.internet_portal, name="internet_portal"),
    path("parametres/portail/", access.accesses, name="accesses"),
    path("parametres/portail/salaries/", access.employee_accesses, name="employee_accesses"),
    path("parametres/portail/reglage/", access.access_setting, name="access_setting"),
    path("parametres/portail/<people:people>/enregistrer/", access.access_save, name="access_save"),
    path("parametres/portail/<people:people>/selection/", access.access_selection, name="access_selection"),
    path("parametres/portail/<people:people>/synchroniser/", access.access_publish, name="access_publish"),
    path("entreprises/<code:code>/acces/", access.company_accesses, name="company_accesses"),
    path(
        "entreprises/<code:code>/acces/salaries/",
        access.company_employee_accesses,
        name="company_employee_accesses",
    ),
    path(
        "entreprises/<code:code>/acces/<people:people>/enregistrer/",
        access.access_save,
        name="company_access_save",
    ),
    path(
        "entreprises/<code:code>/acces/<people:people>/selection/",
        access.access_selection,
        name="company_access_selection",
    ),
    path(
        "entreprises/<code:code>/acces/<people:people>/synchroniser/",
        access.access_publish,
        name="company_access_publish",
    ),
    path(
        "entreprises/<code:code>/acces/<people:people>/<int:access_id>/", rights_views.access, name="access"
    ),
    path(
        "entreprises/<code:code>/acces/<people:people>/<int:access_id>/second-facteur/",
        rights_views.access_factors,
        name="access_factors",
    ),
    path("lettres/<int:letters_id>/", letters_views.letters, name="letters"),
    path("lettres/<int:letters_id>/telecharger/", letters_views.letters_download, name="letters_download"),
    path("demandes/", requests.firm_requests, name="firm_requests"),
    path("entreprises/<code:code>/acces/demandes/", requests.user_requests, name="user_requests"),
    path("entreprises/<code:code>/acces/demandes/nouvelle/", requests.ask_user, name="ask_user"),
    path("entreprises/<code:code>/acces/demandes/modification/", requests.ask_change, name="ask_change"),
    path(
        "entreprises/<code:code>/acces/demandes/<int:request_id>/", requests.user_request, name="user_request"
    ),
    path(
        "entreprises/<code:code>/acces/demandes/<int:request_id>/refuser/",
        requests.refuse_user,
        name="refuse_user",
    ),
    path(
        "entreprises/<code:code>/acces/demandes/<int:request_id>/retirer/",
        requests.withdraw_user,
        name="withdraw_user",
    ),
    path("entreprises/<code:code>/portail-client/", viewing.client_portal, name="client_portal"),
    path("entreprises/<code:code>/portail-client/salaries/", viewing.employee_portal, name="employee_portal"),
    path(
        "entreprises/<code:code>/portail-client/<int:member_id>/ouvrir/",
        viewing.view_as_contact,
        name="view_as_contact",
    ),
    path(
        "entreprises/<code:code>/portail-client/salaries/<int:employee_id>/ouvrir/",
        viewing.view_as_employee,
        name="view_as_employee",
    ),
    path("portail-client/quitter/", viewing.leave_viewing, name="leave_viewing"),
    path("non-traitables/", unreadable.unreadable, name="unreadable"),
    path("non-traitables/selection/", unreadable.repair_selection, name="repair_selection"),
    path("activite/<int:mail_id>/reessayer/", unreadable.read_again, name="read_again"),
    path("activite/<int:mail_id>/ecarter/", unreadable.put_aside, name="put_aside"),
    path("activite/<int:mail_id>/classer/", unreadable.file_by_hand, name="file_by_hand"),
]
