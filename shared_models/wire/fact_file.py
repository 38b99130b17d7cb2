"""A file of facts: what a till's mirror and an auditor's export are written in. ``docs/protocol.md`` freezes it.

A file begins with ``MAGIC``; records follow, each with a mark to find it by, its length and a checksum. So a file that
was cut at any byte loses its last record only, and what stands behind damage is found again. Files may be joined.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from shared_models.domain.facts import Fact, Side
from shared_models.wire.messages import FactMessage, SideMessage, fact_message, fact_of, side_message, side_of

MAGIC: Final = b"tillpoint.facts.1\n"
MAX_BODY_BYTES: Final = 32 * 1024 * 1024
DEVICE, PLAIN, SEALED = b"D", b"F", b"S"

Found = TypeVar("Found", bound=Struct)

_MARK: Final = b"\xf5TPr"
_HEAD_BYTES: Final = len(_MARK) + 1 + 4
_SUM_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_LOOK_BYTES: Final = 64 * 1024
_MIRROR: Final = b"tillpoint.mirror.1\0"


class BadFile(Exception):
    """A record that isn't what its kind says although its checksum holds."""


class WrongMirrorKey(Exception):
    """Fact ``number`` doesn't open: another device's key, or somebody altered it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"fact {number} doesn't open with this key")
        self.number = number


class DeviceRecord(Struct, frozen=True, kw_only=True):
    """Whose facts follow. ``first`` is the first one's number, ``made_ms`` when this record was written.

    ``first_receipt_number`` and ``first_z_number`` are the first of the incarnation, 0 if not known. ``sides``: whether
    side records were written with their facts. ``enrolled_ms`` orders the incarnations of a lane, 0 if not known.
    """

    incarnation: UUID
    store_id: str
    lane: int
    public_key: bytes
    first: int = 1
    made_ms: int = 0
    first_receipt_number: int = 0
    first_z_number: int = 0
    sides: bool = True
    enrolled_ms: int = 0


class FactRecord(Struct, frozen=True, kw_only=True):
    """A fact with its side records. ``received_ms`` and ``state`` are the server's, 0 and empty from a till."""

    fact: FactMessage
    sides: list[SideMessage] = []
    received_ms: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """``end`` is the offset in the file after it."""

    kind: bytes
    body: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Damage:
    """``count`` bytes from ``start`` on that are no record. At the end of a file: a write that was cut."""

    start: int
    count: int


def mirror_key(pepper: bytes, incarnation: UUID) -> bytes:
    """The key of a device's mirror: made of a secret that the till and the server hold, and that no mirror holds."""
    return hmac.digest(pepper, _MIRROR + incarnation.bytes, hashlib.sha256)


def record(kind: bytes, body: bytes) -> bytes:
    head = kind + len(body).to_bytes(4, "big")
    return _MARK + head + body + zlib.crc32(body, zlib.crc32(head)).to_bytes(_SUM_BYTES, "big")


def device_record(device: DeviceRecord) -> bytes:
    return record(DEVICE, msgspec.msgpack.encode(device))


def fact_record(fact: Fact, sides: list[Side], received_ms: int = 0, state: str = "") -> bytes:
    return record(PLAIN, _plain(fact, sides, received_ms, state))


class Seal:
    """Seals a device's facts for a place that anybody may carry away."""

    def __init__(self, key: bytes, incarnation: UUID) -> None:
        self._cipher = AESGCM(key)
        self._incarnation = incarnation

    def record(self, fact: Fact, sides: list[Side], nonce: bytes) -> bytes:
        """``nonce``: 12 random bytes, never used twice."""
        number = fact.number.to_bytes(8, "big")
        sealed = self._cipher.encrypt(nonce, _plain(fact, sides, 0, ""), _MIRROR + self._incarnation.bytes + number)
        return record(SEALED, number + nonce + sealed)

    def open(self, body: bytes) -> bytes:
        """The body of the plain record; raise ``WrongMirrorKey``."""
        number, nonce, sealed = body[:8], body[8 : 8 + _NONCE_BYTES], body[8 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, sealed, _MIRROR + self._incarnation.bytes + number)
        except (InvalidTag, ValueError) as error:
            raise WrongMirrorKey(int.from_bytes(number, "big")) from error


def sealed_number(body: bytes) -> int:
    """The number of a sealed fact, which anybody can read."""
    return int.from_bytes(body[:8], "big")


def read_device(body: bytes) -> DeviceRecord:
    """Raise ``BadFile``."""
    return _decoded(body, DeviceRecord)


def read_fact(body: bytes, incarnation: UUID) -> tuple[Fact, list[Side], FactRecord]:
    """Of a plain record's body; raise ``BadFile``."""
    found = _decoded(body, FactRecord)
    return fact_of(found.fact, incarnation), [side_of(side) for side in found.sides], found


def records(file: BinaryIO) -> Iterator[Record | Damage]:
    """What stands in the file, in order; memory for one record. ``file`` is open for reading and can be sought in."""
    size = file.seek(0, 2)
    at = lost = 0
    file.seek(0)
    if file.read(len(MAGIC)) == MAGIC:
        at = lost = len(MAGIC)
    while at < size:
        found = _record_at(file, at, size)
        if found is None:
            at = _next_mark(file, at + 1, size)
            continue
        if lost < at:
            yield Damage(lost, at - lost)
        yield found
        at = lost = found.end
        if _is_magic(file, at):
            at = lost = at + len(MAGIC)
    if lost < size:
        yield Damage(lost, size - lost)


def _record_at(file: BinaryIO, at: int, size: int) -> Record | None:
    file.seek(at)
    head = file.read(_HEAD_BYTES)
    length = int.from_bytes(head[-4:], "big")
    end = at + _HEAD_BYTES + length + _SUM_BYTES
    if len(head) < _HEAD_BYTES or not head.startswith(_MARK) or length > MAX_BODY_BYTES or end > size:
        return None
    body, sum_ = file.read(length), file.read(_SUM_BYTES)
    if zlib.crc32(body, zlib.crc32(head[len(_MARK) :])).to_bytes(_SUM_BYTES, "big") != sum_:
        return None
    return Record(head[len(_MARK) : len(_MARK) + 1], body, end)


def _next_mark(file: BinaryIO, at: int, size: int) -> int:
    while at < size:
        file.seek(at)
        part = file.read(_LOOK_BYTES)
        found = part.find(_MARK)
        if found >= 0:
            return at + found
        at += max(1, len(part) - len(_MARK) + 1)
    return size


def _is_magic(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return file.read(len(MAGIC)) == MAGIC


def _plain(fact: Fact, sides: list[Side], received_ms: int, state: str) -> bytes:
    found = FactRecord(
        fact=fact_message(fact), sides=[side_message(side) for side in sides], received_ms=received_ms, state=state
    )
    return msgspec.msgpack.encode(found)


def _decoded(body: bytes, type_: type[Found]) -> Found:
    try:
        return msgspec.msgpack.decode(body, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise BadFile(f"not a {type_.__name__}: {error}") from error
