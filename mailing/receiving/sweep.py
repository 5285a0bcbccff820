"""Files that no row knows: what a kill, a failed transaction or a lost answer left behind goes after a day."""

import time
from datetime import timedelta
from itertools import islice

from django.db.models import Exists, OuterRef

from mailing.models import InboundMail, RawMail
from portal.files.keep import older_than
from portal.models import StoredFile

# Longer than any transaction: the row of a file that is younger may be about to be written.
ORPHAN_AFTER = timedelta(hours=24)
BATCH = 500
# The raw mail of lines that were emptied is gone (`retention.py`), unless a kill came between commit and removal.
STILL_NEEDED = InboundMail.objects.filter(raw=OuterRef("pk"), emptied_at=None)


def sweep_orphans() -> int:
    """Remove the kept and the unfinished files older than a day that neither a mail nor a document needs; how many."""
    removed = 0
    old = older_than(time.time() - ORPHAN_AFTER.total_seconds())
    while paths := list(islice(old, BATCH)):
        keys = [path.name for path in paths]
        known = {
            *RawMail.objects.filter(Exists(STILL_NEEDED), key__in=keys).values_list("key", flat=True),
            *StoredFile.objects.filter(key__in=keys).values_list("key", flat=True),
        }
        for path in paths:
            if path.name not in known:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
