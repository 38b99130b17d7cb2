"""The coupons that one act touches: read under a lock, moved by the domain's transitions, written back as sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from shared_models.domain.coupon import Coupon, CouponRefusal, CouponState
from shared_models.domain.coupon_facts import CouponIssued, IssuedCoupon, coupon_of
from shared_models.domain.coupon_life import CouponNotHeld, CouponRefused, give_back, told, void
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.sale import SaleConfirmed, UsedCoupon
from shared_models.domain.spending_rules import ResourceKind
from shared_models.orm import server as tables
from shared_models.wire import state
from sync_server.act import Act, FeedRow
from sync_server.ledger.leases import lent_to
from sync_server.ledger.stored_value import NEW_VALUE_LOCK
from sync_server.store.engine import lock
from sync_server.store.statements import Row, add, put

SHOWN_AFTER = timedelta(days=30)
"""So long do tills keep a coupon whose days are over: one that comes late is still known for what it is."""

MOST_HIDDEN = 5_000
"""Rows that one issue of coupons takes back from the tills."""


@dataclass(slots=True)
class Held:
    """``batch_id`` is ``None`` as long as nobody told of the coupon's issue. ``counted`` is 0 while untouched;
    ``shown``: what is lent of it has changed."""

    coupon: Coupon
    store_id: str = ""
    batch_id: UUID | None = None
    serial: int | None = None
    code_hash: bytes = b""
    counted: int = 0
    shown: bool = False


class Coupons:
    """Those with ``ids``, as an act of the device ``incarnation`` finds them. Locked in the order of their ids until
    the act commits."""

    def __init__(self, act: Act, incarnation: UUID, ids: Iterable[UUID]) -> None:
        self._act = act
        self._incarnation = incarnation
        self._uses: list[Row] = []
        self.known = _read(act.connection, set(ids))

    def issue(self, number: int, batch: CouponIssued, issued: IssuedCoupon) -> bool:
        """``False`` if it was issued before: then it is only counted. One that a sale used before its issue was told
        stays used."""
        known = self.known.get(issued.id)
        if known is not None and known.batch_id is not None:
            known.counted = number
            return False
        coupon = coupon_of(issued, batch.rule)
        if known is not None:
            used = known.coupon
            coupon = replace(coupon, state=used.state, reserved_by=used.reserved_by, version=used.version)
        self.known[issued.id] = Held(coupon, issued.store_id, batch.batch_id, issued.serial, issued.code_hash, number)
        return True

    def void(self, number: int, coupon_id: UUID) -> bool:
        """``False`` if it can't be cancelled any more, or was never issued."""
        held = self.known.get(coupon_id)
        if held is None:
            return False
        held.counted = number
        try:
            held.coupon = void(held.coupon)
        except CouponRefused:
            return False
        return True

    def use(self, number: int, sale: SaleConfirmed, used: UsedCoupon) -> CouponRefusal | None:
        """Book what fact ``number`` says it used; why that is disputed, if it is. ``UNKNOWN``: nobody told of its
        issue, and it is used up from now on."""
        held = self.known.get(used.id)
        unknown = held is None
        if held is None:
            held = Held(Coupon(used.id, used.rule, sale.business_date, sale.business_date))
            self.known[used.id] = held
        done = told(held.coupon, sale.sale_id)
        held.coupon, held.counted = done.coupon, number
        self._uses.append(
            {
                "coupon_id": used.id, "sale_id": sale.sale_id, "incarnation": self._incarnation, "number": number,
                "booked_on": sale.business_date.isoformat(), "off_minor": used.off_minor,
                "disputed": done.disputed.value if done.disputed else "",
            }
        )  # fmt: skip
        return CouponRefusal.UNKNOWN if unknown else done.disputed

    def give_back(self, number: int, coupon_id: UUID, sale_id: UUID, on: date, rules: Mapping[str, CouponRule]) -> bool:
        """Make it usable again by a return on ``on``. ``False`` if the sale doesn't have it or its rule is gone."""
        held = self.known.get(coupon_id)
        if held is None:
            return False
        held.counted = number
        rule = rules.get(held.coupon.rule)
        try:
            held.coupon = give_back(held.coupon, rule, sale_id, on) if rule else held.coupon
        except CouponNotHeld:
            return False
        return rule is not None

    def show(self, ids: Iterable[UUID]) -> None:
        """Publish new rows of these coupons too."""
        for held in map(self.known.get, ids):
            if held is not None:
                held.shown = True

    def hide(self, before: date) -> None:
        """Take rows back from the tills that ended before ``before``."""
        table = tables.coupon
        old = select(table).where(table.c.shown, table.c.valid_to < before.isoformat())
        rows = self._act.connection.execute(old.order_by(table.c.id).limit(MOST_HIDDEN).with_for_update()).all()
        ids = [row.id for row in rows if row.id not in self.known]
        if ids:
            self._act.connection.execute(table.update().where(table.c.id.in_(ids)).values(shown=False))
        for row in rows:
            if row.id in ids:
                key = str(row.id)
                self._act.publish(
                    FeedRow("coupon", key, b"", store_id=row.store_id or None, member_id=row.id, deleted=True)
                )

    def write(self) -> None:
        """Store what changed and publish the row of every coupon that counts a fact of this act or is to be shown."""
        connection = self._act.connection
        published = [one for one in self.known.values() if one.counted or one.shown]
        touched = sorted(published, key=lambda one: one.coupon.id)
        put(connection, tables.coupon, [_row(one) for one in touched])
        add(connection, tables.coupon_use, self._uses)
        put(
            connection,
            tables.counted,
            [
                {"member_id": one.coupon.id, "incarnation": self._incarnation, "number": one.counted}
                for one in touched
                if one.counted
            ],
        )
        lent = lent_to(connection, ResourceKind.COUPON, [one.coupon.id for one in touched])
        for one in touched:
            key, doc = str(one.coupon.id), state.encode(coupon_doc(one, lent.get(one.coupon.id, ())))
            self._act.publish(FeedRow("coupon", key, doc, store_id=one.store_id or None, member_id=one.coupon.id))


def coupon_doc(held: Held, lent: Iterable[state.LentDoc] = ()) -> state.CouponDoc:
    one = held.coupon
    return state.CouponDoc(
        id=one.id, rule=one.rule, valid_from=one.valid_from, valid_to=one.valid_to, member_id=one.member_id,
        store_id=held.store_id, state=one.state, issued_by=one.issued_by, sale_id=one.reserved_by,
        code_hash=held.code_hash, version=one.version, lent=list(lent),
    )  # fmt: skip


def held_of(row: Any) -> Held:
    """Of a row of ``coupon``."""
    coupon = Coupon(
        row.id, row.rule, date.fromisoformat(row.valid_from), date.fromisoformat(row.valid_to), row.member_id,
        CouponState(row.state), row.issued_by, row.sale_id, row.version,
    )  # fmt: skip
    return Held(coupon, row.store_id, row.batch_id, row.serial, bytes(row.code_hash) if row.code_hash else b"")


def _read(connection: Connection, ids: set[UUID]) -> dict[UUID, Held]:
    table = tables.coupon
    if not ids:
        return {}
    if len(ids) > (connection.scalar(select(func.count()).select_from(table).where(table.c.id.in_(ids))) or 0):
        lock(connection, NEW_VALUE_LOCK)
    rows = connection.execute(select(table).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update()).all()
    return {row.id: held_of(row) for row in rows}


def _row(one: Held) -> Row:
    coupon = one.coupon
    return {
        "id": coupon.id, "rule": coupon.rule, "member_id": coupon.member_id, "store_id": one.store_id,
        "valid_from": coupon.valid_from.isoformat(), "valid_to": coupon.valid_to.isoformat(),
        "state": coupon.state.value, "issued_by": coupon.issued_by, "sale_id": coupon.reserved_by,
        "version": coupon.version, "batch_id": one.batch_id, "serial": one.serial,
        "code_hash": one.code_hash or None, "shown": True,
    }  # fmt: skip
