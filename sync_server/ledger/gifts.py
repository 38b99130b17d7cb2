"""The gift stocks that one act touches: read under a lock, entries added, written back as sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from shared_models.domain.reward_facts import stock_id
from shared_models.domain.spending_rules import ResourceKind
from shared_models.orm import server as tables
from shared_models.wire import state
from sync_server.act import Act, FeedRow
from sync_server.ledger.leases import lent_to
from sync_server.store.engine import lock
from sync_server.store.statements import Row, add, put

NEW_STOCK_LOCK: Final = 0x71_11_00_0A
"""Held by who makes stocks: a row that isn't there yet can't be locked."""

STOCKED: Final = "stocked"
HANDED_OVER: Final = "handed_over"


@dataclass(slots=True)
class Stock:
    """``counted`` is 0 while untouched; ``shown``: what is lent of it has changed."""

    id: UUID
    store_id: str
    reward: str
    units: int = 0
    counted: int = 0
    shown: bool = False


class Gifts:
    """The stocks with ``ids``, as an act of the device ``incarnation`` finds them; ``entries`` are the ids it may add.
    Locked in the order of their ids until the act commits."""

    def __init__(self, act: Act, incarnation: UUID, ids: Iterable[UUID], entries: Iterable[UUID] = ()) -> None:
        self._act = act
        self._incarnation = incarnation
        self._rows: list[Row] = []
        self.known = _read(act.connection, set(ids))
        entry = tables.gift_entry.c
        told = list(entries)
        found = act.connection.scalars(select(entry.id).where(entry.id.in_(told))) if told else ()
        self._entries = set(found)

    def add(
        self, number: int, entry_id: UUID, store_id: str, reward: str, kind: str, units: int, on: date, note: str = ""
    ) -> int | None:
        """Add what fact ``number`` did; how many of what it handed over weren't there. ``None`` for an entry that is
        known: it is only counted."""
        stock = self._of(store_id, reward)
        stock.counted = number
        if entry_id in self._entries:
            return None
        self._entries.add(entry_id)
        before, stock.units = stock.units, stock.units + units
        self._rows.append(
            {
                "id": entry_id, "stock_id": stock.id, "incarnation": self._incarnation, "number": number, "kind": kind,
                "units": units, "booked_on": on.isoformat(), "note": note,
            }
        )  # fmt: skip
        return max(0, -stock.units) - max(0, -before) if units < 0 else 0

    def count(self, number: int, store_id: str, reward: str) -> None:
        """Fact ``number`` did nothing to the stock that isn't in the row already."""
        self._of(store_id, reward).counted = number

    def show(self, ids: Iterable[UUID]) -> None:
        """Publish new rows of these stocks too."""
        for stock in map(self.known.get, ids):
            if stock is not None:
                stock.shown = True

    def write(self) -> None:
        """Store what changed and publish the row of every stock that counts a fact of this act or is to be shown."""
        connection = self._act.connection
        touched = sorted((one for one in self.known.values() if one.counted or one.shown), key=lambda one: one.id)
        changed = [one for one in touched if one.counted]
        put(
            connection,
            tables.gift_stock,
            [{"id": one.id, "store_id": one.store_id, "reward": one.reward, "units": one.units} for one in changed],
        )
        add(connection, tables.gift_entry, self._rows)
        put(
            connection,
            tables.counted,
            [{"member_id": one.id, "incarnation": self._incarnation, "number": one.counted} for one in changed],
        )
        lent = lent_to(connection, ResourceKind.GIFT, [one.id for one in touched])
        for one in touched:
            doc = state.GiftDoc(id=one.id, reward=one.reward, units=one.units, lent=lent.get(one.id, []))
            self._act.publish(FeedRow("gift", str(one.id), state.encode(doc), store_id=one.store_id, member_id=one.id))

    def _of(self, store_id: str, reward: str) -> Stock:
        id_ = stock_id(store_id, reward)
        if id_ not in self.known:
            self.known[id_] = Stock(id_, store_id, reward)
        return self.known[id_]


def all_stocks(connection: Connection, store_id: str = "") -> list[Stock]:
    """Those of a store, or of all, by store and reward."""
    table = tables.gift_stock
    wanted = select(table).order_by(table.c.store_id, table.c.reward)
    found = connection.execute(wanted.where(table.c.store_id == store_id) if store_id else wanted)
    return [Stock(row.id, row.store_id, row.reward, row.units) for row in found]


def _read(connection: Connection, ids: set[UUID]) -> dict[UUID, Stock]:
    table = tables.gift_stock
    if not ids:
        return {}
    wanted = table.c.id.in_(ids)
    if len(ids) > (connection.scalar(select(func.count()).select_from(table).where(wanted)) or 0):
        lock(connection, NEW_STOCK_LOCK)
    rows = connection.execute(select(table).where(wanted).order_by(table.c.id).with_for_update()).all()
    return {row.id: Stock(row.id, row.store_id, row.reward, row.units) for row in rows}
