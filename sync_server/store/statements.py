"""Writing many rows in one statement, on either database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from sqlalchemy import ARRAY, ColumnElement, Connection, Table, any_, literal
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError

from shared_models.orm.columns import Id

Row: TypeAlias = dict[str, Any]

_DIALECTS: dict[str, Dialect] = {name: make_url(f"{name}://").get_dialect()() for name in ("postgresql", "sqlite")}
_POSTGRESQL_TYPES = {"BIGINT": "int8", "BOOLEAN": "bool", "BYTEA": "bytea", "TEXT": "text", "VARCHAR": "varchar"}
"""The names that the driver knows our columns' types by."""


def add(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows. All of them name the same columns. PostgreSQL takes in those that were made while the next are."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, tuple(first), chain((first,), rows))
    else:
        _write(connection, table, [first, *rows], "")


def add_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert those rows whose primary key isn't there yet."""
    _write(connection, table, rows, " ON CONFLICT DO NOTHING")


def put(connection: Connection, table: Table, rows: Sequence[Row], keep: Sequence[str] = ()) -> None:
    """Insert rows with different primary keys; where a key is there already, replace the other columns given.

    Of the columns ``keep``, a value that is there stays where the new one is NULL.
    """
    if rows:
        _write(connection, table, rows, _replacing(connection.dialect.name, table, tuple(rows[0]), tuple(keep)))


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """``column IN (values)``. On PostgreSQL they are one array: a statement whose text doesn't depend on how many there
    are is neither built nor read again."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(list(values))


def _write(connection: Connection, table: Table, rows: Sequence[Row], on_conflict: str) -> None:
    if not rows:
        return
    names = tuple(rows[0])
    values = _values(table, names, rows)
    if connection.dialect.name == "postgresql":
        statement = _from_arrays(table, names) + on_conflict
        connection.exec_driver_sql(statement, tuple(list(column) for column in zip(*values, strict=True)))
    else:
        statement = _from_values(table, names) + on_conflict
        connection.exec_driver_sql(statement, list(values))


def _copy(connection: Connection, table: Table, names: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Binary COPY by the driver, in the connection's transaction; its errors are raised as SQLAlchemy's."""
    statement, types = _into_copy(table, names)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            for values in _values(table, names, rows):
                copy.write_row(values)
    except psycopg.Error as error:
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, connection_invalidated=driver.closed, dialect=connection.dialect
        ) from error


@cache
def _into_copy(table: Table, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The statement, and its columns' types: binary COPY doesn't convert."""
    dialect = _DIALECTS["postgresql"]
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    types = tuple(_POSTGRESQL_TYPES[table.c[name].type.compile(dialect)] for name in names)
    return f"COPY {quote(table.name)} ({columns}) FROM STDIN (FORMAT binary)", types


def _values(table: Table, names: tuple[str, ...], rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Each row as the driver takes it: of a UUID what ``orm.columns.Id`` makes of it, all else as it is."""
    ids = [place for place, name in enumerate(names) if isinstance(table.c[name].type, Id)]
    taken = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    for row in rows:
        values = list(taken(row))
        for place in ids:
            value = values[place]
            if isinstance(value, UUID):
                values[place] = value.bytes
        yield tuple(values)


@cache
def _from_arrays(table: Table, names: tuple[str, ...]) -> str:
    """One array per column: a tenth of the time of one statement per row."""
    dialect = _DIALECTS["postgresql"]
    arrays = ", ".join(f"%b::{table.c[name].type.compile(dialect)}[]" for name in names)
    return f"{_into(dialect, table, names)} SELECT * FROM unnest({arrays})"  # noqa: S608 - names of our own tables


@cache
def _from_values(table: Table, names: tuple[str, ...]) -> str:
    return f"{_into(_DIALECTS['sqlite'], table, names)} VALUES ({', '.join('?' * len(names))})"


def _into(dialect: Dialect, table: Table, names: tuple[str, ...]) -> str:
    quote = dialect.identifier_preparer.quote
    return f"INSERT INTO {quote(table.name)} ({', '.join(quote(name) for name in names)})"


@cache
def _replacing(dialect: str, table: Table, names: tuple[str, ...], keep: tuple[str, ...]) -> str:
    quote = _DIALECTS[dialect].identifier_preparer.quote
    keys = [column.name for column in table.primary_key]
    changes = []
    for name in names:
        if name in keep:
            changes.append(f"{quote(name)} = coalesce(excluded.{quote(name)}, {quote(table.name)}.{quote(name)})")
        elif name not in keys:
            changes.append(f"{quote(name)} = excluded.{quote(name)}")
    return f" ON CONFLICT ({', '.join(quote(key) for key in keys)}) DO UPDATE SET {', '.join(changes)}"
