from django.core.management.base import BaseCommand, CommandError

from mailing.domains import stories
from portal.models import Firm


class Command(BaseCommand):
    help = "Se porter garant d’un domaine d’envoi, à la place de SPF, DKIM et DMARC (D-32)."

    def add_arguments(self, parser):
        parser.add_argument("domain", help="le domaine : cabinet.fr")
        parser.add_argument(
            "--firm", help="nom court du cabinet ; sans lui, tous ceux qui en ont une adresse"
        )
        parser.add_argument("--withdraw", action="store_true", help="ne plus s’en porter garant")

    def handle(self, *, domain, firm, withdraw, **options):
        name = stories.domain_of(f"x@{domain}")
        if not name or "." not in name:
            raise CommandError(f"« {domain} » n’est pas un nom de domaine.")
        for found in self.firms(name, firm, withdraw):
            if not stories.vouch(found, name, withdraw=withdraw):
                said = "rien à changer"
            else:
                said = "retiré : les vérifications comptent à nouveau" if withdraw else "garanti"
            self.stdout.write(f"{found.name}, {name} : {said}.")

    def firms(self, domain, slug, withdraw):
        if slug:
            found = list(Firm.objects.filter(slug=slug))
            if not found:
                raise CommandError(f"Aucun cabinet « {slug} ».")
            return found
        if withdraw:
            found = list(Firm.objects.filter(sending_domains__domain=domain))
        else:
            found = [firm for firm in Firm.objects.all() if domain in stories.domains_of(firm)]
        if not found:
            raise CommandError(f"Aucun cabinet n’a d’adresse en @{domain} : dire lequel par --firm.")
        return found
