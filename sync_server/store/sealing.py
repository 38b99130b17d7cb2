"""Sealing of personal columns with AES-256-GCM, on either database."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync_server.errors import WrongKey
from sync_server.ports import Randomness

_FORMAT = b"\x01"
_NONCE_BYTES = 12


class Sealer:
    """``place`` says where a value belongs (table, column, row): a sealed value moved elsewhere doesn't open."""

    def __init__(self, data_key: bytes, randomness: Randomness) -> None:
        self._cipher = AESGCM(data_key)
        self._randomness = randomness

    def seal(self, plain: bytes, place: bytes) -> bytes:
        nonce = self._randomness.secret(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plain value; raise ``WrongKey`` if it was sealed with another key, for another place, or was changed."""
        nonce = sealed[1 : 1 + _NONCE_BYTES]
        try:
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_BYTES :], place)
        except (InvalidTag, ValueError) as error:
            raise WrongKey(
                "The server's data key doesn't open what is stored. Start it with the key it was set up with."
            ) from error
