"""« Paramètres de l’e-mail » : the addresses of the cascade, who receives the automatic mails, and who reads along."""

import pytest

from mailing.kinds import AUTOMATIC, MailKind
from mailing.models import OutgoingMail
from notifications.automatic import settings as automatic
from notifications.automatic.settings import Setting
from notifications.models import AutomaticMail
from portal.models import HistoryEntry
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SCREEN = "/parametres/communication/"
VALUES = {"communication_email": "contact@martin.example", "functional_email": ""} | {
    f"{kind}-{name}": value
    for kind in AUTOMATIC
    for name, value in (("configuration", "standard"), ("rhythm", "at_once"))
}


@pytest.fixture
def save(client, cast):
    """Posts the form as it stands, with `changes`; the answer."""
    client.force_login(cast.admin)

    def save(**changes):
        return client.post(SCREEN, VALUES | changes)

    return save


def addresses(firm):
    firm.refresh_from_db()
    return (
        firm.communication_email,
        firm.communication_is_unread,
        firm.functional_email,
        firm.functional_is_unread,
    )


def test_the_form_as_it_stands_changes_nothing(cast, save):
    assert save()["Location"] == SCREEN
    assert (HistoryEntry.objects.count(), AutomaticMail.objects.count()) == (0, 0)


def test_addresses_are_saved_and_written_down(cast, save):
    save(functional_email="Compta@Martin.example")
    assert addresses(cast.martin) == ("contact@martin.example", False, "compta@martin.example", False)
    assert HistoryEntry.objects.get().text == (
        "Anne Martin change les paramètres du cabinet – adresse e-mail fonctionnelle : compta@martin.example"
    )


def test_the_tick_follows_the_name_of_a_new_address_until_a_person_says_otherwise(cast, save):
    save(functional_email="noreply@martin.example")
    assert addresses(cast.martin)[2:] == ("noreply@martin.example", True)
    save(functional_email="noreply@martin.example")  # unticked, the address being the same
    assert addresses(cast.martin)[2:] == ("noreply@martin.example", False)
    save(functional_email="boite@martin.example", functional_is_unread="on")
    assert addresses(cast.martin)[2:] == ("boite@martin.example", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"communication_email": ""},
        {"communication_is_unread": "on"},
        {"communication_email": "no-reply@martin.example"},
        {"communication_email": "", "functional_email": "noreply@martin.example"},
    ],
)
def test_settings_that_leave_no_address_are_refused_with_what_was_typed(cast, save, changes):
    """D-33: nothing is dropped in silence."""
    page = save(**changes)
    [error] = page.context["form"].addresses.non_field_errors()
    assert (page.status_code, error.startswith("Il faut au moins une adresse du cabinet qui soit lue")) == (
        200,
        True,
    )
    assert addresses(cast.martin) == ("contact@martin.example", False, "", False)


@pytest.mark.parametrize(
    "address", ["pas une adresse", "a@b.example, c@d.example", "x@y.example <a@b.example>"]
)
def test_an_address_is_exactly_one(cast, save, address):
    page = save(functional_email=address)
    assert (page.status_code, list(page.context["form"].addresses.errors)) == (200, ["functional_email"])
    assert addresses(cast.martin)[2] == ""


def test_personnalise_goes_to_the_chosen(cast, save):
    claire, hugo = cast.claire.staff.pk, cast.hugo.staff.pk
    save(**{"failed_task-configuration": "custom", "failed_task-recipients": [hugo, claire]})
    assert automatic.settings_of(cast.martin) == {kind: Setting() for kind in AUTOMATIC} | {
        MailKind.FAILED_TASK: Setting(True, frozenset({claire, hugo}))
    }
    assert HistoryEntry.objects.get().text == (
        "Anne Martin change les destinataires de « Tâches échouées » – Personnalisé : Claire Dupont, Hugo Lenoir"
    )
    save(**{"failed_task-recipients": [claire]})
    assert automatic.settings_of(cast.martin)[MailKind.FAILED_TASK] == Setting(False, frozenset({claire}))
    assert HistoryEntry.objects.latest("pk").text == (
        "Anne Martin change les destinataires de « Tâches échouées » – Standard"
    )


def test_personnalise_without_anybody_says_that_it_is_like_standard(client, cast, save):
    save(**{"vat_complete-configuration": "custom"})
    assert client.get(SCREEN).content.decode().count("Personne n’est choisi : comme « Standard ».") == 1


def test_nobody_of_another_firm_is_chosen(cast, save):
    page = save(**{"failed_task-configuration": "custom", "failed_task-recipients": [cast.charlie.staff.pk]})
    assert (page.status_code, AutomaticMail.objects.count()) == (200, 0)


def test_the_screen_says_what_standard_means_now(client, cast):
    cast.company.manager = cast.claire.staff
    cast.company.save()
    client.force_login(cast.admin)
    assert client.get(SCREEN).context["page"].simulation.standard() == [("Gestionnaire du dossier", 1)]


def requests():
    return {mail.to_email: mail for mail in OutgoingMail.objects.filter(kind=MailKind.APPROVAL_REQUEST)}


def test_readers_of_a_request_read_and_do_not_become_approvers(cast, save):
    """D-33: « Personnalisé » may add readers of an approval request, never approvers."""
    hugo, gone = cast.hugo, cast.claire
    chosen = [hugo.staff.pk, gone.staff.pk]
    save(**{"approval_request-configuration": "custom", "approval_request-recipients": chosen})
    gone.is_active = False
    gone.save()
    arrive(mail_from("facture@bois.example"))
    mails = requests()
    assert set(mails) == {cast.gerant.email, hugo.email}
    assert mails[hugo.email].subject.startswith("Pour information : ")
    assert ("/acces-email/" in mails[cast.gerant.email].text, "/acces-email/" in mails[hugo.email].text) == (
        True,
        False,
    )
    assert "La décision est demandée à Marc Roux." in mails[hugo.email].text


def test_standard_has_no_readers_though_names_are_ticked(cast, save):
    save(**{"approval_request-recipients": [cast.hugo.staff.pk]})
    arrive(mail_from("facture@bois.example"))
    assert set(requests()) == {cast.gerant.email}


def test_the_sender_does_not_read_about_itself(cast, save):
    save(**{"approval_request-configuration": "custom", "approval_request-recipients": [cast.hugo.staff.pk]})
    arrive(mail_from(cast.hugo.email))
    assert cast.hugo.email not in requests()
