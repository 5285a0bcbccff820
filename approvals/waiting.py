"""What waits on this floor: addresses with mails that a person must decide about."""

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mailing.models import InboundMail
from portal.models import Company, User

LABEL = _("À décider")


def waiting_for(user: User) -> dict[int, int]:
    """By company, how many addresses other than the person's own have mails waiting; one query."""
    rows = (
        InboundMail.objects.waiting()
        .filter(company__in=Company.objects.administered_by(user))
        .exclude(sender=user.email)
        .order_by()
        .values("company")
        .annotate(count=Count("sender", distinct=True))
    )
    return {row["company"]: row["count"] for row in rows}


def url_of(company: Company) -> str:
    return reverse("approvals:addresses", args=[company.code])
