"""The numbers of companies by country: SIREN, SIRET and TVA in France, BCE and TVA in Belgium (python-stdnum)."""

import re
from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.be import vat as be_vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret, tva

from portal.models.company import Country

SEPARATORS = re.compile(r"[\s.\-/]")


def plain(number: str) -> str:
    """A number as it is kept and compared: without spaces, dots and dashes, letters in upper case."""
    return SEPARATORS.sub("", number).upper()


def _french(number: str) -> str:
    return siret.validate(number) if len(number) == 14 else siren.validate(number)


def _belgian(number: str) -> str:
    return be_vat.validate(number)


# Country, field: who reads a number, what is put before it, what it should have been.
RULES: Mapping[tuple[str, str], tuple[Callable[[str], str], str, object]] = {
    (Country.FRANCE, "registration_number"): (
        _french,
        "",
        gettext_lazy("n’est ni un SIREN (9 chiffres) ni un SIRET (14 chiffres)"),
    ),
    (Country.FRANCE, "vat_number"): (
        tva.validate,
        "FR",
        gettext_lazy("n’est pas un numéro de TVA français (FR et 11 caractères)"),
    ),
    (Country.BELGIUM, "registration_number"): (
        _belgian,
        "",
        gettext_lazy("n’est pas un numéro BCE (10 chiffres)"),
    ),
    (Country.BELGIUM, "vat_number"): (
        _belgian,
        "BE",
        gettext_lazy("n’est pas un numéro de TVA belge (BE et 10 chiffres)"),
    ),
}


def check_company(country: str, numbers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The numbers of a company of `country` by field (`registration_number`, `vat_number`), as they are kept; and for
    each that is none, why. An empty one is right."""
    kept, wrong = {}, {}
    for field, typed in numbers.items():
        read, prefix, should_be = RULES[country, field]
        number = plain(typed)
        try:
            kept[field] = number and prefix + read(number)
        except ValidationError:
            wrong[field] = _("« %(number)s » %(should_be)s.") % {"number": typed, "should_be": should_be}
    return kept, wrong
