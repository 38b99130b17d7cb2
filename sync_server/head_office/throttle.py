"""Slows down those who guess passwords, for all workers together and across restarts.

Failures are counted in a bounded number of buckets in the server's ``meta`` table: inventing names fills nothing.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from shared_models.orm import server as tables
from sync_server.store.statements import put

BUCKETS = 4096
FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = 15 * 60_000
FORGOTTEN_AFTER_MS = 60 * 60_000

FREE_TRIES_PAIR = 5
FREE_TRIES_ADDRESS = 20
FREE_TRIES_NAME = 50

_PREFIX = "head_office.tries."
_ROW = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class _Bucket:
    key: str
    free_tries: int


def _buckets(name: str, address: str) -> tuple[_Bucket, ...]:
    """One name from one address; anything from one address; one name from anywhere: guessing can't be spread."""
    return (
        _Bucket(_key("pair", f"{name}\0{address}"), FREE_TRIES_PAIR),
        _Bucket(_key("address", address), FREE_TRIES_ADDRESS),
        _Bucket(_key("name", name), FREE_TRIES_NAME),
    )


def wait_ms(connection: Connection, name: str, address: str, now_ms: int) -> int:
    """How long this name at this address has to wait before the next try; 0 for not at all."""
    waits = (
        last_ms + _pause_ms(failures - bucket.free_tries) - now_ms
        for bucket in _buckets(name, address)
        for failures, last_ms in [_read(connection, bucket.key, now_ms)]
    )
    return max(0, *waits)


def failed(connection: Connection, name: str, address: str, now_ms: int) -> None:
    """Count a wrong password."""
    for bucket in _buckets(name, address):
        failures, _ = _read(connection, bucket.key, now_ms)
        put(connection, tables.meta, [{"key": bucket.key, "value": _ROW.pack(failures + 1, now_ms)}])


def succeeded(connection: Connection, name: str, address: str) -> None:
    """Forget what this name did wrong at this address."""
    connection.execute(delete(tables.meta).where(tables.meta.c.key == _buckets(name, address)[0].key))


def _pause_ms(over: int) -> int:
    """The wait after ``over`` failures more than the free tries (from 0 on: the last free try was used up)."""
    return 0 if over < 0 else min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(over, 16))


def _read(connection: Connection, key: str, now_ms: int) -> tuple[int, int]:
    """Failures and the time of the last."""
    value = connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == key)).scalar()
    if value is None:
        return 0, 0
    failures, last_ms = _ROW.unpack(value)
    return (failures, last_ms) if now_ms - last_ms < FORGOTTEN_AFTER_MS else (0, 0)


def _key(kind: str, value: str) -> str:
    digest = hashlib.sha256(f"{kind}\0{value}".encode()).digest()
    return f"{_PREFIX}{kind}.{int.from_bytes(digest[:8]) % BUCKETS}"
