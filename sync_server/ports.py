"""What the server asks of the world outside: time and randomness. A simulation passes its own."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared_models.domain.ids import RANDOM_BYTES, uuid7


class Clock(Protocol):
    def now_ms(self) -> int:
        """Unix milliseconds, UTC."""
        ...


class Randomness(Protocol):
    def secret(self, count: int) -> bytes:
        """``count`` bytes that nobody can guess."""
        ...


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class SystemRandomness:
    def secret(self, count: int) -> bytes:
        return os.urandom(count)


@dataclass(frozen=True, slots=True)
class Ids:
    """UUIDv7 from the clock and randomness given."""

    clock: Clock
    randomness: Randomness

    def new(self) -> UUID:
        return uuid7(self.clock.now_ms(), self.randomness.secret(RANDOM_BYTES))


@dataclass(frozen=True, slots=True)
class Ports:
    clock: Clock
    randomness: Randomness

    @property
    def ids(self) -> Ids:
        return Ids(self.clock, self.randomness)


def system_ports() -> Ports:
    return Ports(SystemClock(), SystemRandomness())
