"""Who is signed in: a signed cookie, so that any worker can answer and none has to remember.

The signature also covers the user's password hash: a changed password or a deleted user ends each session at once.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64

import msgspec
from msgspec import Struct

IDLE_MS = 60 * 60 * 1000
LONGEST_MS = 12 * 60 * 60 * 1000
RENEW_AFTER_MS = 5 * 60 * 1000
ID_BYTES = 16

_LONGEST_COOKIE = 1000


class Session(Struct, frozen=True, array_like=True):
    """``began_ms`` is the sign-in, ``seen_ms`` when the cookie was last written."""

    name: str
    id: bytes
    began_ms: int
    seen_ms: int

    def is_live(self, now_ms: int) -> bool:
        return now_ms - self.began_ms < LONGEST_MS and now_ms - self.seen_ms < IDLE_MS

    def wants_renewal(self, now_ms: int) -> bool:
        return now_ms - self.seen_ms >= RENEW_AFTER_MS


class Signer:
    """Signs with keys derived from the server's secret, one for each use."""

    def __init__(self, secret: bytes) -> None:
        self._cookie_key = hmac.digest(secret, b"tillpoint head office session 1", "sha256")
        self._form_key = hmac.digest(secret, b"tillpoint head office form 1", "sha256")

    def write(self, session: Session, password_hash: str) -> str:
        body = msgspec.msgpack.encode(session)
        return f"{_text(body)}.{_text(self._sign(body, password_hash))}"

    @staticmethod
    def claimed(cookie: str) -> Session | None:
        """What an unchecked cookie says of itself: only to look the user up, then ``holds``."""
        if len(cookie) > _LONGEST_COOKIE:
            return None
        try:
            return msgspec.msgpack.decode(_bytes(cookie.partition(".")[0]), type=Session)
        except (BadBase64, ValueError, msgspec.MsgspecError):
            return None

    def holds(self, cookie: str, password_hash: str) -> bool:
        """Whether the cookie was written here for a user who still has this password."""
        body, _, signature = cookie.partition(".")
        try:
            return hmac.compare_digest(self._sign(_bytes(body), password_hash), _bytes(signature))
        except (BadBase64, ValueError):
            return False

    def form_token(self, id: bytes) -> str:
        """What each form of this session carries, so that a page of somebody else can't send it."""
        return _text(hmac.digest(self._form_key, id, "sha256"))

    def is_form_token(self, token: str, id: bytes) -> bool:
        return hmac.compare_digest(token.encode(), self.form_token(id).encode())

    def _sign(self, body: bytes, password_hash: str) -> bytes:
        return hmac.digest(self._cookie_key, hashlib.sha256(password_hash.encode()).digest() + body, "sha256")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
