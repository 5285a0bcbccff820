"""Rows that many tests begin with: made by the real stories once a worker, and written again for each test."""

import copy
from collections.abc import Callable
from typing import Any

kept: dict[str, tuple[set[int], dict[str, list[tuple]], Any]] = {}


def again(name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives and leaves in the database: the first time by itself, later by inserting the same rows.

    Called on a database that holds nothing of what `make` needs to make. The objects
    given are a test's own copies.
    """
    types = content_types()
    if name not in kept or kept[name][0] != types:  # a test that empties tables gives content types new keys
        before = tables()
        made = make()
        new = {table: [row for row in rows if row not in before[table]] for table, rows in tables().items()}
        kept[name] = types, {table: rows for table, rows in new.items() if rows}, made
    else:
        insert(kept[name][1])
    return copy.deepcopy(kept[name][2])


def content_types() -> set[int]:
    from django.contrib.contenttypes.models import ContentType

    return set(ContentType.objects.values_list("pk", flat=True))


def tables() -> dict[str, list[tuple]]:
    """All rows of all models' tables."""
    from django.apps import apps
    from django.db import connection

    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            found[name] = cursor.fetchall()
    return found


def insert(found: dict[str, list[tuple]]) -> None:
    from django.db import connection, transaction

    # Foreign keys are looked at when it ends.
    with transaction.atomic(), connection.cursor() as cursor:
        for name, rows in found.items():
            holes = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {connection.ops.quote_name(name)} VALUES ({holes})", rows)
