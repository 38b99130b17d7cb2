from __future__ import annotations

from dataclasses import replace

import pytest

from shared_models.domain.barcode import InStore
from shared_models.domain.basket import (
    MAX_LINES,
    BadPrice,
    Basket,
    BasketFull,
    LabelQuantityFixed,
    LabelUnreadable,
    NoSuchLine,
    NotSoldByWeight,
    NotWeighed,
)
from shared_models.domain.catalogue import Product
from shared_models.domain.money import MAX_AMOUNT_MINOR, AmountTooLarge
from shared_models.domain.quantity import BadQuantity, QuantityNotPositive, QuantityNotWhole, QuantityTooLarge
from tests.domain.shop import basket, product

MILK = product()
APPLES = product("apples", 9_90, unit="kg", category="fruit")


def quantities(what: Basket) -> list[tuple[int, int]]:
    return [(line.line_id, line.quantity_milli) for line in what.lines]


def test_the_same_piece_again_joins_its_line() -> None:
    made = basket(MILK, product("bread"), MILK)
    assert quantities(made) == [(1, 2000), (2, 1000)]


def test_weighed_goods_keep_a_line_each() -> None:
    made = Basket().add(APPLES, "", 750).add(APPLES, "", 320)
    assert quantities(made) == [(1, 750), (2, 320)]
    assert [line.gross_minor for line in made.lines] == [7_43, 3_17]


def test_goods_by_weight_have_no_quantity_until_they_are_weighed() -> None:
    made = Basket().add(APPLES).add(APPLES).add(MILK)
    assert [(line.quantity_milli, line.unweighed, line.gross_minor) for line in made.lines] == [
        (0, True, 0), (0, True, 0), (1000, False, 12_50),
    ]  # fmt: skip
    with pytest.raises(NotWeighed) as missing:
        made.check_weighed()
    assert missing.value.sentence(str) == "Apples isn't weighed yet. Weigh it, or remove the line."
    with pytest.raises(BadQuantity):
        made.change_quantity(1, 0)
    with pytest.raises(NotSoldByWeight):
        made.weigh(1, 455, "lb")
    weighed = made.weigh(1, 455, "kg").change_quantity(2, 320)
    assert quantities(weighed) == [(1, 455), (2, 320), (3, 1000)]
    weighed.check_weighed()
    made.remove(1).remove(2).check_weighed()


def test_goods_by_weight_are_refused_at_once_for_a_bad_price() -> None:
    with pytest.raises(BadPrice):
        Basket().add(replace(APPLES, price_minor=-1))
    with pytest.raises(AmountTooLarge):
        Basket().add(replace(APPLES, price_minor=10**12))


def test_a_price_label_never_joins() -> None:
    made = Basket().add(MILK, "2", fixed_price_minor=9_99).add(MILK, "3", fixed_price_minor=9_99).add(MILK).add(MILK)
    assert quantities(made) == [(1, 1000), (2, 1000), (3, 2000)]
    assert [line.gross_minor for line in made.lines] == [9_99, 9_99, 25_00]


def test_changing_and_removing() -> None:
    made = basket(MILK, product("bread"), product("ham"))
    assert quantities(made.change_quantity(1, 5000)) == [(1, 5000), (2, 1000), (3, 1000)]
    gone = made.remove(2).remove(3)
    assert quantities(gone) == [(1, 1000)]
    again = gone.add(product("bread")).add(product("ham"))
    assert quantities(again) == [(1, 1000), (4, 1000), (5, 1000)], "a line's number is never used again"
    assert quantities(made) == [(1, 1000), (2, 1000), (3, 1000)], "the old basket is as it was"


@pytest.mark.parametrize(
    ("quantity_milli", "error"),
    [(0, QuantityNotPositive), (-1000, QuantityNotPositive), (10_000_000, QuantityTooLarge), (1500, QuantityNotWhole)],
)
def test_refused_quantities(quantity_milli: int, error: type[BadQuantity]) -> None:
    made = basket(MILK)
    with pytest.raises(error):
        made.add(product("bread"), "", quantity_milli)
    with pytest.raises(error):
        made.change_quantity(1, quantity_milli)
    with pytest.raises(error):
        made.add(MILK, "", quantity_milli)
    assert quantities(made) == [(1, 1000)]


def test_joining_cannot_pass_the_bound() -> None:
    with pytest.raises(QuantityTooLarge):
        Basket().add(MILK, "", 9_999_000).add(MILK)


def test_lines_that_are_not_there() -> None:
    made = basket(MILK)
    with pytest.raises(NoSuchLine):
        made.remove(2)
    with pytest.raises(NoSuchLine):
        made.change_quantity(9, 1000)


def test_five_thousand_lines_are_refused_at_the_bound() -> None:
    made = Basket()
    for number in range(MAX_LINES):
        made = made.add(product(f"p{number}"))
    with pytest.raises(BasketFull, match="999"):
        made.add(product("one more"))
    assert made.add(product("p5")).lines[5].quantity_milli == 2000, "what has a line still counts up"


def test_prices_out_of_this_world() -> None:
    with pytest.raises(AmountTooLarge):
        basket(product(price_minor=10**12))
    with pytest.raises(AmountTooLarge):
        Basket().add(product(price_minor=MAX_AMOUNT_MINOR), "", 2000)
    with pytest.raises(BadPrice, match="Milk"):
        basket(product(price_minor=-1))
    with pytest.raises(BadPrice):
        Basket().add(MILK, "", fixed_price_minor=-5)


def test_scale_labels() -> None:
    made = (
        Basket()
        .add_label(APPLES, InStore("x", "1", weight_g=1234))
        .add_label(APPLES, InStore("y", "1", price_minor=9_90))
    )
    assert [(line.quantity_milli, line.gross_minor) for line in made.lines] == [(1234, 12_22), (1000, 9_90)]
    piece = Basket().add_label(MILK, InStore("z", "1", price_minor=3_33)).lines[0]
    assert (piece.quantity_milli, piece.gross_minor, piece.code) == (1000, 3_33, "z")


def test_a_label_with_price_and_weight_is_kept_as_it_says() -> None:
    """The scale rounded, or had yesterday's price: what the customer reads on the label is what the line says."""
    weighed = Basket().add_label(APPLES, InStore("x", "1", price_minor=12_34, weight_g=567)).lines[0]
    assert (weighed.quantity_milli, weighed.gross_minor) == (567, 12_34)
    counted = Basket().add_label(MILK, InStore("y", "1", price_minor=5_00, weight_g=2_000)).lines[0]
    assert (counted.quantity_milli, counted.gross_minor) == (2_000, 5_00)


@pytest.mark.parametrize(
    ("label", "sold"),
    [
        (InStore("x", "1", weight_g=0), APPLES),
        (InStore("x", "1", price_minor=0), APPLES),
        (InStore("x", "1", weight_g=500), MILK),
        (InStore("x", "1", price_minor=5_00, weight_g=1_500), MILK),
        (InStore("x", "1", price_minor=5_00, weight_g=0), APPLES),
        (InStore("x", "1", price_minor=0, weight_g=500), APPLES),
    ],
)
def test_labels_that_say_nothing(label: InStore, sold: Product) -> None:
    with pytest.raises(LabelUnreadable):
        Basket().add_label(sold, label)


def test_a_labelled_line_keeps_its_quantity() -> None:
    made = Basket().add_label(MILK, InStore("z", "1", price_minor=3_33))
    with pytest.raises(LabelQuantityFixed):
        made.change_quantity(1, 2000)
    assert made.change_quantity(1, 1000) == made
