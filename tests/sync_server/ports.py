"""A clock that stands until it is moved, and chance that is the same in every run."""

from __future__ import annotations

import random

from sync_server.ports import Ports

START_MS = 1_795_478_400_000
"""2026-11-24 00:00 UTC."""


class StillClock:
    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms


class SeededRandomness:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def secret(self, count: int) -> bytes:
        return self._random.randbytes(count)


def seeded_ports(seed: int = 1) -> Ports:
    return Ports(StillClock(), SeededRandomness(seed))
