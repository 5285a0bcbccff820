"""What waits on this floor: mails that could not be read, for the staff of their company."""

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mailing.models import InboundMail
from portal.models import Company, User

LABEL = _("Non traitables")
IS_DECISION = False


def waiting_for(user: User) -> dict[int, int]:
    """By company, how many of its mails could not be read; one query."""
    rows = (
        InboundMail.objects.of_staff(user)
        .unreadable()
        .order_by()
        .values("company")
        .annotate(count=Count("pk"))
    )
    return {row["company"]: row["count"] for row in rows}


def url_of(company: Company) -> str:
    return f"{reverse('approvals:unreadable')}?entreprise={company.code}"
