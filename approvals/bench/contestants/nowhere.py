"""A backend of mail out that leads nowhere: each message is put into its bytes, as any backend does, and dropped."""

from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        for message in email_messages:
            message.message().as_bytes(linesep="\r\n")
        return len(email_messages)
