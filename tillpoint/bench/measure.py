"""Measuring: samples, percentiles, and a result that says what was measured against what and whether it held."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pos_client.ui.collecting import due

MILLISECONDS = "ms"
MEBIBYTES = "MiB"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. The defaults are what the budgets speak of; tests and a quick look take less."""

    members: int = 1_000_000
    products: int = 1_000_000
    start_products: int = 100_000
    page_rows: int = 5_000
    batches: int = 30
    rounds: int = 1_000

    @classmethod
    def of_rows(cls, rows: int, rounds: int) -> Size:
        """The same work with ``rows`` members and as many products at most."""
        full = cls()
        return cls(
            members=min(full.members, rows),
            products=min(full.products, rows),
            start_products=min(full.start_products, rows),
            page_rows=min(full.page_rows, rows),
            batches=min(full.batches, max(2, rounds // 10)),
            rounds=rounds,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files lie: the disk that is measured."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Budget:
    """``most``, ``least``: in the result's unit. ``times``: how often the bare limit. All that are set must hold."""

    most: float | None = None
    times: float | None = None
    least: float | None = None

    def holds(self, ours: float, limit: float | None) -> bool:
        if self.times is not None and (limit is None or ours > self.times * limit):
            return False
        return (self.most is None or ours <= self.most) and (self.least is None or ours >= self.least)

    def text(self, unit: str) -> str:
        parts = [f"≤ {self.most:g} {unit}"] if self.most is not None else []
        parts += [f"≤ {self.times:g} × limit"] if self.times is not None else []
        parts += [f"≥ {self.least:g} {unit}"] if self.least is not None else []
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. ``limit`` is the bare limit on the same work in the same run, ``None`` if nothing is comparable."""

    name: str
    what: str
    size: str
    ours: float
    limit: float | None
    unit: str
    budget: Budget

    @property
    def ratio(self) -> float | None:
        return self.ours / self.limit if self.limit else None

    @property
    def holds(self) -> bool:
        return self.budget.holds(self.ours, self.limit)

    def to_plain(self) -> dict[str, object]:
        ratio = self.ratio
        return {
            "name": self.name,
            "what": self.what,
            "size": self.size,
            "ours": _short(self.ours),
            "limit": None if self.limit is None else _short(self.limit),
            "ratio": None if ratio is None else _short(ratio),
            "unit": self.unit,
            "budget": self.budget.text(self.unit),
            "holds": self.holds,
        }


Samples = list[float]
"""Milliseconds, in the order they were taken."""


def percentile(samples: Sequence[float], percent: int) -> float:
    """The smallest sample that ``percent`` of them don't exceed (nearest rank)."""
    ordered = sorted(samples)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[rank - 1]


def median(samples: Sequence[float]) -> float:
    return percentile(samples, 50)


def p99(samples: Sequence[float]) -> float:
    return percentile(samples, 99)


def timed(work: Callable[[], object]) -> float:
    """How long ``work`` takes, in milliseconds."""
    before = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - before) / 1_000_000


def alternately(
    rounds: int, *works: Callable[[int], object], after: Callable[[int], object] = lambda _: None
) -> list[Samples]:
    """Run the works in turn, ``rounds`` times each, so that a disturbance of the machine meets all of them alike.

    Each is called with the round's number, and once more before, unmeasured. ``after`` tidies up after each round and
    isn't measured either. The garbage collector's passes fall between the rounds: a till has them while nobody waits.
    """
    samples: list[Samples] = [[] for _ in works]
    with settled():
        gc.disable()
        for work in works:
            work(0)
        after(0)
        for number in range(rounds):
            for work, taken in zip(works, samples, strict=True):
                before = time.perf_counter_ns()
                work(number)
                taken.append((time.perf_counter_ns() - before) / 1_000_000)
            after(number)
            generation = due()
            if generation is not None:
                gc.collect(generation)
    return samples


@contextmanager
def settled() -> Iterator[None]:
    """What the preparation left is out of the garbage collector's way; the collector itself stays on."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _short(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")
