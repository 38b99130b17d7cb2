"""Stored value and coupons in the replica: the puller's side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from pos_client.store.database import Database
from shared_models.wire.messages import RowMessage
from shared_models.wire.state import CouponDoc, StoredValueDoc

KINDS: Final = ("stored_value", "coupon")
_STORED_VALUE = msgspec.json.Decoder(StoredValueDoc)
_COUPON = msgspec.json.Decoder(CouponDoc)


def apply(database: Database, rows: Sequence[RowMessage]) -> list[RowMessage]:
    """Take rows of ``KINDS``; return those that only a later version can read. Doesn't commit."""
    unread = []
    for row in rows:
        keys = None if row.deleted else _keys(row.kind, row.doc)
        if keys is None:
            database.run('DELETE FROM value_row WHERE kind = ? AND "key" = ?', (row.kind, row.key))
            unread += [] if row.deleted else [row]
            continue
        database.run(
            'INSERT OR REPLACE INTO value_row (kind, "key", version, counted, member_id, code_hash, doc)'
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.kind, row.key, row.version, row.counted, *keys, row.doc),
        )
    return unread


def _keys(kind: str, doc: bytes) -> tuple[bytes | None, bytes | None] | None:
    """The member and the code that a row is looked up by; ``None`` if this version can't read it."""
    try:
        if kind == "stored_value":
            return _STORED_VALUE.decode(doc).member_id.bytes, None
        coupon = _COUPON.decode(doc)
    except msgspec.DecodeError:
        return None
    return coupon.member_id.bytes if coupon.member_id else None, coupon.code_hash or None
