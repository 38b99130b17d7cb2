"""Slips: coupons, rewards, stored value, cash in and out of the drawer."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Final
from uuid import UUID

from shared_models.domain import tender
from shared_models.domain.cash_drawer import CashMoved, MovementKind
from shared_models.domain.cash_slip import cash_slip
from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.coupon_slip import coupon_slip
from shared_models.domain.deal import Deal, Spend, Step
from shared_models.domain.load_receipt import load_receipt
from shared_models.domain.no_sale_slip import no_sale_slip
from shared_models.domain.offer import AmountOff, Goods, Window
from shared_models.domain.receipt import Document, Language
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.reward_slip import reward_slip
from shared_models.domain.rewards import RewardKind
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.domain.stored_value_ledger import BonusLot
from tests.domain.shop import AT, MEMBER, SHIFT, TODAY
from tests.drivers.papers.shop import APPROVER, CASHIER, STORE, Made, words


def personal_coupon(language: Language) -> Document:
    names = {
        "en": "Autumn fruit and vegetables, family Saturday",
        "zh_Hans": "金秋果蔬家庭周六专享券",
        "zh_Hant": "金秋果蔬家庭週六專享券",
    }
    fruit = Goods(categories=("fruit",))
    steps = (Step(100_00, AmountOff(20_00)), Step(200_00, AmountOff(50_00)))
    off = Deal(
        "c", names, Spend(fruit, steps), date(2026, 1, 1), window=Window((6, 7), time(9), time(21, 30)),
        most_minor=50_00, excludes=("d",), full_price_only=True,
    )  # fmt: skip
    had = Coupon(UUID("01935d2b-7c11-7e5a-9b3c-2f6a8d4e1c07"), "c", TODAY, TODAY + timedelta(days=29), MEMBER)
    return coupon_slip(had, CouponRule(off), STORE, words(language), language, here_only=True)


def load(language: Language) -> Document:
    cash = tender.cash(500_00, 500_00)
    loaded = StoredValueLoaded(
        UUID(int=1), MEMBER, "s1", 3, SHIFT.shift_id, "wang", TODAY, "CNY", 500_00, (cash.payment(UUID(int=2)),), 1,
        (BonusLot(UUID(int=3), 50_00, date(2027, 11, 24)),),
    )  # fmt: skip
    return load_receipt(loaded, STORE, 786_40, words(language), language, at=AT, cashier=CASHIER[language])


def reward(language: Language) -> Document:
    had = RewardRedeemed(
        UUID(int=1), MEMBER, "mug", RewardKind.GOODS, "mug", 2, 1_200, "s1", 3, SHIFT.shift_id, "wang", 130, TODAY, 1
    )
    name = {
        "en": "Enamel mug, limited edition",
        "zh_Hans": "限量版珐琅马克杯（附礼盒）",
        "zh_Hant": "限量版琺瑯馬克杯（附禮盒）",
    }
    return reward_slip(
        had, STORE, words(language), language, name=name[language], balance_before=1_860, at=AT,
        cashier=CASHIER[language],
    )  # fmt: skip


_TAXI = {
    "en": "Taxi to the airport, with the samples",
    "zh_Hans": "送样品去机场的出租车费",
    "zh_Hant": "送樣品去機場的計程車費",
}


def moved(language: Language, kind: MovementKind, amount_minor: int, reason: str) -> CashMoved:
    approver = "chen" if kind is MovementKind.PAID_OUT else ""
    return CashMoved(
        UUID(int=1), "s1", SHIFT.lane, SHIFT.shift_id, "wang", TODAY, SHIFT.currency, kind, amount_minor, reason,
        approver,
    )  # fmt: skip


def cash_moved(kind: MovementKind, amount_minor: int, reason: str = "") -> Made:
    def make(language: Language) -> Document:
        fact = moved(language, kind, amount_minor, reason or _TAXI[language])
        return cash_slip(
            fact, STORE, words(language), language, at=AT, cashier=CASHIER[language],
            approver=APPROVER[language] if fact.approver_id else "",
        )  # fmt: skip

    return make


def no_sale(language: Language) -> Document:
    return no_sale_slip("count", STORE, words(language), language, lane=SHIFT.lane, at=AT, by=CASHIER[language])


PAPERS: Final[dict[str, Made]] = {
    "load-slip": load,
    "reward-slip": reward,
    "coupon-slip": personal_coupon,
    "cash-paid-in": cash_moved(MovementKind.PAID_IN, 50_00, "change"),
    "cash-paid-out": cash_moved(MovementKind.PAID_OUT, 86_50),
    "cash-drop": cash_moved(MovementKind.DROP, 1_234_567_00, "safe"),
    "no-sale": no_sale,
}
