"""Whether a file has this version's schema. Alembic is loaded only if it hasn't."""

from __future__ import annotations

from dataclasses import dataclass

from pos_client.store.database import Database, NewerDatabase, OlderDatabase
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


def check_current(database: Database, schema: Schema, attached: str = "main", file: str = "") -> None:
    """Whether ``database``, or the ``file`` attached to it, can be read as it is: it isn't changed. Raise
    ``NewerDatabase``, ``OlderDatabase``."""
    format_, revision = _found(database, attached)
    name = file or database.path.name
    if format_ > schema.format:
        raise NewerDatabase(file=name)
    if format_ < schema.format or revision is None or revision in schema.revisions[:-1]:
        raise OlderDatabase(file=name)


def _found(database: Database, attached: str = "main") -> tuple[int, str | None]:
    """``attached``: one of our own names."""
    format_ = database.one(f"PRAGMA {attached}.user_version")
    has_revision = database.one(f"SELECT 1 FROM {attached}.sqlite_master WHERE name = 'alembic_version'")  # noqa: S608
    revision = database.one(f"SELECT version_num FROM {attached}.alembic_version") if has_revision else None  # noqa: S608
    return (format_[0] if format_ else 0), (revision[0] if revision else None)
