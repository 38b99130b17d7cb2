"""Goods that come back: booked beside the other returns of their sale, whatever two tills apart took back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import select

from shared_models.domain.clock import believed_ms
from shared_models.domain.facts import Fact
from shared_models.domain.quantity import print_quantity
from shared_models.domain.return_booking import Booked, booked
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.orm import server as tables
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ledger.receipts import BOOKED, WAITING, Receipt, find, hide_old, is_shown, show, shown_among
from sync_server.server import Server
from sync_server.store.statements import Row, put


@dataclass(slots=True)
class Returned:
    """By the number of its fact: what a return does. ``known``: those that were booked before, from another fact."""

    booked: dict[int, Booked] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)

    @property
    def new(self) -> frozenset[int]:
        return frozenset(self.booked.keys() - self.known)


def show_receipts(server: Server, act: Act, sales: Sequence[tuple[SaleConfirmed, bytes]]) -> None:
    """Have tills see new sales, each with its fact's payload or nothing (``receipts.show``), and take old ones back
    from them."""
    today = server.today()
    for one, told in sales:
        if is_shown(one, today):
            show(act, Receipt(one), told, new=True)
    hide_old(act, {one.store_id for one, _ in sales}, today)


def book_returns(
    act: Act,
    facts: Sequence[tuple[Fact, Payload]],
    may_be_known: Callable[[Fact], bool],
    alerts: Alerts,
) -> Returned:
    """Book the returns among ``facts``, whose sales are booked. Units that came back twice are booked all the same,
    with an alert; one whose sale nobody told of waits for it."""
    returns = [(fact, one) for fact, one in facts if isinstance(one, SaleReturned)]
    if not returns:
        return Returned()
    sales = _told_apart(act, [one for _, one in returns])
    receipts = find(act.connection, sales.values(), locked=True)
    booking = _Booking(act, sales, receipts, may_be_known, alerts, _states(act, [one.return_id for _, one in returns]))
    for fact, one in returns:
        booking.book(fact, one)
    return booking.write()


class _Booking:
    def __init__(
        self, act: Act, sales: dict[UUID, UUID], receipts: dict[UUID, Receipt], may_be_known: Callable[[Fact], bool],
        alerts: Alerts, states: dict[UUID, str],
    ) -> None:  # fmt: skip
        self._act = act
        self._sales = sales
        self._receipts = receipts
        self._may_be_known = may_be_known
        self._alerts = alerts
        self._states = states
        self._changed: set[UUID] = set()
        self._rows: dict[UUID, Row] = {}
        self._done = Returned()

    def book(self, fact: Fact, record: SaleReturned) -> None:
        sale_id = self._sales.get(record.return_id)
        receipt = self._receipts.get(sale_id) if sale_id else None
        if self._states.get(record.return_id) == BOOKED:
            self._known(fact, record, receipt)
            return
        state = WAITING if sale_id and receipt is None else BOOKED
        if state == WAITING:
            message = (
                f"{_name(record)} is of sale {sale_id}, which nobody told of yet. It is booked when the sale comes."
            )
            self._alerts.add("return-waiting", message, fact)
        elif receipt is not None:
            self._book(fact, record, receipt)
        self._states[record.return_id] = state
        self._rows[record.return_id] = _row(fact, record, sale_id, state, self._act.now_ms)

    def write(self) -> Returned:
        put(self._act.connection, tables.sale_return, list(self._rows.values()))
        changed = {sale_id: self._receipts[sale_id] for sale_id in sorted(self._changed)}
        for sale_id in shown_among(self._act.connection, changed):
            show(self._act, changed[sale_id])
        return self._done

    def _book(self, fact: Fact, record: SaleReturned, receipt: Receipt) -> None:
        done = booked(receipt.sale, receipt.returns, record)
        for kind, message in _doubts(receipt, record, done):
            buyer = receipt.sale.member
            self._alerts.add(kind, message, fact, buyer.id if buyer else None)
        receipt.returns.append(replace(record, sale_id=receipt.sale.sale_id))
        self._changed.add(receipt.sale.sale_id)
        self._done.booked[fact.number] = done

    def _known(self, fact: Fact, record: SaleReturned, receipt: Receipt | None) -> None:
        """Only counted: without that the till that told it again would show it on top of rows that hold it."""
        self._done.known.add(fact.number)
        if receipt is not None:
            self._done.booked[fact.number] = booked(receipt.sale, receipt.returns, record)
        if not self._may_be_known(fact):
            self._alerts.add("return-repeated", f"{_name(record)} is known from another fact.", fact)


def _doubts(receipt: Receipt, record: SaleReturned, done: Booked) -> Iterator[tuple[str, str]]:
    sale, others = receipt.sale, receipt.returns
    of = f"receipt {sale.lane}-{sale.receipt_number} of store {sale.store_id} on {sale.business_date}"
    for number, milli in done.over.items():
        name = next((line.name for line in sale.lines if line.number == number), "which it doesn't have")
        first = [each for each in others if any(line.number == number for line in each.lines)]
        by = " and ".join([*(_name(each) for each in first[-3:]), _name(record)])
        yield (
            "returned-twice",
            f"{print_quantity(milli)} of line {number} ({name}) of {of} came back beyond what was sold: by {by}.",
        )
    refunded = record.total_minor + sum(each.total_minor for each in others)
    if refunded > sale.total_minor and not done.over:
        yield "refund-exceeds", f"{refunded} (minor units) was given back for {of}, which came to {sale.total_minor}."
    if done.waiting_points or done.waiting_minor:
        yield (
            "return-credit",
            f"{_name(record)} gives back {done.waiting_points} points and {done.waiting_minor} (minor units) of stored"
            f" value that {of} didn't take, or that came back already. They weren't credited.",
        )
    if record.member and (sale.member is None or sale.member.id != record.member.id):
        yield "return-member", f"{_name(record)} names another member than {of}."


def _told_apart(act: Act, records: Sequence[SaleReturned]) -> dict[UUID, UUID]:
    """By return the id of its sale, which has another one here if two sales were confirmed under it (``sales``)."""
    wanted = {one.sale_id for one in records if one.sale_id is not None}
    sale = tables.sale.c
    rows = (
        act.connection.execute(select(sale.sale_id, sale.receipt_code).where(sale.sale_id.in_(wanted)))
        if wanted
        else ()
    )
    codes = {row.sale_id: row.receipt_code for row in rows}
    found = {}
    for one in records:
        if one.sale_id is not None:
            is_other = codes.get(one.sale_id, one.sale_code) != one.sale_code
            found[one.return_id] = uuid5(one.sale_id, one.sale_code) if is_other else one.sale_id
    return found


def _states(act: Act, ids: Sequence[UUID]) -> dict[UUID, str]:
    back = tables.sale_return.c
    rows = act.connection.execute(select(back.return_id, back.state).where(back.return_id.in_(ids)))
    return {row.return_id: row.state for row in rows}


def _name(record: SaleReturned) -> str:
    return (
        f"return {record.lane}-{record.receipt_number} of store {record.store_id} on {record.business_date}"
        f" ({record.total_minor} minor units)"
    )


def _row(fact: Fact, one: SaleReturned, sale_id: UUID | None, state: str, now_ms: int) -> Row:
    return {
        "return_id": one.return_id, "sale_id": sale_id, "state": state, "incarnation": fact.incarnation,
        "number": fact.number, "store_id": one.store_id, "lane": one.lane, "receipt_number": one.receipt_number,
        "business_date": one.business_date.isoformat(), "confirmed_ms": believed_ms(fact.hlc, now_ms),
        "cashier_id": one.cashier_id, "member_id": one.member.id if one.member else None,
        "total_minor": one.total_minor, "doc": msgspec.json.encode(one), "shift_id": one.shift_id,
    }  # fmt: skip
