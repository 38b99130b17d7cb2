"""Receipts of sales."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from shared_models.domain import tender
from shared_models.domain.audience import PricingMember, Visit
from shared_models.domain.barcode import InStore
from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Bundle, Deal, Get, Part, Spend, Step, Terms
from shared_models.domain.offer import AmountOff, Goods, PercentOff
from shared_models.domain.pricing import price
from shared_models.domain.receipt import Document, Language
from shared_models.domain.sale import TenderKind
from shared_models.domain.sale_receipt import reprint
from tests.domain.shop import AT, MEMBER, PROGRAMME, TODAY, offer, programme
from tests.drivers.papers.goods import APPLE, BAG, EVERYDAY, HAM, MILK, RICE, TISSUE, WINE, goods
from tests.drivers.papers.selling import booked, card, paper, plain, sold
from tests.drivers.papers.shop import STORE, Made, words
from tests.drivers.supermarket import receipt as supermarket


def one_line(language: Language) -> Document:
    return paper(sold(goods(BAG), language), language)


def weighed(language: Language) -> Document:
    what = goods((APPLE, 846)).add_label(HAM, InStore("2100188015408", "00188", price_minor=15_40))
    return paper(sold(what, language, tendered_minor=50_00), language)


def member_points(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, tier="silver", tendered_minor=200_00), language)


def top_tier(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, tier="diamond", tendered_minor=200_00), language)


def redeemed(language: Language) -> Document:
    paid = [tender.points_payment(UUID(int=1), 1_000, PROGRAMME.redeem)]
    return paper(sold(EVERYDAY, language, tier="gold", paid=paid, tendered_minor=200_00), language)


def stored_value(language: Language) -> Document:
    sale = sold(EVERYDAY, language, tier="gold", paid=[card(100_00, TenderKind.STORED_VALUE)], tendered_minor=50_00)
    return paper(sale, language, stored_value_minor=236_40)


def split_payment(language: Language) -> Document:
    paid = [card(20_00, TenderKind.VOUCHER, 1), card(60_00, TenderKind.WALLET, 2), card(50_00, number=3)]
    return paper(sold(EVERYDAY, language, paid=paid, tendered_minor=50_00), language)


def line_offers(language: Language) -> Document:
    rules = programme(
        offer("a", PercentOff(Decimal("12.5")), Goods(products=("milk",))),
        offer("b", AmountOff(5_00), Goods(products=("rice",))),
    )
    return paper(sold(EVERYDAY, language, rules, tier="gold", tendered_minor=200_00), language, rules)


def deals(language: Language) -> Document:
    terms: tuple[Terms, ...] = (
        Spend(Goods(categories=("home",)), (Step(60_00, AmountOff(10_00)),)),
        Get(Goods(products=("milk",)), 2, 1, PercentOff(Decimal(100))),
        Bundle((Part(Goods(products=("rice",)), 1), Part(Goods(products=("wine",)), 1)), 400_00),
    )
    named = tuple(Deal(f"d{n}", {}, each, date(2026, 1, 1), group=f"g{n}") for n, each in enumerate(terms))
    rules = replace(programme(), deals=named)
    what = goods((MILK, 3000), (TISSUE, 2000), RICE, WINE)
    return paper(sold(what, language, rules, tier="gold", tendered_minor=1000_00), language, rules)


def coupon(language: Language) -> Document:
    off = Deal("c", {}, Spend(Goods(everything=True), (Step(100_00, AmountOff(20_00)),)), date(2026, 1, 1))
    rules = replace(programme(), coupons=(CouponRule(off),))
    visit = Visit(coupons=(Coupon(UUID(int=5), "c", TODAY, TODAY, MEMBER),))
    bill = price(EVERYDAY, rules, PricingMember("gold", id=MEMBER), AT, visit)
    sale = booked(bill, language, rules, "gold", (), 200_00, "CNY", False, True, 127)
    return paper(sale, language, rules)


def tax_on_top(language: Language) -> Document:
    rules = programme(include_tax=False)
    return paper(sold(EVERYDAY, language, rules, tendered_minor=200_00), language, rules)


def several_rates(language: Language) -> Document:
    rules = programme(taxes={"standard": "0.13", "reduced": "0.09", "zero": "0", "odd": "0.0825"})
    what = goods(MILK, RICE, replace(BAG, tax_code="zero"), replace(WINE, tax_code="odd"))
    return paper(sold(what, language, rules, tendered_minor=500_00), language, rules)


def cash_rounding(language: Language) -> Document:
    rules = replace(programme(), cash_rounding_minor=50)
    return paper(sold(goods(MILK, (APPLE, 1246)), language, rules, tendered_minor=50_00), language, rules)


def training(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, training=True, tendered_minor=200_00), language)


def offline(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, tier="silver", tendered_minor=200_00, online=False), language)


def copy(language: Language) -> Document:
    return reprint(member_points(language), words(language))


def yen(language: Language) -> Document:
    sale = sold(
        goods(replace(MILK, price_minor=248), replace(RICE, price_minor=3_980)),
        language,
        currency="JPY",
        tendered_minor=5_000,
    )
    return paper(sale, language, store=replace(STORE, currency="JPY"))


PAPERS: Final[dict[str, Made]] = {
    "cash-sale": plain(EVERYDAY, 200_00),
    "one-line": one_line,
    "weighed-goods": weighed,
    "member-points": member_points,
    "member-top-tier": top_tier,
    "points-redeemed": redeemed,
    "stored-value": stored_value,
    "split-payment": split_payment,
    "line-offers": line_offers,
    "deals": deals,
    "coupon": coupon,
    "tax-on-top": tax_on_top,
    "several-rates": several_rates,
    "cash-rounding": cash_rounding,
    "training": training,
    "offline": offline,
    "copy": copy,
    "yen": yen,
    "supermarket": supermarket,
}
