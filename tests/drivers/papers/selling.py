"""Goods are sold and the receipt is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from shared_models.domain import effects, receipt_code, tender
from shared_models.domain.audience import PricingMember, Visit
from shared_models.domain.basket import Basket
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Lot, Standing
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme_rules import Programme
from shared_models.domain.receipt import Document, Language
from shared_models.domain.sale import Inputs, Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.sale_receipt import sale_receipt
from shared_models.domain.store import StoreInfo
from tests.domain.shop import AT, MEMBER, PROGRAMME, SHIFT, TODAY
from tests.drivers.papers.shop import CASHIER, STORE, Made, words


def card(minor: int, kind: TenderKind = TenderKind.CARD, number: int = 0xC0) -> Payment:
    return Payment(UUID(int=number), kind, PaymentState.CAPTURED, minor)


def sold(
    what: Basket,
    language: Language,
    rules: Programme = PROGRAMME,
    *,
    tier: str | None = None,
    paid: Sequence[Payment] = (),
    tendered_minor: int | None = None,
    visit: Visit | None = None,
    currency: str = "CNY",
    training: bool = False,
    online: bool = True,
    number: int = 127,
) -> SaleConfirmed:
    """Sell, ``paid`` first and cash for the rest."""
    bill = price(what, rules, PricingMember(tier) if tier else None, AT, visit or Visit())
    return booked(bill, language, rules, tier, paid, tendered_minor, currency, training, online, number)


def booked(
    bill: PricedBasket,
    language: Language,
    rules: Programme,
    tier: str | None,
    paid: Sequence[Payment],
    tendered_minor: int | None,
    currency: str,
    training: bool,
    online: bool,
    number: int,
    rounding_minor: int = 0,
) -> SaleConfirmed:
    payments = list(paid)
    due = tender.due_after(bill.total_minor + rounding_minor, payments)
    if due:
        step = rules.cash_rounding_minor
        cash = tender.cash(due, tender.cash_due(due, step) if tendered_minor is None else tendered_minor, step)
        payments.append(cash.payment(UUID(int=0xCA54)))
        rounding_minor += cash.rounding_minor
    return assemble(
        bill,
        payments,
        rounding_minor=rounding_minor,
        programme=rules,
        inputs=Inputs("2", rules.version, 7, tier, online=online),
        shift=replace(SHIFT, currency=currency),
        business_date=TODAY,
        numbers=Numbers(UUID(int=number << 8), UUID(int=number << 8 | 3), number, code(number)),
        buyer=Buyer(MEMBER, tier) if tier else None,
        language=language,
        training=training,
    )


def code(number: int) -> str:
    return receipt_code.encode(number.to_bytes(10, "big"))


def view(sale: SaleConfirmed, rules: Programme = PROGRAMME, growth: int = 1_800) -> MemberView:
    """The member after ``sale``, with old points of which some soon expire."""
    lots = (Lot(UUID(int=7), 60, date(2026, 12, 31)), Lot(UUID(int=8), 1_800, date(2027, 12, 31)))
    before = MemberView(Account(lots), Standing(sale.inputs.tier or "basic", growth))
    effect = effects.effect_of(sale)
    return effects.apply(before, effect, rules) if effect else before


def paper(
    sale: SaleConfirmed,
    language: Language,
    rules: Programme = PROGRAMME,
    *,
    store: StoreInfo = STORE,
    stored_value_minor: int | None = None,
    credits: Sequence[UUID] = (),
) -> Document:
    return sale_receipt(
        sale, store, view(sale, rules) if sale.member else None, words(language), language,
        at=AT, cashier=CASHIER[language], programme=rules, stored_value_minor=stored_value_minor,
        credits=credits,
    )  # fmt: skip


def plain(what: Basket, tendered_minor: int | None = None) -> Made:
    return lambda language: paper(sold(what, language, tendered_minor=tendered_minor), language)
