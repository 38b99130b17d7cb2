"""Making one file: a replica with all rows, its indexes, and what the rows count of each device."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlcipher3 import dbapi2 as sqlcipher

from shared_models.replica.rows import Rows, cursor_text
from shared_models.replica.schema import COUNTED, create_indexes, create_tables
from shared_models.wire.messages import Cursor, RowMessage

_CHUNK_ROWS: Final = 5_000
_CACHE_KIB: Final = 128 * 1024

Count = tuple[UUID, UUID, int]
"""A device, a member, and the device's highest fact number that the member's row holds."""


def make(path: Path, key: bytes, rows: Iterable[RowMessage], counts: Iterable[Count], cursor: Cursor) -> None:
    """Write a new file, encrypted under the raw ``key``, and have it on the disk when this returns.

    It keeps no log of its own: one that was interrupted is worth nothing.
    """
    with closing(sqlcipher.connect(str(path), isolation_level=None)) as connection:
        file = _File(connection)
        file.run(f"PRAGMA key = \"x'{key.hex()}'\"")
        file.one("PRAGMA journal_mode = OFF")
        file.run("PRAGMA synchronous = OFF")
        file.run("PRAGMA temp_store = MEMORY")
        file.run(f"PRAGMA cache_size = -{_CACHE_KIB}")
        file.run("BEGIN")
        create_tables(file)
        _fill(file, rows, counts)
        create_indexes(file)
        file.run('INSERT INTO meta ("key", value) VALUES (?, ?)', ("cursor", cursor_text(cursor).encode()))
        file.run("COMMIT")
        file.one("PRAGMA journal_mode = WAL")
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _fill(file: _File, rows: Iterable[RowMessage], counts: Iterable[Count]) -> None:
    writer = Rows(file, new=True)
    left = iter(rows)
    while chunk := list(islice(left, _CHUNK_ROWS)):
        writer.write(chunk)
    file.many(
        f"INSERT INTO {COUNTED} (incarnation, member_id, number) VALUES (?, ?, ?)",  # noqa: S608 - own name
        ((incarnation.bytes, member_id.bytes, number) for incarnation, member_id, number in counts),
    )


class _File:
    """``shared_models.replica.rows.File`` on a bare connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        return int(self._connection.execute(sql, values).rowcount)

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(sql, rows)

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return found

    def all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(sql, values).fetchall()
        return found


def blocks(path: Path, size: int) -> Iterator[bytes]:
    """The file's bytes, ``size`` at a time."""
    with path.open("rb") as file:
        while block := file.read(size):
            yield block
