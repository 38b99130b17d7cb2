"""Stored value as a ledger: entries that are only ever added, and the balance they come to (SV-1).

Principal is what was paid in; it never expires. Bonus came on top, in lots that may expire and are never paid out. Lots
that have expired stay in the balance, no longer spendable. So at any time principal + bonus = Σ entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID


class EntryKind(StrEnum):
    """``OPENING`` stands for entries that aren't told one by one (``stored_value_summary``). ``CORRECTION`` is what
    head office added or took by hand."""

    OPENING = "opening"
    LOAD = "load"
    SPEND = "spend"
    REFUND = "refund"
    CASH_OUT = "cash_out"
    REVERSAL = "reversal"
    CORRECTION = "correction"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"


@dataclass(frozen=True, slots=True)
class BonusLot:
    """Bonus that expires together, valid through ``expires_on`` (store's business date); ``date.max`` is never."""

    id: UUID
    minor: int
    expires_on: date = date.max


@dataclass(frozen=True, slots=True)
class Entry:
    """One change, on the store's business date. What goes out is below zero.

    ``lots`` is how much of which bonus. ``of_id`` is the entry that this one undoes: of a refund the purchase, of a
    reversal the load.
    """

    id: UUID
    kind: EntryKind
    on: date
    principal_minor: int = 0
    lots: tuple[BonusLot, ...] = ()
    of_id: UUID | None = None

    @property
    def bonus_minor(self) -> int:
        return sum(lot.minor for lot in self.lots)

    @property
    def amount_minor(self) -> int:
        return self.principal_minor + self.bonus_minor


@dataclass(frozen=True, slots=True)
class StoredValue:
    """What a member holds. ``lots`` with something in them, soonest expiry first, then id; principal below zero is
    owed."""

    principal_minor: int = 0
    lots: tuple[BonusLot, ...] = ()
    frozen: bool = False

    def good_lots(self, on: date) -> tuple[BonusLot, ...]:
        return tuple(lot for lot in self.lots if lot.expires_on >= on)

    def bonus_minor(self, on: date) -> int:
        """The bonus that can be spent on that day."""
        return sum(lot.minor for lot in self.good_lots(on))

    def balance_minor(self, on: date) -> int:
        """All that can be spent on that day."""
        return self.principal_minor + self.bonus_minor(on)


def once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """``entries`` without those whose id came before: a packet that is sent twice changes nothing."""
    found: dict[UUID, Entry] = {}
    for entry in entries:
        found.setdefault(entry.id, entry)
    return tuple(found.values())


def stored_value(entries: Iterable[Entry]) -> StoredValue:
    """What ``entries`` come to; their order counts for ``frozen`` only.

    No act takes more than there is, but devices that didn't know of each other may have: a copied disk, a device that
    was written off. What they took too much of a lot is owed by the principal, and what they took too much in all
    leaves it below zero, until a load pays it.
    """
    principal, frozen = 0, False
    held: dict[UUID, BonusLot] = {}
    for entry in once(entries):
        principal += entry.principal_minor
        for lot in entry.lots:
            before = held.get(lot.id)
            held[lot.id] = replace(before, minor=before.minor + lot.minor) if before else lot
        if entry.kind in (EntryKind.FREEZE, EntryKind.UNFREEZE):
            frozen = entry.kind is EntryKind.FREEZE
    principal += sum(lot.minor for lot in held.values() if lot.minor < 0)
    return StoredValue(principal, tuple(sorted((lot for lot in held.values() if lot.minor > 0), key=lot_order)), frozen)


def lot_order(lot: BonusLot) -> tuple[date, UUID]:
    return lot.expires_on, lot.id
