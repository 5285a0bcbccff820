"""The portal's outbox: two processes write mails from a template and send them. `portal_outbox.py COUNT`.

A line asks for a round; mails a second, from the first that is written to the last that is sent and has its status.
"""

# ruff: noqa: E402
import sys
import time

from in_two import in_two  # isort: skip  (beside this script)

import django

django.setup()

from django.conf import settings

settings.EMAIL_BACKEND = "nowhere.EmailBackend"

from mailing import tasks
from mailing.kinds import MailKind
from mailing.models import InboundMail, MailStatus, OutboxStatus, OutgoingMail
from mailing.sending import outbox

inbound = InboundMail.objects.select_related("address__firm", "company").filter(company__code="4").first()
attachments = list(inbound.attachments.all())


def work(count: int) -> None:
    for number in range(count):
        outbox.post(
            MailKind.PENDING,
            "approvals/email/pending",
            to_email=f"client{number}@client.example",
            firm=inbound.address.firm,
            company=inbound.company,
            about=inbound,
            context={"mail": inbound, "attachments": attachments},
        )
    while OutgoingMail.objects.filter(status__in=OutgoingMail.WAITING).exists():
        tasks.outbox()


count = int(sys.argv[1])
work(1)
print("ready", flush=True)
for _ in sys.stdin:
    before = OutgoingMail.objects.filter(status=OutboxStatus.SENT, last_status=MailStatus.SENT).count()
    start = time.perf_counter()
    in_two(work, count)
    seconds = time.perf_counter() - start
    sent = OutgoingMail.objects.filter(status=OutboxStatus.SENT, last_status=MailStatus.SENT).count()
    if sent - before != count:
        raise SystemExit(f"{sent - before} mails of {count} are sent and have their status")
    print(count / seconds, flush=True)
