"""Papers that go along with a sale: the gift receipt and the coupon's slip."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import coupon_code, coupon_reference, coupon_token, receipt_code
from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_reference import BadCouponReference
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.coupon_slip import coupon_slip
from shared_models.domain.deal import Deal, Each, Get, Spend, Step, Terms
from shared_models.domain.gift_receipt import gift_receipt
from shared_models.domain.offer import AmountOff, Goods, PercentOff, Window
from shared_models.domain.receipt import Document, Language, Pair, Qr, Text
from shared_models.domain.return_receipt import return_receipt
from shared_models.domain.returns import ReturnRules, take_back
from shared_models.domain.sale import PaymentState, TenderKind
from shared_models.domain.sale_receipt import reprint, sale_receipt
from tests.domain.shop import AT, MEMBER, TODAY
from tests.drivers.papers import returns
from tests.drivers.papers.goods import EVERYDAY, RICE, goods
from tests.drivers.papers.selling import code, paper, sold
from tests.drivers.papers.shop import STORE

ID = UUID("01935d2b-7c11-7e5a-9b3c-2f6a8d4e1c07")


def said(document: Document) -> list[str]:
    found = []
    for block in document.blocks:
        if isinstance(block, Text):
            found.append(block.text)
        elif isinstance(block, Pair):
            found.append(f"{block.left} | {block.right}")
    return found


def gift(**units: int) -> Document:
    sale = sold(EVERYDAY, "en", tier="gold", tendered_minor=200_00)
    given_goods = {int(name[1:]): milli for name, milli in units.items()}
    return gift_receipt(sale, given_goods, STORE, str, "en", until=TODAY + timedelta(days=30))


def test_a_gift_receipt_says_what_it_is_and_until_when() -> None:
    made = gift(_1=2000, _2=1246, _4=0)
    assert (made.kind, made.opens_drawer) == ("gift_receipt", False)
    assert said(made) == [
        "Spruce Fresh Market", "88 Renmin Road, 200021", "Tel. 021-5555 0188", "GIFT RECEIPT",
        "Receipt 3-127 | 2026-11-24", "Organic whole milk 950 ml | × 2", "Pink Lady apples, loose | 1.246 kg",
        "May be exchanged until 2026-12-24 with this receipt.", receipt_code.grouped(code(127)),
    ]  # fmt: skip
    assert [block.data for block in made.blocks if isinstance(block, Qr)] == [code(127)]


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_a_gift_receipt_tells_no_price_and_no_buyer(language: Language) -> None:
    made = returns.gift(language)
    sale = sold(EVERYDAY, "en", tier="gold", tendered_minor=200_00)
    text = "\n".join(said(made))
    minors = {sale.total_minor, *(line.gross_minor for line in sale.lines), *(line.net_minor for line in sale.lines)}
    assert not [minor for minor in minors if f"{minor / 100:.2f}" in text]
    assert "¥" not in text
    assert not [word for word in ("COPY", "Gold", "金卡", "积分", "點數", "Points", "副本") if word in text]


def test_a_gift_receipt_printed_again_is_still_no_copy() -> None:
    assert reprint(gift(_1=1000), str) == gift(_1=1000)


def test_a_gift_of_a_training_sale_says_so() -> None:
    sale = sold(EVERYDAY, "en", training=True, tendered_minor=200_00)
    assert "TRAINING - NOT A RECEIPT" in said(gift_receipt(sale, {1: 1000}, STORE, str, "en", until=TODAY))


def slip(terms: Terms, *, here_only: bool = False, valid_from: date = TODAY, **more: Any) -> Document:
    deal = Deal("c", {"en": "Autumn"}, terms, date(2026, 1, 1))
    rule = CouponRule(replace(deal, **more))
    coupon = Coupon(ID, "c", valid_from, TODAY + timedelta(days=9), MEMBER)
    return coupon_slip(coupon, rule, STORE, str, "en", here_only=here_only)


ALL = Goods(everything=True)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Spend(ALL, (Step(100_00, AmountOff(20_00)),)), "¥20.00 off from ¥100.00"),
        (
            Spend(ALL, (Step(100_00, AmountOff(20_00)), Step(200_00, AmountOff(50_00)))),
            "¥20.00 off from ¥100.00\n¥50.00 off from ¥200.00",
        ),
        (Get(ALL, 2, 1, PercentOff(Decimal(100))), "Buy 2, get 1 free"),
        (Each(ALL, AmountOff(5_00)), "Offer ¥5.00 off each"),
    ],
)
def test_a_coupons_slip_says_what_it_gives(terms: Terms, sentence: str) -> None:
    assert said(slip(terms))[:4] == ["Spruce Fresh Market", "COUPON", "Autumn", sentence]


def test_a_coupons_slip_says_its_conditions() -> None:
    assert said(slip(Each(ALL, AmountOff(5_00))))[4:] == [
        "Valid from | 2026-11-24", "Valid through | 2026-12-03", "· Only for the member it was issued to.",
        "· Good once, one in a purchase.", "K01J DEJP Z0HF SD9P F1FD A6MW 707B",
    ]  # fmt: skip
    some = Goods(brands=("x",))
    window = Window((7, 6), time(9), time(21, 30), (8, 18))
    made = slip(
        Each(some, AmountOff(5_00)), here_only=True, window=window, most_minor=50_00, excludes=("d",),
        full_price_only=True,
    )  # fmt: skip
    assert said(made)[8:-1] == [
        "· In this store only.", "· For certain goods only: ask at the till.",
        "· Not on goods that are reduced already.",
        "· Not together with some other offers.", "· Takes at most ¥50.00 off.", "· On these days: Sat Sun",
        "· On these days of the month: 8 18", "· From 09:00 to 21:30",
    ]  # fmt: skip
    assert reprint(made, str) == made


@given(st.uuids())
def test_a_slips_code_is_read_back_however_it_is_typed(coupon_id: UUID) -> None:
    code = coupon_reference.make(coupon_id)
    assert len(code) == coupon_reference.CODE_CHARACTERS
    for typed in (code, code.lower(), receipt_code.grouped(code), receipt_code.grouped(code).replace("-", " ")):
        assert coupon_reference.is_reference(typed)
        assert coupon_reference.read(typed) == coupon_id
    assert not coupon_code.is_code(code)
    assert not coupon_token.is_token(code)


@given(st.uuids(), st.integers(1, 27), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_wrong_letter_is_noticed(coupon_id: UUID, place: int, letter: str) -> None:
    code = coupon_reference.make(coupon_id)
    wrong = code[:place] + letter + code[place + 1 :]
    if wrong != code:
        with pytest.raises(BadCouponReference):
            coupon_reference.read(wrong)


@given(st.text(max_size=40))
def test_any_other_text_is_refused(text: str) -> None:
    if not coupon_reference.is_reference(text):
        with pytest.raises(BadCouponReference):
            coupon_reference.read(text)


def test_exchange_credit_is_named_and_opens_no_drawer() -> None:
    sale = sold(EVERYDAY, "en", tendered_minor=200_00)
    exact = replace(sale, payments=(replace(sale.payments[0], tendered_minor=sale.total_minor, change_minor=0),))
    made = sale_receipt(exact, STORE, None, str, "en", at=AT, credits=[exact.payments[0].id])
    assert "Exchange credit | 167.55" in said(made)
    assert not [line for line in said(made) if line.startswith(("Cash |", "Change |"))]
    assert not made.opens_drawer
    stored = replace(exact, payments=(replace(exact.payments[0], kind=TenderKind.STORED_VALUE),))
    assert "Exchange credit · Stored value | 167.55" in said(
        sale_receipt(stored, STORE, None, str, "en", at=AT, credits=[stored.payments[0].id])
    )
    declined = replace(exact.payments[0], state=PaymentState.DECLINED)
    tried = replace(exact, payments=(declined,))
    assert not [
        line for line in said(sale_receipt(tried, STORE, None, str, "en", credits=[declined.id])) if "credit" in line
    ]


def test_what_a_return_carries_into_an_exchange_isnt_said_to_be_paid_out() -> None:
    made = returns.exchange_return("en")
    assert [line for line in said(made) if line.startswith(("Exchange", "Cash |"))] == [
        "Exchange credit | 49.90",
        "Cash | 20.00",
    ]
    assert made.opens_drawer


def test_a_return_that_is_carried_whole_opens_no_drawer() -> None:
    sale = sold(goods(RICE), "en")
    record = take_back(sale, (), {1: 1000}, returns.slip(), ReturnRules())
    whole = replace(record, refunds=tuple(replace(each, carried_minor=each.amount_minor) for each in record.refunds))
    made = return_receipt(whole, sale, STORE, str, "en", at=AT, cashier="Wang")
    assert [line for line in said(made) if line.startswith(("Exchange", "Cash |"))] == ["Exchange credit | 69.90"]
    assert not made.opens_drawer


@pytest.mark.parametrize(
    ("language", "much"), [("en", "1.246 kg"), ("zh_Hans", "1.246 千克"), ("zh_Hant", "1.246 公斤")]
)
def test_weights_are_in_the_words_of_the_trade(language: Language, much: str) -> None:
    made = paper(sold(EVERYDAY, language, tendered_minor=200_00), language)
    assert f"  {much} × 12.80 | 15.95" in said(made)
    assert f"  {much} | -13.56" in said(returns.part_returned(language))
