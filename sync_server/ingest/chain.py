"""Whether a batch of facts follows what the server holds of a device. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared_models.domain.facts import BrokenChain, Fact, check_link, head_message


@dataclass(frozen=True, slots=True)
class Head:
    """The last fact the server holds of a device; number 0 and the chain's start before the first."""

    incarnation: UUID
    public_key: bytes
    number: int
    hash: bytes


class Gap(Exception):
    """Facts are missing before the batch; the server needs number ``expected`` next."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"fact {expected} is expected next")
        self.expected = expected


class Forked(Exception):
    """``fact`` is the device's, but another is held under its number: the journal was copied or restored."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(f"another fact {fact.number} is known")
        self.fact = fact


class ForgedFact(Exception):
    """Fact ``number`` isn't signed by its device."""

    def __init__(self, number: int) -> None:
        super().__init__(f"fact {number} is not signed by its device")
        self.number = number


def new_facts(head: Head, facts: Sequence[Fact], held: Mapping[int, bytes]) -> Sequence[Fact]:
    """The facts of the batch above ``head``, checked link by link and by the last one's signature.

    ``held`` are the hashes of those the server has. Raise ``Gap``, ``Forked``, ``ForgedFact`` or ``BrokenChain``.
    """
    if not facts:
        return facts
    first = facts[0].number
    if first > head.number + 1:
        raise Gap(head.number + 1)
    for place, fact in enumerate(facts):
        if fact.number != first + place:
            raise BrokenChain(head.incarnation, fact.number, f"expected number {first + place}")
        if fact.number <= head.number and held[fact.number] != fact.hash:
            check_link(fact, fact.previous, fact.number)
            check_signature(head.public_key, fact)
            raise Forked(fact)
    fresh = facts[max(0, head.number + 1 - first) :]
    previous = head.hash
    for fact in fresh:
        check_link(fact, previous, fact.number)
        previous = fact.hash
    if fresh:
        check_signature(head.public_key, fresh[-1])
    return fresh


def check_signature(public_key: bytes, fact: Fact) -> None:
    """Raise ``ForgedFact`` unless the device signed the chain's head at ``fact``."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            fact.signature, head_message(fact.incarnation, fact.number, fact.hash)
        )
    except InvalidSignature as error:
        raise ForgedFact(fact.number) from error
