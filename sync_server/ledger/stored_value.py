"""The accounts of stored value that one act touches: read under a lock, entries added, written back as sets.

Each member's entries stay in their own account, also while they are joined with others. Who has the others joined into
them is shown the sum of all accounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, func, select

from shared_models.domain.spending_rules import ResourceKind
from shared_models.domain.stored_value_facts import account_id
from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind, StoredValue, stored_value
from shared_models.domain.stored_value_summary import Summary, added, together
from shared_models.orm import server as tables
from shared_models.wire import state
from sync_server.act import Act, FeedRow
from sync_server.ledger import joins
from sync_server.ledger.leases import lent_to
from sync_server.store.engine import lock
from sync_server.store.statements import Row, add, put

NEW_VALUE_LOCK = 0x71_11_00_05
"""Held by who makes accounts or coupons: a row that isn't there yet can't be locked."""

_EMPTY = Summary()
_RUN = msgspec.json.Decoder(state.RunDoc)


@dataclass(slots=True, eq=False)
class Account:
    """``lots`` names every lot that was read or touched, so that one that is used up is written as empty. ``counted``
    is 0 while untouched. ``shown``: a new row is published although no fact of this act is counted: what is lent of it
    has changed. ``is_there``: the database has it.

    ``aliases`` are the accounts of those who were joined into the member, ``holder`` of an alias is whom they were
    joined into. The ``run`` of a holder's ``summary`` is that of the ledger of all since the last join or parting.
    """

    id: UUID
    member_id: UUID
    summary: Summary = _EMPTY
    lots: dict[UUID, BonusLot] = field(default_factory=dict)
    counted: int = 0
    shown: bool = False
    is_there: bool = False
    aliases: list[Account] = field(default_factory=list)
    holder: Account | None = None

    @property
    def together(self) -> Summary:
        """With what those have who were joined into the member."""
        return together((self.summary, *(each.summary for each in self.aliases)), self.summary.run)

    @property
    def held(self) -> StoredValue:
        """What the person can spend, whichever of their members is named."""
        return stored_value((self.holder or self).together.entries())

    @property
    def group(self) -> list[Account]:
        """All accounts of the person, the one that the others were joined into first."""
        first = self.holder or self
        return [first, *first.aliases]


class Accounts:
    """Those of ``members``, as an act of the device ``incarnation`` finds them; ``entries`` are the ids it may add.
    Locked in the order of their ids until the act commits, and made where they aren't there."""

    def __init__(self, act: Act, incarnation: UUID, members: Iterable[UUID], entries: Iterable[UUID] = ()) -> None:
        self._act = act
        self._incarnation = incarnation
        self._rows: list[Row] = []
        self._accounts = read_accounts(act.connection, set(members))
        self._known = _known_entries(act.connection, list(entries))

    def of(self, member_id: UUID) -> Account:
        return self._accounts[member_id]

    def show(self, members: Iterable[UUID]) -> None:
        """Publish new rows of these members' accounts too."""
        for found in map(self.of, members):
            if found.is_there:
                found.shown = True
                if found.holder is not None:
                    found.holder.shown = True

    def join(self, number: int, member_id: UUID) -> None:
        """By fact ``number`` others were joined into that member: their row is that of all from here on."""
        group = self.of(member_id).group
        if any(each.is_there for each in group):
            self._regroup(number, group)

    def part(self, number: int, *member_ids: UUID) -> None:
        """By fact ``number`` these are different people: each has their own entries and no others."""
        touched = {each.id: each for member_id in member_ids for each in self.of(member_id).group}
        self._regroup(number, [each for each in touched.values() if each.is_there])

    @staticmethod
    def _regroup(number: int, accounts: Iterable[Account]) -> None:
        for each in accounts:
            each.counted = number
            each.summary = replace(each.summary, run=None)

    def knows(self, entry_id: UUID) -> bool:
        return entry_id in self._known

    def add(self, number: int, member_id: UUID, entry: Entry, note: str = "") -> int:
        """Add what fact ``number`` did; return how much of what it spent wasn't there, and is owed now. An entry that
        is known is only counted."""
        found = self.of(member_id)
        self.count(number, member_id)
        if entry.id in self._known:
            return 0
        self._known.add(entry.id)
        holder, before = found.group[0], found.held
        run = added(holder.together, entry).run
        found.summary = added(found.summary, entry)
        holder.summary = replace(holder.summary, run=run)
        found.lots |= {lot.id: lot for lot in entry.lots}
        owed = max(0, -found.held.principal_minor) - max(0, -before.principal_minor)
        owed = max(0, owed) if entry.kind is EntryKind.SPEND else 0
        self._rows.append(
            {
                "id": entry.id, "account_id": found.id, "incarnation": self._incarnation, "number": number,
                "kind": entry.kind.value, "booked_on": entry.on.isoformat(),
                "principal_minor": entry.principal_minor, "bonus_minor": entry.bonus_minor,
                "lots": msgspec.json.encode(state.bonus_lot_docs(entry.lots)), "owed_minor": owed, "note": note,
            }
        )  # fmt: skip
        return owed

    def count(self, number: int, member_id: UUID) -> None:
        """Fact ``number`` did nothing to the account that isn't in the row already."""
        found = self.of(member_id)
        found.counted = found.group[0].counted = number

    def write(self) -> None:
        """Store what changed and publish the row of every account that counts a fact of this act or is to be
        shown."""
        connection = self._act.connection
        touched = sorted((one for one in self._accounts.values() if one.counted), key=lambda one: one.id)
        put(connection, tables.stored_value, [_account_row(one) for one in touched])
        put(connection, tables.stored_value_lot, [row for one in touched for row in _lot_rows(one)])
        add(connection, tables.stored_value_entry, self._rows)
        put(
            connection,
            tables.counted,
            [{"member_id": one.id, "incarnation": self._incarnation, "number": one.counted} for one in touched],
        )
        published = sorted((one for one in self._accounts.values() if one.counted or one.shown), key=lambda one: one.id)
        for one in published:
            if one.aliases:
                joins.count_as_one(connection, one.id, [each.id for each in one.aliases])
        shown = {one.id: [one.member_id, *(each.member_id for each in one.aliases)] for one in published}
        lent = lent_to(connection, ResourceKind.STORED_VALUE, [each for ids in shown.values() for each in ids])
        for one in published:
            of_all = [doc for each in shown[one.id] for doc in lent.get(each, ())]
            aliases = sorted(each.member_id for each in one.aliases)
            doc = state.stored_value_doc(one.id, one.member_id, one.together, of_all, aliases)
            self._act.publish(FeedRow("stored_value", str(one.id), state.encode(doc), member_id=one.id))


def read_accounts(connection: Connection, members: set[UUID]) -> dict[UUID, Account]:
    """Those of ``members`` and of all who are joined with them, by member; locked, and empty where there is none yet.

    Who joins members locks their accounts, too. So once these are locked nobody is joined any more: whoever was, since
    they were looked up, comes late.
    """
    if not members:
        return {}
    groups = joins.groups_of(connection, members)
    found = _locked(connection, {*members, *groups})
    while (now := joins.groups_of(connection, members)) != groups:
        found |= _locked(connection, now.keys() - found.keys())
        groups = now
    for member_id in {*members, *groups}:
        found.setdefault(member_id, Account(account_id(member_id), member_id))
    for gone, kept in groups.items():
        if gone != kept:
            found[gone].holder = found[kept]
            found[kept].aliases.append(found[gone])
    return found


def _locked(connection: Connection, members: set[UUID]) -> dict[UUID, Account]:
    """Those there are. If one isn't, who makes new ones is alone."""
    table = tables.stored_value
    if not members:
        return {}
    wanted = table.c.member_id.in_(members)
    if len(members) > (connection.scalar(select(func.count()).select_from(table).where(wanted)) or 0):
        lock(connection, NEW_VALUE_LOCK)
    rows = connection.execute(select(table).where(wanted).order_by(table.c.id).with_for_update()).all()
    lots: dict[UUID, list[BonusLot]] = {row.id: [] for row in rows}
    lot = tables.stored_value_lot
    held = select(lot).where(lot.c.account_id.in_(list(lots)), lot.c.minor != 0)
    for each in connection.execute(held.order_by(lot.c.expires_on, lot.c.id)) if lots else ():
        lots[each.account_id].append(BonusLot(each.id, each.minor, date.fromisoformat(each.expires_on)))
    return {row.member_id: _account(row, tuple(lots[row.id])) for row in rows}


def _account(row: Any, lots: tuple[BonusLot, ...]) -> Account:
    run = state.read_run(_RUN.decode(row.run)) if row.run else None
    summary = Summary(row.principal_minor, lots, row.frozen, run, row.bonuses)
    return Account(row.id, row.member_id, summary, {lot.id: lot for lot in lots}, is_there=True)


def _known_entries(connection: Connection, ids: list[UUID]) -> set[UUID]:
    entry = tables.stored_value_entry.c
    return set(connection.scalars(select(entry.id).where(entry.id.in_(ids)))) if ids else set()


def _account_row(one: Account) -> Row:
    run = state.run_doc(one.summary.run)
    return {
        "id": one.id, "member_id": one.member_id, "principal_minor": one.summary.principal_minor,
        "frozen": one.summary.frozen, "bonuses": one.summary.bonuses, "run": state.encode(run) if run else None,
    }  # fmt: skip


def _lot_rows(one: Account) -> list[Row]:
    left = {lot.id: lot.minor for lot in one.summary.lots}
    return [
        {
            "id": lot.id, "account_id": one.id, "minor": left.get(lot.id, 0), "expires_on": lot.expires_on.isoformat(),
        }
        for lot in one.lots.values()
    ]  # fmt: skip
