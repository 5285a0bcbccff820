"""Is the process alive, and can it work? For whoever supervises it; no login, no detail that helps an attacker."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.celery import app


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker() -> None:
    with app.connection_for_write(connect_timeout=1) as broker:
        broker.ensure_connection(max_retries=1, timeout=1)


def storage() -> None:
    """A byte can be written where files are kept."""
    settings.FILES_DIR.mkdir(parents=True, exist_ok=True)
    probe = settings.FILES_DIR / ".sante"
    probe.write_bytes(b".")
    probe.unlink(missing_ok=True)


PARTS: dict[str, Callable[[], None]] = {
    _("base de données"): database,
    _("file d’attente"): broker,
    _("fichiers"): storage,
}


@login_not_required
@require_safe
def alive(request):
    return plain("ok\n")


@login_not_required
@require_safe
def ready(request):
    """200 where every part answers, else 503; a line a part."""
    lines = {part: answers(check) for part, check in PARTS.items()}
    text = "".join(f"{part} : {'ok' if ok else 'ne répond pas'}\n" for part, ok in lines.items())
    return plain(text, status=200 if all(lines.values()) else 503)


def answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # whatever it is, it does not answer
        return False
    return True


def plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
