"""« Modèles de notification » by an administrator: written, looked at, tried, kept as versions (S3-20, S3-32, D-45)."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.directory.opening import add_contact, add_employee, open_company
from mailing.kinds import MailKind
from mailing.models import OutgoingMail
from mailing.sending import outbox
from mailing.tracking.tokens import unsubscribe_url
from notifications.defaults import DEFAULTS, default_of, text_of
from notifications.models import NotificationTemplate, Reader, TemplateKind
from portal.models import Employee, FailedTask, HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVOICE = "/parametres/modeles/clients/facture/"
WELCOME = "/parametres/modeles/clients/bienvenue/"
PAYSLIP = "/parametres/modeles/salaries/bulletin/"
HOSTILE = "#lien# <b>=1+1</b>"
LOGIN = "http://localhost:8000/connexion/martin/"
TYPED = {"seen": 0, "subject": "Pour #société#", "body": "Bonjour,\r\n\r\n#lien#\r\n\r\n#gestionnaire#"}
NOTHING_NEW = "Rien n’a changé : ce texte est déjà celui qui part."


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


@pytest.fixture
def hugo_admin(cast):
    """A second administrator of the firm, at another screen."""
    cast.hugo.staff_member.role = "admin"
    cast.hugo.staff_member.save()
    client = Client()
    client.force_login(cast.hugo)
    return client


def versions():
    rows = NotificationTemplate.objects.order_by("version")
    return [(row.version, row.subject, row.body, str(row.by)) for row in rows]


def told(answer):
    return [str(message) for message in answer.context["messages"]]


def history_of(firm):
    return [entry.text for entry in HistoryEntry.objects.of(firm).order_by("pk")]


def post(client, url=INVOICE, **other):
    return client.post(url, TYPED | other, follow=True)


def page_of(answer):
    return unescape(answer.content.decode())


# Saving


def test_a_text_is_saved_as_a_version_with_its_lines_and_its_history(admin, cast):
    answer = post(admin)
    assert answer.redirect_chain == [(INVOICE, 302)]
    assert told(answer) == ["La version 1 est enregistrée : elle part dès le prochain e-mail."]
    assert versions() == [(1, "Pour #société#", "Bonjour,\n\n#lien#\n\n#gestionnaire#", "Anne Martin")]
    assert text_of(cast.martin, Reader.CLIENT, TemplateKind.INVOICE).subject == "Pour #société#"
    assert text_of(cast.peeters, Reader.CLIENT, TemplateKind.INVOICE) == default_of(
        Reader.CLIENT, TemplateKind.INVOICE
    )
    assert history_of(cast.martin) == ["Anne Martin modifie le modèle « Facture – Clients » : version 1"]


def test_each_save_is_one_more_version_and_the_overview_names_the_last(admin):
    post(admin)
    post(admin, seen=1, subject="Encore #société#")
    assert [row[:2] for row in versions()] == [(1, "Pour #société#"), (2, "Encore #société#")]
    page = re.sub(r"<[^>]+>|\s+", " ", page_of(admin.get("/parametres/modeles/")))
    assert re.sub(r" +", " ", page).count("Encore #société# version 2, par Anne Martin,") == 1


def test_where_nothing_changed_there_is_no_version(admin, cast):
    default = default_of(Reader.CLIENT, TemplateKind.INVOICE)
    answer = post(admin, subject=default.subject, body=default.body.replace("\n", "\r\n"))
    assert (told(answer), versions()) == ([NOTHING_NEW], [])
    post(admin)
    assert told(post(admin, seen=1)) == [NOTHING_NEW]
    assert len(versions()) == 1
    assert len(history_of(cast.martin)) == 1


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        (
            {"body": "#lien# #sosiété#"},
            {
                "body": [
                    "#sosiété# n’est pas un champ de ce modèle. Champs possibles : #document#, #lien#, #société#, "
                    "#domaine#, #dossier#, #date#, #cabinet#, #gestionnaire#, #identifiant#."
                ]
            },
        ),
        (
            {"subject": "Pour # société #"},
            {"subject": ["Le champ « société » s’écrit entre deux dièses, sans espace : #société#."]},
        ),
        ({"subject": "#lien#"}, {"subject": ["#lien# a sa place dans le texte, pas dans l’objet."]}),
        ({"body": "Bonjour"}, {"body": ["Le texte a besoin de #lien#, par lequel la personne entre."]}),
        ({"subject": " "}, {"subject": ["Ce champ est obligatoire."]}),
        (
            {"body": "#lien#" + "x" * 5000},
            {"body": ["Assurez-vous que cette valeur comporte au plus 5000 caractères (actuellement 5006)."]},
        ),
        (
            {"subject": "Pour \0"},
            {"subject": ["Le caractère nul n’est pas autorisé."]},
        ),
    ],
    ids=["unknown", "malformed", "link in subject", "no link", "empty", "too long", "nul"],
)
def test_a_wrong_text_is_refused_beside_its_field_and_stays_typed(admin, cast, typed, errors):
    answer = post(admin, **typed)
    assert answer.status_code == 200
    found = {
        name: [said.replace("\xa0", " ") for said in told]
        for name, told in answer.context["form"].errors.items()
    }
    assert found == errors
    [(name, value)] = typed.items()
    assert answer.context["form"][name].value() == value
    assert (versions(), history_of(cast.martin)) == ([], [])


def test_5000_characters_are_5000_however_a_browser_ends_its_lines(admin):
    body = "#lien#\n" + "x\n" * 2496 + "y"
    assert len(body) == 5000
    post(admin, body=body.replace("\n", "\r\n"))
    assert [row[2] for row in versions()] == [body]


def test_a_subject_is_one_line_whatever_is_posted(admin):
    post(admin, subject="Pour\r\nBcc: tous@ailleurs.example")
    assert [row[1] for row in versions()] == ["Pour Bcc: tous@ailleurs.example"]


def test_the_second_of_two_reads_both_texts_and_sends_again(admin, hugo_admin):
    post(admin, subject="D’Anne")
    answer = post(hugo_admin, subject="De Hugo")
    assert answer.context["form"].non_field_errors() == [
        "Quelqu’un a changé ce modèle entre-temps. Rien n’est enregistré : relisez les deux textes, puis enregistrez."
    ]
    page = page_of(answer)
    assert ("D’Anne" in page, 'value="De Hugo"' in page, answer.context["seen"]) == (True, True, 1)
    assert [row[1] for row in versions()] == ["D’Anne"]
    post(hugo_admin, subject="De Hugo", seen=answer.context["seen"])
    assert [(row[1], row[3]) for row in versions()] == [("D’Anne", "Anne Martin"), ("De Hugo", "Hugo Lenoir")]


@pytest.mark.parametrize("seen", ["", "7", "-1", "x", "9" * 40])
def test_a_form_that_does_not_say_what_was_read_saves_nothing(admin, seen):
    answer = post(admin, seen=seen)
    assert (answer.status_code, answer.context["seen"], versions()) == (200, 0, [])


def test_a_refused_text_keeps_what_was_read(admin, hugo_admin):
    """Else a second try would overwrite unawares what a colleague saved meanwhile."""
    post(admin)
    answer = post(hugo_admin, body="sans lien")
    assert answer.context["seen"] == 0


# Versions


def restored(client, version, seen, url=INVOICE):
    return client.post(f"{url}versions/{version}/restaurer/", {"seen": seen}, follow=True)


def test_a_version_is_read_and_restored_as_a_new_one(admin, cast):
    post(admin, subject="Un")
    post(admin, subject="Deux", seen=1)
    assert '<strong class="breaks" id="text-title">Un</strong>' in page_of(admin.get(f"{INVOICE}versions/1/"))
    answer = restored(admin, 1, seen=2)
    assert told(answer) == ["La version 3 est enregistrée : elle part dès le prochain e-mail."]
    assert [row[:2] for row in versions()] == [(1, "Un"), (2, "Deux"), (3, "Un")]
    assert history_of(cast.martin)[-1] == (
        "Anne Martin restaure la version 1 du modèle « Facture – Clients » : version 3"
    )


def test_the_portal_s_text_is_version_0_and_comes_back_as_a_version(admin, cast):
    assert told(restored(admin, 0, seen=0)) == [NOTHING_NEW]
    post(admin)
    restored(admin, 0, seen=1)
    default = default_of(Reader.CLIENT, TemplateKind.INVOICE)
    assert [row[:3] for row in versions()][-1] == (2, default.subject, default.body)
    assert history_of(cast.martin)[-1] == (
        "Anne Martin revient au texte du portail pour le modèle « Facture – Clients » : version 2"
    )
    assert told(restored(admin, 0, seen=2)) == [NOTHING_NEW]


def test_what_was_saved_can_be_taken_back_at_once(admin):
    page = post(admin).content.decode()
    [action] = re.findall(
        r'action="(/parametres/modeles/[^"]*restaurer/)"[^>]*>\s*<input[^>]*>\s*<input[^>]*name="seen" value="1"',
        page,
    )[:1]
    assert action == f"{INVOICE}versions/0/restaurer/"
    admin.post(action, {"seen": 1})
    assert text_of(
        NotificationTemplate.objects.first().firm, Reader.CLIENT, TemplateKind.INVOICE
    ) == default_of(Reader.CLIENT, TemplateKind.INVOICE)


def test_what_a_colleague_saved_is_not_restored_away(admin, hugo_admin):
    post(admin, subject="Un")
    post(admin, subject="Deux", seen=1)
    answer = restored(hugo_admin, 0, seen=1)
    assert [said.partition(".")[0] for said in told(answer)] == ["Quelqu’un a changé ce modèle entre-temps"]
    assert len(versions()) == 2


@pytest.mark.parametrize("version", [1, 10**30])
def test_a_version_that_is_not_there_is_not_found(admin, version):
    assert admin.get(f"{INVOICE}versions/{version}/").status_code == 404
    assert admin.post(f"{INVOICE}versions/{version}/restaurer/", {"seen": 0}).status_code == 404


def test_a_text_that_has_become_wrong_is_not_restored(admin, cast):
    """A field may leave the list of D-45 one day."""
    NotificationTemplate.objects.create(
        firm=cast.martin, reader="client", kind="invoice", version=1, subject="x", body="#lien# #ancien#"
    )
    post(admin, seen=1)
    [said] = told(restored(admin, 1, seen=2))
    assert said.startswith("#ancien# n’est pas un champ de ce modèle.")
    assert len(versions()) == 2


def test_versions_are_listed_ten_at_a_time(admin):
    for number in range(12):
        post(admin, seen=number, subject=f"Objet {number}")
    page = admin.get(INVOICE).context["page"]
    assert [row.version for row in page.rows] == [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]
    rest = admin.get(page.next_url.partition("#")[0]).context["page"]
    assert [row.version for row in rest.rows] == [2, 1]


# Looking at it


def looked_at(client, url=INVOICE, **typed):
    return client.post(f"{url}apercu/", TYPED | typed)


def test_the_preview_shows_the_mail_of_a_real_recipient_and_writes_nothing(admin, cast):
    cast.company.manager = cast.claire.staff
    cast.company.save()
    answer = looked_at(
        admin, body="#lien#\n\n#société# #dossier# #identifiant# #gestionnaire#", entreprise="4"
    )
    page = page_of(answer)
    assert "Moi Même SARL 4 4 Claire Dupont" in page
    assert "<strong>Pour Moi Même SARL</strong>" in page
    assert f'href="{LOGIN}"' in page
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert (versions(), OutgoingMail.objects.count(), history_of(cast.martin)) == ([], 0, [])


def test_a_hostile_name_is_shown_as_it_is(admin, cast):
    open_company(cast.martin, "0", HOSTILE, token="")
    page = looked_at(admin, body="#lien#\n\n#société#", subject="#société#", entreprise="0").content.decode()
    escaped = "#lien# &lt;b&gt;=1+1&lt;/b&gt;"
    assert f'<p style="margin:0 0 16px">{escaped}</p>' in page
    assert f"<strong>{escaped}</strong>" in page
    assert "<b>" not in page
    assert page.count(f'href="{LOGIN}"') == 3  # the button, the link under it, and how to get no more of them


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("4", "4 · Moi Même SARL"),
        ("12", "12 · Boulangerie Petit"),
        ("petit", "12 · Boulangerie Petit"),
        ("", "4 · Moi Même SARL"),
    ],
)
def test_a_company_is_named_by_its_code_or_its_name(admin, cast, typed, shown):
    open_company(cast.martin, "12", "Boulangerie Petit", token="")
    assert str(looked_at(admin, entreprise=typed).context["recipient"]) == shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("99", "Aucune entreprise n’a ce code ou ce nom : « 99 »."),
        ("Vier BV", "Aucune entreprise n’a ce code ou ce nom : « Vier BV »."),
        ("Sud", "Plusieurs entreprises s’appellent ainsi : « Sud ». Donnez le code."),
    ],
)
def test_a_company_that_is_not_found_is_said(admin, cast, typed, said):
    open_company(cast.martin, "12", "Garage du Sud", token="")
    open_company(cast.martin, "13", "Hôtel du Sud", token="")
    assert looked_at(admin, entreprise=typed).context["mistakes"] == [said]


def test_a_salarie_is_named_by_company_and_matricule(admin, cast):
    employee = add_employee(cast.company, "Tom Petit", "008", token="")
    Employee.objects.filter(pk=employee.pk).update(street="1 rue Haute", postcode="75001", city="Paris")
    answer = looked_at(
        admin, PAYSLIP, entreprise="4", matricule="008", body="#lien#\n\n#prénom#|#nom#|#matricule#|#adresse#"
    )
    assert "Tom|Petit|008|1 rue Haute 75001 Paris" in page_of(answer)
    assert str(looked_at(admin, PAYSLIP).context["recipient"]) == "Léa Girard – 4 · Moi Même SARL"
    assert looked_at(admin, PAYSLIP, matricule="99").context["mistakes"] == [
        "Aucun salarié n’a le matricule « 99 » ici."
    ]
    open_company(cast.martin, "12", "Boulangerie", token="")
    assert looked_at(admin, PAYSLIP, entreprise="12").context["mistakes"] == [
        "Boulangerie n’a aucun salarié."
    ]


def test_the_welcome_names_the_identifiant_of_a_contact(admin, cast):
    add_contact(cast.company, "Paul Morel", "paul@moimeme.example", token="")
    assert "Identifiant 4." in page_of(looked_at(admin, WELCOME, body="#lien#\n\nIdentifiant #identifiant#."))


@pytest.mark.parametrize("url", [INVOICE, PAYSLIP])
def test_a_firm_without_companies_sees_an_example(client, cast, url):
    cast.vier.delete()
    client.force_login(cast.charlie)
    answer = client.get(f"{url}apercu/")
    assert "Entreprise d’exemple" in page_of(answer)
    assert client.get(url).status_code == 200


def test_a_wrong_text_is_shown_with_what_is_wrong(admin):
    answer = looked_at(admin, body="Bonjour #sosiété#")
    assert [said.partition(".")[0] for said in answer.context["mistakes"]] == [
        "#sosiété# n’est pas un champ de ce modèle",
        "Le texte a besoin de #lien#, par lequel la personne entre",
    ]


def test_the_frame_starts_with_the_text_that_counts_or_the_version_asked_for(admin):
    post(admin, subject="Un")
    post(admin, subject="Deux", seen=1)
    assert [
        admin.get(f"{INVOICE}apercu/{query}").context["merged"].subject for query in ("", "?version=1")
    ] == ["Deux", "Un"]
    assert admin.get(f"{INVOICE}apercu/?version=3").status_code == 404


@pytest.mark.parametrize(("reader", "kind"), DEFAULTS)
def test_each_text_of_the_portal_has_its_page_and_its_preview(admin, reader, kind):
    url = reverse("notifications:template", args=[reader, kind])
    assert admin.get(url).status_code == 200
    merged = admin.get(f"{url}apercu/").context["merged"]
    assert re.findall(r"#|  |«\s*»", merged.subject + merged.text) == []


# Trying it


def test_a_trial_goes_to_oneself_as_typed_and_saves_nothing(admin, cast):
    cast.company.manager = cast.claire.staff
    cast.company.save()
    answer = post(admin, essai="oui", entreprise="4")
    assert told(answer) == [
        "L’essai part à admin@martin.example, de la part de claire@martin.example. Rien n’est enregistré."
    ]
    assert answer.context["form"]["subject"].value() == "Pour #société#"
    [mail] = OutgoingMail.objects.all()
    assert (mail.kind, mail.to_email, mail.secret, mail.subject) == (
        MailKind.DOCUMENT,
        "admin@martin.example",
        "",
        "[Essai] Pour Moi Même SARL",
    )
    assert mail.text == (
        f"Bonjour,\n\n{LOGIN}\n\nClaire Dupont\n\nCeci est un essai : le lien mène à la page de connexion.\n\n-- \n"
        f"Message du portail de Cabinet Martin.\nNe plus recevoir ces messages : {unsubscribe_url(mail)}\n"
    )
    assert set(re.findall(r'href="([^"]+)"', mail.html)) == {LOGIN, unsubscribe_url(mail)}
    assert versions() == []
    assert history_of(cast.martin) == ["Anne Martin s’envoie un essai du modèle « Facture – Clients »"]


@pytest.mark.parametrize(
    ("slug", "kind"),
    [
        ("bienvenue", MailKind.WELCOME),
        ("acces", MailKind.ACCESS),
        ("relance", MailKind.DUNNING),
        ("document", MailKind.DOCUMENT),
        ("a-signer", MailKind.DOCUMENT),
        ("plusieurs-documents", MailKind.DOCUMENT),
    ],
)
def test_a_trial_is_a_mail_of_its_kind_and_holds_no_secret(admin, slug, kind):
    post(admin, f"/parametres/modeles/clients/{slug}/", essai="oui")
    [mail] = OutgoingMail.objects.all()
    assert (mail.kind, mail.secret, "/connexion/nouveau/" in mail.text + mail.html) == (kind, "", False)


@pytest.mark.parametrize("typed", [{"body": "sans"}, {"entreprise": "99"}])
def test_a_trial_of_what_is_wrong_does_not_leave(admin, typed):
    answer = post(admin, essai="oui", **typed)
    assert (answer.status_code, told(answer), OutgoingMail.objects.count()) == (200, [], 0)


def test_a_trial_needs_an_address_of_one_s_own(admin, cast):
    cast.admin.email = ""
    cast.admin.save()
    assert post(admin, essai="oui").context["form"].non_field_errors() == [
        "Votre compte n’a pas d’adresse e-mail : l’essai ne peut pas partir."
    ]
    assert OutgoingMail.objects.count() == 0


def test_a_trial_without_a_sender_says_so_and_leaves_no_task(admin, cast):
    cast.martin.communication_email = ""
    cast.martin.save()
    [said] = post(admin, essai="oui").context["form"].non_field_errors()
    assert said == outbox.sender_of(MailKind.DOCUMENT, cast.martin, cast.company).error
    assert (OutgoingMail.objects.count(), FailedTask.objects.count()) == (0, 0)


# Who


@pytest.mark.parametrize(
    "path", ["clients/bulletin/", "salaries/facture/", "fournisseurs/facture/", "clients/x/"]
)
def test_what_nobody_is_written_about_has_no_page(admin, path):
    assert admin.get(f"/parametres/modeles/{path}").status_code == 404


@pytest.mark.parametrize("role", ["claire", "gerant", "compta", "lea"])
@pytest.mark.parametrize(
    "path", ["", "clients/facture/", "clients/facture/apercu/", "clients/facture/versions/0/"]
)
def test_only_administrators_of_the_firm_come_in(client, cast, role, path):
    client.force_login(getattr(cast, role))
    assert client.get(f"/parametres/modeles/{path}").status_code == 404
    assert client.post(f"/parametres/modeles/{path}", TYPED).status_code in (404, 405)
    assert versions() == []


def test_another_firm_s_versions_are_not_there(admin, client, cast):
    post(admin, subject="De Martin")
    client.force_login(cast.charlie)
    assert client.get(f"{INVOICE}versions/1/").status_code == 404
    assert "De Martin" not in page_of(client.get(INVOICE))


def test_the_overview_costs_the_same_for_one_version_and_for_many(admin):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin.get("/parametres/modeles/")
        return len(captured)

    post(admin)
    queries()  # what a process learns once
    before = queries()
    for number in range(1, 6):
        post(admin, seen=number, subject=f"Objet {number}")
        post(admin, WELCOME, seen=number - 1, subject=f"Objet {number}")
    assert queries() == before


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("/parametres/ged/", "/parametres/modeles/"),
        ("/parametres/portail/", "/parametres/modeles/#clients-welcome"),
        ("/parametres/portail/salaries/", "/parametres/modeles/#salaries-welcome"),
    ],
)
def test_the_pages_that_notify_lead_to_the_texts(admin, page, link):
    assert f'<a class="button" href="{link}">' in admin.get(page).content.decode()
