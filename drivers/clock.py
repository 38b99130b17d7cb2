"""The machine's monotonic clock, and waiting by it."""

from __future__ import annotations

import time


class SystemClock:
    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000


def wait_ms(duration_ms: int) -> None:
    time.sleep(duration_ms / 1000)
