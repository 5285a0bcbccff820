"""Rows that many tests begin with: made by the real stories once a worker, and written again for each test."""

import contextlib
import copy
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture(scope="session", autouse=True)
def types_again(request, django_db_setup, django_db_blocker):
    """Types and permissions keep their rows: a test that commits ends with all tables empty, and Django would make them
    anew one app after the other, under new keys."""
    if not any(map(needs_a_database, request.session.items)):
        return  # none was made
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.models.signals import post_migrate

    with django_db_blocker.unblock():
        types = {name: rows for name, rows in tables().items() if rows}

    def insert_again(**_):
        if not content_types():
            insert(types)

    assert sorted(types) == ["auth_permission", "django_content_type"]
    assert post_migrate.disconnect(create_contenttypes)
    assert post_migrate.disconnect(dispatch_uid=f"{create_permissions.__module__}.create_permissions")
    post_migrate.connect(insert_again, apps.get_app_config("contenttypes"), weak=False)


def needs_a_database(item: pytest.Item) -> bool:
    return bool(
        item.get_closest_marker("django_db")
        or {"db", "transactional_db"} & {*getattr(item, "fixturenames", ())}
    )


def table_names() -> list[str]:
    from django.apps import apps

    return sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})


def tables() -> dict[str, list[tuple]]:
    """All rows of all models' tables."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name in table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            found[name] = cursor.fetchall()
    return found


def of_sqlite(path: Path) -> dict[str, list[tuple]]:
    """The rows of another database of the same migrations, of the tables that are empty here."""
    empty = [name for name, rows in tables().items() if not rows]
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as other:
        kinds = other.execute("SELECT id FROM django_content_type").fetchall()
        found = {name: other.execute(f'SELECT * FROM "{name}"').fetchall() for name in empty}
    assert {pk for (pk,) in kinds} == content_types()
    return {name: rows for name, rows in found.items() if rows}


def insert(found: dict[str, list[tuple]]) -> None:
    from django.db import connection, transaction

    # Foreign keys are looked at when it ends.
    with transaction.atomic(), connection.cursor() as cursor:
        for name, rows in found.items():
            holes = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {connection.ops.quote_name(name)} VALUES ({holes})", rows)
