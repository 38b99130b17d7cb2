"""What is just missed: "¥12.50 more: ¥30.00 off from ¥100.00"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

MAX_SHOWN = 3


@dataclass(frozen=True, slots=True)
class NearMiss:
    """``missing_minor`` of money or ``missing_milli`` of goods (the other is 0) for the deal ``rule``.

    ``reason`` and ``values`` say what it would give, as an adjustment does. ``there`` and ``wanted`` are how far it is.
    ``choose``: the deal is reached, and so many goods of its choice can still be put into the basket.
    """

    rule: str
    missing_minor: int
    missing_milli: int
    reason: str
    values: Mapping[str, str]
    there: int
    wanted: int
    choose: bool = False


def is_near(there: int, wanted: int) -> bool:
    """Half of the way is made."""
    return 0 < there < wanted <= 2 * there


def near_misses(found: Iterable[NearMiss], applied: Set[str]) -> tuple[NearMiss, ...]:
    """The nearest few; deals that already apply come after those that don't."""
    near = list(found)
    scale = 1_000_000
    near.sort(key=lambda miss: (miss.rule in applied, -(miss.there * scale // miss.wanted), miss.rule))
    return tuple(near[:MAX_SHOWN])
