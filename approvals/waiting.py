"""What waits on this floor: addresses with mails that a person must decide about."""

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from approvals.requests import waiting as requests
from mailing.models import InboundMail
from portal.models import Company, User

LABEL = _("À décider")
IS_DECISION = True
ALSO = (requests,)


def rows_for(user: User) -> QuerySet:
    """By company, how many addresses other than the person's own have mails waiting."""
    return (
        InboundMail.objects.waiting()
        .of_companies_of(user)
        .exclude(sender=user.email)
        .order_by()
        .values("company")
        .annotate(count=Count("sender", distinct=True))
    )


def url_of(company: Company) -> str:
    return reverse("approvals:addresses", args=[company.code])
