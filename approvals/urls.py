from django.urls import path

from approvals.access import viewing_views as viewing
from approvals.requests import views as requests
from approvals.senders import firm_views, views
from approvals.unreadable import views as unreadable

app_name = "approvals"
urlpatterns = [
    path("parametres/adresses/", firm_views.blacklisted, name="blacklisted"),
    path("parametres/adresses/<int:blacklisting_id>/lever/", firm_views.lift, name="lift"),
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
