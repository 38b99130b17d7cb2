"""The real machine behind the ports: its clock, its randomness, a thread for the cashier."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from pos_client.app.ports import CashierGone, Clock, Randomness
from shared_models.domain.ids import RANDOM_BYTES, uuid7

Result = TypeVar("Result")


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """It goes on while the machine sleeps: waking up isn't somebody setting the clock."""
        if sys.platform == "linux":
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        return time.monotonic_ns() // 1_000_000

    def sleep_ms(self, duration_ms: int) -> None:
        time.sleep(duration_ms / 1000)


class SystemRandomness:
    def secret(self, count: int) -> bytes:
        return os.urandom(count)

    def below(self, bound: int) -> int:
        return secrets.randbelow(bound)


@dataclass(frozen=True, slots=True)
class ClockIds:
    """UUIDv7 from a clock and randomness."""

    clock: Clock
    randomness: Randomness

    def new(self) -> UUID:
        return uuid7(self.clock.now_ms(), self.randomness.secret(RANDOM_BYTES))


class CashierThread:
    """``ports.Executor``: one thread that runs one piece of work after another."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cashier")

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        try:
            return self._pool.submit(work)
        except RuntimeError:
            raise CashierGone from None

    def close(self) -> None:
        """Finish what is queued and take nothing more."""
        self._pool.shutdown(wait=True)


class AtOnce:
    """``ports.Executor`` without a thread: runs the work where it is asked for."""

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result, as every executor does
            future.set_exception(error)
        return future
