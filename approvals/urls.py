from django.urls import path

from approvals.senders import firm_views, views

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
]
