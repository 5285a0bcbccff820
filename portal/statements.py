"""Rows written, and asked for, by statements that are compiled once.

Django builds the SQL of each query anew, which costs several times what the database does with it. That matters where
every mail writes its rows: intake, outbox, events. Everywhere else, `save()`, `update()` and `exists()`.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
Model = type[models.Model]


def insert(row: Row) -> Row:
    """`row.save(force_insert=True)`, without signals: `row` gets its key. Errors: as `save` raises them."""
    sql, fields = _insert_of(type(row), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, _prepared(fields, (field.pre_save(row, True) for field in fields)))
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias
    return row


def update(model: Model, where: dict[str, Any], values: dict[str, Any]) -> int:
    """Set the fields `values` of the rows whose fields are `where`; how many there were. Plain values, no expressions."""
    sql, fields = _update_of(model, tuple(where), tuple(values), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, _prepared(fields, (*values.values(), *where.values())))
        return cursor.rowcount


def is_there(model: Model, **where: Any) -> bool:
    """Is there a row whose fields are `where`? Plain values, no lookups."""
    sql, fields = _search_of(model, tuple(where), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, _prepared(fields, where.values()))
        return cursor.fetchone() is not None


def is_plain(value: object) -> bool:
    """Can `update` write it? An expression needs Django's compiler."""
    return not hasattr(value, "resolve_expression")


def _prepared(fields: Iterable[Any], values: Iterable[Any]) -> list[Any]:
    """The values as the database takes them; of a row, its key."""
    keys = (value.pk if isinstance(value, models.Model) else value for value in values)
    return [field.get_db_prep_save(key, connection) for field, key in zip(fields, keys, strict=True)]


@cache
def _insert_of(model: Model, vendor: str) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    columns, places = ", ".join(map(_column, fields)), ", ".join(["%s"] * len(fields))
    return (
        f"INSERT INTO {_table(model)} ({columns}) VALUES ({places}) RETURNING {_column(model._meta.pk)}",
        fields,
    )


@cache
def _update_of(
    model: Model, where: tuple[str, ...], names: tuple[str, ...], vendor: str
) -> tuple[str, list[Any]]:
    sets, tests = _fields_of(model, names), _fields_of(model, where)
    return f"UPDATE {_table(model)} SET {_terms(sets, ', ')} WHERE {_terms(tests, ' AND ')}", sets + tests


@cache
def _search_of(model: Model, where: tuple[str, ...], vendor: str) -> tuple[str, list[Any]]:
    fields = _fields_of(model, where)
    return f"SELECT 1 FROM {_table(model)} WHERE {_terms(fields, ' AND ')} LIMIT 1", fields


def _fields_of(model: Model, names: Iterable[str]) -> list[Any]:
    return [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]


def _terms(fields: Iterable[Any], between: str) -> str:
    return between.join(f"{_column(field)} = %s" for field in fields)


def _column(field: Any) -> str:
    return connection.ops.quote_name(field.column)


def _table(model: Model) -> str:
    return connection.ops.quote_name(model._meta.db_table)
