"""What providers post, written out as their documentation does; each function gives one body, as text.

Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/events/ ; Postmark:
https://postmarkapp.com/developer/webhooks/webhooks-overview ; Brevo: https://developers.brevo.com/docs/transactional-webhooks.
"""

import base64
import hashlib
import hmac
import json

SECRET = "webhook:secret"
SIGNING_KEY = "cle-de-signature"
WHEN = 1795267927


def headers(secret=SECRET):
    return {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()} if secret else {}


def brevo(mail, name, *, second=0, **more):
    return json.dumps(
        {
            "event": name,
            "email": mail.to_email,
            "id": 26224,
            "date": "2026-11-21 14:32:07",
            "ts": WHEN + second,
            "message-id": mail.provider_id,
            "ts_event": WHEN + second,
            "subject": mail.subject,
            "X-Mailin-custom": json.dumps({"key": mail.key.hex}),
            "sending_ip": "192.0.2.25",
            "ts_epoch": (WHEN + second) * 1000,
            "tags": [],
            **more,
        }
    )


def mailgun(mail, name, *, second=0, key=SIGNING_KEY, token=None, **more):
    token = token or hashlib.sha256(f"{name}{second}".encode()).hexdigest()[:50]
    timestamp = str(WHEN + second)
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return json.dumps(
        {
            "signature": {"timestamp": timestamp, "token": token, "signature": signature},
            "event-data": {
                "id": f"G9Bn5sl1TC6nu79C8C0b{name}{second}",
                "timestamp": WHEN + second + 0.18,
                "log-level": "info",
                "event": name,
                "recipient": mail.to_email,
                "recipient-domain": mail.to_email.partition("@")[2],
                "envelope": {"transport": "smtp", "sender": mail.from_email, "targets": mail.to_email},
                "flags": {"is-routed": False, "is-authenticated": True, "is-test-mode": False},
                "message": {
                    "headers": {
                        "to": mail.to_email,
                        "message-id": mail.provider_id.strip("<>"),
                        "from": mail.from_email,
                        "subject": mail.subject,
                    },
                    "attachments": [],
                    "size": 4711,
                },
                "user-variables": {"key": mail.key.hex},
                "tags": [],
                **more,
            },
        }
    )


def mailgun_status(code, enhanced="", message="", **more):
    return {
        "delivery-status": {
            "attempt-no": 1,
            "code": code,
            "enhanced-code": enhanced,
            "message": message,
            "description": "",
            "session-seconds": 0.04,
            "mx-host": "mx.bois.example",
            **more,
        }
    }


def postmark(mail, record, **more):
    at = {"Delivery": "DeliveredAt", "Bounce": "BouncedAt", "SpamComplaint": "BouncedAt"}
    at = at.get(record, "ChangedAt" if record == "SubscriptionChange" else "ReceivedAt")
    recipient = "Recipient" if record in ("Delivery", "Open", "Click", "SubscriptionChange") else "Email"
    return json.dumps(
        {
            "RecordType": record,
            "MessageID": mail.provider_id,
            recipient: mail.to_email,
            at: "2026-11-21T14:32:07Z",
            "ServerID": 23,
            "MessageStream": "outbound",
            "Tag": "",
            "Metadata": {"key": mail.key.hex},
            **more,
        }
    )


def postmark_bounce(mail, kind, details="", *, record="Bounce", number=42, **more):
    return postmark(
        mail,
        record,
        ID=number,
        Type=kind,
        TypeCode=1,
        Name=kind,
        Description="",
        Details=details,
        From=mail.from_email,
        DumpAvailable=True,
        Inactive=kind == "HardBounce",
        CanActivate=True,
        Subject=mail.subject,
        **more,
    )
