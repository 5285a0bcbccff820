"""A PDF that is locked or unreadable is marked so, by a worker and not while its mail waits (D-20)."""

import random

import pytest

from mailing.tasks import events
from portal.files import soundness
from portal.files.keep import discard, keep
from portal.files.pdf import PDF
from portal.models import StoredFile
from portal.models.stored_file import Flaw
from portal.testing import pdf, receive
from portal.tests import nasty

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def stored(cast, content, type=PDF):
    return soundness.store(cast.martin, keep(content), type, soundness.first_look(content, type))


def flaws():
    return [Flaw(flaw) for flaw in StoredFile.objects.order_by("pk").values_list("flaw", flat=True)]


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (pdf(), Flaw.UNSEEN),
        (nasty.real()[1], Flaw.UNSEEN),
        (b"\r\n\r\n" + pdf(), Flaw.UNSEEN),
        (nasty.locked(), Flaw.SUSPECT),
        (nasty.locked("", "maitre"), Flaw.SUSPECT),
        (pdf()[:60], Flaw.SUSPECT),
        (pdf()[:-30], Flaw.SUSPECT),
        (pdf().replace(b"\n", b"\r\n"), Flaw.SUSPECT),
        (b"%PDF-1.7\n", Flaw.SUSPECT),
    ],
    ids=[
        "pypdf",
        "WeasyPrint",
        "bytes before",
        "locked",
        "owner's password",
        "cut",
        "cut end",
        "as text",
        "a head",
    ],
)
def test_a_glance_tells_what_is_doubtful(content, seen):
    assert soundness.first_look(content, PDF) == seen


@pytest.mark.parametrize("type", ["image/png", "text/plain", "application/zip"])
def test_what_is_no_pdf_is_not_looked_at(type):
    assert soundness.first_look(b"%PDF /Encrypt", type) == Flaw.SOUND


def test_the_worker_finds_out(cast):
    for content in (pdf(), nasty.locked(), nasty.locked("", "maitre"), pdf()[:60]):
        stored(cast, content)
    events()
    assert flaws() == [Flaw.SOUND, Flaw.LOCKED, Flaw.SOUND, Flaw.UNREADABLE]
    assert [getattr(file.mark, "label", "") for file in StoredFile.objects.order_by("pk")] == [
        "", "PDF protégé", "", "PDF illisible",
    ]  # fmt: skip


def test_while_mails_wait_only_what_is_doubtful_is_looked_at(cast):
    stored(cast, pdf())
    stored(cast, nasty.locked())
    receive(b"From: a@bois.example\r\n\r\nbonjour\r\n")
    events()
    assert flaws() == [Flaw.UNSEEN, Flaw.LOCKED]


def test_what_was_found_out_is_remembered_for_the_preview(cast):
    file = stored(cast, nasty.locked())
    assert soundness.look_closer(at_all=True) == 1
    assert soundness.look_closer(at_all=True) == 0
    StoredFile.objects.filter(pk=file.pk).update(flaw=Flaw.SUSPECT)
    discard(file.key)
    assert (soundness.look_closer(at_all=False), flaws()) == (1, [Flaw.LOCKED])  # remembered with its pages


def test_broken_files_are_marked_as_pdfium_finds_them(cast):
    """Whatever the glance thinks of a file, once no mail waits each has been looked at."""
    chance = random.Random(11)
    broken = [bytearray(chance.choice(nasty.real())) for _ in range(12)]
    for content in broken:
        for _ in range(20):
            content[chance.randrange(len(content))] = chance.randrange(256)
        stored(cast, bytes(content))
    while soundness.look_closer(at_all=True):
        pass
    assert set(flaws()) <= {Flaw.SOUND, Flaw.UNREADABLE, Flaw.LOCKED}
