"""Mail out by SMTP: Django's own backend, with the envelope that the row asks for."""

from django.core.mail.backends.smtp import EmailBackend


class SmtpBackend(EmailBackend):
    def _send(self, email_message) -> bool:
        """Hand one message over; SMTPException or OSError where the server does not take it.

        Django's takes the sender of the envelope from From; an answer has none (D-17).
        """
        content = email_message.message().as_bytes(linesep="\r\n")
        assert self.connection is not None  # `send_messages` has opened it
        self.connection.sendmail(email_message.envelope_from, [email_message.row.to_email], content)
        return True
