import os
import time

import pytest

from documents.models import Document
from mailing.receiving.sweep import sweep_orphans
from portal.files.keep import Keeper, keep, path_of
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


def age(path, hours):
    os.utime(path, (time.time() - hours * 3600,) * 2)


def test_only_files_that_no_row_knows_go_and_only_after_a_day(cast, settings):
    mail = arrive(mail_from(cast.compta.email))
    known = [path_of(mail.raw.key), path_of(Document.objects.get().file.key)]
    orphan, young = path_of(keep(b"orphelin").key), path_of(keep(b"jeune").key)
    for path in [*known, orphan]:
        age(path, hours=25)
    age(young, hours=23)
    assert sweep_orphans() == 1
    assert [path.exists() for path in [*known, orphan, young]] == [True, True, False, True]


def test_unfinished_file_of_a_killed_process_goes(settings):
    keeper = Keeper()
    keeper.write(b"un debut")
    unfinished = next((settings.FILES_DIR / "unfinished").iterdir())
    age(unfinished, hours=25)
    assert (sweep_orphans(), unfinished.exists()) == (1, False)
    keeper.close()
