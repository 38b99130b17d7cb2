from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from shared_models.domain import effects, reason
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Lot, Standing
from shared_models.domain.offer import AmountOff, FixedPrice, Goods, Offer, PercentOff
from shared_models.domain.receipt import Columns, Cut, Document, Pair, Qr, Text
from shared_models.domain.sale import Adjustment, Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.sale_receipt import reprint, sale_receipt
from tests.domain.shop import AT, PROGRAMME, STORE, basket, offer, product, programme, sell

OLD_POINTS = Lot(UUID(int=7), 60, date(2026, 12, 31))
VIEW = MemberView(Account((OLD_POINTS,)), Standing("silver", 1_000))


def lines(document: Document) -> list[str]:
    """What the paper says, without its layout."""
    said = []
    for block in document.blocks:
        match block:
            case Text(text=text):
                said.append(text)
            case Pair(left=left, right=right):
                said.append(f"{left} | {right}")
            case Columns(cells=cells):
                said.append(" | ".join(cell.text for cell in cells))
            case Qr(data=data):
                said.append(f"QR {data}")
            case _:
                pass
    return said


def member_sale() -> tuple[SaleConfirmed, MemberView]:
    rules = programme(offer("o", PercentOff(Decimal(20)), Goods(products=("milk",))))
    goods = basket(product(), product(), product("rice", 10_90, tax_code="reduced", member_price=False))
    sale = sell(goods, rules, tier="silver", points=100, tendered_minor=50_00).sale
    effect = effects.effect_of(sale)
    assert effect is not None
    before = MemberView(Account((OLD_POINTS, Lot(UUID(int=8), 100, date(2026, 12, 31)))), VIEW.standing)
    return sale, effects.apply(before, effect, rules)


def test_a_members_receipt_word_for_word() -> None:
    sale, view = member_sale()
    at = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)
    made = sale_receipt(sale, STORE, view, str, "en", at=at, cashier="Wang Fang", programme=PROGRAMME)
    # 25.00 × 0.90 = 22.50, 20 % off → 18.00; 18.00 × 13/113 = 2.07; 10.90 × 9/109 = 0.90
    # paid 28.90 − 1.00 of points = 27.90; × 1.2 = 33.48 points; 60 + 100 − 100 + 33 = 93
    assert lines(made) == [
        "Corner Shop",
        "1 Nanjing Road",
        "Receipt 3-1 | 2026-11-24 09:42",
        "Cashier Wang Fang",
        "Milk",
        "  2 × 12.50 | 25.00",
        "  Member price -10 % | -2.50",
        "  Offer -20 % | -4.50",
        "Rice | 10.90",
        "TOTAL | ¥28.90",
        "You saved | 7.00",
        "Points (100) | 1.00",
        "Cash | 50.00",
        "Change | 22.10",
        "Tax | Net | Tax amount",
        "Tax 9 % | 10.00 | 0.90",
        "Tax 13 % | 15.93 | 2.07",
        "Member tier | Silver",
        "Growth missing to Gold | 473",
        "Purchases missing to Gold | 172.10",
        "Points earned | 33",
        "Points used | 100",
        "Points balance | 93",
        "60 points expire after 2026-12-31",
        "Balance as this till knows it; purchases elsewhere may be missing.",
        "QR 00000000000000000",
        "0000-0000-0000-0000-0",
        "Thank you",
        "See you soon",
    ]
    assert (made.kind, made.language, made.opens_drawer) == ("receipt", "en", True)
    assert isinstance(made.blocks[-1], Cut)


def test_a_plain_receipt_has_no_member_block() -> None:
    made = sale_receipt(sell(basket(product())).sale, STORE, None, str, "en")
    said = lines(made)
    assert "Milk | 12.50" in said
    assert "Receipt 3-1 | 2026-11-24" in said
    assert "Cashier wang" in said
    assert not [line for line in said if "oints" in line or "saved" in line or "Rounding" in line]


def test_tax_on_top_rounding_and_weight() -> None:
    rules = replace(programme(include_tax=False), cash_rounding_minor=5)
    sale = sell(basket(product("figs", 20_00, unit="kg"), quantity_milli=455), rules).sale
    # 0.455 × 20.00 = 9.10, 13 % on top 1.18 → 10.28, in cash 10.30
    said = lines(sale_receipt(sale, STORE, None, str, "en"))
    assert said[4:11] == [
        "Figs",
        "  0.455 kg × 20.00 | 9.10",
        "Subtotal | 9.10",
        "Tax 13 % | 1.18",
        "Rounding | 0.02",
        "TOTAL | ¥10.30",
        "Cash | 10.30",
    ]


def test_what_was_only_tried_is_not_printed() -> None:
    sale = sell(basket(product())).sale
    declined = Payment(UUID(int=5), TenderKind.CARD, PaymentState.DECLINED, 12_50)
    said = lines(sale_receipt(replace(sale, payments=(declined, *sale.payments)), STORE, None, str, "en"))
    assert not [line for line in said if line.startswith("Card")]


def test_the_drawer_opens_for_cash_only() -> None:
    sale = sell(basket(product())).sale
    card = replace(sale.payments[0], kind=TenderKind.CARD)
    assert sale_receipt(sale, STORE, None, str, "en").opens_drawer
    assert not sale_receipt(replace(sale, payments=(card,)), STORE, None, str, "en").opens_drawer


def test_training_says_so_and_leaves_the_drawer_shut() -> None:
    made = sale_receipt(sell(basket(product()), training=True).sale, STORE, None, str, "en")
    assert "TRAINING - NOT A RECEIPT" in lines(made)
    assert not made.opens_drawer


def test_a_copy_is_marked_as_one() -> None:
    first = sale_receipt(sell(basket(product())).sale, STORE, None, str, "en")
    copy = reprint(first, str)
    assert (copy.kind, copy.opens_drawer) == ("receipt_copy", False)
    assert lines(copy) == ["COPY", *lines(first), "COPY"]
    assert [isinstance(block, Cut) for block in copy.blocks].count(True) == 1


def test_the_receipt_speaks_the_language_of_its_words() -> None:
    chinese = {"TOTAL": "合计", "Cash": "现金", "Member price -{percent} %": "会员价 {tenths} 折"}
    sale, view = member_sale()
    made = sale_receipt(sale, STORE, view, lambda text: chinese.get(text, text), "zh_Hans", programme=PROGRAMME)
    said = lines(made)
    assert said[0] == "街角超市"
    assert {"合计 | ¥28.90", "现金 | 50.00", "  会员价 9 折 | -2.50", "Member tier | 银卡会员"} <= set(said)


def test_documents_read_back() -> None:
    sale, view = member_sale()
    made = sale_receipt(sale, STORE, view, str, "en", at=AT, programme=PROGRAMME)
    assert Document.from_plain(made.to_plain()) == made


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (offer("o", PercentOff(Decimal("12.5")), Goods(everything=True)), "Offer -12.5 %"),
        (offer("o", AmountOff(1_50), Goods(everything=True)), "Offer <150> off each"),
        (offer("o", FixedPrice(9_99), Goods(everything=True)), "Offer price <999>"),
    ],
)
def test_every_offer_says_why(rule: Offer, said: str) -> None:
    (line,) = sell(basket(product()), programme(rule)).sale.lines
    assert [reason.sentence(each, str, lambda minor: f"<{minor}>") for each in line.adjustments] == [said]


def test_a_reason_of_a_newer_version_is_a_discount() -> None:
    unknown = Adjustment("r", "basket_offer", "moon_phase", {"phase": "full"}, 1000, -1)
    assert reason.sentence(unknown, str, str) == "Discount"
