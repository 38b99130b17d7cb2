"""Letters and digits for codes that people read and type: Crockford's base 32 (no I, L, O, U) with a check character.

The check character is a sum over GF(32) with a different power of the generator for each place, so that in up to 31
characters every single wrong one and every two swapped ones are noticed.
"""

from __future__ import annotations

from collections.abc import Iterable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
"""What a character counts, with those that are mistaken for others."""

_POLYNOMIAL = 0b100101


def check_value(values: Iterable[int]) -> int:
    """The value of the check character that follows ``values`` (0 to 31 each)."""
    total = 0
    for value in values:
        total = _double(total ^ value)
    return total


def _double(value: int) -> int:
    """Times the generator x in GF(32) modulo x⁵ + x² + 1."""
    doubled = value << 1
    return doubled ^ _POLYNOMIAL if doubled & 32 else doubled
