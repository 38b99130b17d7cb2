"""The checkout scale: asked on a thread of its own when somebody wants a weight."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from drivers.ports import DeviceFault
from drivers.scale.reading import WeighingFault
from pos_client.app.surroundings import Surroundings
from pos_client.app.views import Notice
from pos_client.hardware.notices import notice_of

if TYPE_CHECKING:
    from drivers.scale.device import Scale
    from drivers.scale.reading import Weight


class Weighing:
    """Answers are given on the scale's thread. One question is asked at a time, in turn."""

    def __init__(self, scale: Scale, surroundings: Surroundings) -> None:
        self._scale = scale
        self._surroundings = surroundings
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="scale")
        surroundings.scale("ready", None)

    def weigh(self, done: Callable[[int, str], None], failed: Callable[[Notice], None]) -> None:
        """``done(thousandths, unit)`` with a weight at rest, within about three seconds, or ``failed(why)``."""
        self._pool.submit(self._answer, self._scale.weigh, done, failed)

    def settle(self, done: Callable[[int, str], None], failed: Callable[[Notice], None], *, tare: bool) -> None:
        """Have an 8217 take what is on it as the tare, or be at zero; ``done`` with what it shows then."""
        self._pool.submit(self._answer, self._tared if tare else self._zeroed, done, failed)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._scale.close()

    def _tared(self) -> Weight:
        self._scale.set_tare()
        return self._scale.ask()

    def _zeroed(self) -> Weight:
        self._scale.set_zero()
        return self._scale.ask()

    def _answer(
        self, ask: Callable[[], Weight], done: Callable[[int, str], None], failed: Callable[[Notice], None]
    ) -> None:
        try:
            found = ask()
        except DeviceFault as fault:
            notice = notice_of(fault)
            assert notice is not None
            answered = isinstance(fault, WeighingFault)
            self._surroundings.scale("ready" if answered else "disconnected", None if answered else notice)
            failed(notice)
            return
        self._surroundings.scale("ready", None)
        done(found.milli, found.unit.value)
