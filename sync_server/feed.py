"""Reading the feed: one page of the state rows above a till's cursor, as that till may see them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from shared_models.orm.server import counted, feed, feed_commit
from shared_models.wire.messages import FAR_BEHIND_ROWS, MAX_PAGE_ROWS, Cursor, RowMessage
from shared_models.wire.pin import verifier
from sync_server.act import last_version
from sync_server.ledger.documents import member_doc, seal_place
from sync_server.store import Sealer

MAX_PAGE_BYTES = 4 * 1024 * 1024
_MAX_VERSION = 2**63 - 1
_SLICE_ROWS = 1_000
OWN_KINDS = ("staff",)
"""Kinds whose documents are different for each device: never in a snapshot that several devices get."""


class CursorUnknown(Exception):
    """The till's cursor is from another past than the server's: a backup was restored."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The device that asks. ``pepper`` is its own; ``store_id`` says which rows and profiles it may have."""

    incarnation: UUID
    store_id: str
    pepper: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """``behind``: see ``PullAnswer``."""

    rows: list[RowMessage]
    cursor: Cursor
    more: bool
    behind: int


def page(connection: Connection, sealer: Sealer, reader: Reader, cursor: Cursor | None, limit: int, epoch: int) -> Page:
    """Up to ``limit`` rows, and about ``MAX_PAGE_BYTES`` of documents; raise ``CursorUnknown``.

    The newest version is read before the rows: all rows up to it are committed and seen, so a page that isn't full
    may put the cursor there.
    """
    start = 0 if cursor is None else _checked(connection, cursor, epoch)
    newest = last_version(connection)
    limit = max(1, min(limit, MAX_PAGE_ROWS))
    rows: list[RowMessage] = []
    size = 0
    for row in _rows_above(connection, reader, start):
        if len(rows) == limit or size >= MAX_PAGE_BYTES:
            end = rows[-1].version
            behind = rows_above(connection, start, FAR_BEHIND_ROWS + 1)
            return Page(rows, Cursor(epoch, end, _tag(connection, end)), more=True, behind=behind)
        message = _message(row, sealer, reader)
        size += len(message.doc)
        rows.append(message)
    end = max(newest, rows[-1].version) if rows else max(newest, start)
    return Page(rows, Cursor(epoch, end, _tag(connection, end)), more=False, behind=len(rows))


def rows_above(connection: Connection, version: int, most: int) -> int:
    """How many rows there are above ``version`` for tills of all stores together, counted up to ``most``; receipts
    apart, of which a till gets its own store's few."""
    above = select(feed.c.version).where(feed.c.version > version, feed.c.kind != "receipt").limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(above)) or 0


def head(connection: Connection, epoch: int) -> Cursor:
    """The cursor of who has read everything that this transaction sees."""
    newest = last_version(connection)
    return Cursor(epoch, newest, _tag(connection, newest))


def is_known(connection: Connection, cursor: Cursor, epoch: int) -> bool:
    try:
        _checked(connection, cursor, epoch)
    except CursorUnknown:
        return False
    return True


def rows_of_store(connection: Connection, sealer: Sealer, store_id: str) -> Iterator[RowMessage]:
    """All rows that any till of the store may see, in version order; ``counted`` of nobody."""
    nobody = Reader(UUID(int=0), store_id, b"")
    for row in _rows_above(connection, nobody, 0):
        if row.kind not in OWN_KINDS and not row.deleted:
            yield _message(row, sealer, nobody)


def own_rows(connection: Connection, sealer: Sealer, reader: Reader) -> list[RowMessage]:
    """The rows that are different for each device."""
    rows = connection.execute(_of_device(select(feed).where(feed.c.kind.in_(OWN_KINDS), _mine(reader)), reader)).all()
    return [_message(row, sealer, reader) for row in rows]


def _rows_above(connection: Connection, reader: Reader, version: int) -> Iterator[Row[Any]]:
    """All rows above ``version``, some at a time: a page ends early where documents are large."""
    while True:
        rows = connection.execute(_slice_above(reader, version)).all()
        yield from rows
        if len(rows) < _SLICE_ROWS:
            return
        version = rows[-1].version


def _slice_above(reader: Reader, version: int) -> Select[Any]:
    rows = select(feed).where(feed.c.version > version, _mine(reader))
    return _of_device(rows.order_by(feed.c.version).limit(_SLICE_ROWS), reader)


def _mine(reader: Reader) -> ColumnElement[bool]:
    return or_(feed.c.kind == "member", feed.c.store_id.is_(None), feed.c.store_id == reader.store_id)


def _of_device(of_feed: Select[Any], reader: Reader) -> Select[Any]:
    """Rows, and what they count of the asking device: in one statement and so in one snapshot."""
    rows = of_feed.subquery()
    own = and_(counted.c.member_id == rows.c.member_id, counted.c.incarnation == reader.incarnation)
    return (
        select(
            rows.c.kind,
            rows.c.key,
            rows.c.version,
            func.coalesce(counted.c.number, 0).label("counted"),
            rows.c.deleted,
            rows.c.doc,
            rows.c.store_id,
            rows.c.sealed,
        )
        .select_from(rows.outerjoin(counted, own))
        .order_by(rows.c.version)
    )


def _message(row: Sequence[Any], sealer: Sealer, reader: Reader) -> RowMessage:
    kind, key, version, counts, deleted, doc, store_id, sealed = row  # at once: by name takes a third of a page's time
    doc = b"" if deleted else bytes(doc)
    if doc and sealed is not None:
        if kind == "member":
            doc = member_doc(doc, sealer.open(sealed, seal_place(key)), store_id == reader.store_id)
        elif kind == "staff":
            doc = staff_doc(doc, sealer.open(sealed, staff_place(key)), reader.pepper)
    return RowMessage(kind, key, version, counts, deleted, doc)


def staff_doc(public: bytes, hashed_pin: bytes, pepper: bytes) -> bytes:
    """A ``StaffDoc`` for one device, from the JSON text of all but the verifier."""
    own = base64.b64encode(verifier(pepper, hashed_pin))
    return public[:-1] + b',"verifier":"' + own + b'"}'


def staff_place(key: str) -> bytes:
    """Where in the database the sealed part of a staff row belongs."""
    return b"feed.staff." + key.encode()


def _checked(connection: Connection, cursor: Cursor, epoch: int) -> int:
    if cursor.epoch != epoch or not 0 <= cursor.version <= _MAX_VERSION:
        raise CursorUnknown
    if cursor.version > last_version(connection) or cursor.tag != _tag(connection, cursor.version):
        raise CursorUnknown
    return cursor.version


def _tag(connection: Connection, version: int) -> bytes:
    """The tag of the transaction that wrote ``version``, which is in the feed or 0; empty for 0."""
    if version == 0:
        return b""
    span = select(feed_commit.c.tag).where(feed_commit.c.last_version >= version)
    return bytes(connection.execute(span.order_by(feed_commit.c.last_version).limit(1)).scalar_one())
