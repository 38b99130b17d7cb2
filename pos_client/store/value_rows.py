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


def adopt(database: Database) -> None:
    """Take over rows that a version without ``value_row`` kept among the documents, which don't say what they count.

    They are taken to count what the row before them did, at first nothing: that version had no facts about them. After
    going back to it and forth again an own purchase may stand beside a row that holds it, so that less is shown than
    there is, until the row changes.
    """
    rows = database.all('SELECT kind, "key", version, doc FROM document WHERE kind IN (?, ?)', KINDS)
    readable = [(row, keys) for row in rows if (keys := _keys(row[0], row[3])) is not None]
    if not readable:
        return
    with database.transaction():
        for (kind, key, version, doc), keys in readable:
            database.run(
                'INSERT INTO value_row (kind, "key", version, counted, member_id, code_hash, doc)'
                ' VALUES (?, ?, ?, 0, ?, ?, ?) ON CONFLICT (kind, "key") DO UPDATE SET version = excluded.version,'
                " member_id = excluded.member_id, code_hash = excluded.code_hash, doc = excluded.doc",
                (kind, key, version, *keys, doc),
            )
            database.run('DELETE FROM document WHERE kind = ? AND "key" = ?', (kind, key))


def _keys(kind: str, doc: bytes) -> tuple[bytes | None, bytes | None] | None:
    """The member and the code that a row is looked up by; ``None`` if this version can't read it."""
    try:
        if kind == "stored_value":
            return _STORED_VALUE.decode(doc).member_id.bytes, None
        coupon = _COUPON.decode(doc)
    except msgspec.DecodeError:
        return None
    return coupon.member_id.bytes if coupon.member_id else None, coupon.code_hash or None
