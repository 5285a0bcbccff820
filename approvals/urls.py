from django.urls import include, path

from approvals.directory.importing import views as importing
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
    path("non-traitables/", unreadable.unreadable, name="unreadable"),
    path("non-traitables/selection/", unreadable.repair_selection, name="repair_selection"),
    path("activite/<int:mail_id>/reessayer/", unreadable.read_again, name="read_again"),
    path("activite/<int:mail_id>/ecarter/", unreadable.put_aside, name="put_aside"),
    path("activite/<int:mail_id>/classer/", unreadable.file_by_hand, name="file_by_hand"),
]
