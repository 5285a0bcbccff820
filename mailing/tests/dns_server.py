"""A real name server on 127.0.0.1, UDP and TCP, for what tests ask of DNS: answers, none, too much, trouble, silence."""

import socket
import struct
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from mailing.domains.resolving import SystemResolver

_serving: list["DnsServer"] = []


class DnsServer:
    """`zone` is what it knows: (name, "TXT" or "CNAME") to values. `servfail` and `silent` are names in trouble."""

    def __init__(self):
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.servfail: set[str] = set()
        self.silent: set[str] = set()
        self.is_down = False
        self.asked: list[tuple[str, str, str]] = []
        self.tcp, self.udp = twins()
        self.port = self.tcp.getsockname()[1]
        self.threads = [
            threading.Thread(target=serve, daemon=True) for serve in (self.serve_udp, self.serve_tcp)
        ]
        for thread in self.threads:
            thread.start()

    def close(self):
        """Wake both threads, which end: a socket that is being read is not closed by another thread."""
        self.tcp.shutdown(socket.SHUT_RDWR)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        for thread in self.threads:
            thread.join()
        self.tcp.close()
        self.udp.close()

    def txt(self, name: str, *texts: str) -> None:
        self.zone[name, "TXT"] = list(texts)

    def cname(self, name: str, target: str) -> None:
        self.zone[name, "CNAME"] = [target]

    def serve_udp(self):
        while True:
            wire, peer = self.udp.recvfrom(4096)
            if not wire:
                return
            answer = self.answer(wire, "udp")
            if answer:
                self.udp.sendto(answer, peer)

    def serve_tcp(self):
        while True:
            try:
                connection, _peer = self.tcp.accept()
            except OSError:
                return
            with connection:
                size = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))[0]
                answer = self.answer(connection.recv(size, socket.MSG_WAITALL), "tcp")
                if answer:
                    connection.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, wire: bytes, over: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, over))
        if self.is_down or name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.servfail:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer.to_wire()
        while kind != "CNAME" and (alias := self.zone.get((name, "CNAME"))):
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{alias[0]}."))
            name = alias[0]
        for value in self.zone.get((name, kind), ()):
            text = f"{value}." if kind == "CNAME" else quoted(value)
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, text))
        if not any(known == name for known, _kind in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        whole = answer.to_wire(max_size=65535)
        if over == "udp" and len(whole) > 1200:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
            return answer.to_wire()
        return whole


def twins() -> tuple[socket.socket, socket.socket]:
    """A TCP and a UDP socket at one port that was free for both."""
    while True:
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
            return tcp, udp
        except OSError:
            tcp.close()
            udp.close()


def quoted(text: str) -> str:
    """The text as a TXT record writes it, in strings of 255 bytes at most."""
    pieces = [text[start : start + 200] for start in range(0, len(text), 200)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)


def resolver() -> SystemResolver:
    """What `settings.DNS_RESOLVER` names in tests: our resolver, with the test's server for the system's."""
    return SystemResolver(["127.0.0.1"], _serving[-1].port, seconds=1.5)


@pytest.fixture
def name_server(settings):
    server = DnsServer()
    _serving.append(server)
    settings.DNS_RESOLVER = "mailing.tests.dns_server.resolver"
    yield server
    _serving.remove(server)
    server.close()
