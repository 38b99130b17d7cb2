from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.money import (
    CURRENCIES,
    MAX_AMOUNT_MINOR,
    AmountTooLarge,
    Rounding,
    UnknownCurrency,
    check_amount,
    currency_of,
    digits,
    round_minor,
    round_ratio,
    round_to_step,
    share,
)

AS_DECIMAL = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
}


@pytest.mark.parametrize(
    ("value", "half_up", "half_even", "down", "up"),
    [
        ("0.5", 1, 0, 0, 1),
        ("1.5", 2, 2, 1, 2),
        ("2.4", 2, 2, 2, 3),
        ("-0.5", -1, 0, 0, -1),
        ("-2.6", -3, -3, -2, -3),
        ("7", 7, 7, 7, 7),
    ],
)
def test_rounding(value: str, half_up: int, half_even: int, down: int, up: int) -> None:
    number = Decimal(value)
    assert [round_minor(number, each) for each in Rounding] == [half_up, half_even, down, up]


@given(st.decimals(-(10**15), 10**15, places=4), st.sampled_from(list(Rounding)))
def test_rounding_is_that_of_the_decimal_module(value: Decimal, rounding: Rounding) -> None:
    assert round_minor(value, rounding) == int(value.to_integral_value(AS_DECIMAL[rounding]))


def test_rounding_ignores_the_decimal_context() -> None:
    with localcontext(prec=3):
        assert round_minor(Decimal("123456.5")) == 123457


@pytest.mark.parametrize("denominator", [0, -3])
def test_a_ratio_needs_a_positive_denominator(denominator: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        round_ratio(1, denominator)


@pytest.mark.parametrize(
    ("minor", "step", "rounded"),
    [(1202, 5, 1200), (1203, 5, 1205), (1204, 10, 1200), (1205, 10, 1210), (1249, 100, 1200), (1250, 100, 1300)],
)
def test_rounding_to_cash_steps(minor: int, step: int, rounded: int) -> None:
    assert round_to_step(minor, step) == rounded


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (10, [1, 2, 3], [2, 3, 5]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [0, 7, 0], [0, 5, 0]),
        (3, [0, 0], [2, 1]),
        (0, [4, 4], [0, 0]),
        (0, [], []),
    ],
)
def test_shares(total: int, weights: list[int], parts: list[int]) -> None:
    assert share(total, weights) == parts


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_shares_add_up_and_are_fair(total: int, weights: list[int]) -> None:
    parts = share(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_what_cannot_be_shared() -> None:
    with pytest.raises(ValueError, match="nothing to share"):
        share(1, [])
    with pytest.raises(ValueError, match="below zero"):
        share(1, [2, -1])


@pytest.mark.parametrize(
    ("minor", "exponent", "text"), [(1250, 2, "12.50"), (-5, 2, "-0.05"), (0, 2, "0.00"), (7, 0, "7")]
)
def test_digits(minor: int, exponent: int, text: str) -> None:
    assert digits(minor, exponent) == text


@given(st.integers(-(10**14), 10**14), st.sampled_from([0, 2, 3]))
def test_digits_read_back(minor: int, exponent: int) -> None:
    assert Decimal(digits(minor, exponent)).scaleb(exponent) == minor


def test_amounts_have_a_bound() -> None:
    assert check_amount(MAX_AMOUNT_MINOR) == MAX_AMOUNT_MINOR
    with pytest.raises(AmountTooLarge):
        check_amount(MAX_AMOUNT_MINOR + 1)


def test_currencies() -> None:
    assert currency_of("CNY").unit_minor == 100
    assert currency_of("JPY").unit_minor == 1
    assert all(code == currency.code for code, currency in CURRENCIES.items())
    with pytest.raises(UnknownCurrency, match="XXX"):
        currency_of("XXX")


@pytest.mark.parametrize(
    ("code", "minor", "text"),
    [("CNY", 12_50, "¥12.50"), ("CNY", -5, "-¥0.05"), ("HKD", 0, "HK$0.00"), ("JPY", -1_000, "-¥1000")],
)
def test_money_in_no_language(code: str, minor: int, text: str) -> None:
    assert currency_of(code).text(minor) == text
