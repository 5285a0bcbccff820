"""The columns of a file of companies."""

from django.utils.translation import gettext_lazy

from approvals.directory import numbers
from approvals.directory.importing.fields import (
    Field,
    choice,
    code,
    day_and_month,
    email_field,
    plain_day,
    same,
    shown_choice,
)
from portal.models.company import Country, PaperlessConsent, VatRegime


def named(value) -> str:
    return str(value or "")


FIELDS = (
    Field(
        "code",
        gettext_lazy("Code"),
        gettext_lazy(
            "Ce qui reconnaît l’entreprise. De 1 à 32 lettres sans accent, chiffres, points, tirets ou soulignés."
        ),
        ("code entreprise", "code client", "code dossier", "dossier", "numéro de dossier"),
        is_required=True,
        longest=32,
        read=code,
    ),
    Field(
        "name",
        gettext_lazy("Nom"),
        gettext_lazy("Obligatoire pour une nouvelle entreprise."),
        ("raison sociale", "dénomination", "entreprise", "société", "nom de l’entreprise"),
    ),
    Field(
        "legal_form",
        gettext_lazy("Forme juridique"),
        gettext_lazy("SARL, SAS, SRL, ASBL…"),
        may_be_emptied=True,
        longest=60,
    ),
    Field(
        "country",
        gettext_lazy("Pays"),
        gettext_lazy("France ou Belgique ; France pour une nouvelle entreprise sans pays."),
        read=choice(Country),
        plain=same,
        show=shown_choice(Country),
    ),
    Field(
        "registration_number",
        gettext_lazy("Numéro d’entreprise"),
        gettext_lazy("SIREN ou SIRET en France, numéro BCE en Belgique."),
        ("siren", "siret", "bce", "numéro bce", "n° d’entreprise", "siren ou siret"),
        may_be_emptied=True,
        longest=30,
        plain=numbers.plain,
    ),
    Field(
        "vat_number",
        gettext_lazy("Numéro de TVA"),
        gettext_lazy("Avec ou sans FR ou BE."),
        ("tva", "n° de tva", "n° tva", "tva intracommunautaire", "numéro de tva intracommunautaire"),
        may_be_emptied=True,
        longest=30,
        plain=numbers.plain,
    ),
    Field(
        "vat_regime",
        gettext_lazy("Régime de TVA"),
        gettext_lazy(
            "Non assujettie ; Franchise en base ; Réel simplifié, annuel ; Déclaration trimestrielle ; "
            "Déclaration mensuelle."
        ),
        may_be_emptied=True,
        read=choice(
            VatRegime,
            mensuel="monthly",
            mensuelle="monthly",
            trimestriel="quarterly",
            trimestrielle="quarterly",
            simplifié="simplified",
            annuel="simplified",
            franchise="franchise",
        ),
        show=shown_choice(VatRegime),
    ),
    Field(
        "year_end",
        gettext_lazy("Clôture de l’exercice"),
        gettext_lazy("Jour et mois : 31/12."),
        ("clôture", "date de clôture"),
        may_be_emptied=True,
        read=day_and_month,
        plain=plain_day,
    ),
    Field("street", gettext_lazy("Rue"), gettext_lazy("Numéro et rue."), ("adresse",), may_be_emptied=True),
    Field(
        "postcode",
        gettext_lazy("Code postal"),
        gettext_lazy("En texte, pour ne pas perdre le zéro du début."),
        ("cp",),
        may_be_emptied=True,
        longest=12,
    ),
    Field(
        "city",
        gettext_lazy("Ville"),
        gettext_lazy("La localité."),
        ("localité", "commune"),
        may_be_emptied=True,
        longest=120,
    ),
    email_field("email", gettext_lazy("Email fiche"), also=("e-mail", "email", "mail", "courriel")),
    email_field("quote_email", gettext_lazy("Email devis")),
    email_field("billing_email", gettext_lazy("Email facturation")),
    email_field("dunning_email", gettext_lazy("Email relance")),
    Field(
        "paperless_consent",
        gettext_lazy("Demande de transfert des factures et devis"),
        gettext_lazy("En demande, Accepté ou Refusé."),
        read=choice(PaperlessConsent),
        plain=same,
        show=shown_choice(PaperlessConsent),
    ),
    Field(
        "manager",
        gettext_lazy("Gestionnaire"),
        gettext_lazy(
            "L’e-mail ou le nom d’un collaborateur actif du cabinet ; il est rattaché à l’entreprise."
        ),
        ("gestionnaire de dossier", "collaborateur"),
        may_be_emptied=True,
        longest=254,
        plain=same,
        show=named,
    ),
    Field(
        "group",
        gettext_lazy("Groupe"),
        gettext_lazy("Le nom d’un groupe de clients du cabinet."),
        ("groupe de clients",),
        may_be_emptied=True,
        plain=same,
        show=named,
    ),
)
