"""The simulator's kernel: one virtual clock, one source of chance, one queue of events.

Nothing here runs at the same time as anything else. What takes time in the world (a request on its way) hands control
back to the kernel, which runs other events *inside* that wait; so a till sells while its own page is still travelling,
and a run is the same for the same seed, bit for bit.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

START_MS = 1_795_478_400_000
"""2026-11-24 08:00 in Shanghai (UTC+8): a shop opens."""

DEEPEST_WAIT = 5
"""How many waits may be nested before a request travels without anything else happening."""


class PowerCut(BaseException):
    """The machine ``owner`` lost its power in its ``life``-th life. No code under test can catch it as an error."""

    def __init__(self, owner: str, life: int) -> None:
        super().__init__(owner, life)
        self.owner = owner
        self.life = life


@dataclass(order=True, slots=True)
class _Event:
    at_ms: int
    order: int
    owner: str = field(compare=False)
    act: Callable[[], None] = field(compare=False)


class Chance:
    """Seeded randomness. Each user has a stream of its own, so that one more draw here changes nothing there."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[str, random.Random] = {}

    def stream(self, name: str) -> random.Random:
        if name not in self._streams:
            self._streams[name] = random.Random(f"{self._seed}/{name}")  # noqa: S311 - a simulation, not a secret
        return self._streams[name]


class Kernel:
    """Time, chance and what happens next. ``faults`` counts what was done to the world, by kind."""

    def __init__(self, seed: int) -> None:
        self.now_ms = START_MS
        self.chance = Chance(seed)
        self.faults: Counter[str] = Counter()
        self._events: list[_Event] = []
        self._order = 0
        self._depth = 0
        self._crash: Callable[[PowerCut], None] | None = None

    def on_power_cut(self, crash: Callable[[PowerCut], None]) -> None:
        """``crash(cut)`` is called once the cut machine's stack is unwound to the event it was in."""
        self._crash = crash

    def crashed(self, cut: PowerCut) -> None:
        """A machine's stack is unwound: let the fleet take it down."""
        if self._crash is None:
            raise cut
        self._crash(cut)

    def after(self, delay_ms: int, owner: str, act: Callable[[], None]) -> None:
        """Have ``owner`` do something in ``delay_ms`` virtual milliseconds."""
        self._order += 1
        heapq.heappush(self._events, _Event(self.now_ms + delay_ms, self._order, owner, act))

    def run(self) -> None:
        """Until nothing is left to happen."""
        while self._events:
            self._step()

    def wait(self, duration_ms: int) -> None:
        """Let ``duration_ms`` pass; what others planned for that time happens meanwhile."""
        until = self.now_ms + duration_ms
        if self._depth < DEEPEST_WAIT:
            self._depth += 1
            try:
                while self._events and self._events[0].at_ms <= until:
                    self._step()
            finally:
                self._depth -= 1
        self.now_ms = max(self.now_ms, until)

    def _step(self) -> None:
        event = heapq.heappop(self._events)
        self.now_ms = max(self.now_ms, event.at_ms)
        try:
            event.act()
        except PowerCut as cut:
            self.crashed(cut)


class SimClock:
    """A machine's wall clock: the kernel's time and this machine's own error."""

    def __init__(self, kernel: Kernel, skew_ms: int = 0) -> None:
        self._kernel = kernel
        self.skew_ms = skew_ms

    def now_ms(self) -> int:
        return self._kernel.now_ms + self.skew_ms

    def monotonic_ms(self) -> int:
        return self._kernel.now_ms

    def sleep_ms(self, duration_ms: int) -> None:
        self._kernel.wait(duration_ms)


class SimRandomness:
    """Secrets and choices from a seeded stream: the same keys, salts, ids and codes for the same seed."""

    def __init__(self, kernel: Kernel, owner: str) -> None:
        self._random = kernel.chance.stream(f"{owner}/randomness")

    def secret(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)
