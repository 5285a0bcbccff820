import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from mimetypes import guess_type
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Envoie un vrai mail avec des fichiers à la réception du portail, comme le ferait un logiciel de courrier."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FICHIER")
        parser.add_argument("--from", dest="sender", default="facture@fournisseur.example")
        parser.add_argument("--to", default=f"4.box@martin.{settings.DEPOSIT_DOMAIN}")
        parser.add_argument("--subject", default="Nos documents")
        parser.add_argument("--port", type=int, default=settings.SMTP_PORT)

    def handle(self, files, sender, to, subject, port, **options):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Date"], message["Message-ID"] = formatdate(localtime=True), make_msgid(domain="localhost")
        message.set_content("Bonjour,\n\nVeuillez trouver ci-joint nos documents.\n")
        for file in files:
            maintype, _, subtype = (guess_type(file.name)[0] or "application/octet-stream").partition("/")
            try:
                message.add_attachment(
                    file.read_bytes(), maintype=maintype, subtype=subtype, filename=file.name
                )
            except OSError as error:
                raise CommandError(f"{file} : {error.strerror}") from None
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
                smtp.send_message(message)
        except ConnectionRefusedError:
            raise CommandError(f"Rien n’écoute sur le port {port} : le portail est-il servi ?") from None
        except smtplib.SMTPException as refusal:
            raise CommandError(f"Le portail a refusé ce mail : {refusal}") from None
        self.stdout.write(f"Envoyé de {sender} à {to}.")
