from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from approvals.directory.opening import open_firm


class Command(BaseCommand):
    help = "Cabinets du déploiement. « firm add » ouvre un cabinet avec son premier administrateur."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="ouvrir un cabinet")
        add.add_argument("slug", help="nom court, dans les adresses : martin")
        add.add_argument("name", help="« Cabinet Martin »")
        add.add_argument("admin_email", help="adresse e-mail du premier administrateur")
        add.add_argument("--admin-name", default="", help="son nom")
        add.add_argument("--communication-email", default="", help="adresse de communication du cabinet")

    def handle(self, *, slug, name, admin_email, admin_name, communication_email, **options):
        try:
            firm = open_firm(
                name,
                slug,
                admin_email=admin_email,
                admin_name=admin_name or admin_email,
                communication_email=communication_email,
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        self.stdout.write(
            f"{firm.name} est ouvert. Un lien pour choisir son mot de passe part à {admin_email}."
        )
