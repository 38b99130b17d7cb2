"""The messages between a till and the server: MessagePack maps with a version. See ``docs/protocol.md``.

Every answer that isn't a success is a problem document (RFC 9457, ``application/problem+json``).
"""

from __future__ import annotations

import hashlib
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from shared_models.domain.facts import Fact, Side

VERSION = 2
SUPPORTED = (1, 2)
"""The current version and up to two before it: what a server speaks, and what a till steps down to."""

FIRST_VERSION = 1
"""What a server speaks whose refusal doesn't say which versions it does."""

MEDIA_TYPE = "application/vnd.msgpack"
PROBLEM_MEDIA_TYPE = "application/problem+json"
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_BATCH_FACTS = 500
MAX_BATCH_SIDES = 2_000
MAX_PAGE_ROWS = 5_000
FAR_BEHIND_ROWS = 100_000
"""A till that lacks more rows than this fetches a snapshot."""
MAX_QUARANTINED = 100
MAX_DECLARED = 500

INCARNATION_HEADER = "tillpoint-incarnation"
NONCE_HEADER = "tillpoint-nonce"
SIGNATURE_HEADER = "tillpoint-signature"


Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""A number that either side's database can hold."""

Key = Annotated[bytes, Meta(min_length=32, max_length=32)]
Opaque = Annotated[bytes, Meta(max_length=256)]
"""Bytes that only their maker understands."""


class Predecessor(Struct, frozen=True, kw_only=True):
    """The lane's journal that the new device goes on from, with the last numbers used in it.

    ``whole``: nothing that was sold is missing in it. ``signature`` is by its own key, over ``succession_message``.
    """

    incarnation: UUID
    receipt_number: Count
    z_number: Count
    whole: bool
    signature: bytes


class Certificate(Struct, frozen=True, kw_only=True):
    """Who a device is, signed by the server (``certificate_message``): with it a server that was restored from a backup
    takes in again a device enrolled since."""

    incarnation: UUID
    store_id: str
    lane: Count
    public_key: bytes
    enrolled_ms: Count
    epoch: Count
    receipt_number: Count
    z_number: Count
    signature: bytes


class EnrolRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/enrol``. Repeating it with the same code and key gives the same answer."""

    v: int = VERSION
    code: Annotated[str, Meta(max_length=100)]
    public_key: bytes
    software: str
    predecessor: Predecessor | None = None


class EnrolAnswer(Struct, frozen=True, kw_only=True):
    """Who the device is from now on. ``phone_key`` keys the phone hashes, ``pepper`` this device's PIN verifiers.

    The lane goes on above ``receipt_number`` and ``z_number``.
    """

    v: int = VERSION
    incarnation: UUID
    store_id: str
    lane: Count
    server_key: Key
    phone_key: Key
    pepper: Key
    epoch: Count
    receipt_number: Count
    z_number: Count
    certificate: Certificate | None = None


class AgainRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/enrol/again``: after ``device-unknown``, by a device that has a certificate.

    ``pepper`` is the device's own, as it was enrolled; ``signature`` is the device's, over ``again_message``.
    """

    v: int = VERSION
    certificate: Certificate
    pepper: bytes
    signature: bytes
    software: str = ""


class AgainAnswer(Struct, frozen=True, kw_only=True):
    """The device is known again."""

    v: int = VERSION
    epoch: Count


class HelloRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/hello``: asks for a nonce to sign requests over."""

    v: int = VERSION
    incarnation: UUID


class HelloAnswer(Struct, frozen=True, kw_only=True):
    """``nonce`` is good for ``valid_s`` seconds by the server's clock, however wrong the till's is."""

    v: int = VERSION
    nonce: Opaque
    valid_s: Count
    server_ms: Count


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


class Acknowledgement(Struct, frozen=True, kw_only=True):
    """What the server signed that it holds of a device (``acknowledgement_message``), in its epoch then."""

    acknowledged: int
    hash: bytes
    epoch: int
    signature: bytes


class PushRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/push``: facts in order without gaps, with the side records of those facts. May be empty of facts.

    ``proof`` is the newest signed acknowledgement that the device has.
    """

    v: int = VERSION
    incarnation: UUID
    facts: Annotated[list[FactMessage], Meta(max_length=4 * MAX_BATCH_FACTS)]
    sides: Annotated[list[SideMessage], Meta(max_length=MAX_BATCH_SIDES)] = []
    software: str = ""
    proof: Acknowledgement | None = None


class PushAnswer(Struct, frozen=True, kw_only=True):
    """The server holds all up to ``acknowledged`` with that hash. ``quarantined``: of all that the device ever told,
    what the server keeps whole and can't read, the first ``MAX_QUARANTINED`` of it.

    ``standing``: good, frozen, retired or revoked. ``signature`` is the server's, over ``acknowledgement_message``.
    ``unknown``: leases that the device's facts name and the server, which was restored, doesn't know; it is to show
    them, also those that it gave back.
    """

    v: int = VERSION
    acknowledged: Count
    hash: Key
    epoch: Count
    quarantined: list[int] = []
    standing: str = "good"
    signature: bytes = b""
    recall: list[UUID] = []
    unknown: list[UUID] | UnsetType = UNSET


class Cursor(Struct, frozen=True):
    """Where a till stands in the feed. ``tag`` is random per feed transaction: a restored backup doesn't have it."""

    epoch: Count
    version: Count
    tag: Opaque


class RowMessage(Struct, frozen=True, array_like=True):
    """One state row. ``counted``: the asking device's highest fact number already in this row, 0 if none.

    ``doc`` is JSON text, empty if ``deleted``. A till keeps the fields it doesn't know.
    """

    kind: str
    key: str
    version: Count
    counted: Count
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
    acknowledged: Count
    behind: Count = 0


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
    retry_s: Count = 0
    id: UUID | None = None
    size: Count = 0
    sha256: bytes = b""
    key: bytes = b""
    cursor: Cursor | None = None
    part_bytes: Count = 0
    rows: list[RowMessage] = []
    signature: bytes = b""


class LeaseRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/lease``: asks for ``amount`` of a resource. The same ``id`` gets the same answer."""

    v: int = VERSION
    id: UUID
    kind: str
    key: str
    amount: int


class LeaseAnswer(Struct, frozen=True, kw_only=True):
    """``lease`` is the JSON text of a ``LeaseDoc``, ``signature`` the server's Ed25519 of ``lease_message`` of it. Less
    may be lent than was asked for."""

    v: int = VERSION
    lease: bytes
    signature: bytes


class SignedLease(Struct, frozen=True, array_like=True):
    lease: bytes
    signature: bytes


class DeclareRequest(Struct, frozen=True, kw_only=True):
    """``POST /v1/lease/declare``: all that the device was lent and hasn't told the end of. ``epoch`` is the one that
    the server said it is in; with ``more`` another request follows."""

    v: int = VERSION
    epoch: int
    leases: list[SignedLease]
    more: bool = False


class DeclareAnswer(Struct, frozen=True, kw_only=True):
    """``epoch`` is the server's. In another one than the request's nothing was taken: declare again."""

    v: int = VERSION
    epoch: int


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. ``type`` is a relative reference ``/problems/<code>``; codes are listed in ``docs/protocol.md``."""

    type: str
    title: str
    status: int
    detail: str = ""
    expected: Count | None = None
    number: Count | None = None
    epoch: Count | None = None
    supported: tuple[Count, ...] = ()

    @property
    def code(self) -> str:
        return self.type.rpartition("/")[2]


Message = TypeVar("Message", bound=Struct)


class _Versioned(Struct):
    v: int


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


def version_of(body: bytes) -> int:
    """The version that a message says it is of, whatever else is in it; raise ``BadMessage``."""
    return decode(body, _Versioned).v


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
            _eight(answer.size),
            answer.sha256,
            answer.key,
            _eight(answer.cursor.epoch),
            _eight(answer.cursor.version),
            answer.cursor.tag,
        )
    )


def acknowledgement_message(incarnation: UUID, acknowledged: int, hash: bytes, epoch: int) -> bytes:
    """What the server signs when it holds all up to fact ``acknowledged`` of a device."""
    return b"tillpoint.ack.1\0" + incarnation.bytes + _eight(acknowledged) + hash + _eight(epoch)


def certificate_message(one: Certificate) -> bytes:
    """What the server signs of a device that it enrolled."""
    figures = (one.enrolled_ms, one.epoch, one.receipt_number, one.z_number, one.lane)
    return (
        b"tillpoint.device.1\0" + one.incarnation.bytes + one.public_key + b"".join(map(_eight, figures))
        + one.store_id.encode()
    )  # fmt: skip


def again_message(certificate: bytes, pepper: bytes) -> bytes:
    """What a device signs that shows its certificate (as ``certificate_message`` has it) with its pepper."""
    return b"tillpoint.again.1\0" + hashlib.sha256(certificate).digest() + pepper


def succession_message(incarnation: UUID, receipt_number: int, z_number: int, public_key: bytes) -> bytes:
    """What a journal's key signs to have ``public_key`` go on in its place."""
    return b"tillpoint.succession.1\0" + incarnation.bytes + _eight(receipt_number) + _eight(z_number) + public_key


def _eight(figure: int) -> bytes:
    return figure.to_bytes(8, "big")
