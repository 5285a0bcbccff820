"""The portal's own texts, complete, for whoever reads them and whatever they say; a firm's own take their place.

They use the same fields as a firm's, so that the editor can start from them (S3-20, S3-32, D-45).
"""

from django.utils.translation import gettext_lazy as _

from notifications.merging import Text
from notifications.models import NotificationTemplate, Reader, TemplateKind
from portal.models import Firm

DEFAULTS: dict[tuple[Reader, TemplateKind], tuple] = {
    (Reader.CLIENT, TemplateKind.DOCUMENT): (
        _("#cabinet# : un document pour #société#"),
        _(
            "Bonjour,\n\nLe document « #document# » est à votre disposition sur le portail de #cabinet#, pour "
            "#société#.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.TO_SIGN): (
        _("#cabinet# : un document à signer pour #société#"),
        _(
            "Bonjour,\n\nLe document « #document# » attend votre signature, pour #société#. Vous le lisez et le "
            "signez sur le portail.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.QUOTE): (
        _("#cabinet# : un devis pour #société#"),
        _(
            "Bonjour,\n\nVotre devis « #document# » est disponible sur le portail de #cabinet#, pour #société#. Vous "
            "l’y retrouvez avec vos autres devis.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.INVOICE): (
        _("#cabinet# : une facture pour #société#"),
        _(
            "Bonjour,\n\nVotre facture « #document# » est disponible sur le portail de #cabinet#, pour #société#. "
            "Vous l’y retrouvez avec les précédentes.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.SEVERAL): (
        _("#cabinet# : des documents pour #société#"),
        _(
            "Bonjour,\n\nPlusieurs documents sont à votre disposition sur le portail de #cabinet#, pour #société# : "
            "#document#.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.DUNNING): (
        _("#cabinet# : rappel pour #société#"),
        _(
            "Bonjour,\n\nSauf erreur de notre part, « #document# » attend encore votre règlement. Si vous l’avez "
            "fait entre-temps, ne tenez pas compte de ce message.\n\n#lien#\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.ACCESS): (
        _("Votre accès à #société# sur le portail de #cabinet#"),
        _(
            "Bonjour,\n\nVous avez accès à #société# sur le portail de #cabinet#. Connectez-vous comme "
            "d’habitude, avec votre adresse e-mail ou votre identifiant #identifiant#.\n\n#lien#\n\n"
            "Bien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.CLIENT, TemplateKind.WELCOME): (
        _("Bienvenue sur le portail de #cabinet#"),
        _(
            "Bonjour,\n\n#cabinet# vous ouvre un accès à son portail, pour #société#. Vous y trouvez vos "
            "documents et y déposez les vôtres.\n\nVotre identifiant : #identifiant#\n\nChoisissez d’abord "
            "votre mot de passe :\n\n#lien#\n\nVous vous connectez ensuite sur #domaine#, avec votre adresse "
            "e-mail ou votre identifiant.\n\nBien à vous,\n#gestionnaire#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.DOCUMENT): (
        _("#société# : un document pour vous"),
        _(
            "Bonjour #prénom#,\n\nLe document « #document# » est à votre disposition dans votre espace salarié."
            "\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.TO_SIGN): (
        _("#société# : un document à signer"),
        _(
            "Bonjour #prénom#,\n\nLe document « #document# » attend votre signature. Vous le lisez et le signez "
            "dans votre espace salarié.\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.PAYSLIP): (
        _("#société# : votre bulletin"),
        _(
            "Bonjour #prénom#,\n\nVotre bulletin « #document# » est à votre disposition dans votre espace salarié. "
            "Vous l’y retrouvez avec les précédents, et le téléchargez quand vous voulez.\n\n#lien#\n\n"
            "Bien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.SEVERAL): (
        _("#société# : des documents pour vous"),
        _(
            "Bonjour #prénom#,\n\nPlusieurs documents sont à votre disposition dans votre espace salarié : "
            "#document#.\n\n#lien#\n\nBien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.ACCESS): (
        _("Votre espace salarié de #société#"),
        _(
            "Bonjour #prénom#,\n\nVous avez accès à l’espace salarié de #société#. Connectez-vous comme "
            "d’habitude, avec votre adresse e-mail ou votre identifiant #identifiant#.\n\n#lien#\n\n"
            "Bien à vous,\n#société#"
        ),
    ),
    (Reader.EMPLOYEE, TemplateKind.WELCOME): (
        _("Bienvenue dans votre espace salarié de #société#"),
        _(
            "Bonjour #prénom#,\n\n#société# vous ouvre un espace salarié sur le portail de son cabinet, "
            "#cabinet#. Vos bulletins et vos contrats vous y attendent.\n\nVotre identifiant : #identifiant#\n\n"
            "Choisissez d’abord votre mot de passe :\n\n#lien#\n\nVous vous connectez ensuite sur #domaine#, "
            "avec votre adresse e-mail ou votre identifiant.\n\nBien à vous,\n#société#"
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
