from django.core.management.base import BaseCommand

from portal import demo


class Command(BaseCommand):
    help = "Charge ce qui manque de la démonstration."

    def handle(self, *args, **options):
        demo.load()
        self.stdout.write("La démonstration est là.")
