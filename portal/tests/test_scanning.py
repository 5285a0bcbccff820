"""ClamAV over a real socket: what it finds, what it does not, and that no verdict is never « nothing found » (T41)."""

import io

import pytest

from portal.files.scanning import Scanner, ScannerDown
from portal.tests.clamd import EICAR, clamd, eicar_zip


@pytest.mark.parametrize("where", ["tcp", "unix"])
@pytest.mark.parametrize(
    ("content", "found"),
    [(b"bonjour", ""), (b"", ""), (b"x" * 300_000, ""), (EICAR, "Eicar-Test-Signature")],
    ids=["plain", "empty", "pieces", "eicar"],
)
@pytest.mark.parametrize("given_as", [bytes, io.BytesIO])
def test_what_is_found(settings, tmp_path, where, content, found, given_as):
    with clamd(str(tmp_path / "clamd.ctl") if where == "unix" else "") as server:
        settings.CLAMAV_SOCKET = server.socket_name
        assert Scanner().signature_in(given_as(content)) == found
        assert server.seen == [content]


def test_inside_a_zip(settings):
    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        assert Scanner().signature_in(eicar_zip()) == "Eicar-Test-Signature"


def test_without_a_scanner_nothing_is_asked(settings):
    settings.CLAMAV_SOCKET = ""
    assert Scanner().signature_in(EICAR) == ""


@pytest.mark.parametrize("socket", ["127.0.0.1:1", "/nulle/part", "nulle.part.example.invalid:3310"])
def test_a_scanner_that_is_not_there(settings, socket):
    settings.CLAMAV_SOCKET = socket
    with pytest.raises(ScannerDown) as down:
        Scanner().signature_in(b"bonjour")
    assert str(down.value) == "l’antivirus du portail ne répond pas"


@pytest.mark.parametrize(
    "answer", [b"", b"\0", b"stream: ", b"UNKNOWN COMMAND\0", b"stream: Access denied. ERROR\0", b"OK\0"]
)
def test_an_answer_that_is_no_verdict_is_not_nothing_found(settings, answer):
    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        server.answer = lambda content: answer
        with pytest.raises(ScannerDown):
            Scanner().signature_in(b"bonjour")


def test_what_is_too_large_for_it_is_not_passed(settings):
    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        server.most = 1000
        with pytest.raises(ScannerDown):
            Scanner().signature_in(b"x" * 5_000_000)


def test_a_name_that_would_break_a_line_is_cleaned(settings):
    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        server.answer = lambda content: b"stream: Mal\nicieux\x1b[1m" + b"x" * 200 + b" FOUND\0"
        assert Scanner().signature_in(b"bonjour") == ("Malicieux[1m" + "x" * 200)[:100]


def test_time_is_limited_for_all_files_together(settings):
    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        scanner = Scanner()
        assert scanner.signature_in(b"bonjour") == ""
        scanner.until = 0
        with pytest.raises(ScannerDown):
            scanner.signature_in(b"bonjour")
