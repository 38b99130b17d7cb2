"""Passwords of head-office users: Argon2id, its parameters inside each hash."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_CHARACTERS = 200

_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(2)
"""Each check takes 64 MiB: a crowd at the door must not take the server's memory."""

_NOBODY = _HASHER.hash("nobody has this password")


def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. For a user who doesn't exist (``None``) it takes as long and says no."""
    if len(password) > MAX_CHARACTERS:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
