from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.quantity import (
    MAX_QUANTITY_MILLI,
    BadQuantity,
    QuantityNotPositive,
    QuantityNotWhole,
    QuantityTooFine,
    QuantityTooLarge,
    check_quantity,
    parse_quantity,
    print_quantity,
)


@pytest.mark.parametrize(
    ("text", "quantity_milli"),
    [("3", 3000), ("0.45", 450), (",5", 500), ("1.", 1000), (" 12.3400 ", 12340), ("９．５", 9500), ("+2", 2000)],
)
def test_what_a_cashier_types(text: str, quantity_milli: int) -> None:
    assert parse_quantity(text) == quantity_milli


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("0", QuantityNotPositive),
        ("-3", QuantityNotPositive),
        ("10000", QuantityTooLarge),
        ("6901234567892", QuantityTooLarge),
        ("0.0005", QuantityTooFine),
    ],
)
def test_quantities_no_line_can_have(text: str, error: type[BadQuantity]) -> None:
    with pytest.raises(error):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["", ".", "-", "1e3", "three", "1 000", "--1", "1.2.3", "٣", "9" * 5000])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(BadQuantity) as caught:
        parse_quantity(text)
    assert type(caught.value) is BadQuantity


@given(st.integers(1, MAX_QUANTITY_MILLI))
def test_print_and_parse(quantity_milli: int) -> None:
    assert parse_quantity(print_quantity(quantity_milli)) == quantity_milli


@given(st.text(max_size=60))
def test_any_text_is_a_good_quantity_or_refused(text: str) -> None:
    try:
        quantity_milli = parse_quantity(text)
    except BadQuantity:
        return
    assert 0 < quantity_milli <= MAX_QUANTITY_MILLI


def test_pieces_are_whole() -> None:
    assert check_quantity(2000, whole=True) == 2000
    with pytest.raises(QuantityNotWhole):
        check_quantity(2500, whole=True)
