"""The portal's own texts, complete, for whoever reads them and whatever they say; a firm's own take their place.

They use the same fields as a firm's, so that the editor can start from them (S3-20, S3-32, D-45).
"""

from django.utils.translation import gettext_lazy as _

from notifications.merging import Text
from notifications.models import NotificationTemplate, Reader, TemplateKind
from portal.models import Firm

DEFAULTS: dict[tuple[Reader, TemplateKind], tuple] = {
    (Reader.CLIENT, TemplateKind.DOCUMENT): (
        _("Un document pour #société#"),
        _(
            "Bonjour,\n\nLe document « #document# » est disponible dans l’espace client de "
            "#société#.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.TO_SIGN): (
        _("Un document à signer pour #société#"),
        _(
            "Bonjour,\n\nLe document « #document# » attend votre signature dans l’espace client de "
            "#société#. Vous pouvez l’y lire avant de le signer.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.QUOTE): (
        _("Un devis pour #société#"),
        _(
            "Bonjour,\n\nVotre devis « #document# » est disponible dans l’espace client de #société#, avec "
            "les précédents.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.INVOICE): (
        _("Une facture pour #société#"),
        _(
            "Bonjour,\n\nVotre facture « #document# » est disponible dans l’espace client de #société#, avec "
            "les précédentes.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.SEVERAL): (
        _("Des documents pour #société#"),
        _(
            "Bonjour,\n\nPlusieurs documents sont disponibles dans l’espace client de #société# : "
            "#document#.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.DUNNING): (
        _("Rappel de paiement pour #société#"),
        _(
            "Bonjour,\n\nSauf erreur de notre part, nous n’avons pas encore reçu le règlement de « "
            "#document# », pour #société#. Merci de le prévoir dans les prochains jours ; s’il vient de "
            "partir, ne tenez pas compte de ce rappel.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.ACCESS): (
        _("Votre accès à #société# sur le portail de #cabinet#"),
        _(
            "Bonjour,\n\nVous avez désormais accès à #société# sur le portail de #cabinet#. Connectez-vous comme "
            "d’habitude.\n\nVotre identifiant : #identifiant#\nVotre adresse e-mail convient aussi.\n\n#lien#\n\n"
            "Bien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.WELCOME): (
        _("Bienvenue sur le portail de #cabinet#"),
        _(
            "Bonjour,\n\nLe portail de #cabinet# vous est ouvert pour #société# : vous y trouvez les documents que nous "
            "préparons pour vous, et vous nous y envoyez les vôtres.\n\nVotre identifiant : #identifiant#\n"
            "Votre adresse e-mail convient aussi.\n\nPour commencer, choisissez votre mot de passe :\n\n#lien#\n\n"
            "Bien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.DOCUMENT): (
        _("#société# : un document pour vous"),
        _(
            "Bonjour #prénom#,\n\nLe document « #document# » est disponible dans votre espace "
            "salarié.\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.TO_SIGN): (
        _("#société# : un document à signer"),
        _(
            "Bonjour #prénom#,\n\nLe document « #document# » attend votre signature dans votre espace "
            "salarié. Vous pouvez l’y lire avant de le signer.\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.PAYSLIP): (
        _("#société# : votre bulletin de paie"),
        _(
            "Bonjour #prénom#,\n\nVotre bulletin « #document# » est disponible dans votre espace salarié, "
            "avec les précédents.\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.SEVERAL): (
        _("#société# : des documents pour vous"),
        _(
            "Bonjour #prénom#,\n\nPlusieurs documents sont disponibles dans votre espace salarié : "
            "#document#.\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.ACCESS): (
        _("Votre espace salarié de #société#"),
        _(
            "Bonjour #prénom#,\n\nVous avez désormais accès à l’espace salarié de #société#. Connectez-vous comme "
            "d’habitude.\n\nVotre identifiant : #identifiant#\nVotre adresse e-mail convient aussi.\n\n#lien#\n\n"
            "Bien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.WELCOME): (
        _("Bienvenue dans votre espace salarié de #société#"),
        _(
            "Bonjour #prénom#,\n\n#société# vous ouvre un espace salarié, sur le portail de son cabinet, "
            "#cabinet#. Vous y retrouvez vos bulletins et vos contrats.\n\nVotre identifiant : "
            "#identifiant#\nVotre adresse e-mail convient aussi.\n\nPour commencer, choisissez votre mot de "
            "passe :\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
}


def kinds_of(reader: Reader) -> tuple[TemplateKind, ...]:
    """What is written to `reader`: no quotes, invoices or reminders to employees."""
    return tuple(kind for kind in TemplateKind if (reader, kind) in DEFAULTS)


def default_of(reader: Reader, kind: TemplateKind) -> Text:
    subject, body = DEFAULTS[reader, kind]
    return Text(str(subject), str(body))


def own_of(firm: Firm, reader: Reader, kind: TemplateKind) -> NotificationTemplate | None:
    """The latest version of the text that `firm` has of its own; None where the portal's counts."""
    rows = NotificationTemplate.objects.filter(firm=firm, reader=reader, kind=kind)
    return rows.order_by("-version").first()


def text_of(firm: Firm, reader: Reader, kind: TemplateKind) -> Text:
    """The text of `kind` that `firm` writes to `reader`: its own latest version, else the portal's; one query.

    Raises KeyError where nothing of that kind is written to `reader`.
    """
    own = own_of(firm, reader, kind)
    return own.text if own else default_of(reader, kind)
