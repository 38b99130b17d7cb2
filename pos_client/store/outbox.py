"""What the server has of this journal, and what it said about it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pos_client.store.database import Database
from pos_client.store.journal import SELECT_FACTS, Journal, fact_of_row, sides_between
from shared_models.domain import clock as logical_clock
from shared_models.domain.facts import Fact, Side, chain_start
from shared_models.wire.facts import Undecodable, decode
from shared_models.wire.messages import Acknowledgement, PushAnswer
from shared_models.wire.messages import decode as decode_message
from shared_models.wire.messages import encode as encode_message

FACT_OVERHEAD_BYTES: Final = 256


class Standing(StrEnum):
    """What the server thinks of this device. All but GOOD stop redemption; the till sells on, and sends and pulls.

    FROZEN: there is another journal with our key, but ours is the one that the server took. FORKED: it took the other,
    or has more of ours than we have. BROKEN: our chain doesn't hold. RETIRED: our lane has another device.
    """

    GOOD = "good"
    FROZEN = "frozen"
    FORKED = "forked"
    RETIRED = "retired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    BROKEN = "broken"


FOR_GOOD: Final = frozenset({Standing.FORKED, Standing.BROKEN})
"""Only a new incarnation ends these."""


@dataclass(frozen=True, slots=True)
class Batch:
    facts: list[Fact]
    sides: list[Side]


class Outbox:
    """Facts that the server hasn't acknowledged. Used on the cashier's thread, between transactions."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._database: Database = journal.database

    def acknowledged(self) -> int:
        return self._journal.meta.number("acknowledged")

    def unsent(self) -> int:
        return max(0, self._journal.head.number - self.acknowledged())

    def standing(self) -> Standing:
        return Standing(self._journal.meta.text("standing", Standing.GOOD))

    def unread(self) -> bool:
        """Whether the server keeps a fact of ours that it can't read and nobody has dealt with yet."""
        return self._journal.meta.number("unread") > 0

    def proof(self) -> Acknowledgement | None:
        """The newest of what the server signed that it holds of us."""
        kept = self._journal.meta.blob("proof")
        return decode_message(kept, Acknowledgement) if kept else None

    def last_contact_ms(self) -> int | None:
        """Wall time of the last good answer, or of the enrolment."""
        return self._journal.meta.number("last_contact_ms") or None

    def silence_ms(self, now_ms: int) -> int | None:
        """How long the server has been silent, ``None`` if it never spoke. Setting the clock back doesn't shorten it.

        What the journal's clock went on by since the contact counts too, and only that: a fact made while the clock was
        years ahead must not make every later contact look old.
        """
        last_ms = self.last_contact_ms()
        if last_ms is None:
            return None
        then_ms = logical_clock.wall_ms(self._journal.meta.number("last_contact_hlc"))
        return max(now_ms - last_ms, logical_clock.wall_ms(self._journal.head.hlc) - max(then_ms, last_ms))

    def batch(self, after: int, max_facts: int, max_bytes: int) -> Batch:
        """The facts that follow number ``after``, with their side records; at least one if there is any."""
        rows = self._database.all(SELECT_FACTS + " WHERE number > ? ORDER BY number LIMIT ?", (after, max_facts))
        facts: list[Fact] = []
        size = 0
        for row in rows:
            fact = fact_of_row(row, self._journal.identity.incarnation)
            size += len(fact.payload) + FACT_OVERHEAD_BYTES
            if facts and size > max_bytes:
                break
            facts.append(fact)
        if not facts:
            return Batch([], [])
        return Batch(facts, sides_between(self._database, facts[0].number, facts[-1].number))

    def hear(self, answer: PushAnswer, now_ms: int) -> bool:
        """What the server said to a push; whether it holds our facts, and not another journal's."""
        ours = self.acknowledge(answer.acknowledged, now_ms, answer.hash)
        with self._database.transaction():
            self._journal.meta.put("unread", len(answer.quarantined))
            if answer.signature:
                kept = Acknowledgement(
                    acknowledged=answer.acknowledged, hash=answer.hash, epoch=answer.epoch, signature=answer.signature
                )
                self._journal.meta.put("proof", encode_message(kept))
        known = answer.standing in tuple(Standing)
        self.note(Standing(answer.standing) if known else Standing.FROZEN)
        return ours

    def forked_at(self, number: int, now_ms: int) -> None:
        """The server took another journal's fact under our ``number``; below it, it holds ours."""
        self.acknowledge(number - 1, now_ms)
        self.note(Standing.FORKED)

    def acknowledge(self, number: int, now_ms: int, hash_: bytes | None = None) -> bool:
        """The server holds everything up to ``number``, whose hash it says is ``hash_``; whether that is ours.

        Above our own head, our file was rolled back. With another hash than ours it was copied, and nothing is known of
        what the server holds of this one: the next push tells from the start and finds where the two part.

        Below what it held before, it was restored from a backup: effects already pruned are booked again, so that
        nothing is missing from a member until it has been told once more.
        """
        before, head = self.acknowledged(), self._journal.head.number
        ours = number <= head and (hash_ is None or hash_ == self._hash_of(number))
        rolled_back = number > head
        if not ours:
            number = min(before, head) if rolled_back else 0
        with self._database.transaction():
            if not ours:
                self._journal.meta.put("standing", Standing.FORKED)
            if rolled_back:
                self._journal.meta.put("rolled_back", 1)
            self._journal.meta.put("acknowledged", number)
            self._note_contact(now_ms)
            if number < before:
                self._book_again(number)
        return ours

    def in_contact(self, now_ms: int) -> None:
        with self._database.transaction():
            self._note_contact(now_ms)

    def note(self, standing: Standing) -> None:
        """Keep what the server said. Forked and broken are for good: only a new incarnation ends them."""
        now = self.standing()
        if standing == now or now in FOR_GOOD:
            return
        with self._database.transaction():
            self._journal.meta.put("standing", standing)

    def _hash_of(self, number: int) -> bytes:
        """The chain's hash at ``number``; its start for 0."""
        row = self._database.one("SELECT hash FROM fact WHERE number = ?", (number,))
        identity = self._journal.identity
        return bytes(row[0]) if row else chain_start(identity.incarnation, identity.public_key)

    def _note_contact(self, now_ms: int) -> None:
        self._journal.meta.put("last_contact_ms", now_ms)
        self._journal.meta.put("last_contact_hlc", self._journal.head.hlc)
        for key, figure in self._journal.remember().items():
            self._journal.meta.put(key, figure)

    def _book_again(self, after: int) -> None:
        incarnation = self._journal.identity.incarnation
        rows = self._database.all(
            SELECT_FACTS + " WHERE number > ? AND kind IN ('sale.confirmed', 'fact.retold') ORDER BY number", (after,)
        )
        for row in rows:
            fact = fact_of_row(row, incarnation)
            with suppress(Undecodable):
                self._journal.book_effects(fact.number, decode(fact))
