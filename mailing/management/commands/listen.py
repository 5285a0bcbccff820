import asyncio
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mailing.receiving.listener import HOST, Listener


class Command(BaseCommand):
    help = "Reçoit les mails par SMTP, et par LMTP où LMTP_PORT le dit, sur cette machine, jusqu’à SIGTERM."

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
            name = "LMTP_PORT" if listener.servers else "SMTP_PORT"
            raise CommandError(
                f"Le port {getattr(settings, name)} de {HOST} est déjà pris ou interdit ({error.strerror}). "
                f"Choisir un autre port par {name}."
            ) from error
        self.stdout.write(f"Les mails sont reçus sur {HOST}:{listener.port}")
        if listener.lmtp_port is not None:
            self.stdout.write(f"et par LMTP sur {HOST}:{listener.lmtp_port}")
        self.stdout.flush()
        await stop.wait()
        await listener.stop()
