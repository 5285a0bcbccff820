"""Cascade × kinds × settings: who sends, who receives, and what is said of each branch (D-31, D-33, D-37)."""

from dataclasses import replace

import pytest

from mailing.kinds import AUDIENCES, CHAINS, MailKind
from mailing.sending.cascade import Branch, Facts, Person, choose, recipients, standard

CLAIRE = Person("Claire Dupont", "claire@martin.example")
HUGO = Person("Hugo Lenoir", "hugo@martin.example")
GONE = replace(CLAIRE, is_active=False)
MUTE = replace(CLAIRE, email="")

BARE = Facts(firm="Cabinet Martin", deployment_email="portail@depot.example")
COMMUNICATION = replace(BARE, communication_email="contact@martin.example")
FUNCTIONAL = replace(COMMUNICATION, functional_email="compta@martin.example")
GROUP = replace(FUNCTIONAL, group="Sud", group_email="sud@martin.example")
MANAGER = replace(GROUP, manager=CLAIRE)
NO_COMPANY = replace(MANAGER, has_company=False)


def notifying(facts):
    return replace(facts, notification_from="noreply@martin.example", reply_to="accueil@martin.example")


LETTER = MailKind.WELCOME  # the cascade
NOTICE = MailKind.DOCUMENT  # adresse de notification, else the cascade
ANSWER = MailKind.PENDING  # adresse de notification, else adresse de communication
LOGIN = MailKind.PASSWORD_RESET


# Address, display name and Reply-To.
CLAIRES = ("claire@martin.example", "Claire Dupont – Cabinet Martin", "")
SOUTH = ("sud@martin.example", "Cabinet Martin", "")
COMPTA = ("compta@martin.example", "Cabinet Martin", "")
CONTACT = ("contact@martin.example", "Cabinet Martin", "")
NOREPLY = ("noreply@martin.example", "Cabinet Martin", "")
NOREPLY_ANSWERED = ("noreply@martin.example", "Cabinet Martin", "accueil@martin.example")
PORTAL = ("portail@depot.example", "Cabinet Martin", "")
NOBODY = ("", "Cabinet Martin", "")


@pytest.mark.parametrize(
    ("kind", "facts", "branch", "sender"),
    [
        (LETTER, MANAGER, Branch.MANAGER, CLAIRES),
        (LETTER, notifying(MANAGER), Branch.MANAGER, CLAIRES),
        (LETTER, replace(MANAGER, manager=GONE), Branch.GROUP, SOUTH),
        (LETTER, replace(MANAGER, manager=MUTE), Branch.GROUP, SOUTH),
        (LETTER, GROUP, Branch.GROUP, SOUTH),
        (LETTER, replace(GROUP, group_email=""), Branch.FUNCTIONAL, COMPTA),
        (LETTER, FUNCTIONAL, Branch.FUNCTIONAL, COMPTA),
        (LETTER, COMMUNICATION, Branch.COMMUNICATION, CONTACT),
        (LETTER, NO_COMPANY, Branch.FUNCTIONAL, COMPTA),
        (LETTER, BARE, None, NOBODY),
        (NOTICE, notifying(MANAGER), Branch.NOTIFICATION, NOREPLY_ANSWERED),
        (NOTICE, MANAGER, Branch.MANAGER, CLAIRES),
        (NOTICE, replace(MANAGER, reply_to="accueil@martin.example"), Branch.MANAGER, CLAIRES),
        (NOTICE, COMMUNICATION, Branch.COMMUNICATION, CONTACT),
        (NOTICE, BARE, None, NOBODY),
        (ANSWER, notifying(MANAGER), Branch.NOTIFICATION, NOREPLY),
        (ANSWER, MANAGER, Branch.COMMUNICATION, CONTACT),
        (ANSWER, replace(MANAGER, communication_email=""), None, NOBODY),
        (LOGIN, notifying(MANAGER), Branch.DEPLOYMENT, PORTAL),
        (LOGIN, BARE, Branch.DEPLOYMENT, PORTAL),
        (
            ANSWER,
            Facts(deployment_email="portail@depot.example"),
            Branch.DEPLOYMENT,
            ("portail@depot.example", "Portail", ""),
        ),
    ],
)
def test_sender(kind, facts, branch, sender):
    choice = choose(kind, facts)
    assert (choice.branch, (choice.address, choice.name, choice.reply_to)) == (branch, sender)
    assert bool(choice.error) == (branch is None)


@pytest.mark.parametrize("kind", MailKind)
def test_every_kind_has_its_chain(kind):
    choice = choose(kind, notifying(MANAGER))
    wanted = {
        "cascade": Branch.MANAGER,
        "notification": Branch.NOTIFICATION,
        "gate": Branch.NOTIFICATION,
        "deployment": Branch.DEPLOYMENT,
    }
    assert choice.branch == wanted[CHAINS[kind]]


def test_kinds_of_d_37():
    by_chain = {chain: {kind.name for kind in CHAINS if CHAINS[kind] == chain} for chain in CHAINS.values()}
    assert by_chain["cascade"] == {"WELCOME", "ACCESS", "MESSAGE", "DUNNING", "INVOICE"}
    assert by_chain["notification"] == {"DOCUMENT"}
    assert by_chain["deployment"] == {"PASSWORD_RESET", "PASSWORD_CHANGED", "ACCOUNT_SECURITY"}
    assert set(AUDIENCES) <= {kind for kind in CHAINS if CHAINS[kind] == "gate"}


def path(steps):
    return [(step.branch, step.turn, step.why) for step in steps]


def test_the_path_says_why_each_branch_before_did_not_serve():
    facts = replace(FUNCTIONAL, manager=GONE, group="Sud")
    assert path(choose(LETTER, facts).steps) == [
        ("manager", "passed", "le compte de Claire Dupont n’est plus actif"),
        ("group", "passed", "le groupe « Sud » n’a pas d’adresse e-mail"),
        ("functional", "taken", "réglée par le cabinet"),
        ("communication", "left", "non examinée : une branche précédente sert"),
    ]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (
            BARE,
            ["le dossier n’a pas de gestionnaire attitré", "le dossier n’est dans aucun groupe de clients"],
        ),
        (
            replace(BARE, manager=MUTE, group="Sud"),
            ["Claire Dupont n’a pas d’adresse e-mail", "le groupe « Sud » n’a pas d’adresse e-mail"],
        ),
        (
            replace(NO_COMPANY, functional_email="", communication_email=""),
            ["le mail ne concerne aucun dossier"] * 2,
        ),
    ],
)
def test_without_any_address_each_branch_says_why(facts, why):
    choice = choose(LETTER, facts)
    assert [step.why for step in choice.steps] == [*why, "le cabinet n’en a pas", "le cabinet n’en a pas"]
    assert choice.error == (
        "Aucune adresse ne peut envoyer ce mail : remplissez l’adresse de communication du cabinet."
    )


def test_an_address_not_prepared_is_an_error_and_never_another_address():
    facts = replace(MANAGER, unprepared={"claire@martin.example": "SPF ne cite pas le portail"})
    choice = choose(LETTER, facts)
    assert (choice.branch, choice.address) == (Branch.MANAGER, "claire@martin.example")
    assert choice.error == (
        "L’adresse claire@martin.example n’est pas correctement préparée pour le portail : "
        "SPF ne cite pas le portail."
    )
    assert choose(ANSWER, facts).error == ""


def test_what_a_mail_keeps_of_the_choice_is_plain_data():
    kept = choose(LETTER, COMMUNICATION).kept()
    assert (kept["branch"], kept["error"]) == ("communication", "")
    assert kept["steps"][3] == {
        "branch": "communication",
        "label": "Adresse de communication",
        "turn": "taken",
        "why": "réglée par le cabinet",
        "address": "contact@martin.example",
    }


def unread(facts, *branches):
    return replace(facts, unread=frozenset(branches))


@pytest.mark.parametrize(
    ("facts", "branch", "to"),
    [
        (MANAGER, Branch.MANAGER, "claire@martin.example"),
        (replace(MANAGER, manager=GONE), Branch.GROUP, "sud@martin.example"),
        (unread(MANAGER, Branch.MANAGER), Branch.GROUP, "sud@martin.example"),
        (unread(GROUP, Branch.GROUP), Branch.FUNCTIONAL, "compta@martin.example"),
        (unread(FUNCTIONAL, Branch.FUNCTIONAL), Branch.COMMUNICATION, "contact@martin.example"),
        (NO_COMPANY, Branch.FUNCTIONAL, "compta@martin.example"),
        (unread(NO_COMPANY, Branch.FUNCTIONAL), Branch.COMMUNICATION, "contact@martin.example"),
        (unread(MANAGER, *Branch), None, None),
        (notifying(BARE), None, None),
    ],
)
@pytest.mark.parametrize("chosen", [None, (), (GONE,), (MUTE, GONE)])
def test_standard_and_a_choice_that_reaches_nobody(facts, branch, to, chosen):
    found = recipients(facts, chosen)
    assert (found.branch, [person.email for person in found.people]) == (branch, [to] if to else [])
    assert found.error == ("" if to else "Aucune adresse n’est lue : personne ne recevrait ce mail.")
    steps = found.steps if chosen is None else found.steps[1:]
    assert steps == standard(facts).steps


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ((), "« Personnalisé » sans collaborateur choisi : comme « Standard »"),
        ((GONE,), "aucun collaborateur choisi n’a de compte actif avec une adresse : comme « Standard »"),
    ],
)
def test_a_choice_that_reaches_nobody_says_so(chosen, why):
    first = recipients(MANAGER, chosen).steps[0]
    assert (first.branch, first.turn, first.why) == ("chosen", "passed", why)


def test_personnalise_goes_to_those_who_are_reached():
    found = recipients(unread(MANAGER, *Branch), (HUGO, GONE, MUTE))
    assert (found.branch, found.people, found.error) == (Branch.CHOSEN, (HUGO,), "")
    assert path(found.steps) == [("chosen", "taken", "choisis : Hugo Lenoir")]


def test_what_nobody_reads_still_sends():
    choice = choose(LETTER, unread(FUNCTIONAL, Branch.FUNCTIONAL))
    assert (choice.branch, choice.error) == (Branch.FUNCTIONAL, "")
