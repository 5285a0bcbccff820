from collections.abc import Sequence

from django.db import models
from django.db.models import Case, Q, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from documents.models.folder import (
    KEPT_BY_LEAVERS,
    Audience,
    Folder,
    is_on_the_portal,
    is_withheld,
)
from mailing.models import COMPANY_SPACES, DOCUMENT_SPACES, InboundAttachment, Space
from notifications.models import Hold, Notification
from portal.models import ClientMember, Company, Employee, Firm, StoredFile, User


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Documents of the spaces and folders that `user` sees of companies, what is published to the person as a contact
        or as a salarié, and this person's own Mes documents, nobody else's. What lies in the trash is not among them.
        """
        mine = in_spaces_of(user) | in_folders_of(user) | own(user)
        return self.live().filter(mine, firm=user.firm_id)

    def published_to(self, user: User, company: Company | None = None):
        """What `user` sees in the folders of the own space: as a contact of companies, or as a salarié.

        With `company` only what lies there: what « Droits » and the portal say of its few folders is asked once then, not
        with each of its documents.
        """
        here = self.live() if company is None else self.live().filter(company=company)
        return here.filter(published_to_person(user, company), firm=user.firm_id)

    def live(self):
        return self.filter(trashed_at=None)

    def trashed(self):
        return self.filter(trashed_at__isnull=False)

    def to_process(self):
        """What came into a space and waits for the staff: neither filed into a folder nor marked « Traité »."""
        return self.live().filter(folder=None, processed_at=None)

    def movable_by(self, user: User):
        """Documents that `user` may put into the trash and take out of it again.

        Staff: everything in the spaces and folders of the companies on which they work. A client administrator or
        client user: what they have laid on the portal themselves, until the firm files it; what came by mail, or from
        somebody else, is not theirs to hide. The owner: everything in Mes documents. What another person has put into
        the trash, a client does not take out.
        """
        return self.filter(movable(user))

    def in_trash_of(self, user: User):
        """What `user` sees in the trash: what this person may take out of it."""
        return self.trashed().movable_by(user)

    def open_to(self, user: User):
        """What `user` may look at and download: what is visible, and what is seen in the trash."""
        return self.visible_to(user) | self.in_trash_of(user)

    def deletable_by(self, user: User):
        """Documents in the trash that `user` may delete for good: a firm administrator those of companies, the owner
        those of Mes documents."""
        return self.filter(deletable(user))

    def worked_on_by(self, user: User):
        """Documents that `user` may name, describe, label and replace: those of the companies on which this person works,
        wherever they lie but in the trash."""
        return self.live().filter(company__in=Company.objects.staffed_by(user), firm=user.firm_id)

    def with_marks(self, user: User):
        """Adds `may_move`: may `user` put the document into the trash, or take it out? And `may_delete`."""
        return self.annotate(may_move=is_so(movable(user)), may_delete=is_so(deletable(user)))


def movable(user: User) -> Q:
    laid = in_spaces_of(user) & Q(uploaded_by=user, folder=None)
    of_staff = Q(company__in=Company.objects.staffed_by(user))
    mine = laid & (Q(trashed_at=None) | Q(trashed_by=user))
    return Q(of_staff | mine | own(user), firm=user.firm_id)


def deletable(user: User) -> Q:
    of_companies = Q(company__in=Company.objects.staffed_by(user)) if user.is_firm_admin else Q(pk=None)
    return Q(of_companies | own(user), firm=user.firm_id, trashed_at__isnull=False)


def is_so(condition: Q) -> Case:
    """The condition as a column of the row itself: PostgreSQL answers EXISTS of the same table by reading all of it."""
    return Case(When(condition, then=True), default=False, output_field=models.BooleanField())


def in_spaces_of(user: User) -> Q:
    """The documents in the box and in the Image of companies, as far as « Droits » shows them to `user`."""
    found = Q(pk__in=())
    for space in COMPANY_SPACES:
        found |= Q(space=space, company__in=Company.objects.showing(user, space))
    return found


def in_folders_of(user: User) -> Q:
    """The documents in folders that `user` sees: staff all, a contact or a salarié what is published to them (D-03)."""
    worked_on = Q(folder__isnull=False, company__in=Company.objects.staffed_by(user))
    return worked_on | published_to_person(user) if user.staff else published_to_person(user)


def published_to_person(user: User, company: Company | None = None) -> Q:
    """As a contact, as a salarié, or as both. Who is neither costs no condition: a database that need not think of
    companies finds a salarié's few documents at once."""
    found = Q(pk__in=())
    if user.open_memberships:
        found |= published_to_contact(user, company)
    if user.open_employments:
        found |= published_to_employee(user)
    return found


def published_to_contact(user: User, company: Company | None = None) -> Q:
    """Published, in a folder that is on the portal of the company and that « Droits » does not withhold; with the
    « Droit » of the salariés' folders, what is published there too."""
    contacts = ClientMember.objects.open().filter(user=user)
    if user.viewed_in is not None:
        contacts = contacts.filter(company=user.viewed_in)
    of_company = Q(company__in=contacts.values("company"), employee=None)
    if company is None:
        there = is_on_the_portal("folder__top", "company")
        of_company &= Q(folder__audience=Audience.CLIENTS) & ~is_withheld("folder__top", "company", user)
        of_employees = Q(folder__audience=Audience.EMPLOYEES)
    else:
        folders = Folder.objects.on_the_portal_of(company)
        there = Q()
        given = folders.filter(~is_withheld("top", "of", user), audience=Audience.CLIENTS)
        of_company &= Q(folder__in=given.values("pk"))
        of_employees = Q(folder__in=folders.filter(audience=Audience.EMPLOYEES).values("pk"))
    seen = of_company
    if any(member.is_admin and member.sees_employees for member in user.open_memberships):
        administrators = contacts.filter(is_admin=True, sees_employees=True)
        seen |= of_employees & Q(company__in=administrators.values("company"), employee__isnull=False)
    return seen & there & Q(published_at__isnull=False)


def published_to_employee(user: User) -> Q:
    """Published, in a folder that is on the portal for the person's own employment. Whoever has left keeps the
    bulletins, contrats and avenants (D-03)."""
    employments = Employee.objects.open().filter(user=user)
    if user.viewed_in is not None:
        employments = employments.filter(company=user.viewed_in)
    kept = Q(employee__left_on=None) | Q(folder__top__kind__in=KEPT_BY_LEAVERS)
    return Q(employee__in=employments.values("pk"), folder__audience=Audience.EMPLOYEES) & kept & published()


def published() -> Q:
    """Documents that are on the portal, in a folder that is there."""
    return Q(published_at__isnull=False) & is_on_the_portal("folder__top", "company")


def own(user: User) -> Q:
    """The documents of this person's Mes documents; none to whoever looks at the portal as this person (D-03, D-08)."""
    return Q(owner=user, firm=user.firm_id) if user.viewed_in is None else Q(pk=None)


class Tag(models.Model):
    """Étiquette: a word that staff put on documents; one list for the whole firm."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="tags")
    name = models.CharField(_("étiquette"), max_length=40)
    key = models.CharField(max_length=60, editable=False)  # without case and accents

    class Meta:
        verbose_name = _("étiquette")
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["firm", "key"], name="tag_once_in_firm")]

    def __str__(self):
        return self.name


class Document(models.Model):
    """A file of the GED, with the mail it came from or the person who laid it there.

    `space` says where it came in, "" where it was laid into a folder at once; `folder` where it is filed. A document of
    the box that is filed has both. `is_shared` and `published_at` are the pair of D-41: wanted on the portal, and there.
    """

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="documents")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="documents")
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="documents")
    space = models.CharField(
        _("espace"),
        max_length=8,
        choices=[(space.value, space.label) for space in DOCUMENT_SPACES],
        blank=True,
    )
    # Most rows have no salarié, and what is to be processed no folder: an index of those would tempt SQLite to read it.
    folder = models.ForeignKey(Folder, models.PROTECT, null=True, related_name="documents", db_index=False)
    employee = models.ForeignKey(
        Employee, models.PROTECT, null=True, related_name="documents", db_index=False
    )
    name = models.CharField(_("nom"), max_length=255)
    description = models.CharField(_("description"), max_length=500, blank=True)
    comment = models.CharField(_("commentaire du déposant"), max_length=500, blank=True)
    tags = models.ManyToManyField(Tag, related_name="documents", verbose_name=_("étiquettes"))
    is_shared = models.BooleanField(_("sur le portail"), default=True)
    published_at = models.DateTimeField(_("publié le"), null=True)
    processed_at = models.DateTimeField(_("traité le"), null=True)
    processed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
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
                    Q(space=Space.PERSONAL, owner__isnull=False, company__isnull=True, folder__isnull=True)
                    | Q(~Q(space=Space.PERSONAL), owner__isnull=True, company__isnull=False)
                ),
                name="document_belongs_to_a_person_or_a_company",
            ),
            models.CheckConstraint(
                condition=~Q(space="", folder__isnull=True), name="document_lies_in_a_space_or_a_folder"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "space", "-created_at"]),
            models.Index(fields=["company", "-created_at"], name="documents_of_a_company"),
            models.Index(
                fields=["folder", "-created_at"],
                condition=Q(folder__isnull=False),
                name="documents_by_folder",
            ),
            models.Index(fields=["owner", "-created_at"]),
            models.Index(
                fields=["company", "folder", "-created_at"],
                condition=Q(folder__isnull=False),
                name="documents_of_a_folder",
            ),
            # Holds all that trees and shelves count by, so that no row is read for it, and the order of a client's folder.
            models.Index(
                fields=["company", "folder", "-published_at", "-id", "employee", "trashed_at", "firm"],
                condition=Q(employee=None, folder__isnull=False, trashed_at=None),
                name="documents_counted",
            ),
            models.Index(
                fields=["employee", "folder", "-created_at"],
                condition=Q(employee__isnull=False),
                name="documents_of_an_employee",
            ),
            models.Index(
                fields=["company", "space", "-created_at"],
                condition=Q(folder=None, processed_at=None, trashed_at=None),
                name="documents_to_process",
            ),
            models.Index(
                fields=["company", "space", "-created_at"],
                condition=Q(processed_at__isnull=False),
                name="documents_processed",
            ),
            models.Index(
                fields=["processed_by", "-processed_at"],
                condition=Q(processed_by__isnull=False),
                name="documents_processed_by_one",
            ),
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

    def get_absolute_url(self):
        return reverse("documents:document", args=[self.pk])

    @property
    def told_of(self) -> list[models.Model]:
        """What a mail that tells of this document is about: the document, or the mail that brought it."""
        return [self, self.source.mail] if self.source else [self]

    @property
    def place_label(self) -> str:
        """Where it lies, in a word: the folder where it is filed, else the space where it came in."""
        return str(self.folder) if self.folder_id else self.get_space_display()

    @property
    def is_processed(self) -> bool:
        """« Traité »: filed into a folder, or marked by the staff as something that needs none."""
        return self.processed_at is not None

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None

    @classmethod
    def why_not_told(cls, rows: Sequence[Notification]) -> list[Hold]:
        """For each of `rows`, which tell of documents, what the documents themselves say against it now."""
        from documents.publication.telling import why_not_told  # rooms build on models

        return why_not_told(rows)

    @classmethod
    def tell_again(cls, documents: Sequence["Document"], *, by: User, is_forced: bool) -> list[Notification]:
        """New notifications of `documents`, as the grid counts now, because `by` asks for them."""
        from documents.publication.telling import tell_again  # rooms build on models

        return tell_again(documents, by=by, is_forced=is_forced)


class DocumentVersion(models.Model):
    """A file that a document had before: put there by whom, and replaced when."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="versions")
    name = models.CharField(_("nom"), max_length=255)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")  # who laid this file
    created_at = models.DateTimeField(_("déposé le"))
    replaced_at = models.DateTimeField(_("remplacé le"), auto_now_add=True)

    class Meta:
        verbose_name = _("version")
        ordering = ["-replaced_at", "-pk"]

    def __str__(self):
        return self.name


class DocumentView(models.Model):
    """A contact or a salarié was given the document, on screen or as a file: when first, when last (D-43)."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="views")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("lecture")
        constraints = [models.UniqueConstraint(fields=["document", "user"], name="one_view_of_a_person")]

    def __str__(self):
        return f"{self.user} – {self.document}"
