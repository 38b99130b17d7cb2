"""A ledger of stored value in as little as its acts need: what tills are told of an account instead of every entry.

What purchases in a row take of the bonus follows from what they take in all (``stored_value``), so the row of purchases
that ends the ledger stands beside what there was in sum, as one entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from uuid import UUID

from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind, lot_order

_OPENING = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Summary:
    """``principal_minor`` and ``lots`` are the sums of all entries; a lot of which too much was taken is below zero, an
    empty one isn't there. ``run`` is the row of purchases that ends the ledger, on the day of the last one. ``bonuses``
    counts the loads that brought one and stand."""

    principal_minor: int = 0
    lots: tuple[BonusLot, ...] = ()
    frozen: bool = False
    run: Entry | None = None
    bonuses: int = 0

    def entries(self) -> tuple[Entry, ...]:
        """A ledger that every act but ``refund`` and ``reverse_load``, which look for one entry, takes for the whole
        one."""
        run = self.run
        back = tuple(replace(lot, minor=-lot.minor) for lot in run.lots) if run else ()
        principal = self.principal_minor - (run.principal_minor if run else 0)
        opening = Entry(_OPENING, EntryKind.OPENING, date.min, principal, _summed(self.lots, back))
        found = (opening, run) if run else (opening,)
        return (*found, Entry(UUID(int=1), EntryKind.FREEZE, date.min)) if self.frozen else found


def summed(entries: Iterable[Entry]) -> Summary:
    """Of entries that come once each."""
    return reduce(added, entries, Summary())


def added(summary: Summary, entry: Entry) -> Summary:
    """``summary`` with one more entry, which it doesn't hold yet."""
    if entry.kind in (EntryKind.FREEZE, EntryKind.UNFREEZE):
        return replace(summary, frozen=entry.kind is EntryKind.FREEZE)
    brought = {EntryKind.LOAD: 1, EntryKind.REVERSAL: -1}.get(entry.kind, 0) if entry.lots else 0
    return Summary(
        summary.principal_minor + entry.principal_minor,
        _summed(summary.lots, entry.lots),
        summary.frozen,
        _run(summary, entry),
        summary.bonuses + brought,
    )


def together(summaries: Iterable[Summary], run: Entry | None) -> Summary:
    """The ledgers of members who turned out to be one person as one; ``run`` ends it since they were joined. Frozen if
    one of them is."""
    found = Summary(run=run)
    for each in summaries:
        found = Summary(
            found.principal_minor + each.principal_minor,
            _summed(found.lots, each.lots),
            found.frozen or each.frozen,
            run,
            found.bonuses + each.bonuses,
        )
    return found


def _run(summary: Summary, entry: Entry) -> Entry | None:
    """The row of purchases that ``entry`` goes on with or begins: it breaks where a lot expires."""
    if entry.kind is not EntryKind.SPEND:
        return None
    run = summary.run
    if run is None:
        return entry
    earlier, later = sorted((run.on, entry.on))
    ends = {lot.expires_on for lot in (*summary.lots, *run.lots)}
    if any(earlier <= end < later for end in ends):
        return entry
    lots = _summed(run.lots, entry.lots)
    return Entry(entry.id, EntryKind.SPEND, entry.on, run.principal_minor + entry.principal_minor, lots)


def _summed(lots: Iterable[BonusLot], more: Iterable[BonusLot]) -> tuple[BonusLot, ...]:
    held = {lot.id: lot for lot in lots}
    for lot in more:
        before = held.get(lot.id)
        held[lot.id] = replace(before, minor=before.minor + lot.minor) if before else lot
    return tuple(sorted((lot for lot in held.values() if lot.minor), key=lot_order))
