"""What is to be processed on this floor: the box of each company, and its Image, for the staff who works on it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from mailing.models import Space
from portal.models import Company, User


@dataclass(frozen=True)
class Queue:
    """The documents of one space that wait to be filed: a declaration of `portal.waiting`."""

    space: Space
    LABEL: Any
    IS_DECISION: bool = False

    @property
    def MENU(self) -> str:
        return str(self.space)

    def rows_for(self, user: User) -> QuerySet:
        """By company, how many documents came in and are not processed."""
        waiting = Document.objects.none()
        if user.staff is not None:
            waiting = Document.objects.to_process().filter(
                space=self.space, company__in=Company.objects.staffed_by(user)
            )
        return waiting.order_by().values("company").annotate(count=Count("pk"))

    def url_of(self, company: Company) -> str:
        return reverse(f"documents:{self.space}", args=[company.code])


ALSO = (
    Queue(Space.BOX, _("Box à classer")),
    Queue(Space.IMAGE, _("Image à classer")),
)
