import uuid
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models.firm import Firm, code_validator
from portal.statements import is_there

ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def ascii_lower(address: str) -> str:
    """Only ASCII letters are lower-cased: the Kelvin sign must not become a « k » (D-02, T07)."""
    return address.translate(ASCII_LOWER)


def opaque_username() -> str:
    return uuid.uuid4().hex


class UserManager(BaseUserManager):
    def by_login(self, login: str, firm: Firm | None) -> "User | None":
        """The person whom `login` names: an e-mail address, or an identifiant within `firm` (D-05).

        Without a firm an identifiant is understood only where the deployment has a single one; else None, the
        same answer as for a login that does not exist.
        """
        if "@" in login:
            return (
                self.filter(email=ascii_lower(login.strip())).exclude(email="").order_by("-is_active").first()
            )
        if firm is None:
            firms = Firm.objects.all()[:2]
            firm = firms[0] if len(firms) == 1 else None
        found = LoginCode.objects.filter(firm=firm, code=login.strip()).select_related("user").first()
        return found.user if found else None

    def accepts_measuring_at(self, email: str, firm_id: int | None) -> bool:
        """Has the person of that firm who reads `email` accepted that opening a mail is measured (D-35)?

        Whoever has no account has accepted nothing.
        """
        return is_there(User, firm=firm_id, email=email, is_active=True, accepts_measuring=True)


class PasswordOrigin(models.TextChoices):
    """Where a password comes from: the grid of accesses shows it, never the password (D-06)."""

    NONE = "", _("aucun")
    RANDOM = "random", _("aléatoire")
    OWN = "own", _("personnalisé")


class User(AbstractBaseUser):
    """A person, one row over the whole portal; `firm` is null only for the administrator of the deployment."""

    username = models.CharField(max_length=32, unique=True, default=opaque_username, editable=False)
    firm = models.ForeignKey(Firm, models.CASCADE, null=True, blank=True, related_name="people")
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("nom"), max_length=200)
    is_active = models.BooleanField(_("actif"), default=True)
    is_superuser = models.BooleanField(default=False, editable=False)
    must_change_password = models.BooleanField(default=False)
    password_origin = models.CharField(max_length=6, choices=PasswordOrigin, blank=True, editable=False)
    accepts_measuring = models.BooleanField(
        _("mesure des ouvertures et des clics"),
        default=False,
        help_text="Given and withdrawn by the person (D-35).",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    # Set where staff look at the portal as this person, by « Portail client » (D-08): the key of the one company that
    # they see then. Mes documents stay closed.
    viewed_in: int | None = None

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("personne")
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(is_active=True) & ~Q(email=""),
                name="active_email_once_in_the_portal",
                violation_error_message=_(
                    "Cette adresse est déjà utilisée sur le portail. Utilisez une autre adresse, ou un alias de "
                    "la même adresse."
                ),
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_is_lower_case"),
            models.CheckConstraint(
                condition=Q(firm__isnull=False) | Q(is_superuser=True),
                name="firm_unless_deployment_administrator",
            ),
        ]

    def __str__(self):
        return self.name or self.email or self.username

    def get_short_name(self):
        return self.name.split(" ")[0] if self.name else str(self)

    @cached_property
    def staff(self) -> "StaffMember | None":
        """This person as a collaborateur, or None."""
        return getattr(self, "staff_member", None) if self.is_active else None

    @property
    def is_firm_admin(self) -> bool:
        return self.staff is not None and self.staff.role == StaffRole.ADMIN

    @cached_property
    def open_memberships(self) -> "list[ClientMember]":
        """The open accesses of this person as a contact of companies."""
        return list(ClientMember.objects.open().filter(user=self).select_related("company"))

    @cached_property
    def open_employments(self) -> "list[Employee]":
        """The open accesses of this person as a salarié."""
        return list(Employee.objects.open().filter(user=self).select_related("company"))

    @cached_property
    def may_log_in(self) -> bool:
        """Active, and staff, or with one authorised and published access, or the deployment's administrator."""
        return self.is_active and (
            self.is_superuser
            or self.staff is not None
            or bool(self.open_memberships)
            or bool(self.open_employments)
        )


class LoginCode(models.Model):
    """Identifiant: typed at login instead of an e-mail address, unique in the firm (D-05)."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="login_codes")
    code = models.CharField(_("identifiant"), max_length=32, validators=[code_validator])
    user = models.ForeignKey(User, models.CASCADE, related_name="login_codes")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "code"],
                name="login_code_once_in_firm",
                violation_error_message=_("Cet identifiant est déjà pris."),
            )
        ]

    def __str__(self):
        return self.code


class StaffRole(models.TextChoices):
    ADMIN = "admin", _("Administrateur du cabinet")
    STAFF = "staff", _("Collaborateur")


class StaffQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Those of the firm, deactivated ones among them, for its administrators alone."""
        return self.filter(user__firm=user.firm_id) if user.is_firm_admin else self.none()


class StaffMember(models.Model):
    """Collaborateur of a firm."""

    user = models.OneToOneField(User, models.CASCADE, related_name="staff_member")
    role = models.CharField(_("rôle"), max_length=8, choices=StaffRole, default=StaffRole.STAFF)

    objects = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("collaborateur")

    def __str__(self):
        return str(self.user)


class Attachment(models.Model):
    """A staff member works on a company; the star is a convenience of that person (D-04)."""

    staff = models.ForeignKey(StaffMember, models.CASCADE, related_name="attachments")
    company = models.ForeignKey("portal.Company", models.CASCADE, related_name="attachments")
    is_favourite = models.BooleanField(_("favori"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "company"], name="attached_once")]

    def __str__(self):
        return f"{self.staff} – {self.company}"


class AccessQuerySet(models.QuerySet):
    def live(self):
        """Those of the people whom the directory still shows."""
        return self.filter(is_archived=False)

    def open(self):
        """Accesses that let their person in: authorised, published as such, to a company that is not archived."""
        open_ones = self.live().filter(is_authorised=True, published__is_authorised=True)
        return open_ones.filter(company__is_archived=False)


class PortalAccess(models.Model):
    """What the grid « Droits d’accès au portail » holds of one person; `published` keeps its cells as last published."""

    is_authorised = models.BooleanField(_("accès autorisé"), default=False)
    published = models.JSONField(default=dict, blank=True)
    notify_wanted = models.BooleanField(_("notifier par email"), default=False)
    notified_to = models.EmailField(_("email envoyé à"), blank=True)
    notified_at = models.DateTimeField(_("email envoyé le"), null=True, blank=True)
    is_archived = models.BooleanField(_("archivé"), default=False)

    objects = AccessQuerySet.as_manager()

    class Meta:
        abstract = True

    def told_by(self, mail) -> None:
        """`mail` tells the person of this access and is on its way: « Email envoyé à », « le » (D-44). Its copy is not."""
        if mail.to_email != self.user.email:
            return
        self.notified_to, self.notified_at, self.notify_wanted = mail.to_email, timezone.now(), False
        self.save(update_fields=["notified_to", "notified_at", "notify_wanted"])

    @property
    def is_open(self) -> bool:
        """Does it let its person in?"""
        return self.is_authorised and not self.is_archived and bool(self.published.get("is_authorised"))


class ClientMember(PortalAccess):
    """A contact of a company: client administrator, or client user."""

    company = models.ForeignKey("portal.Company", models.CASCADE, related_name="client_members")
    user = models.ForeignKey(User, models.CASCADE, related_name="client_memberships")
    is_admin = models.BooleanField(_("administrateur client"), default=False)
    sees_box = models.BooleanField(_("voit la box"), default=True)
    sees_image = models.BooleanField(_("voit Image"), default=True)
    sees_employees = models.BooleanField(_("voit les dossiers des salariés"), default=False)

    class Meta:
        verbose_name = _("utilisateur client")
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="client_once_in_company")]

    def __str__(self):
        return f"{self.user} – {self.company}"


class Employee(PortalAccess):
    """A salarié of a company, known there by a matricule."""

    company = models.ForeignKey("portal.Company", models.CASCADE, related_name="employees")
    user = models.ForeignKey(User, models.CASCADE, related_name="employments")
    matricule = models.CharField(_("matricule"), max_length=32, validators=[code_validator])
    street = models.CharField(_("rue"), max_length=200, blank=True)
    postcode = models.CharField(_("code postal"), max_length=12, blank=True)
    city = models.CharField(_("ville"), max_length=120, blank=True)
    left_on = models.DateField(_("sorti le"), null=True, blank=True)
    wants_paper = models.BooleanField(
        _("bulletin papier"),
        default=False,
        help_text=_("Le salarié refuse le bulletin électronique : aucun n’est publié pour lui."),
    )

    class Meta:
        verbose_name = _("salarié")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "matricule"],
                name="matricule_once_in_company",
                violation_error_message=_("Ce matricule est déjà pris dans cette entreprise."),
            )
        ]

    def __str__(self):
        return f"{self.user} – {self.company}"
