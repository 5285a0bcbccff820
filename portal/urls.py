from django.urls import include, path

from portal.login import views as login
from portal.portfolio import views as portfolio

portal = [
    path("", portfolio.home, name="home"),
    path("connexion/<slug:firm_slug>/", login.login, name="firm_login"),
    path("portefeuille/", portfolio.portfolio, name="portfolio"),
    path("entreprises/", portfolio.companies, name="companies"),
    path("entreprises/<str:code>/", portfolio.company, name="company"),
    path("entreprises/<str:code>/favori/", portfolio.star, name="star"),
    path("sante/", portfolio.health, name="health"),
]

urlpatterns = [
    # allauth looks these two names up without a namespace; its other pages are not included.
    path("connexion/", login.login, name="account_login"),
    path("deconnexion/", login.logout, name="account_logout"),
    path("", include((portal, "portal"))),
    path("", include("mailing.urls")),
    path("", include("documents.urls")),
    path("", include("approvals.urls")),
]
