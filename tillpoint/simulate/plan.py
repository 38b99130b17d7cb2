"""What a simulation plays: how many tills, how many days, what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass

from tillpoint.simulate.faults import EVERY, Fault

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
OPEN_MS = 12 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Plan:
    """``operations`` is per till and day. Tills are spread over the stores."""

    seed: int
    tills: int
    days: int
    operations: int
    faults: frozenset[Fault] = EVERY
    stores: int = 1
