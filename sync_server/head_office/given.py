"""What people type and addresses say, as a database takes it: PostgreSQL and SQLite refuse different things."""

from __future__ import annotations

_LARGEST = 2**63 - 1


def text(said: str, longest: int) -> str:
    """Without blanks around it and without NUL, which PostgreSQL stores in no text."""
    return said.replace("\0", "").strip()[:longest]


def number(said: str) -> int:
    """A whole number of at most 64 bits. Raise ``ValueError``."""
    found = int(said)
    if not -_LARGEST <= found <= _LARGEST:
        raise ValueError(said)
    return found
