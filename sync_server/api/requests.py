"""From a request's plain body to checked values."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct

from shared_models.domain.facts import HASH_BYTES, MAX_PAYLOAD_BYTES, Fact, Side
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.wire import messages
from sync_server.api.problems import Refused

_SIGNATURE_BYTES = 64
_MAX_NUMBER = 2**63 - 1
_MAX_SCHEMA = 2**16 - 1
_MAX_KIND_BYTES = 255
_MAX_SIDE_NAME = 64
_MAX_LINE = 100
_MAX_KEY = 400

Message = TypeVar("Message", bound=Struct)


def read_message(body: bytes, type_: type[Message], supported: tuple[int, ...] = messages.SUPPORTED) -> Message:
    """The message; raise ``Refused`` (bad-message, unsupported-version).

    The version is looked at first: a message of another one can't be expected to fit these fields.
    """
    try:
        version = messages.version_of(body)
        if version in supported:
            return messages.decode(body, type_)
    except messages.BadMessage as error:
        raise Refused("bad-message", str(error)) from error
    raise Refused(
        "unsupported-version", f"This server speaks version {' and '.join(map(str, supported))}.", supported=supported
    )


def checked_facts(push: messages.PushRequest) -> list[Fact]:
    """The batch's facts, with numbers and sizes as the format has them; raise ``Refused``."""
    if len(push.facts) > messages.MAX_BATCH_FACTS:
        raise Refused("too-large", f"A batch has at most {messages.MAX_BATCH_FACTS} facts.")
    for fact in push.facts:
        if not _well_formed(fact):
            raise Refused("bad-message", f"Fact {fact.number} isn't one of this format.")
    return [messages.fact_of(fact, push.incarnation) for fact in push.facts]


def checked_sides(push: messages.PushRequest) -> list[Side]:
    for side in push.sides:
        if not (0 < len(side.name) <= _MAX_SIDE_NAME and side.name.isascii() and side.name.isprintable()):
            raise Refused("bad-message", "A side record's name isn't one of this format.")
    return [messages.side_of(side) for side in push.sides]


def checked_resource(ask: messages.LeaseRequest) -> Resource:
    """What is asked for; raise ``Refused``."""
    try:
        kind = ResourceKind(ask.kind)
    except ValueError:
        raise Refused("not-lendable", "This server lends nothing of this kind.") from None
    if not (0 < len(ask.key) <= _MAX_KEY and ask.key.isprintable() and 0 < ask.amount <= _MAX_NUMBER):
        raise Refused("bad-message", "A lease is asked for by a short key and an amount above zero.")
    return Resource(kind, ask.key)


def one_line(text: str) -> str:
    """Text of a till's that is only shown, cut and without control characters."""
    return "".join(letter for letter in text[:_MAX_LINE] if letter.isprintable())


def _well_formed(fact: messages.FactMessage) -> bool:
    return (
        1 <= fact.number <= _MAX_NUMBER
        and 0 <= fact.hlc <= _MAX_NUMBER
        and 0 <= fact.schema <= _MAX_SCHEMA
        and 0 < len(fact.kind.encode()) <= _MAX_KIND_BYTES
        and fact.kind.isprintable()
        and len(fact.payload) <= MAX_PAYLOAD_BYTES
        and len(fact.previous) == len(fact.hash) == HASH_BYTES
        and len(fact.signature) == _SIGNATURE_BYTES
    )
