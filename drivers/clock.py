"""The machine's monotonic clock."""

from __future__ import annotations

import time


class SystemClock:
    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000
