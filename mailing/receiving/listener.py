"""The embedded SMTP listener: a mail is on the disk and in the database before it is answered 250.

aiosmtpd keeps the dialogue (RFC 5321). What is ours: DATA is read in pieces and streamed to the disk, so that
memory stays flat; everything that waits (disk, database) happens in threads, so that no session stalls another;
and whatever goes wrong is a 4xx that tells the client nothing but to come back (quality.md, fact 3).

    RCPT  ->  550 for an address that leads nowhere
    DATA  ->  pieces to `portal.files.keep`  ->  fsync, rename  ->  `store()`: one transaction  ->  250
"""

import asyncio
import collections
import logging
import re
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import close_old_connections

from mailing.models import InboundMail
from mailing.models.inbound import Channel
from mailing.receiving.smtp_data import pieces_of_data
from mailing.receiving.store import Arrival, Recipient, find_recipients, is_disk_full, store_all
from mailing.receiving.together import Together
from portal.faults import fault
from portal.files.keep import PIECE, Keeper, Kept

logger = logging.getLogger(__name__)
# aiosmtpd writes every line of every session, addresses included, at INFO.
logging.getLogger("mail.log").setLevel(logging.WARNING)

HOST = "127.0.0.1"  # never anything wider: there is no TLS and no AUTH, and D-16 trusts this machine
LOOPBACK = ("127.0.0.1", "::1")

TRY_LATER = "451 4.3.0 Cannot take this mail now, try again later"
DISK_FULL = "452 4.3.1 No room for this mail now, try again later"
TOO_BIG = "552 5.3.4 Message too big"
STOPPING = "421 4.3.2 The server is stopping"

# RFC 5321, 4.1.2: a path in angle brackets, its source route ignored; some clients leave the brackets out.
PATH = re.compile(
    r'\s*(?:<(?:@[^:<>"]*:)?(?P<mailbox>(?:"(?:[^"\\]|\\.)*"|[^<>"])*)>|(?P<bare>[^\s<>"]+))(?P<rest>(?:\s.*)?)'
)


@dataclass(frozen=True)
class Limits:
    """What clients may ask for (T13, D-20): bytes of a mail, recipients of a mail, sessions at once.

    `seconds` is the time for a command, and for each 256 KB of a mail: one byte a second is not enough.
    """

    size: int = 72 * 1024 * 1024
    seconds: float = 300
    recipients: int = 100
    sessions: int = 200


class Listener:
    """The server: its sessions, its threads, and the answers that concern the portal."""

    def __init__(self, port: int | None = None, limits: Limits = Limits()) -> None:
        self.port = settings.SMTP_PORT if port is None else port
        self.limits = limits
        self.stopping = False
        self.sessions: weakref.WeakSet[MailSession] = weakref.WeakSet()
        self.threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="listener")
        self.find = Together(partial(_with_fresh_connection, find_recipients), self.in_thread)
        self.store = Together(partial(_with_fresh_connection, _store), self.in_thread)

    async def start(self) -> None:
        """Listen, on the loopback address alone; port 0 takes a free one. OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self._greet, HOST, self.port, backlog=512)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self, grace: float = 5) -> None:
        """Take no new client; a mail that is coming in has `grace` seconds to end, the others hear 421."""
        self.stopping = True
        self.server.close()
        sessions = [session for session in self.sessions if session.task]
        for session in sessions:
            if not session.is_taking_mail:
                session.dismiss(STOPPING)
        for seconds in (grace, 1):
            if tasks := [session.task for session in sessions]:
                await asyncio.wait(tasks, timeout=seconds)
            for session in sessions:
                session.dismiss(STOPPING)
        await asyncio.get_running_loop().run_in_executor(None, self.threads.shutdown)

    def _greet(self) -> asyncio.Protocol:
        if len(self.sessions) >= self.limits.sessions:
            return Busy()
        session = MailSession(self)
        self.sessions.add(session)
        return session

    async def in_thread(self, function: Callable, *args):
        """Run what waits for the disk or the database; its result, or its exception.

        A thread cannot be stopped: where the session ends meanwhile, its end waits too, so that nobody closes
        a file in which a thread still writes.
        """
        running = asyncio.get_running_loop().run_in_executor(self.threads, function, *args)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            while not running.done():
                try:
                    await asyncio.wait([running])
                except asyncio.CancelledError:
                    continue
            raise

    async def handle_EHLO(
        self, server: "MailSession", session: Session, envelope: "Deposit", hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*answers[:-1], "250-PIPELINING", answers[-1]]

    async def handle_RCPT(
        self, server: "MailSession", session: Session, envelope: "Deposit", address: str, options: list[str]
    ) -> str:
        envelope.asked += 1
        if envelope.asked > self.limits.recipients:
            return "452 4.5.3 Too many recipients"
        found = await self.find(address)
        if found is None:
            return "550 5.1.1 No such address here"
        envelope.recipients.append(Recipient(address, found))
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"


class Deposit(Envelope):
    """What aiosmtpd notes of one mail, and those of our addresses that it goes to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.recipients: list[Recipient] = []

    @property
    def sender(self) -> str:
        return "" if self.mail_from == "<>" else self.mail_from


class MailSession(SMTP):
    """One client. Where aiosmtpd's own way loses mails, memory or secrets, it is replaced here."""

    channel = Channel.SMTP
    line_length_limit = PIECE  # what the reader holds at once: a mail's lines may have any length
    command_size_limit = 1024
    is_taking_mail = False
    task: asyncio.Task | None = None

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        # aiosmtpd has one such dict for all sessions: each EHLO raises it, each new client clears it for all.
        self.command_size_limits = collections.defaultdict(lambda: self.command_size_limit)
        super().__init__(
            listener,
            data_size_limit=listener.limits.size,
            enable_SMTPUTF8=True,
            hostname=settings.DEPOSIT_DOMAIN,
            ident="ESMTP",
            timeout=listener.limits.seconds,
            loop=asyncio.get_running_loop(),
        )

    def _create_envelope(self) -> Deposit:
        return Deposit()

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
        self.dismiss("421 4.4.2 Too slow, closing")

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
            answer = await self._take_mail()
        finally:
            self.is_taking_mail = False
            self._set_post_data_state()
        await self.push(answer)
        if self.listener.stopping:
            self.dismiss(STOPPING)

    async def _take_mail(self) -> str:
        """Read one mail to its final dot, make it durable, and say what to answer.

        A mail that cannot be kept is read to its end all the same, for only there may a server answer (RFC 5321,
        4.2.5). The last piece is not written by itself: a small mail then costs one change of thread.
        """
        in_thread, limit = self.listener.in_thread, self.listener.limits.size
        keeper, size, last, failure = Keeper(), 0, b"", None
        try:
            async for piece in pieces_of_data(self._reader):
                self._reset_timeout()
                size += len(piece)
                if size > 2 * limit:
                    self.dismiss(TOO_BIG)
                if size > limit or failure:
                    last = b""
                    continue
                try:
                    if last:
                        await in_thread(keeper.write, last)
                except OSError as error:
                    failure = error
                    await in_thread(keeper.close)
                last = piece
            if size > limit:
                return TOO_BIG
            if failure:
                raise failure
            kept = await in_thread(_keep, keeper, last)
        finally:
            if keeper.is_open:
                await in_thread(keeper.close)
        await self.listener.store(self._arrival(kept))
        return "250 2.0.0 OK"

    def _arrival(self, kept: Kept) -> Arrival:
        deposit = self.envelope
        return Arrival(kept, deposit.recipients, deposit.sender, self.channel, self._is_local_submission)

    @property
    def _is_local_submission(self) -> bool:
        """D-16. That the mail carries no Received field yet is checked by whoever reads it."""
        trusted = settings.LOCAL_SUBMISSION_TRUSTED and self.channel == Channel.SMTP
        return trusted and self.session.peer[0] in LOOPBACK


class Busy(asyncio.Protocol):
    """What a client meets when all sessions are taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
        transport.close()


def _keep(keeper: Keeper, last: bytes) -> Kept:
    with keeper:
        keeper.write(last)
        kept = keeper.keep()
    fault("after_file")
    return kept


def _store(arrivals: list[Arrival]) -> list[list[InboundMail]]:
    stored = store_all(arrivals)
    fault("after_commit")
    logger.info("%d mails, %d rows", len(stored), sum(map(len, stored)))
    return stored


def _with_fresh_connection(function: Callable, *args):
    """Call `function` in a thread that outlives the database's restarts."""
    close_old_connections()
    try:
        return function(*args)
    finally:
        close_old_connections()


def _look_at(task: asyncio.Task) -> None:
    """Take the exception of a session whose client went away: else asyncio prints it as a fault of ours."""
    if not task.cancelled():
        task.exception()
