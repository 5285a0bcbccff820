"""Reference for a list: the page that Django's own tools make of the same 50 rows. `stock_page.py FOLDER COUNT`.

`startproject` settings, sessions in the database, LoginRequiredMixin and ListView, one template with a base: no tenant,
no rights, no search, no filter, no translation. A line asks for a round; pages a second.
"""

# ruff: noqa: DJ008, E402, E501
import sys
import time
from pathlib import Path

import django
from django.conf import settings

from wsgi_calls import call  # isort: skip  (beside this script)

folder, count = sys.argv[1], int(sys.argv[2])
BASE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title></head>
<body><header><a href="/">Home</a> {{ user.username }} {% if messages %}{% for message in messages %}{{ message }}{% endfor %}{% endif %}</header>
<main><h1>{% block heading %}{% endblock %}</h1>{% block content %}{% endblock %}</main></body></html>"""
LIST = """{% extends "base.html" %}{% block title %}Mails{% endblock %}{% block heading %}Mails{% endblock %}
{% block content %}<table><thead><tr><th>Date</th><th>Status</th><th>Subject</th><th>From</th><th>To</th><th></th></tr></thead><tbody>
{% for mail in object_list %}<tr>
  <td>{{ mail.created_at|date:"d/m/Y H:i" }}</td>
  <td><span class="{{ mail.status }}">{{ mail.get_status_display }}</span></td>
  <td>{{ mail.subject }}</td>
  <td>{% firstof mail.from_name mail.from_email %}</td>
  <td>{{ mail.to_email }}</td>
  <td><a href="{% url 'detail' mail.pk %}">Details {{ mail.subject }}</a></td>
</tr>{% endfor %}</tbody></table>
{% if is_paginated %}<nav>{% if page_obj.has_previous %}<a href="?page={{ page_obj.previous_page_number }}">Previous</a>{% endif %}
Page {{ page_obj.number }} of {{ page_obj.paginator.num_pages }}
{% if page_obj.has_next %}<a href="?page={{ page_obj.next_page_number }}">Next</a>{% endif %}</nav>{% endif %}{% endblock %}"""
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[f"django.contrib.{name}" for name in ("contenttypes", "auth", "sessions", "messages")],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"base.html": BASE, "list.html": LIST})],
                    )
                ],
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder, "stock.sqlite3"),
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.urls import path
from django.utils import timezone
from django.views.generic import DetailView, ListView


class Mail(models.Model):
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=16, choices=[("sent", "Sent"), ("opened", "Opened")])
    subject = models.CharField(max_length=255)
    from_email = models.EmailField()
    from_name = models.CharField(max_length=200)
    to_email = models.EmailField()

    class Meta:
        app_label = "auth"


class MailList(LoginRequiredMixin, ListView):
    model = Mail
    ordering = "-created_at"
    paginate_by = 50
    template_name = "list.html"


urlpatterns = [path("", MailList.as_view()), path("<int:pk>/", DetailView.as_view(model=Mail), name="detail")]
call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(Mail)
Mail.objects.bulk_create(
    Mail(
        status="sent",
        subject=f"Votre envoi est en attente : facture {number}",
        from_email="contact@martin.example",
        from_name="Cabinet Martin",
        to_email=f"client{number}@client.example",
    )
    for number in range(200)
)
client = Client()
client.force_login(User.objects.create(username="claire"))
cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
application = WSGIHandler()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    for _number in range(count):
        call(application, "/", HTTP_COOKIE=cookie)
    print(count / (time.perf_counter() - start), flush=True)
