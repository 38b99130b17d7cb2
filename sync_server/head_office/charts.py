"""Charts as plain data: a small script draws them, the table beside each says the same in figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

_TICKS = 4
_NICE = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values (minor units or counts) under its name; ``None`` leaves a gap."""

    name: str
    values: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars for ``now`` and, where there is something to compare with, a dotted line for ``before``."""

    title: str
    labels: Sequence[str]
    now: Series
    before: Series | None
    show: Callable[[int], str]
    show_short: Callable[[int], str]

    def data(self) -> str:
        """JSON for ``static/charts.js``: all texts are written here, in the reader's language."""
        rows = [self.now, *([self.before] if self.before else [])]
        ticks = nice_ticks(max((value for row in rows for value in row.values if value is not None), default=0))
        plain = {
            "labels": self.labels,
            "series": [
                {
                    "name": row.name,
                    "values": row.values,
                    "texts": ["–" if value is None else self.show(value) for value in row.values],
                }
                for row in rows
            ],
            "ticks": ticks,
            "tickTexts": [self.show_short(tick) for tick in ticks],
        }
        return msgspec.json.encode(plain).decode()


def nice_ticks(highest: int) -> list[int]:
    """From 0 to at least ``highest``, in steps of 1, 2 or 5 times a power of ten, about five of them."""
    step = next(
        size * 10**power for power in range(16) for size in _NICE if size * 10**power * _TICKS >= max(highest, 1)
    )
    return list(range(0, max(highest, 1) + step, step))
