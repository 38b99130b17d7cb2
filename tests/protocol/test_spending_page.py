"""The worked examples of docs/offline-spending.md are what the bounds give."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared_models.domain.budgets import PORTION
from shared_models.domain.programme import default_programme
from shared_models.domain.spending import coupon_bound, floor_bound
from shared_models.domain.spending_rules import Mode, ResourceKind

PAGE = (Path(__file__).parents[2] / "docs" / "offline-spending.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("tills", "balance", "overspent", "said"),
    [
        (3, 1_000, 500, "**500 points"),
        (2, 1_000, 0, "= **0**"),
        (10, 1_000, 4_000, "**4,000**"),
        (3, 200, 400, "**400**"),
    ],
)
def test_the_floor_of_the_examples(tills: int, balance: int, overspent: int, said: str) -> None:
    assert floor_bound(default_programme().floor_points, [balance] * tills, balance) == overspent
    assert said in PAGE


def test_the_coupon_of_the_example() -> None:
    assert coupon_bound(2) == 1
    assert "2 − 1 = **1** use" in PAGE


def test_the_bound_of_returns() -> None:
    policy = default_programme().policy(ResourceKind.RETURNS)
    assert policy.mode is Mode.FLOOR
    assert floor_bound(policy.floor, [1_000] * 3, 1_000) == 2_000
    assert "**2 cookers" in PAGE


def test_a_portion_is_as_the_page_says() -> None:
    assert PORTION == 20
    assert "twentieth" in PAGE
