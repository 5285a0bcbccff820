"""Whether a mail is measured, and what its picture and its links tell (D-35): only while its recipient accepts it."""

from django.http import HttpRequest
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import MailStatus, Nature, OutgoingMail, Secret, Source
from mailing.tracking import events
from portal import history
from portal.models import Firm, User


def is_measured(kind: MailKind, to: str, firm: Firm | None, secret: Secret | None) -> bool:
    """Is a mail that is being written measured? It stays so, that each attempt sends the same bytes.

    Never one of security, nor one that holds a personal link (D-30b); else where its recipient has accepted.
    """
    if firm is None or secret or not kind.is_measurable:
        return False
    return User.objects.accepts_measuring_at(to, firm.pk)


def tell(
    request: HttpRequest, mail: OutgoingMail, code: MailStatus, *, number: int = 0, url: str = ""
) -> bool:
    """Write that the picture of `mail`, or link `number` to `url`, was asked for; False where nothing is written.

    Nothing is for HEAD, nor by staff who look as somebody else (D-08), nor once the recipient has withdrawn. What no
    person asked for is « machine », which never raises the status (D-34, T28). Once a day for each link and nature:
    whoever asks a thousand times adds one row. Of a machine its name is kept, which is why it does not count; of a
    person nothing but the hour.
    """
    if request.method != "GET" or not mail.is_measured or history.is_visit(request):
        return False
    if not User.objects.accepts_measuring_at(mail.to_email, mail.firm_id):
        return False
    is_person = history.seen(request)
    nature = Nature.OBSERVED if is_person else Nature.MACHINE
    return events.observe(
        mail,
        code,
        source=Source.PORTAL,
        nature=nature,
        detail=url,
        payload={} if is_person else {"user_agent": request.headers.get("User-Agent", "")[:500]},
        identity=(mail.pk, code, number, nature, timezone.localdate()),
    )
