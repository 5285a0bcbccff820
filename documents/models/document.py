from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mailing.models import DOCUMENT_SPACES, InboundAttachment, Space
from portal.models import Company, Firm, StoredFile, User


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Documents of the companies that `user` may enter, and this person's own Mes documents, nobody else's."""
        return self.filter(
            Q(company__in=Company.objects.visible_to(user)) | Q(owner=user, firm=user.firm_id),
            firm=user.firm_id,
        )


class Document(models.Model):
    """A file in a space of the GED, with the mail it came from."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="documents")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="documents")
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="documents")
    space = models.CharField(
        _("espace"), max_length=8, choices=[(space.value, space.label) for space in DOCUMENT_SPACES]
    )
    name = models.CharField(_("nom"), max_length=255)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="documents")
    source = models.OneToOneField(InboundAttachment, models.SET_NULL, null=True, related_name="document")
    created_at = models.DateTimeField(_("classé le"), auto_now_add=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(space=Space.PERSONAL, owner__isnull=False, company__isnull=True)
                    | Q(~Q(space=Space.PERSONAL), owner__isnull=True, company__isnull=False)
                ),
                name="document_belongs_to_a_person_or_a_company",
            )
        ]
        indexes = [
            models.Index(fields=["company", "space", "-created_at"]),
            models.Index(fields=["owner", "-created_at"]),
        ]

    def __str__(self):
        return self.name
