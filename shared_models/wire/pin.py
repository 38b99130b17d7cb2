"""How a PIN is turned into what the server keeps and what a till checks."""

from __future__ import annotations

import hashlib
import hmac

SALT_BYTES = 16
_HASH_BYTES = 32
_ROUNDS = 3
_MEMORY_KIB = 64 * 1024
_LANES = 1


def pin_hash(pin: str, salt: bytes) -> bytes:
    """Argon2id(PIN, salt): three passes over 64 MiB in one lane, 32 bytes. Takes about a tenth of a second."""
    from argon2.low_level import Type, hash_secret_raw

    typed = pin.encode("utf-8", "surrogatepass")
    return hash_secret_raw(typed, salt, _ROUNDS, _MEMORY_KIB, _LANES, _HASH_BYTES, Type.ID)


def verifier(pepper: bytes, hashed_pin: bytes) -> bytes:
    """What one device checks a PIN against: HMAC-SHA256 under its pepper of what ``pin_hash`` gave."""
    return hmac.digest(pepper, hashed_pin, hashlib.sha256)
