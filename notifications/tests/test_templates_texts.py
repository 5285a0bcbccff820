"""The texts of the portal, and those of a firm in their place (S3-20, S3-32)."""

import pytest
from django.core.exceptions import ValidationError

from notifications.defaults import DEFAULTS, default_of, kinds_of, text_of
from notifications.merging import check
from notifications.models import NotificationTemplate, Reader, TemplateKind

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KIND = TemplateKind.WELCOME


def version(firm, number, subject, **other):
    fields = {"reader": Reader.CLIENT, "kind": KIND, "body": "#lien#"} | other
    return NotificationTemplate.objects.create(firm=firm, version=number, subject=subject, **fields)


@pytest.mark.parametrize(("reader", "kind"), DEFAULTS)
def test_each_text_of_the_portal_passes_the_check_that_a_firm_s_must_pass(reader, kind):
    text = default_of(reader, kind)
    check(text.subject, text.body, reader, kind)
    assert 0 < len(text.subject) <= 200


def test_clients_are_written_to_about_everything_and_employees_not_about_invoices():
    assert kinds_of(Reader.CLIENT) == tuple(kind for kind in TemplateKind if kind != TemplateKind.PAYSLIP)
    assert kinds_of(Reader.EMPLOYEE) == (
        TemplateKind.DOCUMENT,
        TemplateKind.TO_SIGN,
        TemplateKind.PAYSLIP,
        TemplateKind.SEVERAL,
        TemplateKind.ACCESS,
        TemplateKind.WELCOME,
    )


def test_without_a_row_the_text_is_the_portal_s(cast):
    assert text_of(cast.martin, Reader.CLIENT, KIND) == default_of(Reader.CLIENT, KIND)


def test_the_latest_version_of_the_firm_counts_and_nobody_else_s(cast, django_assert_num_queries):
    version(cast.martin, 1, "Un")
    version(cast.martin, 2, "Deux")
    version(cast.martin, 3, "Salariés", reader=Reader.EMPLOYEE)
    version(cast.martin, 4, "Accès", kind=TemplateKind.ACCESS)
    version(cast.peeters, 5, "Peeters")
    with django_assert_num_queries(1):
        text = text_of(cast.martin, Reader.CLIENT, KIND)
    assert (text.subject, text.body) == ("Deux", "#lien#")


def test_a_text_with_an_unknown_field_is_refused_when_it_is_saved(cast):
    row = version(cast.martin, 1, "Pour #sosiété#", by=cast.admin)
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    assert list(refusal.value.message_dict) == ["subject"]
