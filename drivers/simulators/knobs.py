"""What simulated printers have in common: knobs that are turned by name, and a line that loses a byte."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def turn(knobs: Any, changes: Mapping[str, bool | int | None]) -> None:
    """Set the knobs of a slotted dataclass; raise ``ValueError`` for one that there isn't."""
    for name, value in changes.items():
        if name not in type(knobs).__slots__:
            raise ValueError(f"The printer has no knob {name!r}.")
        setattr(knobs, name, value)


def through_the_line(knobs: Any, knob: str, data: bytes, times: int) -> bytes:
    """``data`` with the byte that ``knob`` counts down to, from 1 on, coming ``times`` times."""
    left = getattr(knobs, knob)
    if left is None:
        return data
    if len(data) < left:
        setattr(knobs, knob, left - len(data))
        return data
    setattr(knobs, knob, None)
    return data[: left - 1] + data[left - 1 : left] * times + data[left:]
