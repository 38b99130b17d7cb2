"""Hybrid logical clock: wall time that never goes backwards and keeps cause before effect."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_DRIFT_MS = 10 * 60_000
"""How far two clocks may be apart before one of them counts as wrong."""

_COUNTER_BITS = 16
_COUNTER_MAX = (1 << _COUNTER_BITS) - 1


def tick(last: int, now_ms: int) -> int:
    """The next reading after ``last`` at wall time ``now_ms`` (Unix milliseconds, UTC).

    A reading is 48 bits of milliseconds followed by a 16-bit counter. A wall clock that stands still or was set
    back only moves the counter on.
    """
    wall = now_ms << _COUNTER_BITS
    return max(wall, last + 1)


def latest(now_ms: int) -> int:
    """The last reading at wall time ``now_ms``."""
    return (now_ms << _COUNTER_BITS) | _COUNTER_MAX


def receive(last: int, heard: int, now_ms: int, max_drift_ms: int) -> int:
    """The next reading after hearing ``heard`` from another device, trusted at most ``max_drift_ms`` ahead of us."""
    return tick(max(last, min(heard, latest(now_ms + max_drift_ms))), now_ms)


def wall_ms(hlc: int) -> int:
    """The wall-time part of a reading, Unix milliseconds, UTC."""
    return hlc >> _COUNTER_BITS


def believed_ms(hlc: int, received_ms: int) -> int:
    """The wall time of a reading as far as whoever got it at ``received_ms`` believes it."""
    return min(wall_ms(hlc), received_ms + MAX_DRIFT_MS)


def business_date(at: datetime, zone: ZoneInfo, cut_off: time) -> date:
    """The day a sale is booked on: before ``cut_off`` in the store's zone it is still the day before (TILL-13)."""
    local = at.astimezone(zone)
    return local.date() if local.time() >= cut_off else local.date() - timedelta(days=1)


def unix_ms(at: datetime) -> int:
    """An aware datetime as Unix milliseconds, rounded down."""
    return (at - utc(0)) // timedelta(milliseconds=1)


def utc(ms: int) -> datetime:
    """Unix milliseconds as an aware UTC datetime."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)
