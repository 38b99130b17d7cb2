"""Receipts of goods that came back, were exchanged or are a gift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from shared_models.domain import tender
from shared_models.domain.exchange import credit_payment, exchange
from shared_models.domain.gift_receipt import gift_receipt
from shared_models.domain.pricing import price
from shared_models.domain.receipt import Document, Language
from shared_models.domain.return_receipt import return_receipt
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from tests.domain.shop import AT, PROGRAMME, SHIFT, TODAY, programme
from tests.drivers.papers.goods import EVERYDAY, MILK, RICE, TISSUE, goods
from tests.drivers.papers.selling import booked, code, paper, sold
from tests.drivers.papers.shop import APPROVER, CASHIER, REASON, STORE, Made, words


def slip(number: int = 128, reason: str = "faulty") -> ReturnSlip:
    return ReturnSlip(UUID(int=number), SHIFT, TODAY, reason, "manager", number, code(number))


def part_returned(language: Language) -> Document:
    paid = [tender.points_payment(UUID(int=1), 1_000, PROGRAMME.redeem)]
    sale = sold(EVERYDAY, language, tier="gold", paid=paid, tendered_minor=200_00)
    record = take_back(sale, (), {1: 1000, 2: 1246}, slip(), ReturnRules())
    return return_receipt(
        record, sale, STORE, words(language), language, at=AT, cashier=CASHIER[language],
        approver=APPROVER[language], reason=REASON[language], points_balance=1_834,
    )  # fmt: skip


def return_on_top(language: Language) -> Document:
    sale = sold(EVERYDAY, language, programme(include_tax=False), paid=(), tendered_minor=200_00)
    record = take_back(sale, (), {1: 2000}, slip(), ReturnRules())
    return return_receipt(record, sale, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def exchanged(language: Language) -> Document:
    old = sold(goods(RICE), language)
    record = take_back(old, (), {1: 1000}, slip(), ReturnRules())
    bill = price(goods(TISSUE, (MILK, 2000)), PROGRAMME, None, AT)
    swap = exchange(record, bill.total_minor)
    paid = [credit_payment(each, UUID(int=0xE0 + n)) for n, each in enumerate(swap.credits)]
    sale = booked(bill, language, PROGRAMME, None, paid, 20_00, "CNY", False, True, 129, swap.rounding_minor)
    return paper(sale, language, credits=[each.id for each in paid])


def exchange_return(language: Language) -> Document:
    """Goods for ¥69.90 given in exchange for some for ¥49.90: the rest is paid out."""
    old = sold(goods(RICE), language)
    record = take_back(old, (), {1: 1000}, slip(), ReturnRules())
    record = replace(record, refunds=exchange(record, 49_90).refunds)
    return return_receipt(record, old, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def gift(language: Language, given: Mapping[int, int] | None = None) -> Document:
    sale = sold(EVERYDAY, language, tier="gold", tendered_minor=200_00)
    whole = {line.number: line.quantity_milli for line in sale.lines}
    return gift_receipt(
        sale, whole if given is None else given, STORE, words(language), language, until=TODAY + timedelta(days=30)
    )


PAPERS: Final[dict[str, Made]] = {
    "return-part": part_returned,
    "return-tax-on-top": return_on_top,
    "exchange": exchanged,
    "exchange-return": exchange_return,
    "gift-receipt": gift,
    "gift-receipt-part": lambda language: gift(language, {1: 1000, 2: 1246}),
}
