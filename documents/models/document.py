from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from mailing.models import COMPANY_SPACES, DOCUMENT_SPACES, InboundAttachment, Space
from portal.models import Company, Firm, StoredFile, User


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Documents of the spaces that `user` sees of companies, and this person's own Mes documents, nobody else's.

        What lies in the trash is not among them.
        """
        return self.live().filter(in_spaces_of(user) | own(user), firm=user.firm_id)

    def live(self):
        return self.filter(trashed_at=None)

    def trashed(self):
        return self.filter(trashed_at__isnull=False)

    def movable_by(self, user: User):
        """Documents that `user` may put into the trash and take out of it again.

        Staff: everything in the box and the Image of the companies on which they work. A client administrator or
        client user: what they have laid on the portal themselves; what came by mail, or from somebody else, is not
        theirs to hide. The owner: everything in Mes documents. What another person has put into the trash, a client
        does not take out.
        """
        laid = in_spaces_of(user) & Q(uploaded_by=user)
        return self.filter(
            Q(company__in=Company.objects.staffed_by(user))
            | (laid & (Q(trashed_at=None) | Q(trashed_by=user)))
            | own(user),
            firm=user.firm_id,
        )

    def in_trash_of(self, user: User):
        """What `user` sees in the trash: what this person may take out of it."""
        return self.trashed().movable_by(user)

    def open_to(self, user: User):
        """What `user` may look at and download: what is visible, and what is seen in the trash."""
        return self.visible_to(user) | self.in_trash_of(user)

    def deletable_by(self, user: User):
        """Documents in the trash that `user` may delete for good: a firm administrator those of companies, the owner
        those of Mes documents."""
        of_companies = Q(company__in=Company.objects.staffed_by(user)) if user.is_firm_admin else Q(pk=None)
        return self.trashed().filter(of_companies | own(user), firm=user.firm_id)

    def with_marks(self, user: User):
        """Adds `may_move`: may `user` put the document into the trash, or take it out? And `may_delete`."""
        same = {"pk": OuterRef("pk")}
        return self.annotate(
            may_move=Exists(Document.objects.movable_by(user).filter(**same)),
            may_delete=Exists(Document.objects.deletable_by(user).filter(**same)),
        )


def in_spaces_of(user: User) -> Q:
    """The documents in the box and in the Image of companies, as far as « Droits » shows them to `user`."""
    found = Q(pk__in=())
    for space in COMPANY_SPACES:
        found |= Q(space=space, company__in=Company.objects.showing(user, space))
    return found


def own(user: User) -> Q:
    """The documents of this person's Mes documents; none to whoever looks at the portal as this person (D-03, D-08)."""
    return Q(owner=user, firm=user.firm_id) if user.viewed_in is None else Q(pk=None)


class Document(models.Model):
    """A file in a space of the GED, with the mail it came from or the person who laid it there."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="documents")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="documents")
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="documents")
    space = models.CharField(
        _("espace"), max_length=8, choices=[(space.value, space.label) for space in DOCUMENT_SPACES]
    )
    name = models.CharField(_("nom"), max_length=255)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="documents")
    source = models.OneToOneField(InboundAttachment, models.SET_NULL, null=True, related_name="document")
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("classé le"), auto_now_add=True)
    trashed_at = models.DateTimeField(_("mis à la corbeille le"), null=True)
    trashed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

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
            models.Index(
                fields=["company", "space", "-trashed_at"],
                condition=Q(trashed_at__isnull=False),
                name="trash_of_a_company",
            ),
            models.Index(
                fields=["owner", "-trashed_at"],
                condition=Q(trashed_at__isnull=False),
                name="trash_of_a_person",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def told_of(self) -> list[models.Model]:
        """What a mail that tells of this document is about: the document, or the mail that brought it."""
        return [self, self.source.mail] if self.source else [self]

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None
