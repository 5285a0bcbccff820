"""From records to verdicts, without a network: what is in order, what is not, and what nobody knows (D-32)."""

import base64

import pytest

from mailing.domains.expected import Record, expected_of, merged_spf
from mailing.domains.judging import judge
from mailing.models import Answer

SILENT = object()
KEY = "v=DKIM1; k=rsa; p=" + base64.b64encode(bytes(range(162))).decode()
NONE = "v=DMARC1; p=none"
RIGHT = {
    "brevo": {
        "martin.fr": ("v=spf1 include:spf.brevo.com ~all",),
        "spf.brevo.com": ("v=spf1 ip4:192.0.2.0/24 -all",),
        "brevo1._domainkey.martin.fr": (KEY,),
        "brevo2._domainkey.martin.fr": (KEY,),
        "_dmarc.martin.fr": (NONE,),
    },
    "mailgun": {
        "martin.fr": ("v=spf1 include:mailgun.org ~all",),
        "mailgun.org": ("v=spf1 ip4:192.0.2.0/24 -all",),
        "pdk1._domainkey.martin.fr": (KEY,),
        "pdk2._domainkey.martin.fr": (KEY,),
        "_dmarc.martin.fr": (NONE,),
    },
    "postmark": {
        "20261127pm._domainkey.martin.fr": (KEY,),
        "_dmarc.martin.fr": (NONE,),
    },
    "smtp": {
        "martin.fr": ("v=spf1 mx ~all",),
        "s2026._domainkey.martin.fr": (KEY,),
        "_dmarc.martin.fr": (NONE,),
    },
}
SELECTORS = {"postmark": "20261127pm", "smtp": "s2026"}
ALIASES = {"pm-bounces.martin.fr": "pm.mtasv.net"}


class Table:
    """What DNS answers, written down."""

    def __init__(self, texts, aliases=()):
        self.texts, self.aliases = texts, dict(aliases)

    def txt(self, name):
        found = self.texts.get(name, ())
        return None if found is SILENT else found

    def alias(self, name):
        return self.aliases.get(name, "")


def answers(out, changes=(), domain="martin.fr", aliases=None, **how):
    how = {"selector": SELECTORS.get(out, "")} | how
    table = Table(RIGHT[out] | dict(changes), ALIASES if aliases is None else aliases)
    return {found.kind.label: found for found in judge(expected_of(domain, out=out, **how), table)}


def verdicts(*args, **how):
    return "".join({"yes": "+", "no": "-", "unknown": "?"}[f.answer] for f in answers(*args, **how).values())


@pytest.mark.parametrize("out", RIGHT)
def test_the_right_records_are_in_order(out):
    assert verdicts(out) == "+++"


def only_spf(text):
    return {"martin.fr": (text,)}


OTHER = "v=spf1 ip4:192.0.2.7 -all"
CASES = [
    # SPF
    ("brevo", {"martin.fr": ()}, "-++", "SPF", "aucun enregistrement SPF"),
    ("brevo", {"martin.fr": ("google-site-verification=x", "v=spf10 a")}, "-++", "SPF", "aucun enregistrement SPF"),
    ("brevo", {"martin.fr": (OTHER, "v=spf1 include:spf.brevo.com -all")}, "-++", "SPF",
     "plusieurs enregistrements SPF : un seul est permis, il faut les réunir"),
    ("brevo", only_spf(OTHER), "-++", "SPF", "« include:spf.brevo.com » manque"),
    ("brevo", only_spf("V=SPF1 Include:SPF.Brevo.com ~ALL"), "+++", "SPF", "l’enregistrement est en ordre"),
    ("brevo", only_spf("v=spf1 redirect=spf.brevo.com"), "+++", "SPF", "l’enregistrement est en ordre"),
    ("brevo", {**only_spf("v=spf1 include:tous.martin.fr -all"),
               "tous.martin.fr": ("v=spf1 include:spf.brevo.com -all",)}, "+++", "SPF", "l’enregistrement est en ordre"),
    ("brevo", only_spf("v=spf1 include:spf.brevo.com include:rien.example -all"), "-++", "SPF",
     "« rien.example » est inclus, mais n’a pas d’enregistrement SPF lisible"),
    ("brevo", only_spf("v=spf1 include:spf.brevo.com " + "a:h.example " * 9 + "-all"), "+++", "SPF",
     "l’enregistrement est en ordre"),
    ("brevo", only_spf("v=spf1 include:spf.brevo.com " + "a:h.example " * 10 + "-all"), "-++", "SPF",
     "plus de dix recherches DNS : les destinataires cessent de lire l’enregistrement"),
    ("brevo", only_spf("v=spf1 include:martin.fr -all"), "-++", "SPF",
     "plus de dix recherches DNS : les destinataires cessent de lire l’enregistrement"),
    ("brevo", only_spf("v=spf1 include:spf.brevo.com exists:%{i}.x.example ip6:2001:db8::/32 -all"), "+++", "SPF",
     "l’enregistrement est en ordre"),
    ("brevo", {"martin.fr": SILENT}, "?++", "SPF", "le DNS n’a pas répondu"),
    ("brevo", {"spf.brevo.com": SILENT}, "?++", "SPF", "le DNS n’a pas répondu pour tous les enregistrements inclus"),
    ("brevo", {**only_spf("v=spf1 include:x.example -all"), "x.example": SILENT}, "?++", "SPF",
     "le DNS n’a pas répondu pour tous les enregistrements inclus"),
    ("smtp", {"martin.fr": ()}, "-++", "SPF", "aucun enregistrement SPF"),
    # DKIM
    ("brevo", {"brevo2._domainkey.martin.fr": ()}, "+-+", "DKIM", "brevo2._domainkey.martin.fr : aucune clé"),
    ("brevo", {"brevo1._domainkey.martin.fr": (), "brevo2._domainkey.martin.fr": (),
               "mail._domainkey.martin.fr": (KEY.replace("v=DKIM1; ", ""),)}, "+++", "DKIM", "la clé est en place"),
    ("brevo", {"brevo1._domainkey.martin.fr": SILENT}, "+?+", "DKIM", "le DNS n’a pas répondu"),
    ("brevo", {"brevo1._domainkey.martin.fr": SILENT, "brevo2._domainkey.martin.fr": ()}, "+-+", "DKIM",
     "brevo2._domainkey.martin.fr : aucune clé"),
    ("smtp", {"s2026._domainkey.martin.fr": ("v=DKIM1; p=",)}, "+-+", "DKIM",
     "s2026._domainkey.martin.fr : la clé est révoquée"),
    ("smtp", {"s2026._domainkey.martin.fr": (KEY[:58],)}, "+-+", "DKIM",
     "s2026._domainkey.martin.fr : la clé est trop courte, ou coupée"),
    ("smtp", {"s2026._domainkey.martin.fr": ("v=DKIM1; p=&&&",)}, "+-+", "DKIM",
     "s2026._domainkey.martin.fr : la clé est illisible, sans doute coupée"),
    ("smtp", {"s2026._domainkey.martin.fr": (KEY, KEY)}, "+-+", "DKIM",
     "s2026._domainkey.martin.fr : plusieurs clés au même nom"),
    ("smtp", {"s2026._domainkey.martin.fr": ("v=DKIM2; p=AAAA",)}, "+-+", "DKIM",
     "s2026._domainkey.martin.fr : la clé n’est pas une clé DKIM"),
    ("smtp", {"s2026._domainkey.martin.fr": ("v=DKIM1; k=ed25519; p=" + "A" * 44, "autre")}, "+++", "DKIM",
     "la clé est en place"),
    # DMARC
    ("brevo", {"_dmarc.martin.fr": ()}, "++-", "DMARC", "aucun enregistrement DMARC"),
    ("brevo", {"_dmarc.martin.fr": (NONE, "v=DMARC1; p=reject")}, "++-", "DMARC",
     "plusieurs enregistrements DMARC : un seul est permis"),
    ("brevo", {"_dmarc.martin.fr": ("v=DMARC1; p=parfois",)}, "++-", "DMARC", "la politique « p= » est illisible"),
    ("brevo", {"_dmarc.martin.fr": ("v=DMARC1; rua=mailto:x@martin.fr",)}, "+++", "DMARC", "la politique est en place"),
    ("brevo", {"_dmarc.martin.fr": ("v=DMARC1;p=Reject;sp=none",)}, "+++", "DMARC", "la politique est en place"),
    ("brevo", {"_dmarc.martin.fr": SILENT}, "++?", "DMARC", "le DNS n’a pas répondu"),
]  # fmt: skip


@pytest.mark.parametrize(("out", "changes", "wanted", "kind", "reason"), CASES)
def test_verdicts(out, changes, wanted, kind, reason):
    assert verdicts(out, changes) == wanted
    assert answers(out, changes)[kind].reason == reason


def test_without_a_selector_an_own_server_s_key_cannot_be_looked_for():
    found = answers("smtp", selector="")["DKIM"]
    assert (found.answer, found.reason) == (Answer.NO, "le sélecteur DKIM n’est pas indiqué")


def test_postmark_s_return_path_does_for_spf_and_so_does_its_include():
    included = {"martin.fr": ("v=spf1 include:spf.mtasv.net -all",), "spf.mtasv.net": (OTHER,)}
    assert [
        verdicts("postmark"),
        verdicts("postmark", aliases={}),
        verdicts("postmark", aliases={"pm-bounces.martin.fr": "ailleurs.example"}),
        verdicts("postmark", included, aliases={}),
        verdicts("postmark", aliases={"pm-bounces.martin.fr": None}),
    ] == ["+++", "-++", "-++", "+++", "?++"]


def test_a_subdomain_has_the_policy_of_the_domain_above_it():
    changes = {
        "mail.martin.fr": ("v=spf1 mx -all",),
        "s2026._domainkey.mail.martin.fr": (KEY,),
        "_dmarc.martin.fr": (NONE,),
    }
    assert verdicts("smtp", changes, domain="mail.martin.fr") == "+++"


def test_mailgun_signs_and_sends_for_the_domain_that_is_set_where_it_is_below():
    changes = {
        "martin.fr": (),
        "mg.martin.fr": ("v=spf1 include:mailgun.org -all",),
        "pdk1._domainkey.mg.martin.fr": (KEY,),
        "pdk2._domainkey.mg.martin.fr": (KEY,),
    }
    assert verdicts("mailgun", changes, mailgun_domain="mg.martin.fr") == "+++"
    assert verdicts("mailgun", changes, mailgun_domain="mg.autre.fr") == "-++"


def records(out, **how):
    return [(r.type, r.name, r.value) for r in expected_of("martin.fr", out=out, **how).records if r.is_exact]


def test_the_exact_records_of_each_way_out():
    dmarc = ("TXT", "_dmarc.martin.fr", "v=DMARC1; p=none")
    assert records("brevo") == [
        ("TXT", "martin.fr", "v=spf1 include:spf.brevo.com ~all"),
        ("CNAME", "brevo1._domainkey.martin.fr", "b1.martin-fr.dkim.brevo.com"),
        ("CNAME", "brevo2._domainkey.martin.fr", "b2.martin-fr.dkim.brevo.com"),
        ("TXT", "_dmarc.martin.fr", "v=DMARC1; p=none; rua=mailto:rua@dmarc.brevo.com"),
    ]
    assert records("mailgun") == [("TXT", "martin.fr", "v=spf1 include:mailgun.org ~all"), dmarc]
    assert records("postmark") == [("CNAME", "pm-bounces.martin.fr", "pm.mtasv.net"), dmarc]
    assert records("smtp", smtp_host="smtp.martin.fr") == [
        ("TXT", "martin.fr", "v=spf1 a:smtp.martin.fr ~all"),
        dmarc,
    ]


def test_the_provider_s_own_records_go_first():
    own = Record("dkim", "TXT", "sib._domainkey.martin.fr", KEY)
    expected = expected_of("martin.fr", out="brevo", provider_records=[own])
    assert [record for record in expected.records if record.kind == "dkim"] == [own]
    table = Table(RIGHT["brevo"] | {"brevo1._domainkey.martin.fr": (), "sib._domainkey.martin.fr": (KEY,)})
    assert [found.answer for found in judge(expected, table)] == [Answer.YES] * 3


@pytest.mark.parametrize(
    ("found", "merged"),
    [
        ("v=spf1 mx ~all", "v=spf1 mx include:spf.brevo.com ~all"),
        ("v=spf1 mx", "v=spf1 mx include:spf.brevo.com"),
        ("v=spf1 redirect=x.example", "v=spf1 include:spf.brevo.com redirect=x.example"),
        ("v=spf1 INCLUDE:spf.brevo.com -all", "v=spf1 INCLUDE:spf.brevo.com -all"),
    ],
)
def test_an_spf_record_is_completed_not_doubled(found, merged):
    assert merged_spf(found, "v=spf1 include:spf.brevo.com ~all") == merged


def test_texts_of_an_attacker_are_read_in_no_time():
    """A zone is its owner's: whatever stands in it is data, and costs nothing."""
    long = "v=spf1 " + "include:spf.brevo.com " * 200
    wide = {
        f"x{n}.example": (f"v=spf1 include:x{n + 1}.example include:x{n + 1}.example -all",)
        for n in range(60)
    }
    assert verdicts("brevo", only_spf(long)) == "-++"
    assert verdicts("brevo", {**only_spf("v=spf1 include:x0.example -all"), **wide}) == "-++"
    assert verdicts("brevo", {"_dmarc.martin.fr": ("v=DMARC1;" + ";=" * 2000,)}) == "++-"
