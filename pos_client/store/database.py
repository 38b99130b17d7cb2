"""Encrypted SQLite files (SQLCipher): opening, transactions, and what can go wrong with them.

Keys are raw (32 random bytes): deriving one from a passphrase costs 150 ms at each start and adds nothing to a
random key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlcipher3 import dbapi2

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

KEY_BYTES: Final = 32
BUSY_TIMEOUT_MS: Final = 5_000
_STATEMENTS_KEPT: Final = 256
_ATTACHED_CACHE_KIB: Final = 64 * 1024
"""What may be kept decrypted of an attached file: SQLite's own 2 MiB let a search decrypt the same pages every time."""
_IO_SHMSIZE: Final = 4_874


class WrongKey(DomainError):
    code = "wrong_key"
    template = N_(
        "The key does not open {file}, or the start of the file is damaged. Restore the till's key;"
        " do not delete the file."
    )


class NewerDatabase(DomainError):
    code = "newer_database"
    template = N_("{file} was written by a newer version of Tillpoint. Install that version again; nothing is lost.")


class OlderDatabase(DomainError):
    """A file that is only to be read."""

    code = "older_database"
    template = N_("{file} was written by an older version of Tillpoint. Open the till once: that brings it up to date.")


class Corrupt(DomainError):
    code = "corrupt"
    template = N_(
        "{file} is damaged ({why}). Don't delete it: set the till up anew (F1) with a code from head office. What can"
        " still be read in it is saved."
    )


class DiskFull(DomainError):
    code = "disk_full"
    template = N_("The till's disk is full. Nothing was confirmed and nothing is lost: make room, then confirm again.")


class DiskFails(DomainError):
    code = "disk_fails"
    template = N_("The till's disk does not work ({why}). Nothing was confirmed; call for help before you go on.")


class Durability(StrEnum):
    """FULL: a commit survives a power cut. NORMAL: it may be forgotten then, never half-written."""

    FULL = "FULL"
    NORMAL = "NORMAL"


class Database:
    """One connection, used by one thread at a time. Statements are kept prepared."""

    def __init__(self, connection: Any, path: Path) -> None:
        self._connection = connection
        self.path = path

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Execute; the number of rows changed."""
        try:
            cursor = self._connection.execute(sql, values)
        except dbapi2.Error as error:
            raise self._translated(error) from error
        changed = int(cursor.rowcount)
        cursor.close()
        return changed

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self._connection.executemany(sql, rows).close()
        except dbapi2.Error as error:
            raise self._translated(error) from error

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row. The statement is reset at once, so that a file can be detached afterwards."""
        try:
            cursor = self._connection.execute(sql, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        except dbapi2.Error as error:
            raise self._translated(error) from error
        cursor.close()
        return row

    def all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            rows: list[tuple[Any, ...]] = self._connection.execute(sql, values).fetchall()
        except dbapi2.Error as error:
            raise self._translated(error) from error
        return rows

    def each(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows one after another, for who may stop early; close the iterator then."""
        try:
            cursor = self._connection.execute(sql, values)
            try:
                yield from cursor
            finally:
                cursor.close()
        except dbapi2.Error as error:
            raise self._translated(error) from error

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    @property
    def connection(self) -> Any:
        """The DB-API connection, for migrations."""
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. On any exception nothing of it is left."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.commit()
        except BaseException:
            if self._connection.in_transaction:
                with suppress(dbapi2.Error):
                    self._connection.execute("ROLLBACK")
            raise

    def attach(self, path: Path, name: str, key: bytes) -> None:
        """Attach another file read-only: a connection that could write it would wait for its writer's lock."""
        self.run(f"ATTACH DATABASE ? AS {name} KEY {_literal(key)}", (_uri(path, "ro"),))
        try:
            self.one(f"SELECT count(*) FROM {name}.sqlite_master")  # noqa: S608 - our own names
        except Corrupt:
            self.detach(name)
            raise WrongKey(file=path.name) from None
        self.run(f"PRAGMA {name}.cache_size = -{_ATTACHED_CACHE_KIB}")

    def detach(self, name: str) -> None:
        self.run(f"DETACH DATABASE {name}")

    def close(self) -> None:
        self._connection.close()

    def commit(self) -> None:
        """The moment a transaction counts. A simulated storage cuts the power before or after it."""
        try:
            self._connection.execute("COMMIT").close()
        except dbapi2.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> Exception:
        return _known(error, self.path) or error


class Files:
    """The storage of a real machine (``ports.Storage``)."""

    def open(self, path: Path, key: bytes, durability: Durability) -> Database:
        return Database(connect(path, key, durability), path)

    def remove(self, path: Path) -> None:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def connect(path: Path, key: bytes, durability: Durability, *, read_only: bool = False) -> Any:
    """A DB-API connection with the key proven. Raise ``WrongKey``, ``DiskFull``."""
    if len(key) != KEY_BYTES:
        raise WrongKey(file=path.name)
    try:
        connection = dbapi2.connect(
            _uri(path, "ro" if read_only else "rwc"), uri=True, isolation_level=None, check_same_thread=False,
            timeout=BUSY_TIMEOUT_MS / 1000, cached_statements=_STATEMENTS_KEPT,
        )  # fmt: skip
    except dbapi2.Error as error:
        raise _known(error, path) or error from error
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = {_literal(key)}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute(f"PRAGMA synchronous = {durability}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
    except dbapi2.Error as error:
        connection.close()
        if _primary(error) == dbapi2.SQLITE_NOTADB:
            raise WrongKey(file=path.name) from error
        raise _known(error, path) or error from error
    return connection


def _primary(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def _known(error: Exception, path: Path) -> DomainError | None:
    extended = int(getattr(error, "sqlite_errorcode", 0) or 0)
    match extended & 0xFF:
        case dbapi2.SQLITE_FULL:
            return DiskFull()
        case dbapi2.SQLITE_IOERR if extended == _IO_SHMSIZE:
            return DiskFull()
        case dbapi2.SQLITE_IOERR | dbapi2.SQLITE_READONLY | dbapi2.SQLITE_CANTOPEN:
            return DiskFails(why=str(error))
        case dbapi2.SQLITE_CORRUPT | dbapi2.SQLITE_NOTADB:
            return Corrupt(file=path.name, why=str(error))
    return None


def _literal(key: bytes) -> str:
    return f"\"x'{key.hex()}'\""


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"
