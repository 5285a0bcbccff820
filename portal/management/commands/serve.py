from django.core.management.base import BaseCommand

from portal import serve


class Command(BaseCommand):
    help = "Sert le portail au premier plan : web, worker, horloge et réception du courrier."

    def handle(self, *args, **options):
        raise SystemExit(serve.run(self.stdout.write))
