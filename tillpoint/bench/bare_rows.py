"""The rows that a batch led to, read from our database and written bare to another of the same tables."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Table

from shared_models.orm.server import server

_SALES = "SELECT sale_id FROM sale WHERE incarnation = {0} AND number > {1}"
_MEMBERS = "SELECT member_id FROM counted WHERE incarnation = {0} AND number > {1}"
_LOTS = "SELECT lot_id FROM points_entry WHERE incarnation = {0} AND number > {1}"
_OWN = "incarnation = {0} AND number > {1}"
_NEW = (
    ("fact", _OWN),
    ("sale", _OWN),
    ("sale_line", f"sale_id IN ({_SALES})"),
    ("payment", f"sale_id IN ({_SALES})"),
    ("points_entry", _OWN),
    ("points_lot", f"id IN ({_LOTS})"),
    ("feed", "version > {2} AND kind = 'receipt'"),
    ("feed_commit", "last_version > {2}"),
)
"""Tables that get new rows, and which of them are a batch's."""

_CHANGED = (
    ("member", f"id IN ({_MEMBERS})"),
    ("counted", _OWN),
    ("feed", "version > {2} AND kind = 'member'"),
    ("device", "incarnation = {0}"),
)
"""Tables whose rows may be there already."""

_LAST = "SELECT head_number, (SELECT max(last_version) FROM feed_commit) FROM device WHERE incarnation = {0}"
"""Where the device's facts and the feed stand."""


class BareRows(Protocol):
    def read(self) -> None:
        """Take up what the newest batch led to."""

    def write(self) -> None:
        """Write it in one durable transaction."""


class PostgresqlRows:
    """New rows by binary COPY, changed ones by a pipelined INSERT … ON CONFLICT."""

    def __init__(self, reader: Any, bare: Any, incarnation: UUID) -> None:
        self._reader = reader
        self._bare = bare
        self._known: dict[str, Any] = {"incarnation": incarnation.bytes}
        self._copies: list[tuple[str, bytes]] = []
        self._changed: list[tuple[str, list[Any]]] = []
        self._know()

    def read(self) -> None:
        with self._reader.cursor() as cursor:
            self._copies = []
            for table, condition in _NEW:
                rows = _rows(table, condition, "%({})s")
                with cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)", self._known) as copy:
                    self._copies.append((f"COPY {table} FROM STDIN (FORMAT binary)", b"".join(map(bytes, copy))))
            self._changed = []
            for table, condition in _CHANGED:
                cursor.execute(_rows(table, condition, "%({})s"), self._known)
                self._changed.append((_upsert(server.tables[table], "%s"), cursor.fetchall()))
        self._know()

    def write(self) -> None:
        with self._bare.cursor() as cursor:
            for statement, rows in self._copies:
                with cursor.copy(statement) as copy:
                    copy.write(rows)
            for statement, changed in self._changed:
                cursor.executemany(statement, changed)
        self._bare.commit()

    def _know(self) -> None:
        number, version = self._reader.execute(_LAST.format("%(incarnation)s"), self._known).fetchone()
        self._known |= {"number": number, "version": version}
        self._reader.rollback()


class SqliteRows:
    """All rows by ``executemany``."""

    def __init__(self, reader: Any, bare: Any, incarnation: UUID) -> None:
        self._reader = reader
        self._bare = bare
        self._known: dict[str, Any] = {"incarnation": incarnation.bytes}
        self._written: list[tuple[str, list[Any]]] = []
        self._know()

    def read(self) -> None:
        self._written = []
        for tables, update in ((_NEW, False), (_CHANGED, True)):
            for table, condition in tables:
                rows = self._reader.execute(_rows(table, condition, ":{}"), self._known).fetchall()
                self._written.append((_upsert(server.tables[table], "?", update=update), rows))
        self._know()

    def write(self) -> None:
        self._bare.execute("BEGIN IMMEDIATE")
        for statement, rows in self._written:
            self._bare.executemany(statement, rows)
        self._bare.execute("COMMIT")

    def _know(self) -> None:
        number, version = self._reader.execute(_LAST.format(":incarnation"), self._known).fetchone()
        self._known |= {"number": number, "version": version}


def _rows(table: str, condition: str, mark: str) -> str:
    marks = (mark.format(name) for name in ("incarnation", "number", "version"))
    return f"SELECT * FROM {table} WHERE {condition.format(*marks)}"  # noqa: S608 - own names


def _upsert(table: Table, mark: str, *, update: bool = True) -> str:
    marks = ", ".join([mark] * len(table.columns))
    sql = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 - own names
    if not update:
        return sql
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if not column.primary_key]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    return f"{sql} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
