"""`manage.py explain_mail [--json] FILE…`: what the portal reads in a raw mail, for whoever repairs one."""

from __future__ import annotations

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from mailing.receiving.parsing import Part, ReadMail, read
from mailing.receiving.sender import in_lower_case
from portal.files.checks import clean_name


class Command(BaseCommand):
    help = "Dit ce que le portail lit dans un message brut : expéditeur, texte, fichiers et leur sort."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="message brut (.eml)")
        parser.add_argument("--json", action="store_true", help="un objet JSON par ligne et par fichier")

    def handle(self, *args, **options):
        write = self._write_json if options["json"] else self._write_text
        failed = False
        for name in options["files"]:
            try:
                raw = Path(name).read_bytes()
            except OSError as error:
                failed = True
                write(name, None, f"Fichier illisible : {error.strerror or error}.")
                continue
            write(name, read(raw), "")
        if failed:
            raise CommandError("Un fichier au moins n'a pas pu être lu.", returncode=1)

    def _write_json(self, name: str, mail: ReadMail | None, error: str) -> None:
        found = {"file": name, "error": error} if mail is None else {"file": name} | as_json(mail)
        self.stdout.write(json.dumps(found, ensure_ascii=False))

    def _write_text(self, name: str, mail: ReadMail | None, error: str) -> None:
        self.stdout.write(f"\n{name}")
        for line in [error] if mail is None else as_lines(mail):
            self.stdout.write(f"  {line}")


def as_json(mail: ReadMail) -> dict:
    """The object of design.md for one mail, and `problem` where the whole mail is parked."""
    found = {
        "sender": in_lower_case(mail.sender.as_received) if mail.sender.address else None,
        "sender_reason": mail.sender.reason,
        # Signatures can only be verified with the DNS: without a network nothing is known (D-16).
        "auth": "none",
        "attachments": [_entry(part) for part in mail.attachments],
    }
    return found | {"problem": mail.problem} if mail.problem else found


def _entry(part: Part) -> dict:
    entry = {
        "name": part.name,
        "type": part.type,
        "detected": part.detected,
        "size": part.size,
        "sha256": part.sha256,
        "csha": part.csha,
        "left_out": part.left_out,
    }
    return entry if part.inside is None else entry | {"inside": part.inside}


def as_lines(mail: ReadMail) -> list[str]:
    """The same for people, in French."""
    sender = mail.sender
    marks = mail.marks.why or "aucune"
    lines = [
        f"De       : {sender.address or 'inconnu'} — {sender.reason}",
        f"Nom      : {sender.display_name or '(aucun)'}",
        f"Objet    : {mail.subject or '(sans objet)'}",
        f"Date     : {mail.date:%d/%m/%Y %H:%M} UTC" if mail.date else "Date     : (illisible ou absente)",
        f"Marques  : {marks}",
    ]
    if mail.problem:
        return [*lines, f"Problème : {mail.problem}"]
    lines.append(f"Texte    : {len(mail.text)} caractères")
    lines.append(f"Fichiers : {len(mail.attachments) or 'aucun'}")
    return lines + [_line(part) for part in mail.attachments]


def _line(part: Part) -> str:
    name = clean_name(part.name) if part.name else "(sans nom)"
    where = "" if part.inside is None else f", dans le fichier {part.inside}"
    fate = part.left_out or part.notice or "accepté"
    return f"  {part.index}. {name} — {part.type}, trouvé {part.detected}, {part.size} octets{where} : {fate}"
