"""The pole display's worker: what the customer should read now, and again until the display has it."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from drivers.display.device import PoleDisplay
from drivers.display.text import line_of
from drivers.ports import DeviceFault, LineState, line_after
from pos_client.app.surroundings import Surroundings
from pos_client.app.views import PoleLine
from pos_client.hardware.notices import notice_of
from pos_client.system import BackgroundThread

AGAIN_MS: Final = 5_000
"""A display that was off, or whose plug was out, shows the right thing again after so long."""
RETRY_MS: Final = 1_000

_DARK: Final = PoleLine("", "")


class Showing:
    """Only the last thing said counts: what a slow display had no time for is not shown afterwards."""

    def __init__(self, display: PoleDisplay, letters: str, surroundings: Surroundings) -> None:
        self._display = display
        self._letters = letters
        self._surroundings = surroundings
        self._wanted = (_DARK, _DARK)

    def say(self, upper: PoleLine, lower: PoleLine) -> bool:
        """From any thread; whether that is anything new."""
        wanted = (upper, lower)
        if wanted == self._wanted:
            return False
        self._wanted = wanted
        return True

    def step(self) -> int:
        """Show it. Returns for how long there is nothing to do, in milliseconds."""
        upper, lower = (line_of(each.text, each.figure, self._letters, each.instead) for each in self._wanted)
        try:
            self._display.show(upper, lower)
        except DeviceFault as fault:
            self._surroundings.display(line_after(fault).value, notice_of(fault))
            return RETRY_MS
        self._surroundings.display(LineState.READY.value, None)
        return AGAIN_MS

    def end(self) -> None:
        """The till is left: nobody should read the last customer's total."""
        with suppress(DeviceFault):
            self._display.clear()
        self._display.close()


class ShowingThread(BackgroundThread):
    def __init__(self, showing: Showing) -> None:
        super().__init__("pole display", showing.step, showing.end)
        self._showing = showing

    def say(self, upper: PoleLine, lower: PoleLine) -> None:
        if self._showing.say(upper, lower):
            self.soon()
