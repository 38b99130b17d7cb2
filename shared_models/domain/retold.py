"""A fact told again by another device than the one that made it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared_models.domain.facts import Fact


@dataclass(frozen=True, slots=True)
class FactRetold:
    """Kind ``fact.retold``: a whole fact of another journal, which the lane's present device tells in its place.

    The journal it is from was copied, rolled back, damaged or lost, so that its own device can't tell it any more. The
    fields are the fact's own: its hash and its signature hold by the key of ``incarnation``. Who holds the fact already
    has nothing to do.
    """

    incarnation: UUID
    number: int
    id: UUID
    hlc: int
    kind: str
    schema: int
    payload: bytes
    previous: bytes
    hash: bytes
    signature: bytes

    @classmethod
    def of(cls, fact: Fact) -> FactRetold:
        return cls(
            fact.incarnation, fact.number, fact.id, fact.hlc, fact.kind, fact.schema, fact.payload, fact.previous,
            fact.hash, fact.signature,
        )  # fmt: skip

    @property
    def fact(self) -> Fact:
        return Fact(
            self.id, self.incarnation, self.number, self.hlc, self.kind, self.schema, self.payload, self.previous,
            self.hash, self.signature,
        )  # fmt: skip
