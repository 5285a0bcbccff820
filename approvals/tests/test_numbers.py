"""The numbers of a company, as people write them: what is kept, and what is refused with which words."""

import pytest

from approvals.directory import numbers

FR, BE = "FR", "BE"


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("", FR, ""),
        ("   ", BE, ""),
        ("552 008 443", FR, "552008443"),
        ("404.833.048", FR, "404833048"),
        ("732 829 320 00074", FR, "73282932000074"),
        ("356 000 000 00048", FR, "35600000000048"),  # La Poste, its head office
        ("356 000 000 06424", FR, "35600000006424"),  # a post office: another sum
        ("0428.759.497", BE, "0428759497"),
        ("BE 428 759 497", BE, "0428759497"),
    ],
)
def test_a_registration_number_is_kept_compact(typed, country, kept):
    assert numbers.registration_number(typed, country) == kept


@pytest.mark.parametrize(
    ("typed", "country", "said"),
    [
        ("404833047", FR, "Ce SIREN n’existe pas"),
        ("73282932000079", FR, "Ce SIRET n’existe pas"),
        ("40483304", FR, "Un SIREN a 9 chiffres"),
        ("٤٠٤٨٣٣٠٤٨", FR, "Un SIREN a 9 chiffres"),
        ("404833O48", FR, "Un SIREN a 9 chiffres"),
        ("0428.759.498", BE, "Ce numéro BCE n’existe pas"),
        ("2428.759.497", BE, "Un numéro BCE a 10 chiffres"),
        ("404833048", BE, "Ce numéro BCE n’existe pas"),  # a SIREN in Belgium
    ],
)
def test_a_registration_number_that_cannot_be_one_is_refused(typed, country, said):
    with pytest.raises(ValueError, match=said):
        numbers.registration_number(typed, country)


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("", FR, ""),
        ("FR 40 303 265 045", FR, "FR40303265045"),
        ("40.303.265.045", FR, "FR40303265045"),
        ("fr k7 399 859 412", FR, "FRK7399859412"),  # a key with a letter
        ("BE 0428.759.497", BE, "BE0428759497"),
        ("428759497", BE, "BE0428759497"),
    ],
)
def test_a_vat_number_is_kept_with_its_country(typed, country, kept):
    assert numbers.vat_number(typed, country) == kept


@pytest.mark.parametrize(
    ("typed", "country", "said"),
    [
        ("FR41303265045", FR, "pas un numéro de TVA français"),
        ("BE0428759497", FR, "commence ici par FR"),
        ("FR40303265045", BE, "commence ici par BE"),
        ("BE0428759498", BE, "pas un numéro de TVA belge"),
        ("<b>", FR, "pas un numéro de TVA français"),
    ],
)
def test_a_vat_number_that_cannot_be_one_is_refused(typed, country, said):
    with pytest.raises(ValueError, match=said):
        numbers.vat_number(typed, country)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), ("FR 40 303 265 045", "FR40303265045"), ("DE 136 695 976", "DE136695976")],
)
def test_a_supplier_may_be_anywhere_in_the_union(typed, kept):
    assert numbers.any_vat_number(typed) == kept


@pytest.mark.parametrize("typed", ["40303265045", "XX123456789", "CHE-107.787.577", "FR"])
def test_what_is_no_vat_number_of_the_union_is_refused(typed):
    with pytest.raises(ValueError, match="les deux lettres du pays"):
        numbers.any_vat_number(typed)


@pytest.mark.parametrize(
    ("registration", "vat", "country", "agree"),
    [
        ("303265045", "FR40303265045", FR, True),
        ("30326504500011", "FR40303265045", FR, True),
        ("404833048", "FR40303265045", FR, False),
        ("", "FR40303265045", FR, True),
        ("303265045", "", FR, True),
        ("303265045", "FR12000123456", FR, True),  # Monaco
        ("0428759497", "BE0428759497", BE, True),
        ("0403019261", "BE0428759497", BE, False),
    ],
)
def test_a_vat_number_contradicts_the_number_of_the_company_or_not(registration, vat, country, agree):
    assert (numbers.contradiction(registration, vat, country) == "") == agree


@pytest.mark.parametrize(
    ("typed", "kept"), [("", ""), ("31/12", "31/12"), ("1/7", "01/07"), ("30-06", "30/06"), ("28.2", "28/02")]
)
def test_a_year_end_is_a_day_and_a_month(typed, kept):
    assert numbers.year_end(typed) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("31/06", "Ce jour n’existe pas"),
        ("0/12", "Ce jour n’existe pas"),
        ("31/13", "Ce jour n’existe pas"),
        ("29/02", "écrivez 28/02"),
        ("décembre", "Écrivez le jour et le mois"),
        ("31/12/2026", "Écrivez le jour et le mois"),
        ("٣١/١٢", "Écrivez le jour et le mois"),
    ],
)
def test_a_year_end_that_is_no_day_is_refused(typed, said):
    with pytest.raises(ValueError, match=said):
        numbers.year_end(typed)
