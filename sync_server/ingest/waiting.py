"""Returns that came before their sale, as after a restored backup: booked once the sale is there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from shared_models.orm.server import fact, sale, sale_return
from sync_server.act import Act
from sync_server.ingest.locks import lock_device
from sync_server.ingest.quarantine import book_late
from sync_server.ingest.reading import read
from sync_server.ledger.receipts import WAITING
from sync_server.server import Server
from sync_server.store.facts import fact_of

MOST_AT_ONCE = 500
"""Facts of one device that are booked in one transaction."""


def book_waiting(server: Server) -> int:
    """Book the returns whose sale is known by now, each device's in order; how many that were. Each is booked once,
    however many workers try."""
    back = sale_return.c
    ready = select(back.incarnation).join_from(sale_return, sale, sale.c.sale_id == back.sale_id)
    with server.reading() as connection:
        devices = list(connection.scalars(ready.where(back.state == WAITING).distinct()))
    done = 0
    for incarnation in sorted(devices):
        with server.acting() as act:
            done += _book(server, act, incarnation)
    return done


def _book(server: Server, act: Act, incarnation: UUID) -> int:
    found = lock_device(act.connection, incarnation)
    back = sale_return.c
    rows = act.connection.execute(
        select(fact)
        .join(sale_return, (back.incarnation == fact.c.incarnation) & (back.number == fact.c.number))
        .join(sale, sale.c.sale_id == back.sale_id)
        .where(back.state == WAITING, back.incarnation == incarnation)
        .order_by(fact.c.number)
        .limit(MOST_AT_ONCE)
    ).all()
    if rows:
        note = f"{len(rows)} returns were booked: the sales that they are of have come."
        book_late(server, act, found, [(one, read(one)) for one in map(fact_of, rows)], ("return-booked", note))
    return len(rows)
