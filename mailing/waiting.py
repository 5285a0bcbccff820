"""What waits on this floor: mails that could not be read, for the staff of their company."""

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mailing.models import InboundMail
from portal.models import Company, User

LABEL = _("Non traitables")
IS_DECISION = False


def rows_for(user: User) -> QuerySet:
    """By company, how many of its mails could not be read."""
    mails = InboundMail.objects.of_staff(user).unreadable()
    return mails.order_by().values("company").annotate(count=Count("pk"))


def url_of(company: Company) -> str:
    return f"{reverse('approvals:unreadable')}?entreprise={company.code}"
