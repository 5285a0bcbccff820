"""What waits in this room: requests of clients about their users, for the firm to decide."""

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from approvals.models import UserRequest
from portal.models import Company, User

LABEL = _("Demandes d’utilisateurs")
IS_DECISION = True


def rows_for(user: User) -> QuerySet:
    """By company, how many requests wait for the staff."""
    waiting = UserRequest.objects.pending().decided_by_staff(user)
    return waiting.order_by().values("company").annotate(count=Count("pk"))


def url_of(company: Company) -> str:
    return reverse("approvals:user_requests", args=[company.code])
