from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mailing.receiving.unroutable import LEFT_OVER, discard, of_no_firm
from portal.files.keep import path_of


class Command(BaseCommand):
    help = "Mails qui ne sont d’aucun cabinet : les lister, dire pourquoi, les écarter."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb")
        verbs.add_parser("list", help="ceux qui attendent (c’est ce qui se fait sans rien dire)")
        verbs.add_parser("all", help="tous, les rapports de remise aussi")
        verbs.add_parser("why", help="ce qui a été lu d’un mail, et les règles essayées").add_argument(
            "mail", type=int
        )
        verbs.add_parser("discard", help="écarter des mails qui ont été vus").add_argument(
            "mails", type=int, nargs="+"
        )

    def handle(self, *, verb, mail=None, mails=(), **options):
        match verb:
            case "why":
                self.tell_why(self.found(mail))
            case "discard":
                for found in [self.found(number) for number in mails]:
                    self.stdout.write(f"{found.pk} : {'écarté' if discard(found) else 'rien à écarter'}")
            case "all":
                self.list(of_no_firm())
            case _:
                self.list(of_no_firm().filter(status__in=LEFT_OVER))

    def found(self, number):
        mail = of_no_firm().filter(pk=number).first()
        if mail is None:
            raise CommandError(f"Le mail {number} n’existe pas, ou il est d’un cabinet.")
        return mail

    def list(self, mails):
        for mail in mails:
            day = timezone.localtime(mail.received_at)
            self.stdout.write(
                f"{mail.pk}  {day:%d/%m/%Y %H:%M}  {mail.fate.label}  {mail.sender or '?'} → "
                f"{mail.envelope_to}  {mail.subject}".rstrip()
            )
        if not mails:
            self.stdout.write("Aucun mail.")

    def tell_why(self, mail):
        self.list([mail])
        self.stdout.write(f"Motif : {mail.note or '(aucun)'}")
        for reason in mail.reasons:
            mark = "oui" if reason["matched"] else "non"
            self.stdout.write(f"  {reason['question']} {mark} {reason['text']}".rstrip())
        self.stdout.write(f"Message brut : {path_of(mail.raw.key)}")
