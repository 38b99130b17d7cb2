from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.ids import uuid7

times = st.integers(0, (1 << 48) - 1)
chances = st.binary(min_size=10, max_size=10)


def test_the_example_of_rfc_9562() -> None:
    """Appendix A.6: 0x017F22E279B0, then 0xCC3 and 0x18C4DC0C0C07398F as the random parts."""
    random = ((0xCC3 << 62) | (0x18C4DC0C0C07398F & ((1 << 62) - 1))).to_bytes(10, "big")
    assert uuid7(0x017F22E279B0, random) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@given(times, chances)
def test_version_variant_and_time(ms: int, random: bytes) -> None:
    made = uuid7(ms, random)
    assert (made.version, made.variant, made.int >> 80) == (7, RFC_4122, ms)


@given(times, times, chances, chances)
def test_later_ids_sort_later(one: int, other: int, random: bytes, more: bytes) -> None:
    if one < other:
        assert uuid7(one, random) < uuid7(other, more)
        assert uuid7(one, random).bytes < uuid7(other, more).bytes


@pytest.mark.parametrize(("ms", "random"), [(-1, b"0" * 10), (1 << 48, b"0" * 10), (0, b"0" * 9), (0, b"0" * 11)])
def test_what_does_not_fit_is_refused(ms: int, random: bytes) -> None:
    with pytest.raises(ValueError, match="UUIDv7"):
        uuid7(ms, random)
