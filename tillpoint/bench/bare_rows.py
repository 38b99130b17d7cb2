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
_NEW = {
    "fact": _OWN,
    "sale": _OWN,
    "sale_line": f"sale_id IN ({_SALES})",
    "payment": f"sale_id IN ({_SALES})",
    "points_entry": _OWN,
    "points_lot": f"id IN ({_LOTS})",
}
"""Tables that only get new rows, and which of them are a batch's."""

_CHANGED = {"member": f"id IN ({_MEMBERS})", "counted": _OWN, "feed": f"kind = 'member' AND member_id IN ({_MEMBERS})"}
"""Tables whose rows may be there already."""


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
        self._incarnation = incarnation
        self._last = 0
        self._copies: dict[str, bytes] = {}
        self._changed: dict[str, list[Any]] = {}

    def read(self) -> None:
        with self._reader.cursor() as cursor:
            bounds = {"incarnation": self._incarnation.bytes, "last": self._last}
            for table, condition in _NEW.items():
                rows = f"SELECT * FROM {table} WHERE {_marked(condition)}"  # noqa: S608 - own names
                with cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)", bounds) as copy:
                    self._copies[table] = b"".join(bytes(block) for block in copy)
            for table, condition in _CHANGED.items():
                cursor.execute(f"SELECT * FROM {table} WHERE {_marked(condition)}", bounds)  # noqa: S608 - own names
                self._changed[table] = cursor.fetchall()
            cursor.execute("SELECT max(number) FROM fact WHERE incarnation = %(incarnation)s", bounds)
            self._last = cursor.fetchone()[0]
        self._reader.rollback()

    def write(self) -> None:
        with self._bare.cursor() as cursor:
            for table, rows in self._copies.items():
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(rows)
            for table, changed in self._changed.items():
                cursor.executemany(_upsert(server.tables[table], "%s"), changed)
        self._bare.commit()


class SqliteRows:
    """All rows by ``executemany``."""

    def __init__(self, reader: Any, bare: Any, incarnation: UUID) -> None:
        self._reader = reader
        self._bare = bare
        self._incarnation = incarnation
        self._last = 0
        self._rows: dict[str, list[Any]] = {}

    def read(self) -> None:
        bounds = (self._incarnation.bytes, self._last)
        for table, condition in (_NEW | _CHANGED).items():
            where = condition.format("?1", "?2")
            self._rows[table] = self._reader.execute(f"SELECT * FROM {table} WHERE {where}", bounds).fetchall()  # noqa: S608
        own = "SELECT max(number) FROM fact WHERE incarnation = ?"
        self._last = self._reader.execute(own, (self._incarnation.bytes,)).fetchone()[0]

    def write(self) -> None:
        self._bare.execute("BEGIN IMMEDIATE")
        for table, rows in self._rows.items():
            self._bare.executemany(_upsert(server.tables[table], "?", update=table in _CHANGED), rows)
        self._bare.execute("COMMIT")


def _marked(condition: str) -> str:
    return condition.format("%(incarnation)s", "%(last)s")


def _upsert(table: Table, mark: str, *, update: bool = True) -> str:
    marks = ", ".join([mark] * len(table.columns))
    sql = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 - own names
    if not update:
        return sql
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if not column.primary_key]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    return f"{sql} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
