"""Work for the cashier's thread: what to do there, and what follows here.

The thread that draws never waits. It hands ``work`` over; when that has returned or raised, ``done`` or ``failed`` is
called on the thread that draws, in the order in which the work was handed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from pos_client.app.views import Notice

Result = TypeVar("Result")


class Scale(Protocol):
    """The checkout scale, as the thread that draws asks it."""

    def weigh(self, done: Callable[[int, str], None], failed: Callable[[Notice], None]) -> None:
        """Return at once. ``done(thousandths, unit)`` or ``failed(why)`` is called on the thread that draws."""

    def settle(self, done: Callable[[int, str], None], failed: Callable[[Notice], None], *, tare: bool) -> None:
        """Set it to zero, or take what is on it as the tare; ``done`` with what it shows then."""


class Operations(Protocol):
    def run(
        self, work: Callable[[], Result], done: Callable[[Result], None], failed: Callable[[Exception], None]
    ) -> None:
        """Queue ``work`` on the cashier's thread and return at once."""
