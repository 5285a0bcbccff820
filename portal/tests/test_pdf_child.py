"""The limited child: what it answers, and that nothing a file holds gets further than a French sentence (T46, T56)."""

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from portal.files import child, pdf
from portal.files.child import MIB, Cause, Failure, Limits
from portal.files.pdf import PDF, Inspected, Text
from portal.tests import nasty

# What a child may be made to do, in a script of its own: the product's has no such task.
MISBEHAVING = f"""
import os, signal, socket, sys, time
sys.path.insert(0, {str(child.INSIDE)!r})
import orders
from sealing import seal

def misbehave(order):
    match order["given"]["how"]:
        case "computes":
            while True: pass
        case "hoards":
            hoard = []
            while True: hoard.append(bytearray(1 << 20))
        case "sleeps": time.sleep(60)
        case "talks": return {{"text": "x" * (64 << 20)}}
        case "writes":
            while True: os.write(order["into"], bytes(1 << 20))
        case "dies": os.kill(os.getpid(), signal.SIGSEGV)
        case "killed": os.kill(os.getpid(), signal.SIGKILL)
        case "leaves": sys.exit(3)
        case "babbles": os.write(1, b"{{not json"); os._exit(0)
        case "opens": seal(); open("/etc/hostname")
        case "calls": seal(); socket.socket()
        case "forks": return {{"children": os.fork()}}
        case "raises the limit":
            import resource
            resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        case "tells": return {{"environment": len(os.environ), "modules": sorted(sys.modules), "nice": os.nice(0)}}
    return {{}}

orders.TASKS["misbehave"] = (misbehave, "pdf_unreadable")
orders.main()
"""


@pytest.fixture
def misbehave(tmp_path, monkeypatch):
    script = tmp_path / "misbehaving.py"
    script.write_text(MISBEHAVING)
    monkeypatch.setattr(child, "INSIDE", script)

    def run(how, **limits):
        with (tmp_path / "out").open("wb") as out:
            return child.run(
                "misbehave", into=out, how=how, limits=Limits(**({"cpu": 1, "wall": 3} | limits))
            )

    return run


@pytest.fixture
def out(tmp_path):
    with (tmp_path / "drawn").open("w+b") as file:
        yield file


def memory(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def may_raise_limits():
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff")
    )
    return int(line.split()[1], 16) >> 24 & 1


@pytest.fixture
def flat():
    """The test process never held more than a few MB of what it asked about."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before = memory("VmRSS")
    yield
    assert memory("VmHWM") - before < 40


def all_tasks(content, out):
    return {
        "inspect": pdf.inspect(content, PDF), "draw": pdf.draw(content, PDF, 1, 600, out),
        "text": pdf.text(content), "merge": pdf.merge([content, content], out),
    }  # fmt: skip


# The process


@pytest.mark.parametrize(
    ("how", "cause"),
    [
        ("computes", Cause.TOO_LONG), ("hoards", Cause.TOO_HEAVY), ("sleeps", Cause.LATE),
        ("talks", Cause.TOO_HEAVY), ("dies", Cause.CRASHED), ("killed", Cause.UNAVAILABLE),
        ("leaves", Cause.UNAVAILABLE), ("babbles", Cause.UNAVAILABLE), ("opens", Cause.UNAVAILABLE),
        ("calls", Cause.UNAVAILABLE),
        ("writes", Cause.TOO_HEAVY),
    ],
)  # fmt: skip
def test_a_child_that_misbehaves_is_a_failure(misbehave, flat, how, cause):
    started = time.monotonic()
    assert misbehave(how, file=4 * MIB) == Failure(cause)
    assert time.monotonic() - started < 6


def test_a_child_has_no_environment_no_django_and_lower_priority(misbehave):
    told = misbehave("tells")
    assert told["environment"] <= 1  # LC_CTYPE, which Python sets itself
    assert told["nice"] == os.nice(0) + 5
    assert not {"django", "portal", "celery"} & set(told["modules"])


@pytest.mark.skipif(may_raise_limits(), reason="CAP_SYS_RESOURCE is above limits")
def test_a_child_raises_no_limit(misbehave):
    assert isinstance(misbehave("raises the limit"), Failure)


@pytest.mark.skipif(os.geteuid() == 0, reason="root is exempt from RLIMIT_NPROC")
def test_a_child_starts_no_other(misbehave):
    assert isinstance(misbehave("forks"), Failure)


def test_no_child_outlives_its_time(misbehave, monkeypatch):
    started = []
    popen = child.subprocess.Popen
    monkeypatch.setattr(
        child.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )
    assert misbehave("sleeps", wall=1).cause is Cause.LATE
    assert started[0].returncode == -signal.SIGKILL


def test_a_third_at_once_waits_a_little_then_is_told(misbehave, monkeypatch):
    monkeypatch.setattr(child, "WAIT", 0.2)
    with ThreadPoolExecutor(3) as pool:
        answers = [answer.cause for answer in pool.map(misbehave, ["sleeps"] * 3)]
    assert sorted(answers) == [Cause.BUSY, Cause.LATE, Cause.LATE]
    assert "réessayez" in Failure(Cause.BUSY).reason


def test_no_process_to_be_had(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert pdf.inspect(nasty.real()[0], PDF) == Failure(Cause.UNAVAILABLE)


def test_a_file_that_is_not_there(tmp_path):
    assert pdf.inspect(tmp_path / "none", PDF) == Failure(Cause.GONE)


def test_descriptors_are_given_back(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    for content in (nasty.real()[0], b"%PDF-", b""):
        pdf.text(content)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == (before, threading.active_count())


# PDFs


def test_a_pdf_is_counted_read_and_drawn(out):
    for content, pages, words in zip(
        nasty.real(), (1, 3), ("Facture", "Été 2026, 1\u202f234,50 €"), strict=True
    ):
        assert pdf.inspect(content, PDF) == Inspected(pages)
        assert pdf.text(content).text.replace("\xa0", " ").startswith(words.replace("\u202f", " "))
        out.seek(0)
        out.truncate()
        drawn = pdf.draw(content, PDF, 1, 600, out)
        assert (drawn.width, drawn.pages) == (600, pages)
        image = Image.open(out.name)
        assert (image.format, image.size) == (drawn.type.split("/")[1].upper(), (600, drawn.height))
        assert image.convert("L").getextrema()[0] < 80  # something is on it
    assert pdf.draw(content, PDF, 4, 600, out) == Failure(Cause.NO_SUCH_PAGE)
    assert pdf.draw(content, PDF, 0, 600, out) == Failure(Cause.NO_SUCH_PAGE)


def test_text_is_capped_and_says_so():
    assert pdf.text(nasty.real()[0], 7) == Text("Facture", False)
    assert pdf.text(nasty.real()[0]) == Text("Facture\nportal.testing", True)


def test_pdfs_are_merged_in_order(out):
    plain, long = nasty.real()
    assert pdf.merge([long, plain, long], out) == 7
    assert [len(page.extract_text()) > 40 for page in PdfReader(out).pages][:4] == [True, True, True, False]


@pytest.mark.parametrize("lost", [b"endstream", b"startxref"])
def test_what_pypdf_gives_up_pdfium_merges(out, lost):
    good = nasty.real()[0]
    assert pdf.merge([good, good.replace(lost, b""), good], out) == 3
    assert [page.extract_text().split()[0] for page in PdfReader(out).pages] == ["Facture"] * 3


def test_a_file_without_pages_is_not_left_out(out):
    good = nasty.real()[0]
    assert pdf.merge([good, good.replace(b"/Kids", b"/Kinds")], out) == Failure(Cause.PDF_UNREADABLE, 1)


def test_the_source_to_blame_is_named(out):
    good = nasty.real()[0]
    assert pdf.merge([good, b"%PDF-1.7 broken", good], out) == Failure(Cause.PDF_UNREADABLE, 1)
    assert pdf.merge([good, good, nasty.locked()], out) == Failure(Cause.PROTECTED, 2)


def test_a_locked_pdf_says_so(out):
    answers = all_tasks(nasty.locked(), out)
    assert {answer.reason for answer in answers.values()} == {"PDF protégé par un mot de passe."}
    assert all(answer.is_final for answer in answers.values())


def test_a_pdf_that_only_its_owner_may_change_is_read(out):
    answers = all_tasks(nasty.locked("", "owner"), out)
    assert answers["inspect"] == Inspected(1, is_encrypted=True)
    assert (answers["text"].text[:7], answers["merge"]) == ("Facture", 2)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"\0" * 1000, b"PK\x03\x04" * 99])
def test_what_is_no_pdf_is_unreadable(out, content):
    assert {answer.reason for answer in all_tasks(content, out).values()} == {"PDF illisible."}


@pytest.mark.parametrize(
    "name", [name for name in nasty.knots() if name != "one page a hundred thousand times"]
)
def test_knots_are_answered(out, name):
    content = nasty.knots()[name]
    for answer in (pdf.draw(content, PDF, 1, 240, out), pdf.merge([content], out)):
        assert not isinstance(answer, Failure) or (
            answer.is_final and answer.reason.startswith(("PDF", "Fichier"))
        )


@pytest.mark.parametrize(
    ("bomb", "causes"),
    [
        (nasty.flate_bomb, {Cause.CRASHED, Cause.TOO_HEAVY}),
        (nasty.laughs, {Cause.CRASHED, Cause.TOO_HEAVY, Cause.TOO_LONG, Cause.LATE}),
    ],
)
def test_bombs_end_within_their_time(out, flat, bomb, causes):
    content, started = bomb(), time.monotonic()
    assert pdf.draw(content, PDF, 1, 600, out).cause in causes
    assert time.monotonic() - started < 12


def test_a_page_that_takes_minutes_is_cut_short(out, flat):
    limits = Limits(cpu=1)  # 8 in the product
    answer = child.run("draw_pdf", nasty.slow(), into=out, limits=limits, page=1, width=600)
    assert answer.cause in (Cause.TOO_LONG, Cause.LATE)


def test_mutations_never_raise_and_never_hang(out, flat):
    """Forty here; `make chaos` takes 300 (F14)."""
    tasks = (
        lambda content: pdf.draw(content, PDF, 1, 240, out), lambda content: pdf.inspect(content, PDF),
        lambda content: pdf.text(content), lambda content: pdf.merge([content], out),
    )  # fmt: skip
    for number, content in enumerate(nasty.mutations(nasty.real(), 40)):
        answer = tasks[number // 2 % 4](content)
        assert not isinstance(answer, Failure) or answer.cause not in (Cause.UNAVAILABLE, Cause.LATE), number
