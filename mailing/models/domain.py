"""The domains from which a firm's mails leave, and what DNS last said of each (D-32)."""

from datetime import datetime, timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Firm, User
from portal.moves import Queued, QueueQuerySet

KEPT_WITHOUT_ANSWER = timedelta(days=7)


class CheckKind(models.TextChoices):
    SPF = "spf", "SPF"
    DKIM = "dkim", "DKIM"
    DMARC = "dmarc", "DMARC"


class Answer(models.TextChoices):
    """What DNS said: the right records, the wrong ones or none, or nothing at all."""

    YES = "yes", _("En ordre")
    NO = "no", _("À corriger")
    UNKNOWN = "unknown", _("Sans réponse")

    @property
    def tone(self) -> str:
        return {Answer.YES: "ok", Answer.NO: "danger", Answer.UNKNOWN: "neutral"}[self]

    @property
    def icon(self) -> str:
        return {Answer.YES: "check", Answer.NO: "x-mark", Answer.UNKNOWN: "question-mark-circle"}[self]


class DomainState(models.TextChoices):
    """May mails leave from an address of the domain? Only « À compléter » says no."""

    PREPARED = "prepared", _("Préparé")
    INCOMPLETE = "incomplete", _("À compléter")
    UNKNOWN = "unknown", _("Inconnu")

    @property
    def tone(self) -> str:
        return {
            DomainState.PREPARED: "ok",
            DomainState.INCOMPLETE: "danger",
            DomainState.UNKNOWN: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            DomainState.PREPARED: "check-circle",
            DomainState.INCOMPLETE: "exclamation-triangle",
            DomainState.UNKNOWN: "question-mark-circle",
        }[self]


class DomainTurn(models.TextChoices):
    """Where a domain stands in the queue of checks."""

    WAITING = "waiting", _("À vérifier")
    CHECKED = "checked", _("Vérifié")
    FAILED = "failed", _("Vérification en échec")


class DomainQuerySet(QueueQuerySet):
    def visible_to(self, user: User):
        """The domains of one's firm, for its administrators (ui.md, /parametres/…)."""
        return self.filter(firm=user.firm_id) if user.is_firm_admin else self.none()


class SendingDomain(Queued):
    """A domain of a firm's addresses; the rows follow the addresses (`mailing.domains.stories.keep_in_step`)."""

    QUEUE = "domains"
    WAITING = (DomainTurn.WAITING,)
    FAILED = DomainTurn.FAILED
    FIRM_SEES = True

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="sending_domains")
    domain = models.CharField(_("domaine"), max_length=253)
    dkim_selector = models.CharField(
        _("sélecteur DKIM"), max_length=63, blank=True, help_text=_("Celui que donne le serveur d’envoi.")
    )
    vouched_at = models.DateTimeField(null=True, help_text="The administrator of the deployment vouches.")
    provider_vouches = models.BooleanField(default=False, help_text="What the provider said last.")
    provider_heard_at = models.DateTimeField(null=True)
    provider_records = models.JSONField(default=list, help_text="The records that the provider asks for.")
    page_made_at = models.DateTimeField(
        default=timezone.now, help_text="What the partner's link is derived from."
    )
    checked_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=8, choices=DomainTurn, default=DomainTurn.WAITING)

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("domaine d’envoi")
        ordering = ["domain"]
        constraints = [models.UniqueConstraint(fields=["firm", "domain"], name="domain_once_in_firm")]
        indexes = [models.Index(fields=["status", "next_attempt_at"])]

    def __str__(self):
        return self.domain

    def get_absolute_url(self):
        return f"{reverse('mailing:domains')}#domaine-{self.domain}"

    def is_vouched_by_provider(self, now: datetime) -> bool:
        """Its word counts for seven days, as an answer of DNS does."""
        heard = self.provider_heard_at is not None and now - self.provider_heard_at <= KEPT_WITHOUT_ANSWER
        return self.provider_vouches and heard


class DomainCheck(models.Model):
    """The last check of one kind. `answer` is what DNS said then; `settled` the last time that it said anything."""

    domain = models.ForeignKey(SendingDomain, models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=5, choices=CheckKind)
    answer = models.CharField(max_length=7, choices=Answer)
    reason = models.CharField(max_length=500)
    found = models.JSONField(default=list, help_text="Records as found: type, name, value.")
    settled = models.CharField(max_length=7, choices=Answer, blank=True)
    settled_reason = models.CharField(max_length=500, blank=True)
    settled_at = models.DateTimeField(null=True)
    good_at = models.DateTimeField(null=True, help_text="The last time that it was in order.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "kind"], name="one_check_of_a_kind")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.domain}"

    def standing(self, now: datetime) -> tuple[Answer, str]:
        """What counts at `now`, and why: without an answer, the last one, for seven days (D-32)."""
        kept = self.settled_at is not None and now - self.settled_at <= KEPT_WITHOUT_ANSWER
        if self.answer == Answer.UNKNOWN and kept:
            return Answer(self.settled), self.settled_reason
        return Answer(self.answer), self.reason
