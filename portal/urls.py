from django.urls import include, path, re_path

from portal import health
from portal.failures import views as failed
from portal.firm_settings import security_views as firm_security
from portal.firm_settings import views as firm_settings
from portal.jobs import views as jobs
from portal.login import second_factor_views as factors
from portal.login import session_views as sessions
from portal.login import views as login
from portal.portfolio import views as portfolio

portal = [
    path("", portfolio.home, name="home"),
    path("connexion/<slug:firm_slug>/", login.login, name="firm_login"),
    path("connexion/<slug:firm_slug>/oubli/", login.password_reset, name="firm_password_reset"),
    path("portefeuille/", portfolio.portfolio, name="portfolio"),
    path("entreprises/", portfolio.companies, name="companies"),
    path("entreprises/<code:code>/", portfolio.company, name="company"),
    path("entreprises/<code:code>/favori/", portfolio.star, name="star"),
    path("parametres/", firm_settings.firm, name="firm"),
    path("parametres/internet/", firm_settings.internet, name="internet"),
    path("parametres/securite/", firm_security.firm_security, name="firm_security"),
    path("parametres/journal/", firm_security.journal, name="journal"),
    path("taches/", failed.tasks, name="tasks"),
    path("taches/selection/", failed.tasks_selection, name="tasks_selection"),
    path("taches/<int:task_id>/relancer/", failed.task_retry, name="task_retry"),
    path("taches/<int:task_id>/clore/", failed.task_done, name="task_done"),
    path("travaux/", jobs.index, name="jobs"),
    path("travaux/<int:job_id>/", jobs.job, name="job"),
    path("travaux/<int:job_id>/arreter/", jobs.job_stop, name="job_stop"),
    path("mon-compte/", login.account, name="account"),
    path("mon-compte/mesure/", login.account_measuring, name="account_measuring"),
    path("mon-compte/securite/sessions/", sessions.sessions, name="sessions"),
    path("mon-compte/securite/sessions/fermer/", sessions.sessions_end, name="sessions_end"),
    path("mon-compte/securite/sessions/<int:session_id>/fermer/", sessions.session_end, name="session_end"),
    path("mon-compte/securite/application/retirer/", factors.application_remove, name="application_remove"),
    path("mon-compte/securite/cles/<int:key_id>/", factors.key_rename, name="key_rename"),
    path("mon-compte/securite/cles/<int:key_id>/retirer/", factors.key_remove, name="key_remove"),
    path(
        "mon-compte/securite/codes/telecharger/",
        factors.recovery_codes_download,
        name="recovery_codes_download",
    ),
    path("mon-compte/securite/codes/nouveaux/", factors.recovery_codes_renew, name="recovery_codes_renew"),
    path("sante/", health.alive, name="alive"),
    path("sante/pret/", health.ready, name="ready"),
]

urlpatterns = [
    # allauth looks these names up without a namespace; its other pages are not included.
    path("connexion/", login.login, name="account_login"),
    path("deconnexion/", login.logout, name="account_logout"),
    path("mon-compte/mot-de-passe/", login.password_change, name="account_change_password"),
    path("connexion/second-facteur/", factors.second_step, name="mfa_authenticate"),
    path("connexion/cle-d-acces/", factors.login_by_key, name="mfa_login_webauthn"),
    path("mon-compte/securite/", factors.security, name="mfa_index"),
    path("mon-compte/securite/confirmer/", factors.reauthenticate, name="account_reauthenticate"),
    path("mon-compte/securite/confirmer/code/", factors.reauthenticate_by_code, name="mfa_reauthenticate"),
    path(
        "mon-compte/securite/confirmer/cle/",
        factors.reauthenticate_by_key,
        name="mfa_reauthenticate_webauthn",
    ),
    path("mon-compte/securite/application/", factors.application_add, name="mfa_activate_totp"),
    path("mon-compte/securite/cles/ajouter/", factors.key_add, name="mfa_add_webauthn"),
    path("mon-compte/securite/codes/", factors.recovery_codes, name="mfa_view_recovery_codes"),
    path("connexion/oubli/", login.password_reset, name="account_reset_password"),
    path("connexion/oubli/envoye/", login.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^connexion/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        login.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "connexion/nouveau/fait/",
        login.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("", include((portal, "portal"))),
    path("", include("mailing.urls")),
    path("", include("notifications.urls")),
    path("", include("documents.urls")),
    path("", include("approvals.urls")),
]
