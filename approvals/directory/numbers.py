"""The numbers that say who a company is, in France and in Belgium: pure functions, from what is typed to what is kept.

Each takes a number as people write it (spaces, dots, dashes) and gives it compact, "" for nothing typed. Each raises
ValueError with a French sentence where the number cannot be one. The check digits are python-stdnum's.
"""

import re
from datetime import date

from django.utils.translation import gettext as _
from stdnum.be import vat as bce
from stdnum.eu import vat as european
from stdnum.exceptions import ValidationError as NotANumber
from stdnum.fr import siren, siret, tva

from portal.models import Country

MONACO = "000"  # a French VAT number of Monaco carries no SIREN
COMMON_YEAR = 2001
SEPARATORS = re.compile(r"[\s.\-/]")


def plain(number: str) -> str:
    """A number as numbers are compared: without spaces, dots and dashes, letters in upper case."""
    return SEPARATORS.sub("", number).upper()


def registration_number(typed: str, country: str) -> str:
    """A SIREN (9 digits) or SIRET (14) in France, a BCE number (10 digits) in Belgium."""
    if not typed.strip():
        return ""
    return _bce(typed) if country == Country.BELGIUM else _siren_or_siret(typed)


def _siren_or_siret(typed: str) -> str:
    number = siren.compact(typed.replace("-", ""))
    if len(number) not in (9, 14) or not number.isdecimal() or not number.isascii():
        raise ValueError(_("Un SIREN a 9 chiffres, un SIRET en a 14."))
    kind, name = (siren, "SIREN") if len(number) == 9 else (siret, "SIRET")
    if not kind.is_valid(number):
        raise ValueError(
            _("Ce %(name)s n’existe pas : sa clé est fausse. Un chiffre est sans doute mal recopié.")
            % {"name": name}
        )
    return number


def _bce(typed: str) -> str:
    number = bce.compact(typed)
    if len(number) != 10 or not number.isdecimal() or not number.isascii() or number[0] not in "01":
        raise ValueError(_("Un numéro BCE a 10 chiffres et commence par 0 ou 1."))
    if not bce.is_valid(number):
        raise ValueError(
            _("Ce numéro BCE n’existe pas : sa clé est fausse. Un chiffre est sans doute mal recopié.")
        )
    return number


def vat_number(typed: str, country: str) -> str:
    """A VAT number of `country` with its two letters in front, typed with or without them."""
    if not typed.strip():
        return ""
    letters, kind = ("BE", bce) if country == Country.BELGIUM else ("FR", tva)
    written = plain(typed)
    if written[:2].isalpha() and written[:2] != letters and european.is_valid(written):
        raise ValueError(
            _("Ce numéro est celui d’un autre pays : un numéro de TVA commence ici par %(letters)s.")
            % {"letters": letters}
        )
    try:
        return letters + kind.validate(written)
    except NotANumber:
        raise ValueError(
            _("Ce n’est pas un numéro de TVA belge : BE et 10 chiffres, dont une clé de contrôle.")
            if country == Country.BELGIUM
            else _("Ce n’est pas un numéro de TVA français : FR, 2 caractères de clé, puis le SIREN.")
        ) from None


def any_vat_number(typed: str) -> str:
    """A VAT number of any country of the Union, its two letters in front: a supplier may be anywhere."""
    if not typed.strip():
        return ""
    try:
        return european.validate(plain(typed))
    except NotANumber:
        raise ValueError(
            _("Ce n’est pas un numéro de TVA : les deux lettres du pays, puis le numéro complet.")
        ) from None


def contradiction(registration: str, vat: str, country: str) -> str:
    """Why the two numbers, both compact, cannot be of one company, in French; "" where they can."""
    if not registration or not vat:
        return ""
    if country == Country.BELGIUM:
        own, name = registration, "BCE"
    else:
        own, name = registration[:9], "SIREN"
    told = vat[2:] if country == Country.BELGIUM else vat[4:]
    if told == own or (country != Country.BELGIUM and told.startswith(MONACO)):
        return ""
    return _("Ce numéro de TVA contient le %(name)s %(told)s ; le numéro d’entreprise dit %(own)s.") % {
        "name": name,
        "told": told,
        "own": own,
    }


def year_end(typed: str) -> str:
    """The day on which a year is closed, as « 31/12 ».

    29 February is refused, with what to write instead: three years of four it would be no day at all.
    """
    if not typed.strip():
        return ""
    found = re.fullmatch(r"\s*([0-9]{1,2})\s*[/.\- ]\s*([0-9]{1,2})\s*", typed)
    if found is None:
        raise ValueError(_("Écrivez le jour et le mois : 31/12."))
    day, month = int(found[1]), int(found[2])
    if (day, month) == (29, 2):
        raise ValueError(_("Le 29 février n’existe pas chaque année : pour la fin février, écrivez 28/02."))
    try:
        date(COMMON_YEAR, month, day)
    except ValueError:
        raise ValueError(_("Ce jour n’existe pas.")) from None
    return f"{day:02}/{month:02}"
