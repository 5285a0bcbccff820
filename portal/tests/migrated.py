"""The tables of all migrations, made once by `manage.py migrate` and copied for each pytest worker and each prepared house.

The copy lies in pytest's cache, under a name that tells whatever it was made from; one that does not fit is made anew.
What Django does with a database that it keeps still follows, its own `migrate` among it: on a copy it has nothing to do.
`--create-db` leaves the copy alone. On PostgreSQL each worker migrates its own database.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import django
import pytest


@pytest.fixture(scope="session", autouse=True)
def migrated(request, django_db_modify_db_settings):
    """Lays the copy where Django looks for the test database, before it does."""
    from django.db import connection

    if connection.vendor != "sqlite" or request.config.getvalue("create_db"):
        yield
        return
    database = Path(connection.creation._get_test_db_name())
    lay(request.config, database)
    request.config.option.reuse_db = True
    yield
    database.unlink()


def lay(config: pytest.Config, where: Path) -> None:
    """Copy the database of the migrations as they are; the first worker of a run makes it where it is not there."""
    folder = config.cache.mkdir("migrated")
    made = folder / f"{made_from()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for old in folder.glob("*.sqlite3"):
                old.unlink()
            make(made)
        shutil.copyfile(made, where)


def made_from() -> str:
    """A digest of all that `migrate` reads: the migrations of every app, and the models that permissions come from."""
    from django.apps import apps

    digest = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.name):
        root = Path(app.path)
        for path in sorted(
            [*root.glob("migrations/*.py"), *root.glob("models.py"), *root.glob("models/**/*.py")]
        ):
            digest.update(f"{app.name} {path.relative_to(root)}".encode() + path.read_bytes())
    return digest.hexdigest()


def make(database: Path) -> None:
    from django.conf import settings

    with tempfile.TemporaryDirectory() as data:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        for command in ("migrate", "createcachetable"):
            subprocess.run(
                [sys.executable, "manage.py", command, "--verbosity=0"],
                cwd=settings.BASE_DIR,
                env={**environment, "DATA_DIR": data},
                check=True,
            )
        part = database.with_suffix(".part")
        part.unlink(missing_ok=True)
        with (
            contextlib.closing(sqlite3.connect(f"{data}/portal.sqlite3")) as source,
            contextlib.closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        part.rename(database)
