"""This machine's clock and ids, as the till's ports want them."""

from __future__ import annotations

import os
import time
from uuid import UUID

from shared_models.domain.ids import RANDOM_BYTES, uuid7


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def sleep_ms(self, duration_ms: int) -> None:
        time.sleep(duration_ms / 1_000)


class SystemIds:
    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    def new(self) -> UUID:
        return uuid7(self._clock.now_ms(), os.urandom(RANDOM_BYTES))
