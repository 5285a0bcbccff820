"""The one settings file: environment variables in, Django settings out.

The closed list of variables stands in `.env.example`; each is read once, here, and nonsense stops the start
with a sentence that names it. Without any variable the portal runs on one's own machine.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
import idna
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_text(name, default=""):
    return os.getenv(name) or default


def env_bool(name, default):
    value = env_text(name, default)
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name}={value!r} : écrire True ou False")
    return value == "True"


def env_port(name, default):
    """A port; None where neither the environment nor `default` names one."""
    value = env_text(name, default)
    if not value:
        return None
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ImproperlyConfigured(f"{name}={value!r} : écrire un port entre 1 et 65535")
    return int(value)


def env_domain(name, default):
    """A domain in the form in which addresses are compared: lower case, IDNA."""
    value = env_text(name, default)
    try:
        return idna.encode(value.lower()).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise ImproperlyConfigured(f"{name}={value!r} : écrire un nom de domaine") from None


def env_url(name, default, schemes):
    value = env_text(name, default)
    try:
        url = urlsplit(value)
        is_whole = bool(url.port or url.hostname or "http" not in schemes)
    except ValueError:  # a port that is no number, half an IPv6 address
        url, is_whole = None, False
    if value and url and url.scheme not in schemes:
        raise ImproperlyConfigured(
            f"{name} : l’adresse doit commencer par {', '.join(s + '://' for s in schemes)}"
        )
    if value and not is_whole:
        raise ImproperlyConfigured(f"{name} : l’adresse est mal écrite")
    return value


def env_socket(name, default=""):
    """A path from the root, or host:port; as it is written."""
    value = env_text(name, default)
    host, _, port = value.rpartition(":")
    if value and not value.startswith("/") and not (host and port.isdecimal() and 0 < int(port) < 65536):
        raise ImproperlyConfigured(f"{name}={value!r} : écrire un chemin (/run/…) ou hôte:port")
    return value


def made_once(path, make):
    """The text of `path`, made on the first start; the file is readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(temporary, path)  # the first of two starts wins
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()


# Where it runs
DATA_DIR = Path(env_text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
PORT = env_port("PORT", "8000")
SITE_URL = env_url("SITE_URL", f"http://localhost:{PORT}", ("http", "https")).rstrip("/")
DEBUG = env_bool("DEBUG", "False")
SECRET_KEY = env_text("SECRET_KEY") or made_once(DATA_DIR / "secret_key", lambda: secrets.token_urlsafe(50))
SECRET_KEY_FALLBACKS = [key for key in env_text("SECRET_KEY_FALLBACKS").split(",") if key]
ALLOWED_HOSTS = [h for h in env_text("ALLOWED_HOSTS").split(",") if h] or [
    urlsplit(SITE_URL).hostname,
    "localhost",
    "127.0.0.1",
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "portal",
    "mailing",
    "notifications",
    "documents",
    "approvals",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "anymail",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.security.ContentSecurityPolicyMiddleware",
    "portal.security.NothingKeptMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.login.middleware.MustChangePasswordMiddleware",
    "portal.login.middleware.SecondFactorMiddleware",
    "approvals.access.viewing.ViewingMiddleware",  # after all that asks something of whoever is logged in
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.told.ToldMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.frame.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.templatetags.portal",
            ],
        },
    }
]

# Database: SQLite with every commit on the disk, or PostgreSQL by DATABASE_URL
DATABASE_URL = env_url("DATABASE_URL", "", ("postgres", "postgresql", "sqlite"))
if DATABASE_URL.startswith("postgres"):
    DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": urlsplit(DATABASE_URL).path or DATA_DIR / "portal.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # IMMEDIATE: without it half of concurrent writers fail. FULL: a commit survives a power cut.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
            "TEST": {"NAME": DATA_DIR / "test.sqlite3"},  # a file: tests use threads and processes
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The bell and the cache: files of one machine, or Redis by REDIS_URL
REDIS_URL = env_url("REDIS_URL", "", ("redis", "rediss"))
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
    }

# People
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["portal.login.backend.LoginBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_ADAPTER = "approvals.access.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_DISPLAY = "approvals.access.adapter.user_display"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_FORMS = {
    "login": "portal.login.forms.LoginForm",
    "reset_password": "portal.login.forms.ResetPasswordForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "portal.login.links.ResetTokens"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
PASSWORD_RESET_TIMEOUT = 3600
# By machine, then by the name that was typed: portal/login/locks.py reads the second part.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "portal.login.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the firm gives the addresses; allauth's own table of them stays empty
MFA_FORMS = {
    "authenticate": "portal.login.second_factor.AuthenticateForm",
    "reauthenticate": "portal.login.second_factor.ReauthenticateForm",
    "activate_totp": "portal.login.second_factor.ActivateTOTPForm",
    "authenticate_webauthn": "portal.login.second_factor.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "portal.login.second_factor.ReauthenticateWebAuthnForm",
    "add_webauthn": "portal.login.second_factor.AddWebAuthnForm",
    "login_webauthn": "portal.login.second_factor.LoginWebAuthnForm",
}
SESSION_COOKIE_NAME = "portail"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Behind HTTPS, and so behind one proxy of ours: it tells the address that login attempts are counted by
if SITE_URL.startswith("https://"):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^sante/"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

# Files of the pages, and files that people and mails bring in
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILES_DIR = DATA_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
# Its handler counts files and bytes, and says so in French; Django would answer 400.
FILE_UPLOAD_HANDLERS = ["portal.files.uploads.UploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = None
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # « Annuler » after a gesture on 1,000 rows names them all
CLAMAV_SOCKET = env_socket("CLAMAV_SOCKET")

# Mail that comes in
DEPOSIT_DOMAIN = env_domain("DEPOSIT_DOMAIN", "depot.localhost")
SMTP_PORT = env_port("SMTP_PORT", "2525")
LMTP_PORT = env_port("LMTP_PORT", "")
LOCAL_SUBMISSION_TRUSTED = env_bool("LOCAL_SUBMISSION_TRUSTED", "False")

# Mail that goes out
MAIL_OUTS = {
    "eml": "mailing.sending.eml.EmlBackend",
    "smtp": "mailing.sending.smtp.SmtpBackend",
    "brevo": "anymail.backends.brevo.EmailBackend",
    "mailgun": "anymail.backends.mailgun.EmailBackend",
    "postmark": "anymail.backends.postmark.EmailBackend",
}
MAIL_OUT = env_text("MAIL_OUT", "eml")
if MAIL_OUT not in MAIL_OUTS:
    raise ImproperlyConfigured(f"MAIL_OUT={MAIL_OUT!r} : écrire {', '.join(MAIL_OUTS)}")
EMAIL_BACKEND = MAIL_OUTS[MAIL_OUT]
if MAIL_OUT == "smtp":
    smtp = environ.Env.email_url_config(
        env_url("SMTP_URL", "smtp://localhost:25", ("smtp", "smtp+tls", "smtps"))
    )
    EMAIL_HOST, EMAIL_PORT = smtp["EMAIL_HOST"], smtp["EMAIL_PORT"] or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = smtp["EMAIL_HOST_USER"] or "", smtp["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = smtp.get("EMAIL_USE_TLS", False), smtp.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env_text("DEFAULT_FROM_EMAIL", f"portail@{DEPOSIT_DOMAIN}")
SUPPORT_EMAIL = env_text("SUPPORT_EMAIL", "")
DNS_RESOLVER = "mailing.domains.resolving.SystemResolver"  # a test names another
WEBHOOK_SECRET = env_text("WEBHOOK_SECRET")
if not WEBHOOK_SECRET:
    if MAIL_OUT not in ("eml", "smtp"):
        raise ImproperlyConfigured(
            "WEBHOOK_SECRET : à donner (utilisateur:motdepasse) où MAIL_OUT est un prestataire"
        )
    WEBHOOK_SECRET = made_once(DATA_DIR / "webhook_secret", lambda: f"webhook:{secrets.token_urlsafe(24)}")
ANYMAIL = {
    "WEBHOOK_SECRET": WEBHOOK_SECRET.split(","),
    "BREVO_API_KEY": env_text("BREVO_API_KEY"),
    "MAILGUN_API_KEY": env_text("MAILGUN_API_KEY"),
    "MAILGUN_WEBHOOK_SIGNING_KEY": env_text("MAILGUN_WEBHOOK_SIGNING_KEY") or env_text("MAILGUN_API_KEY"),
    "MAILGUN_SENDER_DOMAIN": env_text("MAILGUN_SENDER_DOMAIN"),
    "POSTMARK_SERVER_TOKEN": env_text("POSTMARK_SERVER_TOKEN"),
}

# Words and time: French is the source language of every text
LANGUAGE_CODE = "fr"
USE_I18N = True
TIME_ZONE = "Europe/Paris"
USE_TZ = True
FORM_RENDERER = "portal.forms.Renderer"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
        "flufl.bounce": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}

# Six named points at which a test may kill the process (quality.md, F04); empty in production
FAULT = env_text("FAULT")
