"""What a text is taken for, and that a refused one changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from pos_client.app.refusals import NoLineYet, SaleIsPaying, UnknownCode
from pos_client.app.views import EnteredKind, Source
from shared_models.domain.barcode import InStoreRule, LabelValue, WrongCheckDigit, label
from shared_models.domain.basket import LabelQuantityFixed
from shared_models.domain.errors import DomainError
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.quantity import BadQuantity, QuantityNotWhole, QuantityTooLarge
from shared_models.orm.server import alert, sale_line
from sync_server import setup
from tests.pos_client.world import APPLES, BREAD, MILK, TillAtWork, World, ean, import_member, product

PRICE_LABEL = InStoreRule("20", 5, LabelValue.PRICE, 5)
WEIGHT_LABEL = InStoreRule("25", 5, LabelValue.WEIGHT, 5)


def lines(counter: TillAtWork) -> list[tuple[str, int, int]]:
    return [(line.product_id, line.quantity_milli, line.amount_minor) for line in counter.till.sale().lines]


def test_scans_of_one_product_join_one_line(counter: TillAtWork) -> None:
    first = counter.till.enter(MILK.codes[0], Source.SCAN)
    second = counter.till.enter(MILK.codes[0], Source.SCAN)
    assert first.line_id == second.line_id
    assert lines(counter) == [("P1", 2_000, 25_00)]


def test_labels_of_a_scale_carry_weight_or_price(counter: TillAtWork) -> None:
    weighed = counter.till.enter(label(WEIGHT_LABEL, "00003", 1_250), Source.SCAN)
    assert (weighed.weighed, weighed.quantity_milli) == (True, 1_250)
    priced = counter.till.enter(label(PRICE_LABEL, "00003", 4_99), Source.SCAN)
    assert (priced.weighed, priced.quantity_milli) == (False, 500)
    assert lines(counter) == [("P3", 1_250, 12_48), ("P3", 500, 4_99)]


def test_a_label_of_18_digits_is_sold_as_it_says(world: World, counter: TillAtWork) -> None:
    """At ¥9.98 a kilogram 567 g are ¥5.66; the scale says ¥5.70. The fact has both figures, and the server agrees."""
    long = InStoreRule("26", 5, LabelValue.PRICE_AND_WEIGHT, 5, weight_digits=5)
    programme = default_programme()
    programme = replace(programme, version=programme.version + 1, in_store=(*programme.in_store, long))
    setup.publish_programme(world.server, to_plain(programme))
    counter.sync()
    scanned = counter.till.enter(label(long, "00003", 5_70, 567), Source.SCAN)
    assert (scanned.kind, scanned.weighed, scanned.quantity_milli) == (EnteredKind.PRODUCT, True, 567)
    assert lines(counter) == [("P3", 567, 5_70)]
    counter.till.start_payment()
    counter.pay(5_70)
    counter.sync()
    with world.server.reading() as connection:
        sold = connection.execute(select(sale_line.c.quantity_milli, sale_line.c.gross_minor)).all()
        doubts = connection.execute(select(alert.c.kind)).all()
    assert (sold, doubts) == ([(567, 5_70)], [])


@pytest.mark.parametrize("typed", ["*3", "* 3", "×3", "＊３"])
def test_a_star_and_a_number_are_the_last_lines_quantity(counter: TillAtWork, typed: str) -> None:
    counter.till.enter(BREAD.codes[0])
    counter.till.enter(MILK.codes[0])
    assert counter.till.enter(typed).quantity_milli == 3_000
    assert lines(counter) == [("P2", 1_000, 8_00), ("P1", 3_000, 37_50)]


def test_a_number_times_a_code_adds_so_many(counter: TillAtWork) -> None:
    assert counter.till.enter(f"3*{MILK.codes[0]}").kind is EnteredKind.PRODUCT
    assert counter.till.enter(f"0,75 × {APPLES.codes[0]}").quantity_milli == 750
    assert lines(counter) == [("P1", 3_000, 37_50), ("P3", 750, 7_49)]


@pytest.mark.parametrize(
    ("typed", "source", "error"),
    [
        ("6900000000010", Source.SCAN, WrongCheckDigit),
        ("6900000000010", Source.KEYED, WrongCheckDigit),
        (ean(999), Source.SCAN, UnknownCode),
        ("123", Source.KEYED, UnknownCode),
        ("没有这个", Source.KEYED, UnknownCode),
        ("牛奶", Source.SCAN, None),
        ("*0", Source.KEYED, BadQuantity),
        ("*-3", Source.KEYED, BadQuantity),
        ("*6900000000010", Source.KEYED, QuantityTooLarge),
        ("*1.5", Source.KEYED, QuantityNotWhole),
        ("*abc", Source.KEYED, BadQuantity),
        ("0*00003", Source.KEYED, BadQuantity),
        ("9999*00003", Source.KEYED, None),
        ("x" * 5_000, Source.KEYED, UnknownCode),
        ("\x00\x1b[2J", Source.SCAN, UnknownCode),
    ],
)
def test_a_refused_entry_changes_nothing(
    counter: TillAtWork, typed: str, source: Source, error: type[DomainError] | None
) -> None:
    counter.till.enter(MILK.codes[0])
    before = counter.parts.counter.sale
    stored = counter.parts.journal.database.all("SELECT * FROM open_sale")
    if error is None:
        counter.till.enter(typed, source)
        return
    with pytest.raises(error):
        counter.till.enter(typed, source)
    assert counter.parts.counter.sale == before
    assert counter.parts.journal.database.all("SELECT * FROM open_sale") == stored


def test_nothing_typed_is_nothing(counter: TillAtWork) -> None:
    assert counter.till.enter("  ").kind is EnteredKind.NOTHING
    with pytest.raises(NoLineYet):
        counter.till.enter("*3")


def test_names_always_ask(counter: TillAtWork) -> None:
    found = counter.till.enter("niunai")
    assert found.kind is EnteredKind.CHOICES
    assert [hit.product_id for hit in found.products] == ["P1"]
    assert lines(counter) == []
    counter.till.add_product("P1")
    assert lines(counter) == [("P1", 1_000, 12_50)]


def test_members_by_the_end_of_a_phone(world: World, counter: TillAtWork) -> None:
    lei = import_member(world, 42, "李雷", "13800138042")
    import_member(world, 43, "王芳", "13700138777")
    import_member(world, 44, "王伟", "13900138777")
    counter.sync()
    several = counter.till.enter("8777")
    assert (several.kind, [hit.masked_name for hit in several.members]) == (EnteredKind.CHOICES, ["王**", "王**"])
    several = counter.till.enter("王")
    assert (several.kind, len(several.members)) == (EnteredKind.CHOICES, 2)
    assert counter.till.sale().member is None
    assert counter.till.enter("138 0013 8042").kind is EnteredKind.MEMBER
    member = counter.till.sale().member
    assert member is not None
    assert member.id == lei
    counter.till.detach_member()
    assert counter.till.sale().member is None
    assert counter.till.enter("00000042", Source.SCAN).kind is EnteredKind.MEMBER


def test_a_scanned_code_that_ends_like_a_phone_makes_nobody_the_buyer(world: World, counter: TillAtWork) -> None:
    import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    with pytest.raises(UnknownCode):
        counter.till.enter("8042", Source.SCAN)
    assert counter.till.sale().member is None
    assert counter.till.enter("13800138042", Source.SCAN).kind is EnteredKind.MEMBER
    counter.till.detach_member()
    fresh = counter.till.register_member("王芳", "13900139000")
    assert counter.till.enter(fresh.number, Source.SCAN).members[0].id == fresh.id
    counter.till.detach_member()
    assert counter.till.enter("8042").kind is EnteredKind.MEMBER


@pytest.mark.parametrize("kind", [WEIGHT_LABEL, PRICE_LABEL])
def test_a_label_is_one_piece(counter: TillAtWork, kind: InStoreRule) -> None:
    with pytest.raises(LabelQuantityFixed):
        counter.till.enter("3*" + label(kind, "00003", 1_250))
    assert counter.till.sale().lines == ()


@pytest.mark.parametrize("text", ["\ud800", "ab\udfff", "\ud83d8042"])
def test_half_a_character_is_no_character(counter: TillAtWork, text: str) -> None:
    """A screen's text can hold one; no database can."""
    with pytest.raises(UnknownCode):
        counter.till.enter(text)
    assert counter.till.search_products(text) == ()
    assert counter.till.find_members(text) == ()


def test_a_code_of_a_product_is_never_taken_for_a_member(world: World, counter: TillAtWork) -> None:
    import_member(world, 42, "李雷", "13800138042")
    setup.import_products(world.server, [product(9, "豆浆", "Soy milk", 2_50, code="8042")])
    counter.sync()
    assert counter.till.enter("8042").kind is EnteredKind.PRODUCT
    assert counter.till.sale().member is None


def test_one_code_of_two_products_asks(world: World, counter: TillAtWork) -> None:
    setup.import_products(world.server, [product(9, "豆浆", "Soy milk", 2_50, code=MILK.codes[0])])
    counter.sync()
    found = counter.till.enter(MILK.codes[0], Source.SCAN)
    assert (found.kind, [hit.product_id for hit in found.products]) == (EnteredKind.CHOICES, ["P1", "P9"])
    assert lines(counter) == []


def test_while_paying_nothing_is_entered(counter: TillAtWork) -> None:
    counter.till.enter(MILK.codes[0])
    counter.till.start_payment()
    with pytest.raises(SaleIsPaying):
        counter.till.enter(BREAD.codes[0], Source.SCAN)
    with pytest.raises(SaleIsPaying):
        counter.till.void_sale()
    counter.till.back_to_sale()
    counter.till.enter(BREAD.codes[0], Source.SCAN)
    counter.till.void_sale()
    assert lines(counter) == []
    assert counter.parts.journal.database.all("SELECT * FROM open_sale") == []


def test_quick_keys_are_the_most_sold_by_category(counter: TillAtWork) -> None:
    tabs = counter.till.quick_keys()
    assert [(tab.category, [hit.product_id for hit in tab.products]) for tab in tabs] == [
        ("food", ["P1", "P5"]), ("bakery", ["P2"]), ("fruit", ["P3"]), ("drinks", ["P4"]),
    ]  # fmt: skip
    counter.till.use_language("en")
    assert counter.till.quick_keys()[0].products[0].name == "Fresh milk 1 l"
    assert [hit.product_id for hit in counter.till.search_products(MILK.codes[0])] == ["P1"]
