"""Mail out by SMTP: Django's own backend, with the envelope that the row asks for, on one connection for many mails."""

from smtplib import SMTP, SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected

from django.core.mail.backends.smtp import EmailBackend

# Asked of a server that knows RFC 3461: without it nobody reports what was delivered; reports need not return the text.
NOTIFY = ["NOTIFY=SUCCESS,FAILURE,DELAY"]
HEADERS_ALONE = "RET=HDRS"
CLOSING = 421  # the server ends the connection (RFC 5321, 3.8): so many mails, or so long, and no more


class SmtpBackend(EmailBackend):
    connection: SMTP  # open whenever a message is sent
    has_served = False

    def _send(self, email_message) -> bool:
        """Hand one message over; SMTPException or OSError where the server does not take it.

        Django's takes the sender of the envelope from From: here it is what the row says (D-17, D-35).
        """
        content = email_message.message().as_bytes(linesep="\r\n")
        to = email_message.row.to_email
        self._begin(email_message.envelope_from, len(content))
        code, reply = self.connection.rcpt(to, NOTIFY if self.connection.has_extn("dsn") else [])
        if code not in (250, 251):
            raise SMTPRecipientsRefused({to: (code, reply)})
        code, reply = self.connection.data(content)
        if code != 250:
            raise SMTPDataError(code, reply)
        self.has_served = True
        return True

    def _begin(self, sender: str, size: int) -> None:
        """MAIL FROM. A connection that has served, and that the server has closed since, is opened anew."""
        code, reply = self._mail(sender, size)
        if code == CLOSING and self.has_served:
            self.close()
            self.has_served = False
            self.open()
            code, reply = self._mail(sender, size)
        if code != 250:
            raise SMTPSenderRefused(code, reply, sender)

    def _mail(self, sender: str, size: int) -> tuple[int, bytes]:
        try:
            self.connection.ehlo_or_helo_if_needed()
            options = [f"size={size}"] if self.connection.has_extn("size") else []
            options += [HEADERS_ALONE] if self.connection.has_extn("dsn") else []
            return self.connection.mail(sender, options)
        except SMTPServerDisconnected:
            if not self.has_served:
                raise
            return CLOSING, b"connection lost"
