"""LMTP (RFC 2033): the door for the mail server that stands before the portal and hands over what it has accepted.

The same listener and the same promises as by SMTP. Three things differ: the greeting is LHLO; each reply carries an
enhanced status code (RFC 2034, which LMTP asks for); and after the final dot each recipient has an answer of its own.
"""

import re

from aiosmtpd.smtp import syntax

from mailing.models.inbound import Channel
from mailing.receiving.session import Deposit, MailSession

# A reply without an enhanced code: aiosmtpd has several.
PLAIN = re.compile(r"([245])\d\d (?!\1\.\d{1,3}\.\d{1,3}(?: |$))")


class LmtpSession(MailSession):
    """One mail server that talks to `listener`. Never « soumission locale »: the mail comes from elsewhere (D-16)."""

    channel = Channel.LMTP
    ident = "LMTP"

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:
        if not arg:
            await self.push("501 5.5.4 Syntax: LHLO hostname")
            return
        self._set_rset_state()
        self.session.extended_smtp = True
        self.session.host_name = arg
        self.command_size_limits["MAIL"] = self.command_size_limit + len(
            " SIZE=75497472 SMTPUTF8 BODY=8BITMIME"
        )
        offers = (
            *(self.hostname, f"SIZE {self.data_size_limit}", "8BITMIME", "SMTPUTF8"),
            *("ENHANCEDSTATUSCODES", "PIPELINING"),
        )
        await super().push("".join(f"250-{offer}\r\n" for offer in offers) + "250 HELP")

    async def smtp_HELO(self, arg: str) -> None:
        await self.push("500 5.5.1 Error: say LHLO")

    smtp_EHLO = smtp_HELO

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:
        return await super().check_helo_needed("LHLO")

    async def push(self, status: str) -> None:
        """Say `status`, with an enhanced code where it has none; the very first line has none (RFC 2034, 4)."""
        if not status.startswith("220 "):
            status = PLAIN.sub(lambda match: f"{match[0]}{match[1]}.0.0 ", status, count=1)
        await super().push(status)

    async def _take_mail(self, deposit: Deposit) -> str:
        """As by SMTP, and the answer once for each RCPT that was accepted, in their order (RFC 2033, 4.2).

        The rows of all are written together or not at all, hence the answers are the same.
        """
        try:
            answer = await super()._take_mail(deposit)
        except (EOFError, ConnectionError):
            raise  # the client is gone: there is nobody to answer
        except Exception as error:
            answer = await self.handle_exception(error)
        return "\r\n".join([answer] * len(deposit.rcpt_tos))
