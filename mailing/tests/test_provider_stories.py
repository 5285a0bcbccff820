"""For each provider one mail through its whole story: what Anymail posts, how the API answers, its posts, the timeline.

The API is a server of the test on this machine; it answers as the providers do, and as they do on a bad day.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote

import pytest
from django.urls import reverse
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import MailStatus, OutboxStatus, OutgoingMail, Suppression
from mailing.tasks import events as read_posts
from mailing.tasks import outbox as send_all
from mailing.tests import payloads
from portal.models import FailedTask

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NAMES = {  # what each API calls a mail it has accepted
    "brevo": "<202611211432.1234@smtp-relay.mailin.fr>",
    "mailgun": "<20261121143207.1.ABC@envois.martin.example>",
    "postmark": "883953f4-6105-42a2-a16a-77a8eac79483",
}
ACCEPTS = {
    "brevo": (201, {"messageId": NAMES["brevo"]}),
    "mailgun": (200, {"id": NAMES["mailgun"], "message": "Queued. Thank you."}),
    "postmark": (
        200,
        {
            "To": "gerant@bois.example",
            "SubmittedAt": "2026-11-21T14:32:07Z",
            "MessageID": NAMES["postmark"],
            "ErrorCode": 0,
            "Message": "OK",
        },
    ),
}
PATHS = {
    "brevo": "/brevo/smtp/email",
    "mailgun": "/mailgun/envois.martin.example/messages",
    "postmark": "/postmark/email",
}


class Api(ThreadingHTTPServer):
    """Answers each post with the next of `answers`, a status and a body; None: it hears all and says nothing."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.heard, self.released = [], [], threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, body))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.server.released.wait(30)
            self.close_connection = True
            return
        status, said = answer
        said = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *words):
        pass


@pytest.fixture
def api():
    server = Api()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(params=["brevo", "mailgun", "postmark"])
def provider(request, settings, api):
    url = f"http://127.0.0.1:{api.server_address[1]}"
    settings.MAIL_OUT = request.param
    settings.EMAIL_BACKEND = settings.MAIL_OUTS[request.param]
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": [payloads.SECRET],
        "MAILGUN_WEBHOOK_SIGNING_KEY": payloads.SIGNING_KEY,
        "REQUESTS_TIMEOUT": 1,
        "BREVO_API_KEY": "cle-brevo",
        "BREVO_API_URL": f"{url}/brevo/",
        "MAILGUN_API_KEY": "cle-mailgun",
        "MAILGUN_API_URL": f"{url}/mailgun",
        "MAILGUN_SENDER_DOMAIN": "envois.martin.example",
        "POSTMARK_SERVER_TOKEN": "cle-postmark",
        "POSTMARK_API_URL": f"{url}/postmark/",
    }
    return request.param


@pytest.fixture
def mail(cast):
    return OutgoingMail.objects.create(
        firm=cast.martin,
        kind=MailKind.APPROVAL_REQUEST,
        from_email="contact@martin.example",
        from_name="Cabinet Martin",
        to_email="gerant@bois.example",
        to_name="Marc Bois",
        subject="Décision à prendre",
        text="Bonjour\n",
        html="<p>Bonjour</p>",
    )


def after(mail):
    mail.refresh_from_db()
    return mail.status, mail.last_status


def try_again():
    OutgoingMail.objects.filter(status=OutboxStatus.QUEUED).update(next_attempt_at=timezone.now())
    send_all()


def headers_sent(provider, body):
    """The headers of the mail itself, as the API was given them, names in lower case."""
    if provider == "brevo":
        given = json.loads(body)["headers"]
    elif provider == "postmark":
        given = {header["Name"]: header["Value"] for header in json.loads(body)["Headers"]}
    else:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        given = {name[2:]: value for name, value in form.items() if name.startswith("h:")}
    return {name.lower(): value for name, value in given.items()}


def test_what_the_api_is_given(mail, api, provider):
    api.answers = [ACCEPTS[provider]]
    send_all()
    [(path, body)] = api.heard
    assert path == PATHS[provider]
    given = headers_sent(provider, body)
    assert (given["message-id"], given["auto-submitted"]) == (mail.message_id, "auto-generated")
    assert given.get("idempotency-key") == (str(mail.key) if provider == "brevo" else None)
    assert given.get("x-pm-keepid") == ("true" if provider == "postmark" else None)
    assert unquote(body.decode()).count("gerant@bois.example") == 1
    assert mail.key.hex in body.decode().replace("\\", "")
    if provider == "postmark":
        assert [json.loads(body)[name] for name in ("TrackOpens", "TrackLinks")] == [False, "None"]


STORIES = {
    "brevo": [
        lambda m: payloads.brevo(m, "request"),
        lambda m: payloads.brevo(m, "deferred", second=1, reason="421 4.7.0 try again later"),
        lambda m: payloads.brevo(m, "delivered", second=2),
        lambda m: payloads.brevo(m, "unique_proxy_open", second=3),
        lambda m: payloads.brevo(m, "spam", second=4),
    ],
    "mailgun": [
        lambda m: payloads.mailgun(m, "accepted"),
        lambda m: payloads.mailgun(
            m,
            "failed",
            second=1,
            severity="temporary",
            **payloads.mailgun_status(421, "4.7.0", "try again later"),
        ),
        lambda m: payloads.mailgun(m, "delivered", second=2),
        lambda m: payloads.mailgun(m, "opened", second=3, **{"client-info": {"bot": "apple"}}),
        lambda m: payloads.mailgun(m, "complained", second=4),
    ],
    "postmark": [
        lambda m: payloads.postmark_bounce(
            m, "Transient", "smtp;421 4.7.0 try again later", BouncedAt="2026-11-21T14:32:08Z"
        ),
        lambda m: payloads.postmark(m, "Delivery", DeliveredAt="2026-11-21T14:32:09Z"),
        lambda m: payloads.postmark(m, "Open", UserAgent="Mimecast/1.0", ReceivedAt="2026-11-21T14:32:10Z"),
        lambda m: payloads.postmark_bounce(
            m, "SpamComplaint", record="SpamComplaint", number=43, BouncedAt="2026-11-21T14:32:11Z"
        ),
    ],
}


def test_a_mail_through_its_whole_story(mail, api, provider, client, cast):
    api.answers = [ACCEPTS[provider]]
    send_all()
    assert after(mail) == (OutboxStatus.SENT, MailStatus.SENT)
    assert (mail.provider, mail.provider_id) == (provider, NAMES[provider])
    for body in [*STORIES[provider], *reversed(STORIES[provider])]:  # duplicated, and the other way round
        path = reverse(f"mailing:{provider}")
        posted = client.post(path, body(mail), content_type="application/json", headers=payloads.headers())
        assert posted.status_code == 200
    read_posts()
    assert after(mail) == (OutboxStatus.SENT, MailStatus.COMPLAINED)
    told = [(s.code, s.cause, s.nature, s.source) for s in mail.events.filter(source="provider")]
    assert told == [
        *([("sent", "", "observed", "provider")] if provider != "postmark" else []),
        ("deferred", "filtering", "observed", "provider"),
        ("delivered", "", "observed", "provider"),
        ("opened", "", "machine", "provider"),
        ("complained", "", "observed", "provider"),
    ]
    assert [(s.address, s.reason) for s in Suppression.objects.all()] == [(mail.to_email, "complaint")]
    client.force_login(cast.admin)
    page = client.get(f"/emails/{mail.pk}/").content.decode()
    assert [word in page for word in ("observé", "machine", "prestataire d’envoi", "donnée brute")] == [
        True
    ] * 4


@pytest.mark.parametrize(
    "answer", [(429, {"message": "slow down"}), (500, b"oops"), (503, b""), (200, b"nonsense"), (200, b"[]"), None],
    ids=["429", "500", "503", "nonsense", "list", "silence"],
)  # fmt: skip
def test_what_may_pass_is_tried_again_with_the_same_key(mail, api, provider, answer):
    api.answers = [answer, ACCEPTS[provider]]
    send_all()
    assert after(mail) == (OutboxStatus.QUEUED, MailStatus.ERROR)
    assert mail.next_attempt_at > timezone.now()
    try_again()
    assert after(mail) == (OutboxStatus.SENT, MailStatus.SENT)
    first, second = (headers_sent(provider, body) for _path, body in api.heard)
    assert first == second


def test_events_of_an_acceptance_that_was_never_heard_count(mail, api, provider, client):
    """It accepts and says nothing; its post comes before our second attempt."""
    api.answers = [None]
    send_all()
    mail.refresh_from_db()
    known_there = OutgoingMail.objects.get(pk=mail.pk)
    known_there.provider_id = NAMES[provider]
    delivered = {
        "brevo": lambda: payloads.brevo(known_there, "delivered"),
        "mailgun": lambda: payloads.mailgun(known_there, "delivered"),
        "postmark": lambda: payloads.postmark(known_there, "Delivery"),
    }[provider]()
    path = reverse(f"mailing:{provider}")
    client.post(path, delivered, content_type="application/json", headers=payloads.headers())
    read_posts()
    assert after(mail) == (OutboxStatus.QUEUED, MailStatus.DELIVERED)


REFUSALS = {
    "brevo": (400, {"code": "invalid_parameter", "message": "email is not valid in to"}),
    "mailgun": (400, {"message": "'to' parameter is not a valid address. please check documentation"}),
    "postmark": (422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'gerant@bois.example'."}),
}


def test_an_address_that_the_api_refuses_is_invalid_at_once(mail, api, provider):
    api.answers = [REFUSALS[provider]]
    send_all()
    try_again()
    assert after(mail) == (OutboxStatus.ERROR, MailStatus.INVALID)
    assert (mail.attempts, len(api.heard), mail.events.get().cause) == (1, 1, "address")


@pytest.mark.parametrize("provider", ["postmark"], indirect=True)
def test_an_address_on_the_provider_s_own_list_is_blocked(mail, api, provider):
    message = (
        "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
        "gerant@bois.example. Inactive recipients are ones that have generated a hard bounce."
    )
    api.answers = [(422, {"ErrorCode": 406, "Message": message})]
    send_all()
    assert (after(mail), mail.attempts) == ((OutboxStatus.ERROR, MailStatus.BLOCKED), 1)


def test_a_request_that_is_wrong_stays_wrong_and_a_person_is_told(mail, api, provider):
    wrong = {
        "brevo": (400, {"code": "invalid_parameter", "message": "sender is missing"}),
        "mailgun": (400, {"message": "from parameter is missing"}),
        "postmark": (422, {"ErrorCode": 400, "Message": "Sender signature not found"}),
    }
    api.answers = [wrong[provider]]
    send_all()
    assert (after(mail), mail.attempts) == ((OutboxStatus.ERROR, MailStatus.ERROR), 1)
    assert FailedTask.objects.get().title == "E-mail non envoyé à gerant@bois.example"


@pytest.mark.parametrize("status", [401, 403, 402])
def test_a_key_that_is_wrong_may_be_put_right(mail, api, provider, status):
    api.answers = [(status, {"message": "unauthorized"})]
    send_all()
    assert after(mail) == (OutboxStatus.QUEUED, MailStatus.ERROR)
