"""References for webhooks: a project that Django and Anymail make as they come, on SQLite as the portal has it.

`anymail_view.py FOLDER signal EVENTS EACH`: Anymail's own view parses, its receiver writes one row an event.
`anymail_view.py FOLDER bulk EVENTS EACH`: a bare view reads the JSON and writes the rows in one bulk insert.
Neither looks whether it knows an event, and nothing follows from one. A line asks for a round; events a second.
"""

# ruff: noqa: DJ008, E402
import base64
import json
import sys
import time
from pathlib import Path

import django
from django.conf import settings

from posts import SECRET, posts  # isort: skip  (beside this script)
from wsgi_calls import call  # isort: skip

folder, way, events, each = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "anymail",
    ],
    MIDDLEWARE=[  # as `startproject` makes them
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    ANYMAIL={"WEBHOOK_SECRET": [SECRET]},
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder, f"anymail-{way}-{each}.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    },
)
django.setup()

from anymail.signals import tracking
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


class Event(models.Model):
    """What one keeps of an event."""

    message_id = models.CharField(max_length=255, db_index=True)
    recipient = models.CharField(max_length=254)
    event_type = models.CharField(max_length=32)
    at = models.DateTimeField(null=True)
    payload = models.JSONField()

    class Meta:
        app_label = "anymail"


class InPosts(BrevoTrackingWebhookView):
    """Brevo may post a list; Anymail's view knows a single event."""

    def parse_events(self, request):
        found = json.loads(request.body)
        if isinstance(found, list):
            return [self.esp_to_anymail_event(one) for one in found]
        return super().parse_events(request)


def keep(sender, event, esp_name, **kwargs):
    Event.objects.create(
        message_id=event.message_id,
        recipient=event.recipient,
        event_type=event.event_type,
        at=event.timestamp,
        payload=event.esp_event,
    )


@csrf_exempt
def bulk(request):
    found = json.loads(request.body)
    Event.objects.bulk_create(
        Event(message_id=one["message-id"], recipient=one["email"], event_type=one["event"], payload=one)
        for one in (found if isinstance(found, list) else [found])
    )
    return HttpResponse()


tracking.connect(keep)
urlpatterns = [path("signal/", InPosts.as_view()), path("bulk/", bulk)]

with connection.schema_editor() as editor:
    editor.create_model(Event)
application = WSGIHandler()
authorization = "Basic " + base64.b64encode(SECRET.encode()).decode()
print("ready", flush=True)
for _ in sys.stdin:
    bodies = posts([f"<{number}@bench.example>" for number in range(events)], each)
    start = time.perf_counter()
    for body in bodies:
        call(application, f"/{way}/", body, HTTP_AUTHORIZATION=authorization)
    print(events / (time.perf_counter() - start), flush=True)
