"""Percentiles, budgets and the shape of a result."""

from __future__ import annotations

import pytest

from tillpoint.bench.measure import Budget, Result, Size, alternately, median, p99, percentile


def test_percentiles_are_the_nearest_rank() -> None:
    samples = [float(number) for number in range(100, 0, -1)]

    assert median(samples) == 50.0
    assert p99(samples) == 99.0
    assert percentile(samples, 100) == 100.0
    assert p99([7.0]) == 7.0
    assert p99([1.0, 2.0, 3.0]) == 3.0


@pytest.mark.parametrize(
    ("budget", "ours", "limit", "holds"),
    [
        (Budget(most=5), 5.0, 1.0, True),
        (Budget(most=5), 5.1, 5.0, False),
        (Budget(times=2), 2.0, 1.0, True),
        (Budget(times=2), 2.1, 1.0, False),
        (Budget(times=2), 0.1, None, False),
        (Budget(most=5, times=2), 4.0, 1.0, False),
        (Budget(most=0), 0.0, None, True),
        (Budget(least=5), 5.0, 9.0, True),
        (Budget(least=5), 4.9, 1.0, False),
    ],
)
def test_a_budget_holds_in_all_its_parts(budget: Budget, ours: float, limit: float | None, holds: bool) -> None:
    assert budget.holds(ours, limit) is holds


def test_a_result_as_scripts_read_it() -> None:
    result = Result("confirm", "store a sale", "10 lines", 1.23456, 0.5, "ms", Budget(most=10, times=2))

    assert result.to_plain() == {
        "name": "confirm",
        "what": "store a sale",
        "size": "10 lines",
        "ours": 1.235,
        "limit": 0.5,
        "ratio": 2.469,
        "unit": "ms",
        "budget": "≤ 10 ms and ≤ 2 × limit",
        "holds": False,
    }


def test_what_has_no_limit_has_no_ratio() -> None:
    plain = Result("imports", "none", "400 modules", 0, None, "packages", Budget(most=0)).to_plain()

    assert (plain["limit"], plain["ratio"], plain["holds"]) == (None, None, True)


def test_works_alternate_and_only_they_are_sampled() -> None:
    calls: list[tuple[str, int]] = []

    first, second = alternately(
        2, lambda n: calls.append(("a", n)), lambda n: calls.append(("b", n)), after=lambda n: calls.append(("tidy", n))
    )

    warm = [("a", 0), ("b", 0), ("tidy", 0)]
    assert calls == [*warm, *warm, ("a", 1), ("b", 1), ("tidy", 1)]
    assert len(first) == len(second) == 2


def test_a_smaller_size_is_smaller_everywhere_and_never_larger() -> None:
    assert Size.of_rows(10_000_000, 1_000) == Size()
    small = Size.of_rows(200, 20)

    assert (small.members, small.products, small.start_products, small.page_rows) == (200, 200, 200, 200)
    assert (small.batches, small.rounds) == (2, 20)
