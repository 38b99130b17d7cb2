"""Whether a drawer is open, by the switch that pulls pin 3 of its connector one way or the other.

Makers differ in which way: Epson's command reference tells of the pin's level and of nothing else. So it is set.
"""

from __future__ import annotations

from enum import StrEnum


class DrawerState(StrEnum):
    """UNKNOWN: the printer is away, or says nothing about the pin."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class OpenIs(StrEnum):
    """The level of pin 3 while the drawer is open. NONE: it has no switch, or nobody has looked yet."""

    NONE = "none"
    HIGH = "high"
    LOW = "low"


def drawer_state(pin_high: bool | None, open_is: OpenIs) -> DrawerState:
    """``pin_high`` is ``None`` where the printer didn't tell."""
    if pin_high is None or open_is is OpenIs.NONE:
        return DrawerState.UNKNOWN
    return DrawerState.OPEN if pin_high == (open_is is OpenIs.HIGH) else DrawerState.CLOSED
