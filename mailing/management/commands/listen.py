import asyncio
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mailing.receiving.listener import HOST, Listener


class Command(BaseCommand):
    help = "Reçoit les mails par SMTP sur cette machine, jusqu’à SIGTERM."

    def handle(self, *args, **options):
        asyncio.run(self.listen())

    async def listen(self):
        listener = Listener()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            await listener.start()
        except OSError as error:
            raise CommandError(
                f"Le port {settings.SMTP_PORT} de {HOST} est déjà pris ou interdit ({error.strerror}). "
                "Choisir un autre port par SMTP_PORT."
            ) from error
        self.stdout.write(f"Les mails sont reçus sur {HOST}:{listener.port}")
        self.stdout.flush()
        await stop.wait()
        await listener.stop()
