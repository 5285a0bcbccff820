from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.conf import settings as real_settings
from django.db import connection, transaction
from django.utils import timezone

from mailing.models import InboundAddress, InboundMail, RawMail, Space
from mailing.models.inbound import Channel
from mailing.receiving.store import SAME_MAIL_WITHIN, Arrival, Recipient, find_recipient, store, store_all
from portal.files.keep import keep, path_of
from portal.models import Company, Firm, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


@pytest.fixture
def firm():
    return Firm.objects.create(name="Cabinet Martin", slug="martin")


@pytest.fixture
def company(firm):
    return Company.objects.create(firm=firm, code="4", name="Moi Même")


@pytest.fixture
def box(company):
    return inbound("4.box@martin.depot.localhost", space=Space.BOX, company=company)


@pytest.fixture
def image(company):
    return inbound("4.image@martin.depot.localhost", space=Space.IMAGE, company=company)


def inbound(address, *, space, company=None, owner=None, **fields):
    firm = (company or owner).firm
    return InboundAddress.objects.create(
        firm=firm, address=address, space=space, company=company, owner=owner, **fields
    )


def to(*addresses):
    return [Recipient(address.address, address) for address in addresses]


def given(raw, *addresses, **how):
    how = {"envelope_from": "a@b.example", "channel": Channel.SMTP, **how}
    return store(keep(raw), to(*addresses), **how)


def kept_files():
    return [path for path in real_settings.FILES_DIR.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "typed",
    [
        "4.box@martin.depot.localhost",
        "4.BOX@martin.depot.localhost",
        "4.Box@Martin.DEPOT.localhost",
    ],
)
def test_an_address_is_found_whatever_its_case(box, typed):
    assert find_recipient(typed) == box


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "<>",
        "4.box",
        "5.box@martin.depot.localhost",
        "4.box@depot.localhost",
        "4.box@martin.depot.localhost.",
        "4.box+x@martin.depot.localhost",
        " 4.box@martin.depot.localhost",
        "４.box@martin.depot.localhost",
        "4.box@ｍartin.depot.localhost",
        "4.bo\u0445@martin.depot.localhost",
        "4.box\x00@martin.depot.localhost",
        "4.box\udce9@martin.depot.localhost",
        "x" * 3000 + "@martin.depot.localhost",
    ],
)
def test_what_only_looks_like_an_address_is_not_found(box, typed):
    assert find_recipient(typed) is None


def test_a_letter_of_another_script_is_never_an_ascii_one(company):
    """T07: the Kelvin sign is « k » for Python's `lower`."""
    inbound("kine.box@martin.depot.localhost", space=Space.BOX, company=company)
    assert find_recipient("\u212aine.box@martin.depot.localhost") is None


def test_a_domain_is_compared_in_its_idna_form(company):
    address = inbound("4.box@xn--caf-dma.example", space=Space.BOX, company=company)
    assert find_recipient("4.box@café.example") == find_recipient("4.BOX@CAFÉ.example") == address


def test_a_retired_address_is_accepted(company):
    address = inbound("4.old@x.example", space=Space.BOX, company=company, retired_at=timezone.now())
    assert find_recipient("4.old@x.example") == address


def test_one_mail_to_two_addresses_is_one_file_and_two_rows(box, image):
    mails = given(b"mail", box, image, is_local_submission=True)
    raw = RawMail.objects.get()
    assert path_of(raw.key).read_bytes() == b"mail"
    assert list(InboundMail.objects.order_by("pk")) == mails
    assert [(m.raw, m.address, m.company) for m in mails] == [(raw, a, box.company) for a in (box, image)]
    assert {(m.envelope_from, m.channel, m.status, m.is_local_submission) for m in mails} == {
        ("a@b.example", "smtp", "received", True)
    }


def test_a_personal_space_has_no_company(firm):
    claire = User.objects.create(firm=firm, name="Claire")
    address = inbound("claire@martin.depot.localhost", space=Space.PERSONAL, owner=claire)
    (mail,) = given(b"mail", address)
    assert mail.company is None


def test_the_same_mail_within_ten_minutes_is_stored_once(box):
    first = given(b"mail", box)
    assert given(b"mail", box) == []
    assert list(InboundMail.objects.all()) == first
    assert [path.name for path in kept_files()] == [RawMail.objects.get().key]


def test_the_same_mail_later_is_another(box):
    given(b"mail", box)
    RawMail.objects.update(created_at=timezone.now() - SAME_MAIL_WITHIN - timedelta(seconds=1))
    assert len(given(b"mail", box)) == 1


def test_the_same_mail_to_one_more_address_goes_to_that_one(box, image):
    given(b"mail", box)
    (mail,) = given(b"mail", box, image)
    assert mail.address == image
    assert (InboundMail.objects.count(), len(kept_files())) == (2, 2)


def test_other_bytes_with_the_same_message_id_are_another_mail(box):
    given(b"Message-ID: <1@x>\r\n\r\nun", box)
    given(b"Message-ID: <1@x>\r\n\r\ndeux", box)
    assert InboundMail.objects.count() == 2


def test_an_address_named_twice_receives_once(box):
    assert len(given(b"mail", box, box)) == 1


def test_mails_stored_together_are_mails(box, image):
    arrivals = [
        Arrival(keep(raw), to(*addresses), "a@b.example", Channel.SMTP)
        for raw, addresses in [(b"one", [box]), (b"two", [box, image]), (b"one", [box]), (b"one", [image])]
    ]
    stored = store_all(arrivals)
    assert [[m.address for m in mails] for mails in stored] == [[box], [box, image], [], [image]]
    assert RawMail.objects.count() == len(kept_files()) == 3


def test_what_no_column_can_hold_is_shown_as_well_as_can_be(box):
    (mail,) = store(
        keep(b"mail"),
        [Recipient("4.BOX\udce9@x", box)],
        envelope_from="\x00\udcff" + "x" * 600,
        channel=Channel.SMTP,
    )
    mail.refresh_from_db()
    assert mail.envelope_to == "4.BOX\ufffd@x"
    assert mail.envelope_from == "\ufffd\ufffd" + "x" * 510


def test_an_address_deleted_meanwhile_is_a_failure_that_leaves_the_file(box, image):
    InboundAddress.objects.filter(pk=image.pk).delete()
    with pytest.raises(InboundAddress.DoesNotExist):
        given(b"mail", box, image)
    assert not RawMail.objects.exists()
    assert len(kept_files()) == 1


def test_the_bell_rings_for_what_is_new(box, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rung:
        given(b"mail", box)
        assert rung == []
    assert len(rung) == 1
    with django_capture_on_commit_callbacks() as rung:
        given(b"mail", box)
    assert rung == []


@pytest.mark.django_db(transaction=True)
def test_it_is_durable_or_refuses(box):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        given(b"mail", box)


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_once_are_one_mail(box):
    start = Barrier(4)

    def deliver():
        try:
            start.wait(10)
            return len(given(b"mail", box))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clients:
        stored = [clients.submit(deliver) for _ in range(4)]
    assert sorted(s.result() for s in stored) == [0, 0, 0, 1]
    assert InboundMail.objects.count() == RawMail.objects.count() == len(kept_files()) == 1


@pytest.mark.parametrize("count", [1, 5])
def test_many_mails_cost_the_queries_of_one(box, image, count, django_assert_num_queries):
    arrivals = [Arrival(keep(b"%d" % n), to(box, image), "a@b.example", Channel.SMTP) for n in range(count)]
    with django_assert_num_queries(6):  # BEGIN, addresses, duplicates, two INSERTs, COMMIT
        store_all(arrivals)
