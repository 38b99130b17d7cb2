"""Sales with what came back of them, and the rows by which the store's tills take their goods back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, select

from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.orm import server as tables
from shared_models.wire.facts import Undecodable, decode
from shared_models.wire.state import RECEIPT_DAYS, ReceiptDoc, encode, receipt_doc
from sync_server.act import Act, FeedRow
from sync_server.store.facts import fact_of

BOOKED, WAITING = "booked", "waiting"
"""States of a return: done, or kept until its sale is told."""

MOST_BRACKETS = 400
"""Of a sale's text as it came. What nobody knows in a longer one might lie deeper than a till's decoder goes."""

MOST_HIDDEN = 1_000
"""Receipts that one batch takes back from the tills."""

FORGOTTEN_AFTER_DAYS = 120
"""Tills that weren't there for so long may keep older receipts."""

_DAYS_FORGOTTEN_AT_ONCE = 7

_RETURNED = msgspec.json.Decoder(SaleReturned)


@dataclass(slots=True)
class Receipt:
    """``returns`` are those that are booked."""

    sale: SaleConfirmed
    returns: list[SaleReturned] = field(default_factory=list)


def find(connection: Connection, sale_ids: Iterable[UUID], *, locked: bool = False) -> dict[UUID, Receipt]:
    """The sales that are known, by id; ``locked`` in the order of their ids until the act commits."""
    ids = set(sale_ids)
    if not ids:
        return {}
    sale, fact = tables.sale.c, tables.fact.c
    if locked:
        connection.execute(select(sale.sale_id).where(sale.sale_id.in_(ids)).order_by(sale.sale_id).with_for_update())
    at = (fact.incarnation == sale.incarnation) & (fact.number == sale.number)
    rows = connection.execute(
        select(sale.sale_id, *tables.fact.columns).join_from(tables.sale, tables.fact, at).where(sale.sale_id.in_(ids))
    ).all()
    found = {row.sale_id: Receipt(one) for row in rows if (one := _sale(row)) is not None}
    for record in returns_of(connection, found):
        assert record.sale_id is not None
        found[record.sale_id].returns.append(record)
    return found


def returns_of(connection: Connection, sale_ids: Iterable[UUID]) -> list[SaleReturned]:
    """The booked returns of these sales, in the order in which they were confirmed."""
    ids = list(sale_ids)
    if not ids:
        return []
    back = tables.sale_return.c
    rows = connection.execute(
        select(back.sale_id, back.doc)
        .where(back.sale_id.in_(ids), back.state == BOOKED)
        .order_by(back.confirmed_ms, back.return_id)
    )
    return [replace(_RETURNED.decode(row.doc), sale_id=row.sale_id) for row in rows]


def show(act: Act, receipt: Receipt, told: bytes = b"", *, new: bool = False) -> None:
    """Have the store's tills see the sale with its returns. ``new``: it was stored in this act and has no return yet;
    ``told`` is then its JSON text as it came, if it came as that sale: the text isn't made a second time."""
    sale = receipt.sale
    if told and told.count(b"{") + told.count(b"[") <= MOST_BRACKETS:
        doc = receipt_doc(sale.receipt_code, told)
    else:
        doc = encode(ReceiptDoc(code=sale.receipt_code, sale=sale, returns=receipt.returns))
    act.publish(FeedRow("receipt", str(sale.sale_id), doc, store_id=sale.store_id, new=new))


def is_shown(sale: SaleConfirmed, today: date) -> bool:
    """Whether tills are to have it. A code that nobody could scan needs no row."""
    return bool(sale.receipt_code) and sale.business_date >= today - timedelta(days=RECEIPT_DAYS)


def hide_old(act: Act, stores: Iterable[str], today: date) -> None:
    """Take the stores' receipts of longer ago back from the tills, some at a time."""
    sale = tables.sale.c
    for store_id in sorted(set(stores)):
        old = (
            select(sale.sale_id)
            .where(
                sale.shown,
                sale.store_id == store_id,
                sale.business_date < (today - timedelta(days=RECEIPT_DAYS)).isoformat(),
            )
            .order_by(sale.business_date, sale.sale_id)
            .limit(MOST_HIDDEN)
            .with_for_update(skip_locked=True)
        )
        ids = list(act.connection.scalars(old))
        if ids:
            act.connection.execute(tables.sale.update().where(sale.sale_id.in_(ids)).values(shown=False))
            _forget(act, store_id, today)
        for sale_id in ids:
            act.publish(FeedRow("receipt", str(sale_id), b"", store_id=store_id, deleted=True))


def _forget(act: Act, store_id: str, today: date) -> None:
    """Let go of the traces of receipts that were taken back long ago, so that the feed doesn't grow by each sale."""
    sale, last = tables.sale.c, today - timedelta(days=FORGOTTEN_AFTER_DAYS)
    days = [(last - timedelta(days=days)).isoformat() for days in range(_DAYS_FORGOTTEN_AT_ONCE)]
    old = select(sale.sale_id).where(sale.business_date.in_(days), sale.store_id == store_id)
    keys = [str(sale_id) for sale_id in act.connection.scalars(old)]
    feed = tables.feed.c
    for start in range(0, len(keys), MOST_HIDDEN):
        gone = (feed.kind == "receipt") & feed.key.in_(keys[start : start + MOST_HIDDEN]) & feed.deleted
        act.connection.execute(tables.feed.delete().where(gone))


def returned_milli(connection: Connection, sale_id: UUID, line: int) -> int:
    """How much of a line came back, by all that was told."""
    records = returns_of(connection, [sale_id])
    return sum(each.quantity_milli for record in records for each in record.lines if each.number == line)


def shown_among(connection: Connection, receipts: Mapping[UUID, Receipt]) -> Sequence[UUID]:
    """Those of the sales whose rows the tills have."""
    sale = tables.sale.c
    ids = list(receipts)
    return connection.scalars(select(sale.sale_id).where(sale.sale_id.in_(ids), sale.shown)).all() if ids else ()


def _sale(row: Row[Any]) -> SaleConfirmed | None:
    """The sale as it was told, whoever told it; ``None`` if it can't be read any more."""
    try:
        payload = decode(fact_of(row))
        if isinstance(payload, FactRetold):
            payload = decode(payload.fact)
    except Undecodable:
        return None
    return replace(payload, sale_id=row.sale_id) if isinstance(payload, SaleConfirmed) else None
