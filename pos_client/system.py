"""The real machine behind the ports: its clock, its randomness, a thread for the cashier."""

from __future__ import annotations

import os
import secrets
import sys
import threading
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


class BackgroundThread:
    """Takes one step after another, and rests in between until the time is over or somebody wakes it.

    ``step`` returns how long to rest, in milliseconds, 0 for not at all. ``at_end`` is called on the thread.
    """

    def __init__(self, name: str, step: Callable[[], int], at_end: Callable[[], None] = lambda: None) -> None:
        self._step = step
        self._at_end = at_end
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def soon(self) -> None:
        """There may be something to do; from any thread."""
        self._wake.set()

    def stop(self, timeout_ms: int) -> None:
        """Ends after the step under way; one that hangs is left behind after ``timeout_ms``."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_ms / 1000)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            rest_ms = self._step()
            if rest_ms and not self._stopping:
                self._wake.wait(rest_ms / 1000)
        self._at_end()


class AtOnce:
    """``ports.Executor`` without a thread: runs the work where it is asked for."""

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result, as every executor does
            future.set_exception(error)
        return future
