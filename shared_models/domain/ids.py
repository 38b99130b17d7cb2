"""Ids that sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

RANDOM_BYTES = 10
_MAX_MS = (1 << 48) - 1


def uuid7(ms: int, random_bytes: bytes) -> UUID:
    """A UUIDv7 (RFC 9562) of Unix milliseconds ``ms`` (UTC) and ten random bytes, of which 74 bits are used."""
    if not 0 <= ms <= _MAX_MS:
        raise ValueError(f"a UUIDv7 holds 48 bits of milliseconds, not {ms}")
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a UUIDv7 is made of {RANDOM_BYTES} random bytes, not {len(random_bytes)}")
    random = int.from_bytes(random_bytes, "big")
    high, low = (random >> 62) & 0xFFF, random & ((1 << 62) - 1)
    return UUID(int=(ms << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)
