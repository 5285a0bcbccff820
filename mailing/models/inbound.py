from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models import Company, Firm, StoredFile, User
from portal.moves import Queued, QueueQuerySet


class Space(models.TextChoices):
    """Where an inbound address leads: to a space that holds documents (S0-02), or to what answers our own mails."""

    PERSONAL = "personal", _("Mes documents")
    BOX = "box", _("Box")
    IMAGE = "image", _("Image")
    REPORTS = "reports", _("Rapports de remise")
    REPLIES = "replies", _("Réponses")


COMPANY_SPACES = (Space.BOX, Space.IMAGE)
DOCUMENT_SPACES = (Space.PERSONAL, *COMPANY_SPACES)
RETURN_SPACES = (Space.REPORTS, Space.REPLIES)


class InboundAddress(models.Model):
    """An address of the portal to which documents are mailed; retired ones are accepted and answered (R1).

    Those of `RETURN_SPACES` stand for all addresses with a token behind their plus
    (`mailing.receiving.return_addresses`); `firm` is null for the deployment's own.
    """

    firm = models.ForeignKey(Firm, models.CASCADE, null=True, related_name="inbound_addresses")
    address = models.CharField(_("adresse"), max_length=254, unique=True)
    space = models.CharField(_("espace"), max_length=8, choices=Space)
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="inbound_addresses")
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="inbound_addresses")
    files_text = models.BooleanField(
        _("classer le texte des mails sans pièce jointe"),
        default=False,
        help_text=_("Un mail sans pièce jointe est classé comme un PDF de son texte."),
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    sends_receipt = models.BooleanField(
        _("accusé de réception"),
        default=False,
        help_text=_("L’expéditeur d’un mail classé directement en est averti, au plus une fois par jour."),
    )

    class Meta:
        verbose_name = _("adresse de dépôt")
        constraints = [
            models.CheckConstraint(
                condition=Q(address=Lower("address")), name="inbound_address_is_lower_case"
            ),
            models.CheckConstraint(
                condition=(
                    Q(space=Space.PERSONAL, firm__isnull=False, owner__isnull=False, company__isnull=True)
                    | Q(
                        space__in=COMPANY_SPACES,
                        firm__isnull=False,
                        owner__isnull=True,
                        company__isnull=False,
                    )
                    | Q(space__in=RETURN_SPACES, owner__isnull=True, company__isnull=True)
                ),
                name="inbound_address_leads_where_its_space_says",
            ),
        ]

    def __str__(self):
        return self.address


class RawMail(models.Model):
    """The bytes of a mail as they came, durable before any rule reads them (D-18); kept by `portal.files`."""

    key = models.CharField(max_length=64, unique=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.key


class Channel(models.TextChoices):
    SMTP = "smtp", _("SMTP")
    LMTP = "lmtp", _("LMTP")


class Fate(models.TextChoices):
    """What became of an inbound mail (T1). « Reçu » only until a worker has decided."""

    RECEIVED = "received", _("Reçu")
    FILED = "filed", _("Classé")
    NOTHING_TO_FILE = "nothing_to_file", _("Aucun document")
    HELD = "held", _("En attente")
    CHALLENGED = "challenged", _("À confirmer")
    REJECTED = "rejected", _("Rejeté")
    BLACKLISTED = "blacklisted", _("Blacklisté")
    IGNORED = "ignored", _("Ignoré")
    UNROUTABLE = "unroutable", _("Adresse inconnue")
    UNREADABLE = "unreadable", _("Non traitable")

    @property
    def tone(self) -> str:
        return {
            Fate.RECEIVED: "info",
            Fate.FILED: "ok",
            Fate.NOTHING_TO_FILE: "neutral",
            Fate.HELD: "warning",
            Fate.CHALLENGED: "warning",
            Fate.REJECTED: "danger",
            Fate.BLACKLISTED: "neutral",
            Fate.IGNORED: "neutral",
            Fate.UNROUTABLE: "neutral",
            Fate.UNREADABLE: "danger",
        }[self]

    @property
    def icon(self) -> str:
        return {
            Fate.RECEIVED: "inbox-arrow-down",
            Fate.FILED: "check-circle",
            Fate.NOTHING_TO_FILE: "document",
            Fate.HELD: "clock",
            Fate.CHALLENGED: "question-mark-circle",
            Fate.REJECTED: "x-circle",
            Fate.BLACKLISTED: "no-symbol",
            Fate.IGNORED: "minus-circle",
            Fate.UNROUTABLE: "map-pin",
            Fate.UNREADABLE: "exclamation-triangle",
        }[self]


class Auth(models.TextChoices):
    """Is the sender proved (D-16)? « none »: nothing was checked, which is not yes."""

    YES = "yes", _("authentifié")
    NO = "no", _("non authentifié")
    NONE = "none", _("non vérifié")


# Fates that keep the bytes of a mail for a while only (D-22); what waits for a person, and what is filed, stays.
KEPT_A_WHILE = (
    Fate.NOTHING_TO_FILE,
    Fate.REJECTED,
    Fate.BLACKLISTED,
    Fate.IGNORED,
    Fate.UNROUTABLE,
)


class InboundQuerySet(QueueQuerySet):
    def visible_to(self, user: User):
        """Mails to the companies that `user` administers, and to the Mes documents of this very person (D-03).

        A client administrator sees those to the box and to Image as « Droits » says. A firm administrator also sees
        what answers the firm's own mails and belongs to no company. What belongs to no firm is for
        `manage.py unroutable`.
        """
        mine = of_companies(user)
        if user.viewed_in is None:  # « Portail client » shows nobody's Mes documents (D-08)
            mine |= Q(address__owner=user, address__firm=user.firm_id)
        if user.is_firm_admin:
            mine |= Q(address__firm=user.firm_id, address__space__in=RETURN_SPACES)
        return self.filter(mine)

    def with_address(self):
        """With what a decision always looks at: the raw mail, the address and its firm, the company."""
        return self.select_related("raw", "address__firm", "company")

    def of_staff(self, user: User):
        """Mails to the companies that `user` works on. Mes documents are in nobody's log (D-03)."""
        return self.filter(company__in=Company.objects.staffed_by(user))

    def log_of(self, user: User):
        """The same rows, for a list that shows the newest of many.

        Who works on all companies is best served from the newest mail on (9 ms against 450 for 100,000 mails of 500
        companies on SQLite), who works on a few by the mails of each.
        """
        if user.is_firm_admin:
            return self.filter(Exists(Company.objects.staffed_by(user).filter(pk=OuterRef("company"))))
        return self.of_staff(user)

    def repairable_by(self, user: User):
        """Mails that `user` may read again, file by hand or put aside: staff their companies', everybody their own."""
        return self.filter(
            Q(company__in=Company.objects.staffed_by(user))
            | Q(address__owner=user, address__firm=user.firm_id)
        )

    def unreadable(self):
        """« Non traitables »: read without success, or given up after five attempts."""
        return self.filter(status=Fate.UNREADABLE)

    def put_aside(self):
        """What a person discarded from « Non traitables », as long as it can be read again (D-22)."""
        return self.filter(status=Fate.REJECTED, discarded_at__isnull=False, emptied_at=None)

    def with_files(self):
        """With what a list shows of each: its space, its files and what became of them."""
        return self.defer("text").select_related("address").prefetch_related("attachments__document")

    def of_companies_of(self, user: User):
        """The mails to companies that `user` may see."""
        return self.filter(of_companies(user))

    def waiting(self):
        """Held for a person's decision."""
        return self.filter(status=Fate.HELD)


def of_companies(user: User) -> Q:
    """The mails to companies that `user` may see: staff theirs, client administrators those to the spaces they see."""
    found = Q(company__in=Company.objects.staffed_by(user))
    if user.is_firm_admin:  # all of the firm's, whatever their space
        return found
    for space in COMPANY_SPACES:
        administered = Company.objects.administered_by(user, **{f"sees_{space}": True})
        found |= Q(company__in=administered, address__space=space)
    return found


class InboundMail(Queued):
    """One mail for one inbound address: two recipients are two rows, each decided for itself (D-10)."""

    QUEUE = "inbound"
    WAITING = (Fate.RECEIVED,)
    FAILED = Fate.UNREADABLE
    OPENS_BESIDE = True

    raw = models.ForeignKey(RawMail, models.PROTECT, related_name="mails")
    address = models.ForeignKey(InboundAddress, models.PROTECT, related_name="mails")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="inbound_mails")
    channel = models.CharField(max_length=8, choices=Channel)
    envelope_from = models.CharField(_("expéditeur de l’enveloppe"), max_length=512, blank=True)
    envelope_to = models.CharField(_("adressé à"), max_length=512)
    is_local_submission = models.BooleanField(
        default=False, help_text="By SMTP from this very machine, which the setting trusts (D-16)."
    )
    received_at = models.DateTimeField(_("reçu le"), auto_now_add=True)
    status = models.CharField(_("devenir"), max_length=16, choices=Fate, default=Fate.RECEIVED)

    sender = models.CharField(_("expéditeur"), max_length=254, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    from_line = models.CharField(
        _("expéditeur tel que reçu"),
        max_length=500,
        blank=True,
        help_text="The From fields, believed or not.",
    )
    subject = models.CharField(_("objet"), max_length=500, blank=True)
    text = models.TextField(_("texte"), blank=True)
    has_html = models.BooleanField(
        default=False, help_text="Its HTML stays in the raw mail, and is read there."
    )
    auth = models.CharField(max_length=4, choices=Auth, default=Auth.NONE)
    rule = models.CharField(_("règle"), max_length=8, blank=True)
    reasons = models.JSONField(default=list, help_text="The rules tried, in order (D-18).")
    facts = models.JSONField(default=list, help_text="What the rules looked at, in order (D-18).")
    note = models.CharField(_("motif"), max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(
        null=True, help_text="Set while a person has put a mail aside that could not be read."
    )
    emptied_at = models.DateTimeField(
        null=True, help_text="Since when only this line is left: no bytes, text or files (D-22)."
    )

    objects = InboundQuerySet.as_manager()
    files: "list[InboundAttachment]"  # set by a list that loads them with the mail

    class Meta:
        verbose_name = _("mail reçu")
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "next_attempt_at"]),
            models.Index(fields=["company", "-received_at"]),
            models.Index(fields=["-received_at", "-id"]),
            models.Index(fields=["company", "sender", "status"]),
        ]

    def __str__(self):
        return self.subject or f"mail {self.pk}"

    def get_absolute_url(self):
        return reverse("mailing:inbound", args=[self.pk])

    @property
    def fate(self) -> Fate:
        return Fate(self.status)

    @property
    def settled_at(self) -> datetime:
        """Since when it has its fate."""
        return self.decided_at or self.received_at

    @property
    def is_unreadable(self) -> bool:
        return self.fate == Fate.UNREADABLE

    @property
    def is_put_aside(self) -> bool:
        """As the queryset's word: discarded by a person, and its bytes still there."""
        return self.fate == Fate.REJECTED and bool(self.discarded_at) and not self.emptied_at

    @property
    def rule_name(self) -> str:
        """The rule that decided, in words; "" where none did."""
        won = (
            reason.get("name") or reason["question"] for reason in self.reasons if reason["rule"] == self.rule
        )
        return next(won, "") if self.rule else ""

    @property
    def is_authenticated(self) -> bool:
        return self.auth == Auth.YES


# What is said of a file that is neither left out nor filed, by its mail's fate.
NOT_FILED = {
    Fate.RECEIVED: _("pas encore traité"),
    Fate.FILED: _("n’est plus dans la GED"),
    Fate.NOTHING_TO_FILE: _("rien à classer"),
    Fate.HELD: _("en attente"),
    Fate.CHALLENGED: _("en attente"),
    Fate.REJECTED: _("non classé : mail rejeté"),
    Fate.BLACKLISTED: _("non classé : adresse blacklistée"),
    Fate.IGNORED: _("non classé : mail ignoré"),
    Fate.UNROUTABLE: _("non classé : adresse inconnue"),
    Fate.UNREADABLE: _("pas classé : mail non traitable"),
}


class InboundAttachment(models.Model):
    """A file found in a mail, with its own fate: filed, waiting, or left out with a reason."""

    mail = models.ForeignKey(InboundMail, models.CASCADE, related_name="attachments")
    part_no = models.PositiveSmallIntegerField(
        help_text="The index of the MIME leaf, as `explain_mail` counts."
    )
    name = models.CharField(_("nom"), max_length=255)
    type = models.CharField(_("type"), max_length=127)
    size = models.PositiveBigIntegerField(_("taille"))
    sha256 = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    left_out = models.CharField(_("motif"), max_length=300, blank=True)

    class Meta:
        ordering = ["part_no"]
        constraints = [models.UniqueConstraint(fields=["mail", "part_no"], name="attachment_once_in_mail")]

    def __str__(self):
        return self.name

    @property
    def outcome(self) -> str:
        """Its own fate in words: left out and why, filed where, or what its mail waits for (D-18)."""
        if self.left_out:
            return str(_("laissé de côté : %(reason)s") % {"reason": self.left_out})
        if document := getattr(self, "document", None):  # of the floor above, loaded with it
            if document.is_trashed:
                return str(_("à la corbeille"))
            return str(_("classé dans %(space)s") % {"space": document.get_space_display()})
        return str(_("effacé") if self.mail.emptied_at else NOT_FILED[self.mail.fate])
