"""Knobs that count down: what they name happens at the so-manyth byte, line or label from now; ``None`` is never."""

from __future__ import annotations

from typing import Any


def counted_down(knobs: Any, knob: str, count: int) -> bool:
    """Whether it happens within these ``count``."""
    left = getattr(knobs, knob)
    if left is None:
        return False
    setattr(knobs, knob, left - count if left > count else None)
    return bool(left <= count)


def until(knobs: Any, knob: str, data: bytes) -> tuple[bytes, bool]:
    """``data`` up to the byte at which it happens, and whether it does."""
    left = getattr(knobs, knob)
    happens = counted_down(knobs, knob, len(data))
    return data[:left] if happens else data, happens


def through_the_line(knobs: Any, knob: str, data: bytes, times: int) -> bytes:
    """``data`` with the byte that ``knob`` counts down to, from 1 on, coming ``times`` times."""
    before, happens = until(knobs, knob, data)
    return before[:-1] + before[-1:] * times + data[len(before) :] if happens else data
