from django.core.management.base import BaseCommand

from portal import demo, scale


class Command(BaseCommand):
    help = "Charge ce qui manque de la démonstration."

    def add_arguments(self, parser):
        parser.add_argument(
            "--scale",
            action="store_true",
            help="Ajoute un cabinet de 100 000 documents (échelle), à part de la démonstration.",
        )

    def handle(self, *args, **options):
        demo.load()
        self.stdout.write("La démonstration est là.")
        if options["scale"]:
            scale.load()
            self.stdout.write("Le cabinet « échelle » est là.")
            for login in (scale.ACCOUNTANT, scale.CLIENT, scale.EMPLOYEE):
                self.stdout.write(f"  {login}")
