"""The part of a batch that is about stored value and coupons.

What a till has given away is booked whatever it rests on: too much is owed, a coupon that was used or cancelled before
is used once more as disputed, and somebody is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from shared_models.domain.coupon import CouponRefusal
from shared_models.domain.coupon_facts import CouponIssued, CouponVoided
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.facts import Fact
from shared_models.domain.member_links import MembersJoined, MembersParted
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, SaleConfirmed, TenderKind, UsedCoupon
from shared_models.domain.spending_rules import Resource, ResourceKind, stored_value_of
from shared_models.domain.stored_value_facts import (
    StoredValueCorrected,
    StoredValueLoaded,
    correction_entry,
    entry_of,
    load_entry,
    purchases,
)
from shared_models.domain.stored_value_ledger import Entry
from shared_models.orm.server import member
from shared_models.orm.server import sale as sale_table
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.returns import Returned
from sync_server.ledger.coupons import SHOWN_AFTER, Coupons
from sync_server.ledger.joins import group_of
from sync_server.ledger.leases import recall
from sync_server.ledger.owned import ids_of
from sync_server.ledger.stored_value import Accounts

Facts = Sequence[tuple[Fact, Payload]]
Rules = Mapping[str, CouponRule]

_RECEIPTS = (SaleConfirmed, SaleReturned)


def book_value(
    act: Act,
    incarnation: UUID,
    facts: Facts,
    new_sales: Set[int],
    returned: Returned,
    rules: Rules,
    may_be_known: Callable[[Fact], bool],
    alerts: Alerts,
    lent: Set[Resource] = frozenset(),
) -> None:
    """Book a batch in its order; ``new_sales`` are the numbers of the sales that weren't there yet, ``rules`` those of
    the coupons that ``returned`` gives back. Nobody looks at an entry that comes twice if its fact ``may_be_known``. Of
    ``lent`` something else is lent now."""
    new = new_sales | returned.new
    done = [(fact, one) for fact, one in facts if not isinstance(one, _RECEIPTS) or fact.number in new | returned.known]
    for fact, one in done:
        if isinstance(one, SaleConfirmed) and one.member is None:
            for payment in purchases(one):
                message = f"{payment.amount_minor} (minor units) of stored value paid a sale without a member."
                alerts.add("stored-value-nobody", message, fact)
    refunds = {number: one.entries for number, one in returned.booked.items() if number in new and one.entries}
    shown = ids_of(lent, ResourceKind.STORED_VALUE)
    members = {found for _, one in done for found in _members(one)} | shown
    if members:
        entries = [found for _, one in done for found in _entries(one)]
        entries += [each.id for some in refunds.values() for each in some]
        accounts = Accounts(act, incarnation, members, entries)
        accounts.show(shown)
        _AccountBooking(act, accounts, refunds, may_be_known, alerts).book(done)
    shown = ids_of(lent, ResourceKind.COUPON)
    ids = {found for _, one in done for found in _coupons(one)} | shown
    if ids:
        coupons = Coupons(act, incarnation, ids)
        coupons.show(shown)
        _CouponBooking(act, coupons, rules, new, alerts).book(done)


class _AccountBooking:
    def __init__(
        self, act: Act, accounts: Accounts, refunds: Mapping[int, Sequence[Entry]],
        may_be_known: Callable[[Fact], bool], alerts: Alerts,
    ) -> None:  # fmt: skip
        self._act = act
        self._accounts = accounts
        self._refunds = refunds
        self._may_be_known = may_be_known
        self._alerts = alerts

    def book(self, facts: Facts) -> None:
        loads = [(fact, one) for fact, one in facts if isinstance(one, StoredValueLoaded)]
        unknown = self._unknown({one.member_id for _, one in loads})
        for fact, payload in facts:
            match payload:
                case SaleConfirmed():
                    self._spend(fact, payload)
                case SaleReturned(member=owner) if owner is not None and _refunds(payload):
                    for entry in self._refunds.get(fact.number, ()):
                        self._add(fact, owner.id, entry)
                    self._accounts.count(fact.number, owner.id)
                case StoredValueLoaded():
                    self._load(fact, payload, unknown)
                case StoredValueCorrected():
                    self._add(fact, payload.member_id, correction_entry(payload), payload.reason)
                case MembersJoined():
                    self._join(fact, payload)
                case MembersParted():
                    self._accounts.part(fact.number, payload.first, payload.second)
        self._accounts.write()

    def _spend(self, fact: Fact, sale: SaleConfirmed) -> None:
        for payment in purchases(sale):
            if sale.member is None:
                continue
            held = self._accounts.of(sale.member.id).held
            if held.frozen:
                self._alerts.add("stored-value-frozen", "Frozen stored value was spent.", fact, sale.member.id)
            owed = self._add(fact, sale.member.id, entry_of(payment, sale.business_date, held))
            if owed:
                message = f"{owed} (minor units) of stored value were spent that weren't there; they are owed."
                self._alerts.add("stored-value-overspent", message, fact, sale.member.id)
                for each in self._accounts.of(sale.member.id).group:
                    recall(self._act, stored_value_of(each.member_id))

    def _join(self, fact: Fact, joined: MembersJoined) -> None:
        kept = self._accounts.of(joined.kept)
        if self._accounts.of(joined.gone).holder is kept:
            self._accounts.join(fact.number, joined.kept)
            for each in kept.group:
                recall(self._act, stored_value_of(each.member_id))

    def _load(self, fact: Fact, loaded: StoredValueLoaded, unknown: Set[UUID]) -> None:
        paid = sum(each.amount_minor for each in loaded.payments if each.state is PaymentState.CAPTURED)
        if paid != loaded.amount_minor:
            message = f"{paid} was paid for a load of {loaded.amount_minor} (minor units)."
            self._alerts.add("sums", message, fact, loaded.member_id)
        if loaded.member_id in unknown:
            message = "Stored value was loaded for a member nobody registered."
            self._alerts.add("unknown-member", message, fact, loaded.member_id)
        self._add(fact, loaded.member_id, load_entry(loaded))

    def _add(self, fact: Fact, member_id: UUID, entry: Entry, note: str = "") -> int:
        if self._accounts.knows(entry.id) and not self._may_be_known(fact):
            message = f"An entry of stored value ({entry.kind.value}) came twice under one id; it was booked once."
            self._alerts.add("stored-value-repeated", message, fact, member_id)
        return self._accounts.add(fact.number, member_id, entry, note)

    def _unknown(self, ids: Set[UUID]) -> set[UUID]:
        return (
            set(ids) - set(self._act.connection.scalars(select(member.c.id).where(member.c.id.in_(ids))))
            if ids
            else set()
        )


class _CouponBooking:
    def __init__(self, act: Act, coupons: Coupons, rules: Rules, new: Set[int], alerts: Alerts) -> None:
        self._act = act
        self._new = new
        self._coupons = coupons
        self._rules = rules
        self._alerts = alerts

    def book(self, facts: Facts) -> None:
        for fact, payload in facts:
            match payload:
                case CouponIssued():
                    for each in payload.coupons:
                        if not self._coupons.issue(fact.number, payload, each):
                            self._alerts.add("coupon-repeated", f"Coupon {each.id} was issued before.", fact)
                    self._coupons.hide(payload.issued_on - SHOWN_AFTER)
                case CouponVoided():
                    for coupon_id in payload.coupon_ids:
                        if not self._coupons.void(fact.number, coupon_id):
                            self._alerts.add("coupon-void-late", f"Coupon {coupon_id} can't be cancelled.", fact)
                case SaleConfirmed(training=False):
                    for used in {each.id: each for each in payload.coupons}.values():
                        self._use(fact, payload, used)
                case SaleReturned() if fact.number in self._new:
                    for coupon_id in payload.coupons:
                        self._give_back(fact, payload, coupon_id)
        self._coupons.write()

    def _give_back(self, fact: Fact, record: SaleReturned, coupon_id: UUID) -> None:
        sale_id = record.sale_id
        if sale_id is None or not self._coupons.give_back(
            fact.number, coupon_id, sale_id, record.business_date, self._rules
        ):
            where = _receipt(record.lane, record.receipt_number, record.store_id, record.business_date.isoformat())
            message = f"Coupon {coupon_id} can't be given back by {where}: another sale has it, or its rule is gone."
            self._alerts.add("coupon-not-returned", message, fact, record.member.id if record.member else None)

    def _use(self, fact: Fact, sale: SaleConfirmed, used: UsedCoupon) -> None:
        buyer = sale.member.id if sale.member else None
        disputed = self._coupons.use(fact.number, sale, used)
        coupon = self._coupons.known[used.id].coupon
        where = _receipt(sale.lane, sale.receipt_number, sale.store_id, sale.business_date.isoformat())
        match disputed:
            case CouponRefusal.UNKNOWN:
                message = f"Coupon {used.id} ({used.rule}), which nobody issued, was used by {where}."
                self._alerts.add("coupon-unknown", message, fact, buyer)
                return
            case CouponRefusal.USED:
                first = self._first(coupon.reserved_by)
                message = f"Coupon {used.id} ({used.rule}) was used twice: by {first}, and by {where}."
                self._alerts.add("coupon-twice", message, fact, buyer)
            case CouponRefusal.VOID:
                message = f"Coupon {used.id} ({used.rule}) was cancelled, and used by {where}."
                self._alerts.add("coupon-void", message, fact, buyer)
        if coupon.member_id is not None and coupon.member_id != buyer and not self._is_joined(coupon.member_id, buyer):
            message = f"Coupon {used.id} ({used.rule}) is another member's than the buyer's in {where}."
            self._alerts.add("coupon-owner", message, fact, buyer)
        if not coupon.valid_from - _A_DAY <= sale.business_date <= coupon.valid_to:
            message = f"Coupon {used.id} ({used.rule}) was used by {where}, outside its days."
            self._alerts.add("coupon-days", message, fact, buyer)

    def _is_joined(self, owner: UUID, buyer: UUID | None) -> bool:
        return buyer is not None and buyer in group_of(self._act.connection, [owner])

    def _first(self, sale_id: UUID | None) -> str:
        columns = sale_table.c
        row = self._act.connection.execute(
            select(columns.lane, columns.receipt_number, columns.store_id, columns.business_date).where(
                columns.sale_id == sale_id
            )
        ).one_or_none()
        return _receipt(*row) if row else f"sale {sale_id}"


_A_DAY = timedelta(days=1)
"""A business date may be the day before the store's calendar day, by which coupons go."""


def _receipt(lane: int, number: int, store_id: str, on: str) -> str:
    return f"receipt {lane}-{number} of store {store_id} on {on}"


def _members(payload: Payload) -> Iterator[UUID]:
    match payload:
        case StoredValueLoaded() | StoredValueCorrected():
            yield payload.member_id
        case SaleConfirmed(member=buyer) if buyer is not None:
            yield from (buyer.id for _ in purchases(payload))
        case SaleReturned(member=owner) if owner is not None and _refunds(payload):
            yield owner.id
        case MembersJoined():
            yield from (payload.kept, payload.gone)
        case MembersParted():
            yield from (payload.first, payload.second)


def _refunds(record: SaleReturned) -> bool:
    """Whether it gives stored value back."""
    return any(each.kind is TenderKind.STORED_VALUE for each in record.refunds)


def _entries(payload: Payload) -> Iterator[UUID]:
    match payload:
        case StoredValueLoaded():
            yield payload.load_id
        case StoredValueCorrected():
            yield payload.entry_id
        case SaleConfirmed():
            yield from (payment.id for payment in purchases(payload))


def _coupons(payload: Payload) -> Iterator[UUID]:
    match payload:
        case CouponIssued():
            yield from (each.id for each in payload.coupons)
        case CouponVoided():
            yield from payload.coupon_ids
        case SaleConfirmed(training=False):
            yield from (each.id for each in payload.coupons)
        case SaleReturned():
            yield from payload.coupons
