"""GS1 codes at the till: taken apart by biip, sold, refused; and whatever bytes come, nothing else is raised."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos_client.app.element_strings import is_link, is_written, looks_like_one, split
from pos_client.app.views import EnteredKind, Source
from shared_models.domain.barcode import WrongCheckDigit, check_digit
from shared_models.domain.basket import LabelQuantityFixed
from shared_models.domain.errors import DomainError
from shared_models.domain.goods_code import FNC1, BadElementString, goods_code
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.receipt_code import grouped
from sync_server import setup
from tests.pos_client.app.test_weighing import told
from tests.pos_client.world import CASHIER, MILK, PIN, TillAtWork, World, product

TODAY = date(2026, 11, 27)
GTIN = "0" + MILK.codes[0]
LOOSE = "9690123456789" + check_digit("9690123456789")
BEEF = product(70, "牛肉", "Beef", 89_90, unit="kg", code=LOOSE)

ELEMENTS = [
    "01" + GTIN, "0209521234543213", "00106141412345678908", "17261231", "15261231", "11260101", "3103000998",
    "3922001299", "39321561299", "10ABC-1", "21S9", "3012", "70032612311200", "8005000123", "91own", "4109521234543213",
]  # fmt: skip
texts = st.lists(st.sampled_from(ELEMENTS), max_size=6).map("".join) | st.lists(
    st.sampled_from([*ELEMENTS, FNC1]) | st.text(max_size=8) | st.text("0123456789", max_size=20), max_size=8
).map("".join)


brackets = st.lists(st.sampled_from(ELEMENTS).map(lambda each: f"({each[:2]}){each[2:]}"), max_size=5).map("".join)
links = st.builds("https://{}/01/{}{}".format, st.text(max_size=9), st.sampled_from([GTIN, GTIN[1:], "1"]), st.text())


@given(brackets | links | texts | st.text(max_size=600) | st.text("0123456789\x1d", max_size=80))
@example("01" + "0" * 14)
@example("30")
@example("0１" + GTIN)
@example("3100１23456")
@example("10" + "A" * 600)
@settings(deadline=None)
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    assert not (is_written(text) and is_link(text))
    looks_like_one(text)
    with suppress(BadElementString, WrongCheckDigit):
        gtin = goods_code(split(text), TODAY).gtin
        assert gtin.lstrip("0") in text


@given(st.lists(st.sampled_from(ELEMENTS), min_size=1, unique_by=lambda each: each[:4]))
def test_separated_elements_come_back_as_they_were(elements: list[str]) -> None:
    assert ["".join(pair) for pair in split(FNC1 + FNC1.join(elements))] == elements


@pytest.mark.parametrize(
    "text", ["", FNC1, "0", "01", "01" + GTIN[:-1], "05123456", f"01{GTIN}17261331", f"01{GTIN}3103", "01牛奶", "\x00"]
)
def test_half_a_code_is_refused(text: str) -> None:
    with pytest.raises(BadElementString):
        goods_code(split(text), TODAY)


@pytest.fixture
def butcher(world: World, counter: TillAtWork) -> TillAtWork:
    """A till that knows goods of variable measure. It is 24 November 2026, 08:00."""
    setup.import_products(world.server, [BEEF])
    counter.sync()
    return counter


def refused(counter: TillAtWork, text: str) -> str:
    """The sentence with which ``text`` is refused; nothing changed."""
    before = counter.till.sale()
    with pytest.raises(DomainError) as error:
        counter.till.enter(text, Source.SCAN)
    assert counter.till.sale() == before
    return error.value.sentence(str)


def test_a_symbol_sells_its_goods_and_the_record_names_the_batch(counter: TillAtWork) -> None:
    entered = counter.till.enter(f"{FNC1}01{GTIN}1727113010LOT-7", Source.SCAN)
    assert (entered.kind, entered.weighed) == (EnteredKind.PRODUCT, False)
    (line,) = counter.till.sale().lines
    assert (line.code, line.quantity_milli, line.amount_minor) == (MILK.codes[0], 1_000, 12_50)
    counter.till.start_payment()
    counter.pay(12_50)
    assert [(line.code, line.batch) for line in told(counter).lines] == [(MILK.codes[0], "LOT-7")]


def test_a_butchers_label_sells_its_weight_or_its_price(butcher: TillAtWork) -> None:
    weighed = butcher.till.enter(f"{FNC1}01{LOOSE}3103000455", Source.SCAN)
    assert (weighed.weighed, weighed.quantity_milli) == (True, 455)
    butcher.till.enter(f"{FNC1}01{LOOSE}31030004553922{FNC1}"[:-1] + "3999", Source.SCAN)
    butcher.till.enter(f"{FNC1}01{LOOSE}17261130", Source.SCAN)
    lines = [(line.quantity_milli, line.gross_minor, line.unweighed) for line in butcher.till.sale().lines]
    assert lines == [(455, 40_90, False), (455, 39_99, False), (0, 0, True)]


@pytest.mark.parametrize("text", [f"01{GTIN}17261130", f"01{GTIN}10A{FNC1}17261130"])
def test_a_scanner_that_names_no_symbology_is_understood(counter: TillAtWork, text: str) -> None:
    assert counter.till.enter(text, Source.SCAN).kind is EnteredKind.PRODUCT


@pytest.mark.parametrize("mark", ["", FNC1])
@pytest.mark.parametrize("text", [f"01{GTIN}17200101", "BOX-71"])
def test_the_whole_code_of_a_product_stays_its_code(world: World, counter: TillAtWork, mark: str, text: str) -> None:
    setup.import_products(world.server, [product(71, "礼盒", "Gift box", 66_00, code=text)])
    counter.sync()
    counter.till.enter(mark + text, Source.SCAN)
    assert [line.product_id for line in counter.till.sale().lines] == ["P71"]


def test_what_has_expired_is_refused_with_its_date(counter: TillAtWork) -> None:
    said = refused(counter, f"{FNC1}01{GTIN}17261123")
    assert said == "Fresh milk 1 l expired on 2026-11-23. Don't sell it, put it aside."
    assert counter.till.enter(f"{FNC1}01{GTIN}17261124", Source.SCAN).kind is EnteredKind.PRODUCT


def test_midnight_decides_not_the_business_date(world: World, counter: TillAtWork) -> None:
    """The store's day goes on until its cut-off, but what was good through the 24th has expired at midnight."""
    programme = replace(default_programme(), version=2, day_cut_off=time(4))
    setup.publish_programme(world.server, to_plain(programme))
    counter.sync()
    world.clock.ms += (15 * 60 + 59) * 60_000
    assert counter.till.enter(f"{FNC1}01{GTIN}17261124", Source.SCAN).kind is EnteredKind.PRODUCT
    world.clock.ms += 60_000
    assert "2026-11-24" in refused(counter, f"{FNC1}01{GTIN}17261124")


def test_what_is_past_its_best_is_refused(counter: TillAtWork) -> None:
    said = refused(counter, f"{FNC1}01{GTIN}15261123")
    assert said == "Fresh milk 1 l was best before 2026-11-23. It may not be sold, put it aside."
    assert counter.till.enter(f"{FNC1}01{GTIN}15261124", Source.SCAN).kind is EnteredKind.PRODUCT


def test_where_the_programme_allows_it_what_is_past_its_best_is_sold_and_said(
    world: World, counter: TillAtWork
) -> None:
    allowing = replace(default_programme(), version=2, sells_past_best_before=True)
    setup.publish_programme(world.server, to_plain(allowing))
    counter.sync()
    counter.till.enter(f"{FNC1}01{GTIN}15261123", Source.SCAN)
    counter.till.enter(f"{FNC1}01{GTIN}15261124", Source.SCAN)
    counter.till.enter(f"{FNC1}01{GTIN}15261123", Source.SCAN)
    assert [(line.past, line.quantity_milli) for line in counter.till.sale().lines] == [
        (date(2026, 11, 23), 2_000), (None, 1_000),
    ]  # fmt: skip
    counter.close()
    again = world.open("one")
    counter.parts = again.parts
    again.till.sign_in(CASHIER, PIN)
    assert [line.past for line in again.till.sale().lines] == [date(2026, 11, 23), None]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"{FNC1}01{GTIN[:-1]}", "The GS1 code is damaged or was read only in part."),
        (f"{FNC1}00106141412345678908", "This GS1 code names no product"),
        (f"{FNC1}0116901234567899", "Nothing is known under 16901234567899."),
        (f"{FNC1}01{GTIN}3103000500", "The label of 鲜牛奶 carries no usable price or weight."),
    ],
)
def test_what_sells_nothing_says_why(counter: TillAtWork, text: str, sentence: str) -> None:
    assert refused(counter, text).startswith(sentence)


def test_a_line_that_grows_is_the_one_that_is_named(counter: TillAtWork) -> None:
    first = counter.till.enter(f"{FNC1}01{GTIN}10A", Source.SCAN).line_id
    second = counter.till.enter(f"{FNC1}01{GTIN}10B", Source.SCAN).line_id
    assert counter.till.enter(f"{FNC1}01{GTIN}10A", Source.SCAN).line_id == first != second


@pytest.mark.parametrize("source", list(Source))
@pytest.mark.parametrize(
    "text",
    [
        f"(01){GTIN}(17)261130(10)LOT-7",
        f"（01） {GTIN} （17）261130（10）LOT-7",
        f"https://id.gs1.org/01/{GTIN}/10/LOT-7?17=261130",
        f"HTTP://shop.example/products/milk/01/{MILK.codes[0]}/10/LOT%2D7/?17=261130&utm_source=" + "x" * 200,
    ],
)
def test_written_for_people_or_as_a_link_it_sells_the_same(counter: TillAtWork, text: str, source: Source) -> None:
    said = refused(counter, text.replace("261130", "261123"))
    assert said == "Fresh milk 1 l expired on 2026-11-23. Don't sell it, put it aside."
    assert counter.till.enter(text, source).kind is EnteredKind.PRODUCT
    assert counter.till.meaning_of(text).code == "product"
    (line,) = counter.till.sale().lines
    assert (line.code, line.amount_minor) == (MILK.codes[0], 12_50)
    counter.till.start_payment()
    counter.pay(12_50)
    assert [line.batch for line in told(counter).lines] == ["LOT-7"]


def test_what_is_typed_without_brackets_is_one_too(counter: TillAtWork) -> None:
    assert counter.till.enter(f"01{GTIN}17261130").kind is EnteredKind.PRODUCT


@pytest.mark.parametrize(
    "text",
    [
        f"https://id.gs1.org/01/{GTIN[:-1]}0", "https://id.gs1.org/414/9521321000010", f"https://id.gs1.org/{GTIN}",
        f"ftp://id.gs1.org/01/{GTIN}", f"https://id.gs1.org/01/{GTIN}0",
    ],
)  # fmt: skip
def test_a_link_to_something_else_sells_nothing(counter: TillAtWork, text: str) -> None:
    assert refused(counter, text).startswith("Nothing is known under https://id.gs1.org" if text[0] == "h" else "N")


@pytest.mark.parametrize(
    "text",
    [
        "(01)", f"(01){GTIN[:-1]}", f"(01){GTIN}(17)", f"(9999){GTIN}", f"https://id.gs1.org/01/{GTIN}?17=261331",
        f"https://id.gs1.org/01/{GTIN}/21/1/10/A",
    ],
)  # fmt: skip
def test_half_of_what_is_written_sells_nothing(counter: TillAtWork, text: str) -> None:
    assert refused(counter, text).startswith("The GS1 code is damaged")


def test_a_quantity_before_what_is_typed_counts_unless_the_code_has_one(butcher: TillAtWork) -> None:
    butcher.till.enter(f"3*(01){GTIN}(10)A")
    assert [line.quantity_milli for line in butcher.till.sale().lines] == [3_000]
    before = butcher.till.sale()
    with pytest.raises(LabelQuantityFixed):
        butcher.till.enter(f"3*(01){LOOSE}(3103)000455")
    assert butcher.till.sale() == before


@pytest.fixture
def two_beefs(world: World, butcher: TillAtWork) -> TillAtWork:
    """A till at which two products have the butcher's number."""
    setup.import_products(world.server, [product(72, "牛腩", "Brisket", 69_90, unit="kg", code=LOOSE)])
    butcher.sync()
    return butcher


def chosen(at: TillAtWork, text: str, source: Source, product_id: str) -> None:
    """``text`` asks which; ``product_id`` is the answer."""
    asked = at.till.enter(text, source)
    assert (asked.kind, {each.product_id for each in asked.products}) == (EnteredKind.CHOICES, {"P70", "P72"})
    assert at.till.sale().lines == ()
    assert at.till.enter(text, source, product_id).kind is EnteredKind.PRODUCT


@pytest.mark.parametrize("product_id", ["P70", "P72"])
def test_what_the_code_says_is_kept_while_it_is_asked_which(two_beefs: TillAtWork, product_id: str) -> None:
    chosen(two_beefs, f"{FNC1}01{LOOSE}31030004553922999{FNC1}10B-2", Source.SCAN, product_id)
    (line,) = two_beefs.till.sale().lines
    assert (line.product_id, line.quantity_milli, line.amount_minor, line.code) == (product_id, 455, 9_99, LOOSE)
    two_beefs.till.start_payment()
    two_beefs.pay(100_00)
    assert [line.batch for line in told(two_beefs).lines] == ["B-2"]


def test_a_quantity_is_kept_while_it_is_asked_which(two_beefs: TillAtWork) -> None:
    chosen(two_beefs, f"0.5*{LOOSE}", Source.KEYED, "P72")
    assert [(line.quantity_milli, line.amount_minor) for line in two_beefs.till.sale().lines] == [(500, 34_95)]


def test_a_quantity_before_a_name_is_kept(counter: TillAtWork) -> None:
    asked = counter.till.enter("3*牛奶")
    assert asked.kind is EnteredKind.CHOICES
    counter.till.enter("3*牛奶", Source.KEYED, asked.products[0].product_id)
    assert [line.quantity_milli for line in counter.till.sale().lines] == [3_000]


def test_a_choice_that_is_gone_is_asked_again(two_beefs: TillAtWork) -> None:
    text = f"{FNC1}01{LOOSE}3103000455"
    assert two_beefs.till.enter(text, Source.SCAN, "P99").kind is EnteredKind.CHOICES
    assert two_beefs.till.sale().lines == ()


def test_a_shortened_upc_finds_the_product_of_the_long_one(world: World, counter: TillAtWork) -> None:
    setup.import_products(world.server, [product(73, "可乐", "Cola", 3_00, code="042100005264")])
    counter.sync()
    counter.till.enter("04252614", Source.SCAN)
    assert [line.product_id for line in counter.till.sale().lines] == ["P73"]


def test_a_receipts_code_is_recognised_and_sells_nothing(counter: TillAtWork) -> None:
    code = counter.sell(MILK.codes[0]).receipt_code
    before = counter.till.sale()
    for text in (code, grouped(code).lower(), f"https://shop.example/r/{code}"):
        assert counter.till.enter(text, Source.SCAN).kind is EnteredKind.RECEIPT
        assert counter.till.meaning_of(text).code == "receipt"
    assert counter.till.sale() == before
