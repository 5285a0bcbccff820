"""Files handed over whole or in part (RFC 9110, sections 13 and 14), and never run (T43, T44)."""

import os
import tracemalloc

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import Http404
from django.test import RequestFactory

from portal.files.keep import keep, path_of
from portal.files.serving import Unsatisfiable, byte_range, disposition, serve, serve_page

TEXT = b"0123456789"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture(autouse=True)
def no_database():
    """A response that is closed ends the request, which looks after connections that these tests have not."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


@pytest.fixture
def key():
    return keep(TEXT).key


def ask(key, method="GET", *, name="a.pdf", content_type="application/pdf", inline=False, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, "/", headers=headers)
    return serve(request, key, name=name, content_type=content_type, inline=inline)


def body(response):
    content = b"".join(response) if response.streaming else response.content
    response.close()
    return content


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        ("bytes=0-0", 10, (0, 0)), ("bytes=0-9", 10, (0, 9)), ("bytes=3-", 10, (3, 9)), ("bytes=-3", 10, (7, 9)),
        ("bytes=9-9", 10, (9, 9)), ("bytes=2-100", 10, (2, 9)), ("bytes=-100", 10, (0, 9)),
        ("Bytes=1-2", 10, (1, 2)), ("bytes= 1-2 ", 10, (1, 2)), ("bytes=,1-2,", 10, (1, 2)),
        ("bytes=01-0002", 10, (1, 2)), ("bytes=5-" + "9" * 5000, 10, (5, 9)), ("bytes=-" + "9" * 5000, 10, (0, 9)),
        # The whole: no range, another unit, nonsense, several, backwards, an empty file.
        ("", 10, None), ("bytes", 10, None), ("bytes=", 10, None), ("bytes=-", 10, None), ("bytes=a-b", 10, None),
        ("bytes=1", 10, None), ("bytes=--1", 10, None), ("bytes=1--2", 10, None), ("bytes=1 - 2", 10, None),
        ("bytes=+1-2", 10, None), ("bytes=\\u0661-", 10, None), ("bytes=5-2", 10, None), ("pages=1-2", 10, None),
        ("bytes=0-1,3-4", 10, None), ("bytes=0-1,99-", 10, None), ("bytes=0-", 0, None), ("bytes=-1", 0, None),
        # Behind the end.
        ("bytes=10-", 10, Unsatisfiable), ("bytes=10-12", 10, Unsatisfiable), ("bytes=-0", 10, Unsatisfiable),
        ("bytes=" + "9" * 5000 + "-", 10, Unsatisfiable),
    ],
)  # fmt: skip
def test_ranges(header, size, expected):
    if expected is Unsatisfiable:
        with pytest.raises(Unsatisfiable):
            byte_range(header, size)
    else:
        assert byte_range(header, size) == expected


@pytest.mark.parametrize(
    ("headers", "status", "content", "content_range"),
    [
        ({}, 200, TEXT, None),
        ({"Range": "bytes=2-4"}, 206, b"234", "bytes 2-4/10"),
        ({"Range": "bytes=-1"}, 206, b"9", "bytes 9-9/10"),
        ({"Range": "bytes=0-"}, 206, TEXT, "bytes 0-9/10"),
        ({"Range": "bytes=0-1,4-5"}, 200, TEXT, None),
        ({"Range": "bytes=10-"}, 416, b"", "bytes */10"),
        ({"Range": "bytes=2-4", "If_Range": '"another"'}, 200, TEXT, None),
        ({"Range": "bytes=2-4", "If_Range": "Wed, 21 Oct 2026 07:28:00 GMT"}, 200, TEXT, None),
        ({"Range": "bytes=99-", "If_Range": '"another"'}, 200, TEXT, None),
        ({"If_None_Match": '"another"'}, 200, TEXT, None),
        ({"If_None_Match": "*"}, 304, b"", None),
        ({"If_Match": '"another"', "Range": "bytes=2-4"}, 412, b"", None),
    ],
)
def test_answers(key, headers, status, content, content_range):
    response = ask(key, **headers)
    assert (response.status_code, response.get("Content-Range")) == (status, content_range)
    if status in (200, 206):
        assert response["Content-Length"] == str(len(content))
    assert body(response) == content


def test_a_tag_resumes_the_same_bytes_and_no_others(key):
    tag = ask(key)["ETag"]
    assert tag.startswith('"')
    assert key not in tag
    assert body(ask(key, Range="bytes=5-", If_Range=tag)) == b"56789"
    assert ask(key, Range="bytes=5-", If_Range=f"W/{tag}").status_code == 200  # a weak tag proves no bytes
    assert ask(key, If_None_Match=tag).status_code == 304
    assert ask(keep(TEXT).key)["ETag"] != tag


def test_head_tells_the_length_and_sends_nothing(key):
    response = ask(key, "HEAD", Range="bytes=2-4")
    assert (response.status_code, response["Content-Length"], response["Accept-Ranges"]) == (
        200,
        "10",
        "bytes",
    )
    assert (body(response), response.get("Content-Range")) == (b"", None)


def test_only_get_has_ranges(key):
    assert body(ask(key, "POST", Range="bytes=2-4")) == TEXT


def test_an_empty_file():
    assert body(ask(keep(b"").key, Range="bytes=0-")) == b""


@pytest.mark.parametrize(
    "headers", [{}, {"Range": "bytes=1-2"}, {"Range": "bytes=99-"}, {"If_None_Match": "*"}]
)
def test_no_answer_is_kept_or_run(key, headers):
    response = ask(key, **headers)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Cross-Origin-Resource-Policy"] == "same-site"


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/png", "inline"), ("image/jpeg", "inline"), ("image/gif", "inline"), ("image/webp", "inline"),
        ("application/pdf", "attachment"), ("text/html", "attachment"), ("image/svg+xml", "attachment"),
        ("text/xml", "attachment"), ("text/plain", "attachment"), ("application/octet-stream", "attachment"),
    ],
)  # fmt: skip
def test_only_pictures_are_shown_in_place(key, content_type, kind):
    assert ask(key, content_type=content_type, inline=True)["Content-Disposition"].split(";")[0] == kind
    assert ask(key, content_type=content_type)["Content-Disposition"].split(";")[0] == "attachment"
    assert ask(key, content_type=content_type)["Content-Type"] == content_type


@pytest.mark.parametrize("content_type", ["", "pdf", "text/html; charset=x", "a/b\r\nSet-Cookie: x", "é/é"])
def test_a_type_that_is_none_is_bytes(key, content_type):
    assert ask(key, content_type=content_type)["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("../../etc/passwd", "passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini", "boot.ini"),
        ("a/", "document", "document"),
        ("a\0\x1b.pdf", "a.pdf", "a.pdf"),
        ("a\ud800.pdf", "a.pdf", "a.pdf"),
        ("\u200b.htaccess", "document.htaccess", ".htaccess"),
        ("facture%0d%0a.pdf", "facture_0d_0a.pdf", "facture%250d%250a.pdf"),
    ],
)
def test_names_hold_no_folder_and_no_trick(name, plain, full):
    assert disposition(name) == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


def test_a_file_that_is_gone_is_404_and_logged(key, caplog):
    path_of(key).unlink()
    with pytest.raises(Http404):
        ask(key)
    assert "gone" in caplog.text


def test_a_page_image_is_shown_in_place(tmp_path):
    path = tmp_path / "1-600.png"
    path.write_bytes(b"png")
    response = serve_page(RequestFactory().get("/"), path)
    assert (response["Content-Type"], body(response)) == ("image/png", b"png")
    assert response["Content-Disposition"].startswith("inline;")
    path.unlink()
    with pytest.raises(Http404):
        serve_page(None, path)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=1000-"}])
def test_fifty_megabytes_pass_in_pieces(headers):
    size = 50 * 1024 * 1024
    key = keep(bytes(size)).key
    tracemalloc.start()
    response = ask(key, **headers)
    sent = sum(len(piece) for piece in response)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    response.close()
    assert sent == int(response["Content-Length"])
    assert peak < 2 * 1024 * 1024


def test_no_descriptor_stays_open(key):
    before = len(os.listdir("/proc/self/fd"))
    for headers in ({}, {"Range": "bytes=1-2"}, {"Range": "bytes=99-"}, {"If_None_Match": "*"}):
        body(ask(key, **headers))
    body(ask(key, "HEAD"))
    assert len(os.listdir("/proc/self/fd")) == before
