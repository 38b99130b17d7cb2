"""What element strings say of goods, and when goods may not be sold (GS1 General Specifications, chapter 3)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from shared_models.domain.barcode import WrongCheckDigit, check_digit
from shared_models.domain.basket import Basket, BasketLine, LabelUnreadable, NotSoldByWeight
from shared_models.domain.catalogue import Product
from shared_models.domain.goods_code import (
    BadElementString,
    GoodsCode,
    NoGoodsInCode,
    PriceOfAnotherCurrency,
    goods_code,
)
from shared_models.domain.marking import Marking, NotForSale
from shared_models.domain.money import currency_of
from tests.domain.shop import ZONE, product

TODAY = date(2026, 11, 27)
NOON = datetime(2026, 11, 27, 12, tzinfo=ZONE)
GTIN = "06901234567892"
LOOSE = "9690123456789" + check_digit("9690123456789")
"""An indicator of 9: goods of variable measure."""
MILK, APPLES = product(), product("apples", 9_98, unit="kg")
OIL, NUTS = product("oil", 20_00, unit="l"), product("nuts", 30_00, unit="lb")
CNY = currency_of("CNY")


def said(**values: str) -> GoodsCode:
    """``a01="…"``: the value of AI 01."""
    return goods_code([(name[1:], value) for name, value in values.items()], TODAY)


def added(code: GoodsCode, what: Product, currency: str = "CNY") -> BasketLine:
    return code.add_to(Basket(), what, "code", currency_of(currency)).lines[-1]


@pytest.mark.parametrize(
    ("gtin", "codes"),
    [
        (GTIN, (GTIN, "6901234567892")),
        ("00036000291452", ("00036000291452", "0036000291452", "036000291452")),
        ("00000096385074", ("00000096385074", "0000096385074", "000096385074", "96385074")),
        ("16901234567899", ("16901234567899",)),
    ],
)
def test_a_gtin_is_looked_up_as_catalogues_write_it_and_a_case_is_no_piece(gtin: str, codes: tuple[str, ...]) -> None:
    assert said(a01=gtin).codes == codes


@pytest.mark.parametrize(
    ("ai", "value", "what", "quantity_milli"),
    [
        ("3103", "000998", APPLES, 998), ("3100", "000002", APPLES, 2_000), ("3105", "099800", APPLES, 998),
        ("3202", "000125", NUTS, 1_250), ("3153", "000750", OIL, 750), ("30", "12", MILK, 12_000),
    ],
)  # fmt: skip
def test_a_measure_is_the_quantity(ai: str, value: str, what: Product, quantity_milli: int) -> None:
    line = added(goods_code([("01", LOOSE), (ai, value)], TODAY), what)
    assert (line.quantity_milli, line.code, line.fixed_price_minor) == (quantity_milli, "code", None)


def test_of_two_measures_that_of_the_product_counts() -> None:
    assert added(said(a01=LOOSE, a3103="000500", a3203="001102"), NUTS).quantity_milli == 1_102


@pytest.mark.parametrize(
    ("ai", "value", "currency", "minor"),
    [
        ("3922", "1299", "CNY", 12_99), ("3920", "13", "CNY", 13_00), ("3923", "12990", "CNY", 12_99),
        ("3932", "1561299", "CNY", 12_99), ("3932", "9011299", "TWD", 12_99), ("3930", "392500", "JPY", 500),
    ],
)  # fmt: skip
def test_a_price_is_that_of_the_whole_piece(ai: str, value: str, currency: str, minor: int) -> None:
    for what in (MILK, APPLES):
        assert added(goods_code([("01", LOOSE), (ai, value)], TODAY), what, currency).gross_minor == minor


def test_a_price_and_a_measure_are_both_sold_as_the_code_says() -> None:
    line = added(said(a01=LOOSE, a3103="000567", a3922="570"), APPLES)
    assert (line.quantity_milli, line.gross_minor) == (567, 5_70)
    piece = added(said(a01=LOOSE, a3103="000567", a3922="570"), MILK)
    assert (piece.quantity_milli, piece.gross_minor) == (1_000, 5_70)


def test_without_a_measure_it_is_one_piece_or_is_to_be_weighed() -> None:
    assert added(said(a01=GTIN), MILK).quantity_milli == 1_000
    assert added(said(a01=GTIN), APPLES).unweighed
    assert added(said(a01=LOOSE, a3104="009985"), APPLES).unweighed, "a tenth of a gram is no quantity here"


@pytest.mark.parametrize(
    ("values", "what", "error"),
    [
        ({"a01": LOOSE}, MILK, LabelUnreadable),
        ({"a01": LOOSE}, OIL, LabelUnreadable),
        ({"a01": LOOSE, "a3103": "000500"}, MILK, LabelUnreadable),
        ({"a01": LOOSE, "a3103": "000000"}, APPLES, LabelUnreadable),
        ({"a01": LOOSE, "a30": ""}, MILK, LabelUnreadable),
        ({"a01": LOOSE, "a3922": "0"}, APPLES, LabelUnreadable),
        ({"a01": LOOSE, "a3923": "12995"}, APPLES, LabelUnreadable),
        ({"a01": LOOSE, "a3203": "000500"}, APPLES, NotSoldByWeight),
        ({"a01": LOOSE, "a3932": "8401299"}, APPLES, PriceOfAnotherCurrency),
    ],
)
def test_a_measure_or_price_that_does_not_fit_sells_nothing(
    values: dict[str, str], what: Product, error: type[Exception]
) -> None:
    with pytest.raises(error):
        said(**values).add_to(Basket(), what, "code", CNY)


def test_a_batch_and_a_date_keep_a_line_of_their_own() -> None:
    basket = Basket()
    for batch, best_before in (("A1", "261201"), ("A1", "261201"), ("B2", "261201"), ("B2", "261202")):
        basket = said(a01=GTIN, a10=batch, a15=best_before).add_to(basket, MILK, "c", CNY)
    basket = basket.add(MILK)
    assert [(line.marking, line.quantity_milli) for line in basket.lines] == [
        (Marking("A1", date(2026, 12, 1)), 2_000), (Marking("B2", date(2026, 12, 1)), 1_000),
        (Marking("B2", date(2026, 12, 2)), 1_000), (Marking(), 1_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"a17": "261126"}, "Milk expired on 2026-11-26. Don't sell it, put it aside."),
        ({"a17": "261000"}, "Milk expired on 2026-10-31. Don't sell it, put it aside."),
        ({"a17": "770101"}, "Milk expired on 1977-01-01. Don't sell it, put it aside."),
        ({"a7003": "2611271159"}, "Milk expired on 2026-11-27 11:59. Don't sell it, put it aside."),
        ({"a7003": "2611269999"}, "Milk expired on 2026-11-26 23:59. Don't sell it, put it aside."),
        ({"a16": "261126"}, "Milk was to be sold by 2026-11-26. Don't sell it, put it aside."),
        ({"a15": "261126"}, "Milk was best before 2026-11-26. It may not be sold, put it aside."),
        ({"a17": "261127"}, ""), ({"a17": "261100"}, ""), ({"a17": "760101"}, ""), ({"a16": "261127"}, ""),
        ({"a7003": "2611271200"}, ""), ({"a7003": "2611279999"}, ""), ({"a15": "261127"}, ""), ({"a11": "200101"}, ""),
    ],
)  # fmt: skip
def test_what_has_expired_is_not_sold_and_its_last_day_is_one(values: dict[str, str], sentence: str) -> None:
    code = said(a01=GTIN, **values)
    if not sentence:
        code.marking.check_dates("Milk", NOON, past_best=False)
        return
    with pytest.raises(NotForSale) as refused:
        code.marking.check_dates("Milk", NOON, past_best=False)
    assert refused.value.sentence(str) == sentence


def test_a_shop_may_sell_what_is_past_its_best() -> None:
    said(a01=GTIN, a15="200101").marking.check_dates("Milk", NOON, past_best=True)
    with pytest.raises(NotForSale):
        said(a01=GTIN, a15="200101", a17="200101").marking.check_dates("Milk", NOON, past_best=True)


@pytest.mark.parametrize(
    ("elements", "error"),
    [
        ([], NoGoodsInCode),
        ([("00", "106141412345678908"), ("02", GTIN), ("37", "24")], NoGoodsInCode),
        ([("01", GTIN[:-1] + "3")], WrongCheckDigit),
        ([("01", GTIN), ("01", LOOSE)], BadElementString),
        ([("01", GTIN), ("17", "261231"), ("17", "271231")], BadElementString),
        ([("01", GTIN), ("3922", "100"), ("3932", "156100")], BadElementString),
        ([("01", GTIN), ("17", "260230")], BadElementString),
        ([("01", GTIN), ("17", "000000")], BadElementString),
        ([("01", GTIN), ("7003", "2611272460")], BadElementString),
    ],
)
def test_what_contradicts_itself_is_refused(elements: list[tuple[str, str]], error: type[Exception]) -> None:
    with pytest.raises(error):
        goods_code(elements, TODAY)


def test_the_same_element_twice_is_one_and_others_are_passed_over() -> None:
    code = goods_code([("01", GTIN), ("01", GTIN), ("21", "serial"), ("91", "own")], TODAY)
    assert code == GoodsCode(GTIN)
    assert goods_code([("01", GTIN), ("3922", "050")], TODAY).price == Decimal("0.50")
