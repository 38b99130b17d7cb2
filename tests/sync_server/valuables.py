"""A shop with coupons and stored value, and what tills tell of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec

from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TenderKind, UsedCoupon
from shared_models.domain.stored_value_facts import StoredValueLoaded, account_id
from shared_models.domain.stored_value_ledger import BonusLot
from shared_models.wire.state import CouponDoc, StoredValueDoc
from tests.sync_server import acts
from tests.sync_server.till import Till

FIVE_OFF, LEAFLET = "five-off", "leaflet"
BY_FLOOR = {"stored_value": {"mode": "floor", "floor": 200_00}}
"""Stored value without leases."""


def coupon_rule(rule_id: str, minor: int = 5_00, **more: Any) -> dict[str, Any]:
    """``minor`` off everything."""
    step = {"threshold": 0, "benefit": {"kind": "amount_off", "amount_minor": minor}}
    terms = {"kind": "spend", "goods": {"everything": True}, "steps": [step]}
    names = {"en": f"¥{minor // 100} off", "zh_Hans": f"减{minor // 100}元"}
    return {"id": rule_id, "names": names, "terms": terms, "valid_from": "2026-01-01", **more}


def programme(version: int = 2, **more: Any) -> dict[str, Any]:
    plain = to_plain(default_programme())
    return {
        **plain,
        "tiers": [{**each, "member_price": "1"} for each in plain["tiers"]],
        "format": 3,
        "version": version,
        "coupons": [
            coupon_rule(FIVE_OFF, issue={"by": "hand", "per_member": 3}),
            coupon_rule(LEAFLET, 2_00, personal=False, number=7),
        ],
        "stored_value": {"steps": [{"from_minor": 100_00, "bonus_minor": 10_00}], "bonus_days": 365},
        **more,
    }


def load(till: Till, member_id: UUID, minor: int, bonus: int = 0) -> StoredValueLoaded:
    load_id = till.new_id()
    return StoredValueLoaded(
        load_id=load_id, member_id=member_id, store_id=till.identity.store_id, lane=till.identity.lane,
        shift_id=UUID(int=1), cashier_id="ann", business_date=acts.DAY, currency="CNY", amount_minor=minor,
        payments=(Payment(till.new_id(), TenderKind.CASH, PaymentState.CAPTURED, minor, minor),), programme_version=2,
        bonus=(BonusLot(load_id, bonus, acts.EXPIRY),) if bonus else (),
    )  # fmt: skip


def purchase(till: Till, receipt: int, member_id: UUID, minor: int, lots: tuple[BonusLot, ...] = ()) -> SaleConfirmed:
    """A sale that stored value pays."""
    bonus = sum(lot.minor for lot in lots)
    payment = Payment(
        till.new_id(), TenderKind.STORED_VALUE, PaymentState.CAPTURED, minor, bonus_minor=bonus, lots=lots
    )
    return replace(acts.sale(till, receipt, minor, member_id), payments=(payment,))


def with_coupon(sale: SaleConfirmed, coupon_id: UUID, rule: str = FIVE_OFF) -> SaleConfirmed:
    return replace(sale, coupons=(UsedCoupon(coupon_id, rule, 5_00),))


def member(till: Till, number: str = "M1") -> UUID:
    """Registered and told."""
    one = acts.member(till, number)
    till.register(one, acts.profile(phone=f"86138001{ord(number[-1]):05d}"))
    till.pushed()
    return one.member_id


def account(till: Till, member_id: UUID) -> tuple[StoredValueDoc, int]:
    """The account as the till gets it, and what its row counts of the till."""
    row = till.rows("stored_value")[str(account_id(member_id))]
    return msgspec.json.decode(row.doc, type=StoredValueDoc), row.counted


def coupons(till: Till) -> dict[UUID, CouponDoc]:
    """Those that aren't deleted."""
    found = [row for row in till.rows("coupon").values() if not row.deleted]
    return {doc.id: doc for doc in (msgspec.json.decode(row.doc, type=CouponDoc) for row in found)}
