"""The people of the demonstration, and mails whose senders stand in every status."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from approvals.directory.opening import add_person, attach, give_access, make_staff, open_company
from approvals.models import RequestKind, SenderAddress, UserRequest
from approvals.requests import stories as requests
from approvals.requests.stories import Wish
from approvals.senders import blacklist, decisions, intake
from documents.folders.defaults import lay_out
from mailing.models import Channel, InboundAddress, InboundMail
from mailing.receiving.store import Recipient, store
from portal.demo import PASSWORD, page_of
from portal.files.keep import keep
from portal.models import (
    ClientGroup,
    Country,
    Firm,
    PaperlessConsent,
    StaffRole,
    Supplier,
    User,
    VatRegime,
)

CARDS = {
    "Moi Même SARL": {
        "legal_form": "SARL",
        "registration_number": "73282932000074",
        "vat_number": "FR44732829320",
        "vat_regime": VatRegime.MONTHLY,
        "year_end": "31/12",
        "street": "12 rue des Lilas",
        "postcode": "44000",
        "city": "Nantes",
        "email": "contact@moimeme.example",
        "billing_email": "factures@moimeme.example",
        "dunning_email": "compta@moimeme.example",
        "paperless_consent": PaperlessConsent.ACCEPTED,
    },
    "Boulangerie Petit": {
        "legal_form": "Entreprise individuelle",
        "registration_number": "552008443",
        "vat_regime": VatRegime.SIMPLIFIED,
        "year_end": "30/06",
        "street": "3 place du Marché",
        "postcode": "44400",
        "city": "Rezé",
        "paperless_consent": PaperlessConsent.DECLINED,
    },
    "Vier BV": {
        "legal_form": "BV",
        "country": Country.BELGIUM,
        "registration_number": "0428759497",
        "vat_number": "BE0428759497",
        "vat_regime": VatRegime.QUARTERLY,
        "year_end": "31/12",
        "street": "Korenmarkt 4",
        "postcode": "9000",
        "city": "Gent",
        "email": "info@vier.example",
    },
}


def load() -> None:
    if not Firm.objects.filter(slug="martin").exists():
        with transaction.atomic():
            firms = [open_martin(), open_peeters()]
            User.objects.filter(firm__in=firms).update(password=make_password(PASSWORD))
    if not InboundMail.objects.exists():
        send_mails()
    if not UserRequest.objects.exists():
        ask_for_users()


def open_martin() -> Firm:
    firm = Firm.objects.create(
        name="Cabinet Martin",
        slug="martin",
        communication_email="contact@martin.example",
        functional_email="ne-pas-repondre@martin.example",
        functional_is_unread=True,
        notification_from="noreply@martin.example",
        reply_to="contact@martin.example",
    )
    lay_out(firm)
    south = ClientGroup.objects.create(firm=firm, name="Sud", email="sud@martin.example")
    admin, claire, hugo = (
        make_staff(add_person(firm, name, email, token=""), role)
        for name, email, role in (
            ("Anne Martin", "admin@martin.example", StaffRole.ADMIN),
            ("Claire Dupont", "claire@martin.example", StaffRole.STAFF),
            ("Hugo Lenoir", "hugo@martin.example", StaffRole.STAFF),
        )
    )
    four = open_company(firm, "4", "Moi Même SARL", token="", manager=claire, **CARDS["Moi Même SARL"])
    twelve = open_company(firm, "12", "Boulangerie Petit", token="", **CARDS["Boulangerie Petit"])
    twenty_seven = open_company(firm, "27", "Garage Morel", token="", group=south)
    Supplier.objects.create(
        firm=firm,
        code="PAPET",
        name="Papeterie du Port",
        email="commandes@papeterie.example",
        vat_number="FR83404833048",
        street="8 quai de la Fosse",
        postcode="44000",
        city="Nantes",
    )
    attach(claire, four, favourite=True)
    attach(claire, twelve)
    attach(hugo, four)
    attach(hugo, twelve)
    for name, email, code, is_admin in (
        ("Marc Roux", "gerant@moimeme.example", "4", True),
        ("Sophie Roux", "compta@moimeme.example", "4-compta", False),
    ):
        give_access(add_person(firm, name, email, token=""), four, login_code=code, is_admin=is_admin)
    lea = add_person(firm, "Léa Girard", "lea@moimeme.example", token="")
    give_access(lea, four, login_code="4-lea", matricule="007")
    for name, email, code in (
        ("Jean Morel", "jean@garage-morel.example", "27"),
        ("Paul Morel", "paul@garage-morel.example", "27-paul"),
    ):
        give_access(add_person(firm, name, email, token=""), twenty_seven, login_code=code, is_admin=True)
    return firm


def open_peeters() -> Firm:
    firm = Firm.objects.create(
        name="Bureau Peeters", slug="peeters", communication_email="info@peeters.example"
    )
    lay_out(firm)
    make_staff(add_person(firm, "Els Peeters", "admin@peeters.example", token=""), StaffRole.ADMIN)
    four = open_company(firm, "4", "Vier BV", token="", **CARDS["Vier BV"])
    Supplier.objects.create(
        firm=firm, code="DRUK", name="Drukkerij Leie", email="info@drukkerij.example", city="Gent"
    )
    give_access(
        add_person(firm, "Jan Vier", "patron@vier.example", token=""), four, login_code="4", is_admin=True
    )
    return firm


def send_mails() -> None:
    """Mails of company 4, by the real stories; only the SMTP dialogue is left out."""
    manager = User.objects.get(email="gerant@moimeme.example")
    four = manager.client_memberships.get().company
    box, image = at("4.box@martin"), at("4.image@martin")

    send("scan@moimeme.example", "Copieur de l’accueil", box, "Numérisation", "scan-0412.pdf")
    decide(decisions.accept, four, "scan@moimeme.example", manager)
    send(
        "scan@moimeme.example", "Copieur de l’accueil", box, "Numérisation", "scan-0413.pdf", "scan-0414.pdf"
    )
    send(
        "facture@energie.example",
        "Énergie de l’Ouest",
        image,
        "Votre facture d’octobre",
        "facture-octobre.pdf",
        html="<h2>Votre facture d’octobre</h2><p>Bonjour,<br>elle est <b>jointe</b> à ce mail.</p>",
    )
    decide(decisions.accept, four, "facture@energie.example", manager)
    send("promo@toner.example", "Toner Discount", box, "−40 % sur vos toners", "catalogue.pdf")
    decide(decisions.refuse, four, "promo@toner.example", manager)
    send("contact@leads.example", "Leads", box, "Développez votre chiffre", "offre.pdf")
    decide(decisions.blacklist, four, "contact@leads.example", manager)
    send("contact@leads.example", "Leads", box, "Toujours intéressé ?", "offre.pdf")
    admin = User.objects.get(email="admin@martin.example")
    blacklist.add(four.firm, "envois@publicite.example", by=admin, reason="Publicité")
    send("compta@moimeme.example", "Sophie Roux", box, "Relevés de banque", "releve-septembre.pdf")
    send("facturation@bois-dumas.example", "Bois Dumas", box, "Facture 0815", "facture-0815.pdf")
    send("facturation@bois-dumas.example", "Bois Dumas", box, "Facture 0816", "facture-0816.pdf")
    send("hugo@martin.example", "Hugo Lenoir", box, "Relevé d’octobre", "releve-octobre.pdf")
    send(
        "claire@martin.example",
        "Claire Dupont",
        at("claire.mes-documents@martin"),
        "Note",
        "note.pdf",
    )
    send("inconnu@ailleurs.example", "", at("claire.mes-documents@martin"), "Candidature", "cv.pdf")
    send("", "", box, "Scan sans expéditeur", "scan-0001.pdf")
    send("patron@vier.example", "Jan Vier", at("4.box@peeters"), "Facturen", "facturen.pdf")


def ask_for_users() -> None:
    """The client administrator of company 4 asks for a colleague: the firm has not answered yet."""
    manager = User.objects.get(email="gerant@moimeme.example")
    wish = Wish(RequestKind.CONTACT, "Julie Roux", "julie@moimeme.example")
    company = manager.client_memberships.get().company
    requests.ask(company, wish, by=manager, comment="Notre nouvelle assistante, à partir de lundi.")


def at(box: str) -> str:
    """« 4.box@martin » as an address of this deployment."""
    return f"{box}.{settings.DEPOSIT_DOMAIN}"


def send(sender: str, name: str, to: str, subject: str, *files: str, html: str = "") -> None:
    """A mail as it comes in; without `sender` it has no From, and nobody can read whom it is from."""
    message = EmailMessage()
    if sender:
        message["From"] = f'"{name}" <{sender}>' if name else sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(timezone.now())
    message["Message-ID"] = make_msgid(domain=sender.partition("@")[2] or "copieur.example")
    message.set_content("Bonjour,\n\nVeuillez trouver ci-joint nos documents.\n")
    if html:
        message.add_alternative(html, subtype="html")
    for file in files:
        message.add_attachment(page_of(file, sender), maintype="application", subtype="pdf", filename=file)
    recipient = Recipient(to, InboundAddress.objects.get(address=to))
    kept = keep(message.as_bytes(policy=SMTP))
    for mail in store(
        kept, [recipient], envelope_from=sender, channel=Channel.SMTP, is_local_submission=True
    ):
        intake.process(mail)


def decide(story, company, sender: str, by: User) -> None:
    address = SenderAddress.objects.get(company=company, address=sender)
    story(address, by=by, seen=address.status)
