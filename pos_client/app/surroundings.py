"""What goes on around the counter on other threads: the link to the server, the devices, the second copy."""

from __future__ import annotations

from collections.abc import Callable

from pos_client.app.views import Notice

NO_DEVICE = "none"
TRIGGER = "trigger"
"""A drawer on a line of its own, of which nobody knows whether it is open."""


class Surroundings:
    """Each field is written by one thread and read by the cashier's. Listeners are called on the writer's thread."""

    def __init__(self) -> None:
        self.online = False
        self.problem: Notice | None = None
        self.printer_state = NO_DEVICE
        self.printer_notice: Notice | None = None
        self.scanner_state = NO_DEVICE
        self.scanner_notice: Notice | None = None
        self.display_state = NO_DEVICE
        self.display_notice: Notice | None = None
        self.scale_state = NO_DEVICE
        self.scale_notice: Notice | None = None
        self.drawer_state = NO_DEVICE
        self.mirror_state = NO_DEVICE
        self.mirror_notice: Notice | None = None
        self.mirror_behind = 0
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def changed(self) -> None:
        for listener in self._listeners:
            listener()

    def link(self, *, online: bool, problem: Notice | None) -> None:
        """What the last attempt to reach the server brought."""
        if (online, problem) != (self.online, self.problem):
            self.online, self.problem = online, problem
            self.changed()

    def printer(self, state: str, notice: Notice | None) -> None:
        if (state, notice) != (self.printer_state, self.printer_notice):
            self.printer_state, self.printer_notice = state, notice
            self.changed()

    def scanner(self, state: str, notice: Notice | None) -> None:
        if (state, notice) != (self.scanner_state, self.scanner_notice):
            self.scanner_state, self.scanner_notice = state, notice
            self.changed()

    def display(self, state: str, notice: Notice | None) -> None:
        if (state, notice) != (self.display_state, self.display_notice):
            self.display_state, self.display_notice = state, notice
            self.changed()

    def scale(self, state: str, notice: Notice | None) -> None:
        if (state, notice) != (self.scale_state, self.scale_notice):
            self.scale_state, self.scale_notice = state, notice
            self.changed()

    def drawer(self, state: str) -> None:
        """``drivers.drawer.sensor.DrawerState``, ``TRIGGER``, or none if nobody set how its switch is read."""
        if state != self.drawer_state:
            self.drawer_state = state
            self.changed()

    def mirror(self, state: str, behind: int, notice: Notice | None) -> None:
        """What became of the last attempt to write the journal's second copy; ``behind`` facts are missing there."""
        if (state, behind, notice) != (self.mirror_state, self.mirror_behind, self.mirror_notice):
            self.mirror_state, self.mirror_behind, self.mirror_notice = state, behind, notice
            self.changed()
