"""The replica's tables as of today, for who makes a whole file at once. A till's own file gets there by migrations
(``pos_client/migrations/replica``); a test holds the two together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from shared_models.replica.rows import File

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

FORMAT: Final = 1
REVISIONS: Final = ("r001", "r005", "r002", "r003", "r006", "r009")
"""``FORMAT`` rises only when an older version could no longer work with the file. The last revision is today's."""

COUNTED: Final = "device_counted"
"""Only in a snapshot: what its rows count of each device."""

_TERMS: Final = tuple(
    f"CREATE VIRTUAL TABLE {of}_terms USING fts5("
    "terms, content='', contentless_delete=1, detail=none, tokenize='ascii')"
    for of in ("product", "member")
)
_FINISHED: Final = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
    f"INSERT INTO alembic_version (version_num) VALUES ('{REVISIONS[-1]}')",  # noqa: S608 - our own name
    f"PRAGMA user_version = {FORMAT}",
)
_COUNTED: Final = (
    f"CREATE TABLE {COUNTED} (incarnation BLOB NOT NULL, member_id BLOB NOT NULL, number INTEGER NOT NULL,"
    " PRIMARY KEY (incarnation, member_id)) WITHOUT ROWID",
)


def create_tables(file: File) -> None:
    """The tables, full-text indexes and the marks of today's schema in an empty file, and the one for ``COUNTED``."""
    from sqlalchemy.schema import CreateTable

    from shared_models.orm.till import replica

    for table in replica.sorted_tables:
        file.run(str(CreateTable(table).compile(dialect=_dialect())))
    for statement in (*_TERMS, *_COUNTED, *_FINISHED):
        file.run(statement)


def create_indexes(file: File) -> None:
    """The indexes beside the tables' keys: made last, they cost a fraction of what each row would."""
    for statement in _indexes():
        file.run(statement)


def _indexes() -> Iterator[str]:
    from sqlalchemy.schema import CreateIndex

    from shared_models.orm.till import replica

    for table in replica.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=_dialect()))


def _dialect() -> Dialect:
    from sqlalchemy.dialects import sqlite

    return sqlite.dialect()
