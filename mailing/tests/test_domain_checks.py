"""Domains asked about for real: a name server on 127.0.0.1, a provider on HTTP, the queue, and the seven days of D-32."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
import time_machine
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from mailing import tasks
from mailing.domains import stories
from mailing.domains.resolving import Silence, SystemResolver
from mailing.models import Answer, DomainState, DomainTurn, SendingDomain
from mailing.sending.preflight import prepared
from mailing.tests.test_domain_verdicts import KEY
from portal.models import ClientGroup, FailedTask, HistoryEntry, StaffMember

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ADDRESS, DOMAIN = "contact@martin.example", "martin.example"
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)  # the clocks of these tests tick: the time-outs of DNS need it


def in_order(server, domain=DOMAIN):
    """The zone of a domain that Brevo may send for."""
    dashed = domain.replace(".", "-")
    server.txt(domain, "google-site-verification=abc", "v=spf1 include:spf.brevo.com ~all")
    server.txt("spf.brevo.com", "v=spf1 ip4:192.0.2.0/24 -all")
    for number in (1, 2):
        server.cname(f"brevo{number}._domainkey.{domain}", f"b{number}.{dashed}.dkim.brevo.com")
        server.txt(f"b{number}.{dashed}.dkim.brevo.com", KEY)
    server.txt(f"_dmarc.{domain}", "v=DMARC1; p=none")


@pytest.fixture
def brevo(settings):
    """Brevo's API, which knows no domain unless a test says otherwise: `said` is a domain to what it answers."""
    said = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = said.get(self.path, (404, b"{}"))
            said.setdefault("asked", []).append((self.path, self.headers.get("api-key")))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.MAIL_OUT = "brevo"
    settings.ANYMAIL = settings.ANYMAIL | {
        "BREVO_API_URL": f"http://127.0.0.1:{server.server_port}/v3/",
        "BREVO_API_KEY": "cle",
    }
    yield said
    server.shutdown()
    server.server_close()


@pytest.fixture
def firm(cast, name_server, brevo):
    return cast.martin


def row():
    return SendingDomain.objects.prefetch_related("checks").get(domain=DOMAIN)


def answers():
    return {check.kind: check.answer for check in row().checks.all()}


def check(firm):
    """What the worker does once the bell has rung."""
    stories.check_now(firm, by=StaffMember.objects.filter(user__firm=firm).first().user)
    tasks.domains()


def state(firm):
    return prepared(ADDRESS, firm).state


# The rows follow the addresses


def test_a_firm_s_domains_are_those_of_its_addresses(firm, cast):
    ClientGroup.objects.create(firm=firm, name="Sud", email="sud@Groupe.example")
    firm.functional_email, firm.notification_from = "noreply@martin.example", "noreply@notif.example"
    firm.reply_to = "reponse@ailleurs.example"
    firm.save()
    type(cast.hugo).objects.filter(pk=cast.hugo.pk).update(email="hugo@hugo.example", is_active=False)
    stories.keep_in_step(firm)
    assert stories.domains_of(firm) == {
        "martin.example": [
            "contact@martin.example",
            "noreply@martin.example",
            "admin@martin.example",
            "claire@martin.example",
        ],
        "notif.example": ["noreply@notif.example"],
        "groupe.example": ["sud@Groupe.example"],
    }
    assert list(SendingDomain.objects.values_list("firm__slug", "domain", "status")) == [
        ("martin", "groupe.example", "waiting"),
        ("martin", "martin.example", "waiting"),
        ("martin", "notif.example", "waiting"),
    ]


def test_a_domain_without_address_goes_unless_it_is_vouched_for(firm):
    stories.add(firm, ["ancien.example", "garanti.example"])
    stories.vouch(firm, "garanti.example")
    stories.keep_in_step(firm)
    assert list(SendingDomain.objects.values_list("domain", flat=True)) == [
        "garanti.example",
        "martin.example",
    ]


def test_each_firm_has_its_own_row_of_the_same_domain(firm, cast):
    cast.peeters.communication_email = "info@martin.example"
    cast.peeters.save()
    stories.nightly()
    stories.vouch(cast.peeters, DOMAIN)
    assert [prepared(ADDRESS, each).state for each in (firm, cast.peeters)] == [
        DomainState.UNKNOWN,
        DomainState.PREPARED,
    ]


# DNS


def test_a_domain_in_order_is_prepared(firm, name_server):
    in_order(name_server)
    check(firm)
    assert (state(firm), answers()) == (DomainState.PREPARED, dict.fromkeys(("spf", "dkim", "dmarc"), "yes"))
    found = {each.kind: each.found for each in row().checks.all()}
    assert found["spf"] == [{"type": "TXT", "name": DOMAIN, "value": "v=spf1 include:spf.brevo.com ~all"}]
    assert found["dkim"][0] == {
        "type": "CNAME",
        "name": "brevo1._domainkey.martin.example",
        "value": "b1.martin-example.dkim.brevo.com",
    }
    assert (row().status, row().attempts) == (DomainTurn.CHECKED, 0)


def test_no_such_domain_is_an_answer(firm, name_server):
    check(firm)
    assert (state(firm), set(answers().values())) == (DomainState.INCOMPLETE, {"no"})
    assert prepared(ADDRESS, firm).reasons == (
        "SPF : aucun enregistrement SPF",
        "DKIM : brevo1._domainkey.martin.example : aucune clé; brevo2._domainkey.martin.example : aucune clé",
        "DMARC : aucun enregistrement DMARC",
    )


@pytest.mark.parametrize("trouble", ["servfail", "silent"])
def test_trouble_is_no_answer(firm, name_server, trouble):
    in_order(name_server)
    getattr(name_server, trouble).add(f"_dmarc.{DOMAIN}")
    check(firm)
    assert (state(firm), answers()["dmarc"]) == (DomainState.UNKNOWN, "unknown")


def test_dns_down_never_blocks(firm, name_server):
    name_server.is_down = True
    check(firm)
    assert (state(firm), set(answers().values())) == (DomainState.UNKNOWN, {"unknown"})
    assert prepared(ADDRESS, firm).blocks is False


def test_a_huge_answer_comes_by_tcp_and_is_kept_short(firm, name_server):
    in_order(name_server)
    name_server.txt(
        DOMAIN, *(f"bruit-{n}-" + "x" * 400 for n in range(40)), "v=spf1 include:spf.brevo.com ~all"
    )
    name_server.txt(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none; rua=mailto:" + "a" * 9000 + "@x.example")
    check(firm)
    assert state(firm) is DomainState.PREPARED
    assert {over for name, _kind, over in name_server.asked if name == DOMAIN} == {"udp", "tcp"}
    [dmarc] = row().checks.get(kind="dmarc").found
    assert len(dmarc["value"]) == 4096


def test_two_spf_records_and_aliases_that_turn_in_circles(firm, name_server):
    in_order(name_server)
    name_server.txt(DOMAIN, "v=spf1 include:spf.brevo.com ~all", "v=spf1 mx -all")
    name_server.cname("brevo1._domainkey.martin.example", "b9.dkim.example")
    name_server.cname("b9.dkim.example", "nulle-part.example")
    check(firm)
    assert answers() == {"spf": "no", "dkim": "no", "dmarc": "yes"}


def test_what_no_database_keeps_is_kept_as_a_question_mark(firm, name_server):
    in_order(name_server)
    name_server.txt(DOMAIN, "v=spf1 include:spf.brevo.com ~all exp=\0é")
    check(firm)
    [found] = row().checks.get(kind="spf").found
    assert found["value"] == "v=spf1 include:spf.brevo.com ~all exp=?é"


def test_names_that_are_no_names_have_no_records(name_server):
    resolver = SystemResolver(["127.0.0.1"], name_server.port, seconds=1)
    assert [resolver.txt(name) for name in ("x" * 64 + ".example", "a..b", ".".join(["x" * 60] * 5))] == [
        ()
    ] * 3


def test_a_check_has_so_many_seconds_and_no_more(name_server):
    resolver = SystemResolver(["127.0.0.1"], name_server.port, seconds=0)
    with pytest.raises(Silence):
        resolver.txt(DOMAIN)
    assert name_server.asked == []


# Seven days


def test_silence_keeps_the_last_verdict_for_seven_days(firm, name_server):
    in_order(name_server)
    with time_machine.travel(MONDAY):
        check(firm)
    name_server.is_down = True
    states = {}
    for later in (MINUTE, WEEK - MINUTE, WEEK + MINUTE):
        with time_machine.travel(MONDAY + later):
            check(firm)
            states[later] = state(firm)
    assert list(states.values()) == [DomainState.PREPARED, DomainState.PREPARED, DomainState.UNKNOWN]
    assert {each.good_at.replace(second=0, microsecond=0) for each in row().checks.all()} == {MONDAY}
    assert row().checks.get(kind="spf").found != []


def test_a_wrong_answer_blocks_through_seven_days_of_silence_then_no_longer(firm, name_server):
    with time_machine.travel(MONDAY):
        check(firm)
    name_server.is_down = True
    blocks = {}
    for later in (MINUTE, WEEK - MINUTE, WEEK + MINUTE):
        with time_machine.travel(MONDAY + later):
            check(firm)
            blocks[later] = prepared(ADDRESS, firm).blocks
    assert list(blocks.values()) == [True, True, False]


# The provider's word


def said_by_brevo(authenticated):
    key = {"type": "TXT", "value": KEY, "host_name": "sib._domainkey.", "status": False}
    code = {"type": "TXT", "value": "brevo-code:0123", "host_name": "@", "status": True}
    records = {"dkim_record": key, "brevo_code": code, "dmarc_record": None}
    return json.dumps({"domain": DOMAIN, "authenticated": authenticated, "dns_records": records}).encode()


def test_what_the_provider_recognises_is_prepared_for_seven_days(firm, brevo):
    brevo[f"/v3/senders/domains/{DOMAIN}"] = (200, said_by_brevo(True))
    with time_machine.travel(MONDAY):
        check(firm)
        assert state(firm) is DomainState.PREPARED
    assert brevo["asked"] == [(f"/v3/senders/domains/{DOMAIN}", "cle")]
    states = []
    silences = ((500, b""), (200, b"<html>"), (200, b"[]"), (429, b"{}"))
    for later, silence in zip((MINUTE, 2 * MINUTE, WEEK - MINUTE, WEEK + MINUTE), silences, strict=True):
        brevo[f"/v3/senders/domains/{DOMAIN}"] = silence
        with time_machine.travel(MONDAY + later):
            check(firm)
            states.append(state(firm))
    assert states == [DomainState.PREPARED] * 3 + [DomainState.INCOMPLETE]


def test_the_provider_s_records_are_those_expected(firm, brevo, name_server):
    brevo[f"/v3/senders/domains/{DOMAIN}"] = (200, said_by_brevo(False))
    in_order(name_server)
    name_server.zone.pop(("brevo1._domainkey.martin.example", "CNAME"))
    name_server.txt("sib._domainkey.martin.example", KEY)
    check(firm)
    assert state(firm) is DomainState.PREPARED
    keys = [(r.name, r.value) for r in stories.expected_for(row()).records if r.kind == "dkim"]
    assert keys == [(DOMAIN, "brevo-code:0123"), ("sib._domainkey.martin.example", KEY)]


def test_mailgun_is_asked_about_the_domain_that_it_signs_for(firm, brevo, settings, name_server):
    settings.MAIL_OUT = "mailgun"
    settings.ANYMAIL = settings.ANYMAIL | {
        "MAILGUN_API_URL": settings.ANYMAIL["BREVO_API_URL"],
        "MAILGUN_SENDER_DOMAIN": "mg.martin.example",
    }
    rows = [
        {
            "record_type": "TXT",
            "valid": "valid",
            "name": "mg.martin.example",
            "value": "v=spf1 include:mailgun.org ~all",
        },
        {
            "record_type": "CNAME",
            "valid": "unknown",
            "name": "email.mg.martin.example",
            "value": "mailgun.org",
        },
        {"record_type": "TXT", "valid": "valid", "name": "pic._domainkey.mg.martin.example", "value": KEY},
        {"record_type": "TXT", "name": "sans valeur"},
        None,
    ]
    said = {"domain": {"name": "mg.martin.example", "state": "unverified"}, "sending_dns_records": rows}
    brevo["/v4/domains/mg.martin.example"] = (200, json.dumps(said).encode())
    name_server.txt("mg.martin.example", "v=spf1 include:mailgun.org ~all")
    name_server.txt("mailgun.org", "v=spf1 ip4:192.0.2.0/24 -all")
    name_server.txt("pic._domainkey.mg.martin.example", KEY)
    name_server.txt(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")
    check(firm)
    assert (state(firm), row().provider_vouches) == (DomainState.PREPARED, False)
    assert [(r.type, r.name) for r in stories.expected_for(row()).records] == [
        ("TXT", "mg.martin.example"),
        ("TXT", "pic._domainkey.mg.martin.example"),
        ("TXT", "_dmarc.martin.example"),
    ]


# The queue


def test_a_row_is_checked_once_however_often_it_is_asked_for(firm, name_server, cast):
    in_order(name_server)
    assert [stories.check_now(firm, by=cast.admin) for _ in range(3)] == [1, 1, 1]
    tasks.domains()
    assert [name for name, kind, _over in name_server.asked if kind == "TXT"].count(f"_dmarc.{DOMAIN}") == 1


def test_a_check_that_fails_of_itself_ends_as_a_task(firm, settings, cast):
    settings.DNS_RESOLVER = "mailing.tests.nulle_part"
    stories.check_now(firm, by=cast.admin)
    for _ in range(5):
        SendingDomain.objects.update(next_attempt_at=MONDAY)
        tasks.domains()
    assert row().status == DomainTurn.FAILED
    task = FailedTask.objects.get()
    assert (task.title, task.firm) == ("Domaine non vérifié : martin.example", firm)
    assert state(firm) is DomainState.UNKNOWN
    settings.DNS_RESOLVER = "mailing.tests.dns_server.resolver"
    check(firm)
    task.refresh_from_db()
    assert (task.status, row().status) == ("retried", DomainTurn.CHECKED)


def test_each_night_all_are_checked_again(firm, name_server, cast):
    in_order(name_server)
    check(firm)
    tasks.domains_nightly()
    assert set(SendingDomain.objects.values_list("domain", "status")) == {
        ("martin.example", "waiting"),
        ("peeters.example", "waiting"),
    }


def test_where_nothing_leaves_the_night_asks_nobody(firm, settings, name_server):
    settings.MAIL_OUT = "eml"
    tasks.domains_nightly()
    tasks.domains()
    assert (name_server.asked, state(firm)) == ([], DomainState.PREPARED)


# The administrator of the deployment


def vouch(*words):
    out = StringIO()
    call_command("vouch", *words, stdout=out)
    return out.getvalue().splitlines()


def test_vouching_prepares_a_domain_whatever_dns_says(firm, name_server):
    check(firm)
    assert vouch("Martin.Example") == ["Cabinet Martin, martin.example : garanti."]
    assert (state(firm), vouch(DOMAIN)) == (
        DomainState.PREPARED,
        ["Cabinet Martin, martin.example : rien à changer."],
    )
    assert vouch(DOMAIN, "--withdraw") == [
        "Cabinet Martin, martin.example : retiré : les vérifications comptent à nouveau."
    ]
    assert state(firm) is DomainState.INCOMPLETE
    assert list(HistoryEntry.objects.filter(verb__endswith="vouched").values_list("text", flat=True)) == [
        "L’administrateur du déploiement ne se porte plus garant de martin.example",
        "L’administrateur du déploiement se porte garant de martin.example",
    ]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["pas un domaine"], "« pas un domaine » n’est pas un nom de domaine."),
        (["personne.example"], "Aucun cabinet n’a d’adresse en @personne.example : dire lequel par --firm."),
        ([DOMAIN, "--firm", "nul"], "Aucun cabinet « nul »."),
    ],
)
def test_vouching_for_nothing_says_so(firm, words, refusal):
    with pytest.raises(CommandError, match=f"^{refusal}$"):
        vouch(*words)


def test_a_domain_may_be_vouched_for_before_it_is_used(firm):
    assert vouch("futur.example", "--firm", "martin") == ["Cabinet Martin, futur.example : garanti."]
    assert prepared("x@futur.example", firm).state is DomainState.PREPARED


def test_the_deployment_s_own_domain_is_looked_at_by_the_deployment_check(name_server, brevo, settings):
    settings.DEFAULT_FROM_EMAIL = "portail@deploiement.fr"
    in_order(name_server, "deploiement.fr")
    name_server.zone.pop(("_dmarc.deploiement.fr", "TXT"))

    def said():
        found = run_checks(include_deployment_checks=True, tags=["security"])
        return [each.msg for each in found if each.id == "mailing.W001"]

    assert said() == ["DEFAULT_FROM_EMAIL, deploiement.fr, DMARC : aucun enregistrement DMARC."]
    name_server.is_down = True
    assert said() == []


def test_an_answer_is_one_of_three():
    assert [(each.label, each.tone, each.icon) for each in Answer] == [
        ("En ordre", "ok", "check"),
        ("À corriger", "danger", "x-mark"),
        ("Sans réponse", "neutral", "question-mark-circle"),
    ]
