"""Facts: what a device did, numbered without gaps and chained by hash.

The format is frozen by ``docs/protocol.md``. A fact's payload is UTF-8 JSON text. Its bytes are hashed and stored
as they are and are never encoded again, so a reader of another age, language or library checks the same bytes.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from uuid import UUID

HASH_BYTES = 32
SALT_BYTES = 32
MAX_PAYLOAD_BYTES = 4 * 1024 * 1024

_CHAIN = b"tillpoint.chain.1\0"
_FACT = b"tillpoint.fact.1\0"
_SIDE = b"tillpoint.side.1\0"
_HEAD = b"tillpoint.head.1\0"


class BrokenChain(Exception):
    """A fact that does not follow the one before it, or whose hash is not that of its content."""

    def __init__(self, incarnation: UUID, number: int, why: str) -> None:
        super().__init__(f"Fact {number} of device {incarnation}: {why}.")
        self.incarnation = incarnation
        self.number = number
        self.why = why


@dataclass(frozen=True, slots=True)
class Fact:
    """One act of one device.

    ``number`` counts from 1 within ``incarnation`` (one journal with one key) and has no gaps. ``hlc`` is a hybrid
    logical clock (see ``clock``). ``signature`` is the device's Ed25519 signature of ``head_message(fact)``: since
    ``hash`` covers ``previous``, it vouches for all facts up to this one.
    """

    id: UUID
    incarnation: UUID
    number: int
    hlc: int
    kind: str
    schema: int
    payload: bytes
    previous: bytes
    hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Side:
    """Personal data beside a fact. The fact's payload holds ``commitment(salt, body)`` under ``name``.

    Erasure deletes the whole side record; the chain still verifies. ``body`` is UTF-8 JSON text.
    """

    number: int
    name: str
    salt: bytes
    body: bytes


def chain_start(incarnation: UUID, public_key: bytes) -> bytes:
    """The ``previous`` of fact 1: it binds the chain to the incarnation and its raw 32-byte Ed25519 public key."""
    return hashlib.sha256(_CHAIN + incarnation.bytes + public_key).digest()


def fact_hash(
    *,
    id: UUID,
    incarnation: UUID,
    number: int,
    hlc: int,
    kind: str,
    schema: int,
    payload: bytes,
    previous: bytes,
) -> bytes:
    """SHA-256 over the fixed big-endian header, the payload's own SHA-256 and the previous hash.

    The payload enters by its digest, so a chain can be checked from its headers alone.
    """
    name = kind.encode()
    header = struct.pack(">16s16sQQHB", id.bytes, incarnation.bytes, number, hlc, schema, len(name)) + name
    return hashlib.sha256(_FACT + header + hashlib.sha256(payload).digest() + previous).digest()


def head_message(incarnation: UUID, number: int, hash: bytes) -> bytes:
    """What a device signs when it commits fact ``number``."""
    return _HEAD + incarnation.bytes + struct.pack(">Q", number) + hash


def commitment(salt: bytes, body: bytes) -> bytes:
    """The salted SHA-256 by which a payload names a side record without saying anything about it."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a side record's salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(_SIDE + salt + body).digest()


def check_link(fact: Fact, previous: bytes, number: int) -> None:
    """Raise ``BrokenChain`` unless ``fact`` is whole and is the one expected after ``previous``."""
    if fact.number != number:
        raise BrokenChain(fact.incarnation, fact.number, f"expected number {number}")
    if not hmac.compare_digest(fact.previous, previous):
        raise BrokenChain(fact.incarnation, fact.number, "it does not follow the fact before it")
    found = fact_hash(
        id=fact.id,
        incarnation=fact.incarnation,
        number=fact.number,
        hlc=fact.hlc,
        kind=fact.kind,
        schema=fact.schema,
        payload=fact.payload,
        previous=fact.previous,
    )
    if not hmac.compare_digest(found, fact.hash):
        raise BrokenChain(fact.incarnation, fact.number, "its hash is not that of its content")
