"""The embedded listener, SMTP and LMTP: a mail is on the disk and in the database before it is answered 250.

aiosmtpd keeps the dialogue (RFC 5321). What is ours: DATA is read in pieces and streamed to the disk, so that
memory stays flat; everything that waits (disk, database) happens in threads, so that no session stalls another;
and whatever goes wrong is a 4xx that tells the client nothing but to come back (quality.md, fact 3).

    RCPT  ->  550 for an address that leads nowhere
    DATA  ->  pieces to `portal.files.keep`  ->  fsync, rename  ->  `store_all()`: one transaction  ->  250
"""

import asyncio
import logging
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from aiosmtpd.smtp import Session
from django.conf import settings
from django.db import close_old_connections

from mailing.models import InboundAddress, InboundMail
from mailing.receiving.lmtp import LmtpSession
from mailing.receiving.session import STOPPING, Busy, Deposit, MailSession
from mailing.receiving.store import Recipient, find_recipients, store_all
from mailing.receiving.together import Together
from portal.faults import fault
from portal.files.keep import keep_all

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"  # never anything wider: there is no TLS and no AUTH, and D-16 trusts this machine
GATHER_SECONDS = 0.003
REMEMBERED_SECONDS = 10
REMEMBERED = 10_000


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
    """The server: its sessions, its threads, and the answers that concern the portal (aiosmtpd's handler).

    port, lmtp_port: those of the settings where None; there is no LMTP where the setting has none.
    """

    def __init__(
        self, port: int | None = None, limits: Limits = Limits(), lmtp_port: int | None = None
    ) -> None:
        self.port = settings.SMTP_PORT if port is None else port
        self.lmtp_port = settings.LMTP_PORT if lmtp_port is None else lmtp_port
        self.servers: list[asyncio.Server] = []
        self.limits = limits
        self.stopping = False
        self.sessions: weakref.WeakSet[MailSession] = weakref.WeakSet()
        self.threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="listener")
        # Two steps, so that the files of some mails are written while the rows of others are.
        self._keep = Together(keep_all, self.in_thread, GATHER_SECONDS, self._half_of_clients)
        self._store = Together(partial(_with_fresh_connection, _store), self.in_thread)
        self._find = Together(partial(_with_fresh_connection, find_recipients), self.in_thread)
        self._found: dict[str, tuple[float, InboundAddress]] = {}

    async def start(self) -> None:
        """Listen, on the loopback address alone; port 0 takes a free one. OSError where a port is taken."""
        self.port = await self._listen(self.port, MailSession)
        if self.lmtp_port is not None:
            self.lmtp_port = await self._listen(self.lmtp_port, LmtpSession)

    async def _listen(self, port: int, session: type[MailSession]) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(partial(self._greet, session), HOST, port, backlog=512)
        self.servers.append(server)
        return server.sockets[0].getsockname()[1]

    async def stop(self, grace: float = 5) -> None:
        """Take no new client; a mail that is coming in has `grace` seconds to end, the others hear 421."""
        self.stopping = True
        for server in self.servers:
            server.close()
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

    def _greet(self, kind: type[MailSession]) -> asyncio.Protocol:
        if len(self.sessions) >= self.limits.sessions:
            return Busy()
        session = kind(self)
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

    def _half_of_clients(self) -> int:
        """How many mails to wait for some ms: fewer syncs and queries a mail. A client alone is served at once."""
        return len(self.sessions) // 2

    async def accept(self, deposit: Deposit) -> None:
        """Make `deposit` durable, file and rows; whatever is raised, it is not to be acknowledged."""
        try:
            if deposit.kept is None:
                deposit.kept = await self._keep(deposit.content)
            await self._store(deposit)
        except Exception:
            self._found.clear()  # one of its addresses may have been deleted
            raise

    async def find(self, envelope_to: str) -> InboundAddress | None:
        """As `find_recipients`, and remembered for some seconds: many mails in a row go to few addresses.

        Nothing wrong comes of it: retired addresses are accepted too, and for a deleted one `accept` fails.
        """
        now = asyncio.get_running_loop().time()
        until, address = self._found.get(envelope_to, (0, None))
        if until < now:
            address = await self._find(envelope_to)
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            if address is not None:
                self._found[envelope_to] = now + REMEMBERED_SECONDS, address
        return address

    async def handle_EHLO(
        self, server: MailSession, session: Session, envelope: Deposit, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*answers[:-1], "250-PIPELINING", answers[-1]]

    async def handle_RCPT(
        self, server: MailSession, session: Session, envelope: Deposit, address: str, options: list[str]
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


def _store(deposits: list[Deposit]) -> list[list[InboundMail]]:
    """In a thread: the rows of mails whose files are kept, all in one transaction. Once this returns, 250 is true."""
    fault("after_file")
    stored = store_all([deposit.arrival() for deposit in deposits])
    fault("after_commit")
    logger.debug("mails: %d, rows: %d", len(stored), sum(map(len, stored)))
    return stored


def _with_fresh_connection(function: Callable, *args):
    """Call `function` in a thread that outlives the database's restarts."""
    close_old_connections()
    try:
        return function(*args)
    finally:
        close_old_connections()
