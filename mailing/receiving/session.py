"""One SMTP session: where aiosmtpd's own way would lose mails, memory or secrets, it is replaced here."""

import asyncio
import collections
import logging
import re
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, Envelope
from django.conf import settings

from mailing.models.inbound import Channel
from mailing.receiving.smtp_data import pieces_of_data
from mailing.receiving.store import Arrival, Recipient, is_disk_full
from portal.files.keep import Keeper, Kept

if TYPE_CHECKING:
    from mailing.receiving.listener import Listener

logger = logging.getLogger(__name__)
# aiosmtpd writes every line of every session, addresses included, at INFO.
logging.getLogger("mail.log").setLevel(logging.WARNING)

LOOPBACK = ("127.0.0.1", "::1")
TRY_LATER = "451 4.3.0 Cannot take this mail now, try again later"
DISK_FULL = "452 4.3.1 No room for this mail now, try again later"
TOO_BIG = "552 5.3.4 Message too big"
TOO_SLOW = "421 4.4.2 Too slow, closing"
TOO_MANY = "421 4.3.2 Too many connections, try again later"
STOPPING = "421 4.3.2 The server is stopping"

# RFC 5321, 4.1.2: a path in angle brackets, its source route ignored; some clients leave the brackets out.
PATH = re.compile(
    r'\s*(?:<(?:@[^:<>"]*:)?(?P<mailbox>(?:"(?:[^"\\]|\\.)*"|[^<>"])*)>|(?P<bare>[^\s<>"]+))(?P<rest>(?:\s.*)?)'
)


class Deposit(Envelope):
    """What aiosmtpd notes of one mail, those of our addresses that it goes to, and its bytes or where they are."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self.channel = channel
        self.is_local_submission = False
        self.asked = 0
        self.recipients: list[Recipient] = []
        self.content = b""
        self.kept: Kept | None = None

    def arrival(self) -> Arrival:
        sender = "" if self.mail_from == "<>" else self.mail_from
        return Arrival(self.kept, self.recipients, sender, self.channel, self.is_local_submission)


class MailSession(SMTP):
    """One client of `listener`, which also answers EHLO and RCPT."""

    channel = Channel.SMTP
    ident = "ESMTP"
    line_length_limit = 128 * 1024  # of what is read at once: a mail's lines may have any length
    command_size_limit = 1024
    is_taking_mail = False
    task: asyncio.Task | None = None

    def __init__(self, listener: "Listener") -> None:
        self.listener = listener
        # aiosmtpd has one such dict for all sessions: each EHLO raises it, each new client clears it for all.
        self.command_size_limits = collections.defaultdict(lambda: self.command_size_limit)
        super().__init__(
            listener,
            data_size_limit=listener.limits.size,
            enable_SMTPUTF8=True,
            hostname=settings.DEPOSIT_DOMAIN,
            ident=self.ident,
            timeout=listener.limits.seconds,
            loop=asyncio.get_running_loop(),
        )

    def _create_envelope(self) -> Deposit:
        return Deposit(self.channel)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.task = self._handler_coroutine
        self.task.add_done_callback(_look_at)

    def connection_lost(self, error: Exception | None) -> None:
        self.listener.sessions.discard(self)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """A client that has said all may close its side, and still read its answers.

        aiosmtpd ends the session here, and with it a last mail that has come whole. Told to the reader instead,
        the end is met where the bytes before it are used up (`handle_exception`).
        """
        return asyncio.StreamReaderProtocol.eof_received(self)

    def _timeout_cb(self) -> None:
        self.dismiss(TOO_SLOW)

    def dismiss(self, last_words: str) -> None:
        """Close the connection; whoever does not even read the last words is cut off."""
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(last_words.encode() + b"\r\n")
            transport.close()
            self.loop.call_later(5, transport.abort)

    async def handle_exception(self, error: Exception) -> str:
        """A 4xx in words that tell nothing: aiosmtpd would send a 500 with the exception in it, a lost mail."""
        if isinstance(error, asyncio.IncompleteReadError):
            if self.transport is not None:
                self.transport.close()
                self.transport = None  # ends aiosmtpd's loop
            return "221 2.0.0 Bye"
        if not isinstance(error, ConnectionError):
            logger.error("SMTP session: %s", type(error).__name__, exc_info=error)
        return DISK_FULL if is_disk_full(error) else TRY_LATER

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Address and parameters of MAIL and RCPT; "<>" is the null sender, None what is no path at all.

        A fifth of the time of a session went into the standard library's parser, which also raises on nonsense.
        Which addresses exist is for `find_recipients` to say.
        """
        match = PATH.fullmatch(arg)
        if match is None:
            return None, None
        return match["bare"] or match["mailbox"] or "<>", match["rest"]

    async def smtp_VRFY(self, arg: str) -> None:
        await self.push("252 2.1.5 Cannot verify, will try to take mail for it")

    async def smtp_DATA(self, arg: str) -> None:
        if await self.check_helo_needed():
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self.is_taking_mail = True
        try:
            answer = await self._take_mail(self.envelope)
        finally:
            self.is_taking_mail = False
            self._set_post_data_state()
        await self.push(answer)
        if self.listener.stopping:
            self.dismiss(STOPPING)

    async def _take_mail(self, deposit: Deposit) -> str:
        """Read one mail to its final dot, have it made durable, and say what to answer."""
        if not await self._read(deposit):
            return TOO_BIG
        trusted = settings.LOCAL_SUBMISSION_TRUSTED and self.channel == Channel.SMTP
        deposit.is_local_submission = trusted and self.session.peer[0] in LOOPBACK
        await self.listener.accept(deposit)
        return "250 2.0.0 OK"

    async def _read(self, deposit: Deposit) -> bool:
        """Fill `deposit` with the mail; False where it is too big.

        A mail of one piece stays in memory, a longer one goes to the disk piece by piece. What cannot be kept is
        read to its end all the same, for only there may a server answer (RFC 5321, 4.2.5), and then raised.
        """
        in_thread, limit = self.listener.in_thread, self.listener.limits.size
        size, keeper, failure = 0, Keeper(), None
        try:
            async for piece, is_last in pieces_of_data(self._reader):
                self._reset_timeout()
                size += len(piece)
                if size > 2 * limit:
                    self.dismiss(TOO_BIG)
                if size > limit or failure:
                    continue
                try:
                    if not is_last:
                        await in_thread(keeper.write, piece)
                    elif keeper.is_open:
                        deposit.kept = await in_thread(_finish, keeper, piece)
                    else:
                        deposit.content = piece
                except OSError as error:
                    failure = error
                    await in_thread(keeper.close)
            if failure:
                raise failure
            return size <= limit
        finally:
            if keeper.is_open:
                await in_thread(keeper.close)


class Busy(asyncio.Protocol):
    """What a client meets when all sessions are taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(TOO_MANY.encode() + b"\r\n")
        transport.close()


def _finish(keeper: Keeper, last: bytes) -> Kept:
    with keeper:
        keeper.write(last)
        return keeper.keep()


def _look_at(task: asyncio.Task) -> None:
    """Take the exception of a session whose client went away: else asyncio prints it as a fault of ours."""
    if not task.cancelled():
        task.exception()
