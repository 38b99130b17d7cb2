"""Engines: SQLCipher by default, PostgreSQL by URL. Both begin a transaction only where we say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2 as sqlcipher

from sync_server.errors import BadUrl, DatabaseAway, WrongKey

_WRITES = "tillpoint_writes"
_BUSY_TIMEOUT_S = 30
_POOLED_CONNECTIONS = 8


def open_engine(url: str, database_key: bytes) -> Engine:
    """An engine for ``sqlcipher:///path`` or ``postgresql+psycopg://…``.

    What rows hold is never in an error's text, so never in a log. PostgreSQL reads what is committed whatever its own
    default is: after a lock, only the next statement's snapshot sees what its last holder wrote.

    Raise ``WrongKey``, ``BadUrl`` or ``DatabaseAway``.
    The key is SQLCipher's raw key (32 bytes) and unused on PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadUrl("The database URL can't be read. Use sqlcipher:///path or postgresql+psycopg://…") from error
    if parsed.drivername == "sqlcipher" and parsed.database:
        engine = _sqlcipher_engine(Path(parsed.database), database_key)
    elif parsed.drivername == "postgresql+psycopg":
        engine = create_engine(
            parsed, pool_size=_POOLED_CONNECTIONS, pool_pre_ping=True, isolation_level="READ COMMITTED",
            hide_parameters=True,
        )  # fmt: skip
    else:
        raise BadUrl(
            f"The server keeps its data in sqlcipher:///path or postgresql+psycopg://…, not {parsed.drivername}."
        )
    try:
        engine.connect().close()
    except OperationalError as error:
        engine.dispose()
        raise DatabaseAway(f"The database can't be reached: {str(error.orig).strip()}") from error
    except WrongKey:
        engine.dispose()
        raise
    return engine


def _sqlcipher_engine(path: Path, key: bytes) -> Engine:
    engine = create_engine(
        "sqlite://", creator=_connector(path, key), module=sqlcipher, poolclass=QueuePool,
        pool_size=_POOLED_CONNECTIONS, max_overflow=_POOLED_CONNECTIONS, hide_parameters=True,
    )  # fmt: skip

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        """A writer takes the lock at once: one that starts as a reader can't always become a writer."""
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _connector(path: Path, key: bytes) -> Callable[[], Any]:
    def connect() -> Any:
        connection = sqlcipher.connect(
            str(path), isolation_level=None, check_same_thread=False, timeout=_BUSY_TIMEOUT_S
        )
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlcipher.DatabaseError as error:
            connection.close()
            if "not a database" not in str(error):
                raise
            raise WrongKey(
                f"{path} doesn't open with this key. Start the server with the key it was set up with."
            ) from error
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    return connect


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, all of it as of one moment, however long it takes. Nobody waits for it."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end, rolled back on any exception."""
    with engine.connect() as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


def lock(connection: Connection, key: int) -> None:
    """Hold the lock ``key`` until the transaction ends. On SQLite a writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
