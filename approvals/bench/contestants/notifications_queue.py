"""The queue of notifications: two processes make mails of waiting rows and send them. `notifications_queue.py COUNT`.

A line asks for a round; rows a second, from the first that is examined to the last that is « Envoyé ». Each row is of a
document of its own, and the firm gathers none.
"""

# ruff: noqa: E402
import sys
import time

from in_two import in_two  # isort: skip  (beside this script)

import django

django.setup()

from django.conf import settings
from django.utils import timezone

settings.EMAIL_BACKEND = "nowhere.EmailBackend"

from documents.models import Document, Folder
from documents.publication.telling import NEEDED, tell_each
from mailing import tasks as mailing
from mailing.models import OutgoingMail
from notifications import tasks
from notifications.models import Notification, NotificationStatus
from portal.models import Company, Firm

Firm.objects.update(grouping_minutes=0)
company = Company.objects.get(firm__slug="martin", code="4")
folder = Folder.objects.of_company(company).get(label="Facture")
file = Document.objects.filter(company=company, folder=folder)[0].file


def lay(count: int) -> None:
    """`count` documents on the portal, and a row that waits for each."""
    at = timezone.now()
    common = {"firm": company.firm, "company": company, "folder": folder, "file": file, "published_at": at}
    Document.objects.bulk_create([Document(name=f"{number}.pdf", **common) for number in range(count)])
    laid = Document.objects.filter(published_at=at).select_related(*NEEDED).order_by("pk")
    for start in range(0, count, 100):
        tell_each(laid[start : start + 100], at)


def work(count: int) -> None:
    while Notification.objects.filter(status=NotificationStatus.WAITING, hold="").exists():
        tasks.notifications()
        mailing.outbox()


def sent() -> int:
    return Notification.objects.filter(status=NotificationStatus.SENT).count()


OutgoingMail.objects.all().delete()
Notification.objects.all().delete()
count = int(sys.argv[1])
lay(1)
work(1)
print("ready", flush=True)
for _ in sys.stdin:
    lay(count)
    before = sent()
    start = time.perf_counter()
    in_two(work, count)
    seconds = time.perf_counter() - start
    if sent() - before != count:
        raise SystemExit(f"{sent() - before} notifications of {count} are sent")
    print(count / seconds, flush=True)
