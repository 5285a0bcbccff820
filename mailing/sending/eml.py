"""Mail out on one's own machine: one `.eml` file a mail in `DATA_DIR/mail/`, readable on screen and by any mail program."""

import os

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class EmlBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        folder = settings.DATA_DIR / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            write(folder, message)
        return len(email_messages)


def write(folder, message) -> None:
    """One durable file, named by the row: a mail sent again after a crash replaces itself instead of doubling."""
    row = message.row
    name = f"{row.created_at:%Y%m%d-%H%M%S}-{row.kind}-{row.key.hex}.eml"
    temporary = folder / f".{name}.tmp"  # no reader of *.eml sees half a mail
    content = message.message()
    content["Return-Path"] = f"<{message.envelope_from}>"  # as the last server writes it (RFC 5321, 4.4)
    with open(temporary, "wb") as file:
        file.write(content.as_bytes(linesep="\r\n"))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
