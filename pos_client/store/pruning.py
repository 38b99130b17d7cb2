"""Letting go of facts that the server has held for longer than its backups are kept.

What stays has an *anchor*: the server's signed word that it holds all up to a fact that is still here. Each fact's hash
covers the hash before it, so that signature vouches for what was pruned as well.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from pos_client.store.database import Database
from pos_client.store.journal import read_identity
from pos_client.store.meta import Meta
from shared_models.domain.clock import wall_ms

ANCHOR: Final = "proof"
"""Where the journal keeps the newest signed acknowledgement."""

PIECE_FACTS: Final = 50
_DAY_MS: Final = 86_400_000
_ACKNOWLEDGED: Final = b"tillpoint.ack.1\0"


class Anchor(Struct, frozen=True, kw_only=True):
    """The server holds this device's facts up to ``acknowledged``, whose hash is ``hash``: signed in its ``epoch``."""

    acknowledged: int
    hash: bytes
    epoch: int
    signature: bytes

    def is_signed(self, incarnation: UUID, server_key: bytes) -> bool:
        number, epoch = self.acknowledged.to_bytes(8, "big"), self.epoch.to_bytes(8, "big")
        message = _ACKNOWLEDGED + incarnation.bytes + number + self.hash + epoch
        try:
            Ed25519PublicKey.from_public_bytes(server_key).verify(self.signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_anchor(database: Database) -> Anchor | None:
    """The anchor that a journal holds; ``None`` if there is none that can be read."""
    kept = Meta(database).blob(ANCHOR)
    try:
        anchor = msgspec.msgpack.decode(kept, type=Anchor) if kept else None
    except (msgspec.DecodeError, RecursionError):
        return None
    if anchor is None or not (0 < anchor.acknowledged < 2**63 and 0 <= anchor.epoch < 2**63):
        return None
    return anchor


def prune(database: Database, server_key: bytes, keep_days: int, now_ms: int) -> int:
    """Delete the oldest facts, with their side records and the leases that they ended, if the server has signed for
    them and they are older than ``keep_days``; at most ``PIECE_FACTS``, between the cashier's transactions. How many
    went.

    The fact that the anchor names stays, and all after it. Ages go by the till's clock: set too far ahead it lets facts
    go early, but none that the server lacks.
    """
    rows = database.all("SELECT number, hlc FROM fact ORDER BY number LIMIT ?", (PIECE_FACTS,))
    before_ms = now_ms - keep_days * _DAY_MS
    old = [number for number, hlc in rows if wall_ms(hlc) < before_ms]
    anchor = read_anchor(database) if old else None
    if anchor is None or not anchor.is_signed(read_identity(database).incarnation, server_key):
        return 0
    held = database.one("SELECT hash FROM fact WHERE number = ?", (anchor.acknowledged,))
    old = [number for number in old if number < anchor.acknowledged]
    if not old or held is None or bytes(held[0]) != anchor.hash:
        return 0
    with database.transaction():
        for table in ("fact", "side"):
            database.run(f"DELETE FROM {table} WHERE number <= ?", (old[-1],))  # noqa: S608 - our own names
        database.run("DELETE FROM lease WHERE ended_number <= ?", (old[-1],))
    return len(old)
