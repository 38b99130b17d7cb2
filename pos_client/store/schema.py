"""Whether a file has this version's schema. Alembic is loaded only if it hasn't."""

from __future__ import annotations

from dataclasses import dataclass

from pos_client.store.database import Database, NewerDatabase
from shared_models.replica import schema as replica_schema


@dataclass(frozen=True, slots=True)
class Schema:
    """``format`` rises only when an older version could no longer work with the file. ``revisions`` end in the
    current one."""

    name: str
    format: int
    revisions: tuple[str, ...]


JOURNAL = Schema("journal", 1, ("j001", "j002", "j004", "j005", "j006", "j007", "j008"))
REPLICA = Schema("replica", replica_schema.FORMAT, replica_schema.REVISIONS)


def make_current(database: Database, schema: Schema) -> None:
    """Bring ``database`` to ``schema``, atomically. Raise ``NewerDatabase`` and change nothing if its format is newer.

    A file of a newer version in the same format only has more in it; it is used as it is, so that going back to
    an older version keeps unsent sales readable.
    """
    format_, revision = _found(database)
    if format_ > schema.format:
        raise NewerDatabase(file=database.path.name)
    if revision == schema.revisions[-1]:
        return
    if revision is not None and revision not in schema.revisions:
        return
    from pos_client.store.migrating import upgrade  # loads Alembic, seldom needed

    upgrade(database, schema.name)


def _found(database: Database) -> tuple[int, str | None]:
    format_ = database.one("PRAGMA user_version")
    has_revision = database.one("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    revision = database.one("SELECT version_num FROM alembic_version") if has_revision else None
    return (format_[0] if format_ else 0), (revision[0] if revision else None)
