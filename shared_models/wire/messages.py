"""The messages between a till and the server: MessagePack maps, version 1. See ``docs/protocol.md``.

Every answer that isn't a success is a problem document (RFC 9457, ``application/problem+json``).
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.domain.facts import Fact, Side

VERSION = 1
MEDIA_TYPE = "application/vnd.msgpack"
PROBLEM_MEDIA_TYPE = "application/problem+json"
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_BATCH_FACTS = 500
MAX_PAGE_ROWS = 5_000
FAR_BEHIND_ROWS = 100_000
"""A till that lacks more rows than this fetches a snapshot."""

INCARNATION_HEADER = "tillpoint-incarnation"
NONCE_HEADER = "tillpoint-nonce"
SIGNATURE_HEADER = "tillpoint-signature"


class EnrolRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/enrol``. Repeating it with the same code and key gives the same answer."""

    v: int = VERSION
    code: str
    public_key: bytes
    software: str


class EnrolAnswer(Struct, frozen=True, kw_only=True):
    """Who the device is from now on. ``phone_key`` keys the phone hashes, ``pepper`` this device's PIN verifiers.

    ``receipt_number`` and ``z_number`` are the last ones the lane used.
    """

    v: int = VERSION
    incarnation: UUID
    store_id: str
    lane: int
    server_key: bytes
    phone_key: bytes
    pepper: bytes
    epoch: int
    receipt_number: int
    z_number: int


class HelloRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/hello``: asks for a nonce to sign requests over."""

    v: int = VERSION
    incarnation: UUID


class HelloAnswer(Struct, frozen=True, kw_only=True):
    """``nonce`` is good for ``valid_s`` seconds by the server's clock, however wrong the till's is."""

    v: int = VERSION
    nonce: bytes
    valid_s: int
    server_ms: int


class FactMessage(Struct, frozen=True, array_like=True):
    """A fact, field by field in this order; the incarnation is the batch's."""

    number: int
    id: UUID
    hlc: int
    kind: str
    schema: int
    payload: bytes
    previous: bytes
    hash: bytes
    signature: bytes


class SideMessage(Struct, frozen=True, array_like=True):
    number: int
    name: str
    salt: bytes
    body: bytes


class PushRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/push``: facts in order without gaps, with the side records of those facts. May be empty of facts."""

    v: int = VERSION
    incarnation: UUID
    facts: list[FactMessage]
    sides: list[SideMessage] = []
    software: str = ""


class PushAnswer(Struct, frozen=True, kw_only=True):
    """The server holds all up to ``acknowledged`` with that hash. ``quarantined``: kept whole, but unreadable."""

    v: int = VERSION
    acknowledged: int
    hash: bytes
    epoch: int
    quarantined: list[int] = []


class Cursor(Struct, frozen=True):
    """Where a till stands in the feed. ``tag`` is random per feed transaction: a restored backup doesn't have it."""

    epoch: int
    version: int
    tag: bytes


class RowMessage(Struct, frozen=True, array_like=True):
    """One state row. ``counted``: the asking device's highest fact number already in this row, 0 if none.

    ``doc`` is JSON text, empty if ``deleted``. A till keeps the fields it doesn't know.
    """

    kind: str
    key: str
    version: int
    counted: int
    deleted: bool
    doc: bytes


class PullRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/pull``: rows above ``cursor`` (``None``: from the start), at most ``limit``."""

    v: int = VERSION
    cursor: Cursor | None = None
    limit: int = MAX_PAGE_ROWS


class PullAnswer(Struct, frozen=True, kw_only=True):
    """A page in version order. ``acknowledged`` is the server's head for the asking device. ``behind``: how many rows
    there are above the cursor asked with, this page's among them, counted up to ``FAR_BEHIND_ROWS`` + 1."""

    v: int = VERSION
    rows: list[RowMessage]
    cursor: Cursor
    more: bool
    acknowledged: int
    behind: int = 0


class SnapshotRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/snapshot``: asks for a ready-made replica. ``wanted``: the one that a download was begun of."""

    v: int = VERSION
    wanted: UUID | None = None


class SnapshotAnswer(Struct, frozen=True, kw_only=True):
    """``state``: ``ready``; ``building`` (ask again in ``retry_s`` seconds); ``pages`` (there won't be one: pull).

    If ready, ``id`` names a file of ``size`` bytes that ``GET /v1/snapshot/<id>`` gives in ranges of at most
    ``part_bytes``: a replica encrypted under ``key`` that stands at ``cursor``. ``rows`` belong into it beside that:
    what is this device's own. ``signature`` is the server's, over ``snapshot_message``.
    """

    v: int = VERSION
    state: str
    retry_s: int = 0
    id: UUID | None = None
    size: int = 0
    sha256: bytes = b""
    key: bytes = b""
    cursor: Cursor | None = None
    part_bytes: int = 0
    rows: list[RowMessage] = []
    signature: bytes = b""


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. ``type`` is a relative reference ``/problems/<code>``; codes are listed in ``docs/protocol.md``."""

    type: str
    title: str
    status: int
    detail: str = ""
    expected: int | None = None
    number: int | None = None
    epoch: int | None = None

    @property
    def code(self) -> str:
        return self.type.rpartition("/")[2]


Message = TypeVar("Message", bound=Struct)


class BadMessage(Exception):
    """Bytes that aren't the message they should be: garbage, an HTML page, another version's."""


def encode(message: Struct) -> bytes:
    return msgspec.msgpack.encode(message)


def decode(body: bytes, type_: type[Message]) -> Message:
    """Read a MessagePack message; raise ``BadMessage``."""
    try:
        return msgspec.msgpack.decode(body, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise BadMessage(f"not a {type_.__name__}: {error}") from error


def encode_problem(problem: Problem) -> bytes:
    return msgspec.json.encode(problem)


def decode_problem(body: bytes) -> Problem:
    """Read a problem document; raise ``BadMessage``."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(f"not a problem document: {error}") from error


def fact_message(fact: Fact) -> FactMessage:
    return FactMessage(
        fact.number,
        fact.id,
        fact.hlc,
        fact.kind,
        fact.schema,
        fact.payload,
        fact.previous,
        fact.hash,
        fact.signature,
    )


def fact_of(message: FactMessage, incarnation: UUID) -> Fact:
    return Fact(
        message.id,
        incarnation,
        message.number,
        message.hlc,
        message.kind,
        message.schema,
        message.payload,
        message.previous,
        message.hash,
        message.signature,
    )


def side_message(side: Side) -> SideMessage:
    return SideMessage(side.number, side.name, side.salt, side.body)


def side_of(message: SideMessage) -> Side:
    return Side(message.number, message.name, message.salt, message.body)


def request_message(method: str, path: str, nonce: bytes, body_sha256: bytes) -> bytes:
    """What a device signs so that a request is its own and fresh. The body is hashed as sent, after compression."""
    return b"tillpoint.request.1\0" + nonce + f"{method} {path}\0".encode() + body_sha256


def snapshot_message(incarnation: UUID, answer: SnapshotAnswer) -> bytes:
    """What the server signs of a snapshot that is ready, for the device that asked."""
    assert answer.id is not None, "only a snapshot that is ready is signed"
    assert answer.cursor is not None, "a snapshot stands somewhere"
    return b"".join(
        (
            b"tillpoint.snapshot.1\0",
            incarnation.bytes,
            answer.id.bytes,
            answer.size.to_bytes(8, "big"),
            answer.sha256,
            answer.key,
            answer.cursor.epoch.to_bytes(8, "big"),
            answer.cursor.version.to_bytes(8, "big"),
            answer.cursor.tag,
        )
    )
