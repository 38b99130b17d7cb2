"""Segments: members who have something in common, as one bit for each member there is.

A member's bit is their ordinal (1, 2, 3 …, given once by the server). So a segment of a third of a million members is
some 120 kB, whoever is in it, and nobody's row has to change when it is made anew.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_ORDINAL = 2**29
"""Bounds a bitmap to 64 MiB."""


def bitmap(ordinals: Iterable[int]) -> bytes:
    """Bit ``n`` (of the least value in byte 0 first) is set for each ordinal ``n``; as short as it can be."""
    given = list(ordinals)
    assert all(0 < ordinal <= MAX_ORDINAL for ordinal in given), "an ordinal is counted from 1"
    bits = bytearray(max(given, default=-8) // 8 + 1)
    for ordinal in given:
        bits[ordinal >> 3] |= 1 << (ordinal & 7)
    return bytes(bits)


def holds(bits: bytes, ordinal: int) -> bool:
    """Whether the bit of ``ordinal`` is set. 0 is nobody's: a member the server hasn't counted yet is in no segment."""
    return 0 < ordinal < len(bits) * 8 and bits[ordinal >> 3] >> (ordinal & 7) & 1 == 1
