"""Rows that change status, and rows that are a queue: both by compare-and-swap, on any database."""

from datetime import timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from portal.bell import ring
from portal.statements import is_plain, update

MAX_ATTEMPTS = 5


class MovesQuerySet(models.QuerySet):
    def move(self, pk, *, old, new, **fields) -> bool:
        """Set row `pk` from status `old` to `new` with `fields`; False when another was faster."""
        values = {"status": new, **fields}
        if not self.query.where and all(map(is_plain, values.values())):
            return update(self.model, {"pk": pk, "status": old}, values) == 1
        return self.filter(pk=pk, status=old).update(**values) == 1

    def move_row(self, row, *, old, new, **fields) -> bool:
        """As `move`; `row` has the new values too, and need not be read again."""
        if not self.move(row.pk, old=old, new=new, **fields):
            return False
        for name, value in {"status": new, **fields}.items():
            setattr(row, name, value)
        return True


class QueueQuerySet(MovesQuerySet):
    def due(self):
        """Rows that a worker may take now."""
        return self.filter(status__in=self.model.WAITING, next_attempt_at__lte=timezone.now())

    def claim(self, lease: timedelta):
        """The oldest due row, taken until `lease` is over; None when there is none.

        `next_attempt_at` is the lease too: whoever dies with a row gives it back by doing nothing.
        The count of attempts is the compare-and-swap, and it is raised before the work, so that a row which
        kills its worker is known for it.
        """
        # One worker looks at a time (SQLite), or each sees what no other has locked (PostgreSQL): else all would see
        # the same row, and all but one look again.
        with transaction.atomic():
            free = self.due().select_for_update(skip_locked=True, of=("self",))
            row = free.order_by("next_attempt_at", "pk").first()
            return row if row and self._take(row, timezone.now() + lease) else None

    def _take(self, row, until):
        taken = self.model.CLAIMED or row.status
        mine = self.filter(pk=row.pk, attempts=row.attempts, status=row.status)
        if not mine.update(attempts=F("attempts") + 1, next_attempt_at=until, status=taken):
            return False
        row.attempts += 1
        row.next_attempt_at = until
        row.status = taken
        return True

    def claim_some(self, lease: timedelta, most: int) -> list:
        """Up to `most` due rows, taken together until `lease` is over: one look for all of them, oldest first.

        Only rows of a first attempt come together. Where one of them kills its worker the others have lost an attempt;
        from then on each is taken alone, so that only the one at fault goes on failing (T63).
        """
        if not self.due().exists():
            return []  # an idle worker takes no lock: SQLite has one writer at a time
        with transaction.atomic():
            free = self.due().select_for_update(skip_locked=True, of=("self",))
            rows = list(free.order_by("next_attempt_at", "pk")[:most])
            if rows and rows[0].attempts:
                return rows[:1] if self._take(rows[0], timezone.now() + lease) else []
            return self._take_all([row for row in rows if not row.attempts], timezone.now() + lease)

    def _take_all(self, rows, until):
        """What a transaction has locked nobody else takes: one statement for all."""
        taken = {"status": self.model.CLAIMED} if self.model.CLAIMED else {}
        self.filter(pk__in=[row.pk for row in rows]).update(attempts=1, next_attempt_at=until, **taken)
        for row in rows:
            row.attempts, row.next_attempt_at, row.status = 1, until, taken.get("status", row.status)
        return rows


class Handful:
    """Rows claimed together and handed out one by one; those not begun in time, or at the end, are given back.

    `needed`: how much of its lease a row must still have when its work begins.
    """

    SIZE = 10

    def __init__(self, queryset: QueueQuerySet, lease: timedelta, needed: timedelta) -> None:
        self.queryset, self.lease, self.needed = queryset, lease, needed
        self.rows: list = []

    def __enter__(self) -> "Handful":
        return self

    def __exit__(self, *failure) -> None:
        self.give_back()

    def next(self):
        """The next row to work on; None where none is due."""
        if self.rows and timezone.now() > self.rows[0].next_attempt_at - self.needed:
            self.give_back()
        if not self.rows:
            self.rows = self.queryset.claim_some(self.lease, self.SIZE)
        return self.rows.pop(0) if self.rows else None

    def give_back(self) -> None:
        """Nobody has tried them: they are due again, with the attempt that they had."""
        rows, self.rows = self.rows, []
        for row in rows:
            row.mine().filter(status=row.status).update(
                status=row.WAITING[0], attempts=F("attempts") - 1, next_attempt_at=timezone.now()
            )


class Queued(models.Model):
    """What a row needs to be claimed. The model names its `QUEUE`, its `WAITING` statuses (the first is a new row's),
    the status `FAILED` of a row that is given up (`portal.failures`), and where it has one, `CLAIMED`: a worker has it."""

    QUEUE: str
    WAITING: tuple[str, ...]
    FAILED: str
    CLAIMED: str = ""

    # Of its page: do the firm's administrators see it where it belongs to no company? Does it open in the panel?
    FIRM_SEES = False
    OPENS_BESIDE = False

    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)

    objects = QueueQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_held(self) -> bool:
        """Does the lease of our claim still run? As long as it does nobody else takes the row."""
        return timezone.now() < self.next_attempt_at

    @property
    def is_last_attempt(self) -> bool:
        return self.attempts >= MAX_ATTEMPTS

    def later(self) -> bool:
        """Give the row back with a pause that grows: 15 s, 1 min, 4 min, 16 min."""
        pause = timedelta(seconds=15 * 4 ** (max(self.attempts, 1) - 1))
        return self.mine().update(next_attempt_at=timezone.now() + pause) == 1

    def move_to_failed(self, **fields) -> bool:
        """Stop trying; False where another worker took the row or was done with it."""
        return self.mine().filter(status__in=self.WAITING).update(status=self.FAILED, **fields) == 1

    def has_failed(self) -> bool:
        """Is the row given up, as it stands in the database now?"""
        return self.mine().filter(status=self.FAILED).exists()

    def why_not_yet(self) -> str:
        """What keeps a failed row from being tried again, in French; "" where nothing does."""
        return ""

    def retry(self) -> bool:
        """failed → waiting, as if new, and the bell rung; False where the row is not failed."""
        new, now = self.WAITING[0], timezone.now()
        moved = type(self).objects.move(self.pk, old=self.FAILED, new=new, attempts=0, next_attempt_at=now)
        if moved:
            ring(self.QUEUE)
        return moved

    def mine(self):
        """This row, as long as the claim that gave it is the last."""
        return type(self).objects.filter(pk=self.pk, attempts=self.attempts)
