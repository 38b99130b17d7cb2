from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.clock import receive, tick, utc, wall_ms
from shared_models.domain.ids import uuid7

walls = st.integers(0, 2**44)


@given(st.lists(walls, min_size=1))
def test_readings_rise_whatever_the_wall_clock_does(times: list[int]) -> None:
    readings = [0]
    for now in times:
        readings.append(tick(readings[-1], now))
    assert all(before < after for before, after in pairwise(readings))
    assert wall_ms(readings[-1]) >= max(times)


@given(walls, walls, walls, st.integers(0, 10**9))
def test_another_clock_is_believed_only_so_far(last: int, heard: int, now: int, drift: int) -> None:
    reading = receive(last << 16, heard << 16, now, drift)
    assert reading > last << 16
    assert reading > min(heard, now + drift) << 16
    assert wall_ms(reading) <= max(last, now + drift) + 1


def test_time_from_milliseconds() -> None:
    assert utc(1_795_512_345_678) == datetime(2026, 11, 24, 9, 25, 45, 678_000, tzinfo=UTC)


@given(st.integers(0, 2**48 - 2), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_ids_sort_by_time(ms: int, one: bytes, two: bytes) -> None:
    first, later = uuid7(ms, one), uuid7(ms + 1, two)
    assert first < later
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
    assert first.int >> 80 == ms


@pytest.mark.parametrize(("ms", "size"), [(-1, 10), (2**48, 10), (0, 9), (0, 11)])
def test_ids_that_cannot_be(ms: int, size: int) -> None:
    with pytest.raises(ValueError, match="UUIDv7"):
        uuid7(ms, bytes(size))
