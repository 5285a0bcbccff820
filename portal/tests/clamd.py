"""A server that speaks as clamd does: a real socket, the real protocol, and for a signature EICAR, in a zip too.

https://docs.clamav.net/manual/Usage/Scanning.html#clamd: `zINSTREAM`, pieces behind their length, a length of zero.
"""

import io
import socketserver
import threading
import zipfile
from contextlib import contextmanager

# Written in two pieces, lest the antivirus of whoever keeps this file takes it away.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def eicar_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("facture.txt", EICAR)
    return out.getvalue()


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        assert command == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(length)
            if len(content) > self.server.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(content)
        self.wfile.write(self.server.answer(content))


class Clamd(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    most = 100 * 1024 * 1024

    def __init__(self, address, handler):
        super().__init__(address, handler)
        self.seen: list[bytes] = []

    def answer(self, content: bytes) -> bytes:
        if EICAR in content or EICAR in unzipped(content):
            return b"stream: Eicar-Test-Signature FOUND\0"
        return b"stream: OK\0"


class LocalClamd(Clamd):
    """The same behind a Unix socket, as Debian's clamav-daemon is."""

    address_family = socketserver.socket.AF_UNIX


def unzipped(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    except zipfile.BadZipFile:
        return b""


@contextmanager
def clamd(address="127.0.0.1:0"):
    """A scanner that listens; its `.socket_name` is what CLAMAV_SOCKET is set to."""
    if address.startswith("/"):
        server = LocalClamd(address, Session)
        server.socket_name = address
    else:
        server = Clamd(("127.0.0.1", 0), Session)
        server.socket_name = "{}:{}".format(*server.server_address)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
