"""Reference for mail out: django-post_office, on SQLite as the portal has it. `post_office_queue.py FOLDER COUNT`.

Two processes queue mails from a template of about the portal's text; its `send_queued` sends them with two processes
and writes a log row for each. A line asks for a round; mails a second.
"""

# ruff: noqa: E402, E501
import sys
import time
from pathlib import Path

import django
from django.conf import settings

from in_two import WORKERS, in_two  # isort: skip  (beside this script)

folder, count = sys.argv[1], int(sys.argv[2])
settings.configure(
    SECRET_KEY="bench",
    USE_TZ=True,
    USE_I18N=True,
    LANGUAGE_CODE="fr",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    EMAIL_BACKEND="post_office.EmailBackend",
    POST_OFFICE={"BACKENDS": {"default": "nowhere.EmailBackend"}, "LOG_LEVEL": 2},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder, "post_office.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    },
)
django.setup()

from django.core.management import call_command
from post_office import mail
from post_office.models import STATUS, Email, EmailTemplate, Log

TEXT = """Bonjour,

Votre mail « {{ subject }} » à {{ to }} est bien arrivé. Votre adresse doit d’abord être approuvée : la demande est transmise, et vos documents sont gardés en attendant.

{% for file in files %}- {{ file }}
{% endfor %}
Vous recevrez une confirmation. Si vous ne voyez rien venir, regardez dans « Courriers indésirables » ou « Spam ».

--
Message automatique du portail de {{ firm }}."""
HTML = """<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Votre envoi est en attente : {{ subject }}</title></head>
<body style="margin:0;background:#f4f6f8;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#1d2733">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" style="max-width:560px;background:#fff;border:1px solid #d9e0e7;border-radius:8px">
<tr><td style="padding:24px">
<p style="margin:0 0 16px">Bonjour,</p>
<p style="margin:0 0 16px">Votre mail « {{ subject }} » à {{ to }} est bien arrivé. Votre adresse doit d’abord être approuvée : la demande est transmise, et vos documents sont gardés en attendant.</p>
<ul style="margin:0 0 16px">{% for file in files %}<li>{{ file }}</li>{% endfor %}</ul>
<p style="margin:0;color:#5b6673">Vous recevrez une confirmation. Si vous ne voyez rien venir, regardez dans « Courriers indésirables » ou « Spam ».</p>
</td></tr></table>
<p style="color:#5b6673;font-size:14px">Message automatique du portail de {{ firm }}.</p>
</td></tr></table></body></html>"""


def work(count: int) -> None:
    for number in range(count):
        mail.send(
            f"client{number}@client.example",
            "contact@martin.example",
            template="pending",
            context={
                "subject": "Facture",
                "to": "4.box@martin.example",
                "files": ["facture.pdf"],
                "firm": "Martin",
            },
        )


call_command("migrate", verbosity=0)
EmailTemplate.objects.create(
    name="pending", subject="Votre envoi est en attente : {{ subject }}", content=TEXT, html_content=HTML
)
work(1)
mail.send_queued(processes=1)
print("ready", flush=True)
for _ in sys.stdin:
    before = Email.objects.filter(status=STATUS.sent).count(), Log.objects.count()
    start = time.perf_counter()
    in_two(work, count)
    mail.send_queued_mail_until_done(processes=WORKERS, log_level=2)
    seconds = time.perf_counter() - start
    after = Email.objects.filter(status=STATUS.sent).count(), Log.objects.count()
    if (after[0] - before[0], after[1] - before[1]) != (count, count):
        raise SystemExit("not all mails are sent and logged")
    print(count / seconds, flush=True)
