"""What administrators do about gifts in stock: each call is one fact of the server's own device.

Ids come from the caller, so that a command that is given again does nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from shared_models.domain.leases import balance_free
from shared_models.domain.programme import Programme
from shared_models.domain.reward_facts import GiftStocked, stock_id
from shared_models.domain.rewards import RewardKind
from shared_models.domain.spending_rules import gifts_of
from shared_models.orm import server as tables
from sync_server.act import Act
from sync_server.errors import BadInput
from sync_server.ingest.locks import lock_own
from sync_server.ingest.server_device import ServerDevice
from sync_server.ledger.gifts import Gifts, all_stocks
from sync_server.ledger.leases import open_of, recall
from sync_server.server import Server

MOST_UNITS = 1_000_000
"""That come to a store, or leave it, at once."""


@dataclass(frozen=True, slots=True)
class GiftStock:
    """``units`` are in the store, ``lent`` of them to tills, which alone hand those out."""

    store_id: str
    reward: str
    units: int
    lent: int


def stock_gifts(
    server: Server, entry_id: UUID, store_id: str, reward: str, units: int, *, reason: str, by: str
) -> GiftStock:
    """Bring ``units`` of a reward's goods into a store's stock or, below zero, take them out; what there is then.

    Raise ``BadInput`` for a reward or store that isn't there, and if so many aren't in stock. Those that tills hold are
    called back, and are there a little later.
    """
    if not 0 < abs(units) <= MOST_UNITS:
        raise BadInput(f"From 1 to {MOST_UNITS:,} units can be added or taken at once.")
    lent = 0
    with server.acting() as act:
        lock_own(server, act.connection)
        entry = tables.gift_entry.c
        if act.connection.scalar(select(entry.id).where(entry.id == entry_id)) is None:
            _check(server.programme(act.connection), act.connection, store_id, reward, units)
            lent = _called_back(server, act, store_id, reward, -units) if units < 0 else 0
            if not lent:
                stocked = GiftStocked(entry_id, store_id, reward, units, server.today(), reason, by)
                ServerDevice(server).record(act, stocked)
        found = next((each for each in gift_stocks(act.connection, store_id) if each.reward == reward), None)
    if lent:
        raise BadInput(
            f"Tills hold {lent} of it, which may be handed over already. They are called back: try again in a minute,"
            " or write a till off that doesn't come."
        )
    return found or GiftStock(store_id, reward, 0, 0)


def gift_stocks(connection: Connection, store_id: str = "") -> list[GiftStock]:
    """Those of a store, or of all, by store and reward."""
    return [
        GiftStock(each.store_id, each.reward, each.units, _lent(connection, each.id))
        for each in all_stocks(connection, store_id)
    ]


def _check(programme: Programme, connection: Connection, store_id: str, reward: str, units: int) -> None:
    if connection.scalar(select(tables.store.c.id).where(tables.store.c.id == store_id)) is None:
        raise BadInput(f"There is no store {store_id}.")
    known = [each.id for each in programme.rewards if each.kind is RewardKind.GOODS]
    if units > 0 and reward not in known:
        raise BadInput(
            f"The programme in force has no goods as a reward {reward}. It has: {', '.join(known) or 'none'}."
        )


def _called_back(server: Server, act: Act, store_id: str, reward: str, units: int) -> int:
    """How many units tills hold, and are to give back, if too few are left for taking ``units``; else 0."""
    id_ = stock_id(store_id, reward)
    stock = Gifts(act, server.incarnation(act.connection), [id_]).known.get(id_)
    there = stock.units if stock else 0
    if units > there:
        raise BadInput(f"Only {max(0, there)} of {reward} are in stock in store {store_id}.")
    loans = [one.loan for one in open_of(act.connection, gifts_of(id_))]
    if units <= balance_free(there, loans):
        return 0
    recall(act, gifts_of(id_))
    return sum(loan.left for loan in loans)


def _lent(connection: Connection, id: UUID) -> int:
    return sum(one.loan.left for one in open_of(connection, gifts_of(id)))
