"""The puller's side of the replica, its only writer: applies pages of the feed, each with its cursor or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from pos_client.store.database import Database
from pos_client.store.meta import Meta
from pos_client.store.terms import index_terms, member_names, member_text, product_text
from shared_models.wire.messages import Cursor, RowMessage
from shared_models.wire.state import MemberDoc, ProductDoc, StaffDoc, StoreDoc

_PRODUCT = msgspec.json.Decoder(ProductDoc)
_MEMBER = msgspec.json.Decoder(MemberDoc)
_READ: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "store": msgspec.json.Decoder(StoreDoc),
    "staff": msgspec.json.Decoder(StaffDoc),
}
_LATER: Final = "later:"
"""Before the kind of a document that this version can't read: the one before it stays in use."""

_CHUNK: Final = 500
_RANK_BITS: Final = 8
_CACHE_KIB: Final = 32 * 1024
"""A page of changed members touches as many of the file's pages. SQLite's own 2 MB would read and write them twice."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _HeldMember:
    """A member's row as it is; ``keys`` as ``_keys`` gives them."""

    row: int
    keys: tuple[str | bytes | None, ...]
    doc: bytes


class Replica:
    """Used by the puller's thread only; ``database`` is its own connection with the replica's schema."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._database.run(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._meta = Meta(database)
        self._settled = False
        self._tables: Final[dict[str, Callable[[Iterable[RowMessage]], None]]] = {
            "product": self._apply_products,
            "member": self._apply_members,
        }

    def cursor(self) -> Cursor | None:
        """Where the next pull goes on; ``None`` at the start."""
        return read_cursor(self._meta.text("cursor"))

    def apply(self, rows: Sequence[RowMessage], cursor: Cursor) -> None:
        """Apply one page. A row that comes again, or comes late, is taken as it is: the feed's order is the truth."""
        if not rows and cursor == self.cursor():
            return
        self._settled = False
        by_kind: dict[str, dict[str, RowMessage]] = {}
        for row in rows:
            by_kind.setdefault(row.kind, {})[row.key] = row
        with self._database.transaction():
            for kind, latest in by_kind.items():
                self._forget_unread(kind, latest)
                self._tables.get(kind, self._apply_documents)(latest.values())
            self._meta.put("cursor", f"{cursor.epoch} {cursor.version} {cursor.tag.hex()}")

    def take_up(self) -> None:
        """Use what another version kept because it couldn't read it, or knew no table for it. What this one can't read
        either stays kept. Rows whose ``counted`` nobody noted are asked of the server again, with all others."""
        kept = self._database.all(
            'SELECT kind, "key", version, counted, doc FROM document'  # noqa: S608 - only question marks
            f" WHERE kind GLOB ? OR kind IN ({_marks(self._tables)})",
            (_LATER + "*", *self._tables),
        )
        if not kept:
            return
        by_kind: dict[str, dict[str, RowMessage]] = {}
        with self._database.transaction():
            for kind, key, version, counted, doc in kept:
                if counted is None and kind in self._tables:
                    self._database.run("DELETE FROM meta WHERE key = 'cursor'")
                kind = kind.removeprefix(_LATER)
                by_kind.setdefault(kind, {})[key] = RowMessage(kind, key, version, counted or 0, False, doc)
            for kind, rows in by_kind.items():
                self._forget_unread(kind, rows)
                self._tables.get(kind, self._apply_documents)(rows.values())

    def settle(self) -> None:
        """Have all that was applied survive a power cut, without waiting for readers.

        The replica commits without syncing, the journal with it: an effect may be pruned only once the row that counts
        it can't be forgotten any more. One commit that syncs takes the whole write-ahead log before it along. (A
        checkpoint wouldn't do: it syncs nothing when a reader lets it copy nothing.)
        """
        if self._settled:
            return
        self._database.run("PRAGMA synchronous = FULL")
        try:
            with self._database.transaction():
                self._meta.put("settled", self._meta.text("cursor"))
        finally:
            self._database.run("PRAGMA synchronous = NORMAL")
        self._settled = True

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file, as far as readers allow."""
        self._database.one("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._database.close()

    # products

    def _apply_products(self, rows: Iterable[RowMessage]) -> None:
        for chunk in _chunks(rows):
            known = self._known_products(chunk)
            for message in chunk:
                self._apply_product(message, known.get(message.key))

    def _known_products(self, chunk: Sequence[RowMessage]) -> dict[str, tuple[int, bytes]]:
        found = self._database.all(
            f'SELECT id, "row", doc FROM product WHERE id IN ({_marks(chunk)})',  # noqa: S608 - only question marks
            [message.key for message in chunk],
        )
        return {id_: (row, doc) for id_, row, doc in found}

    def _apply_product(self, message: RowMessage, known: tuple[int, bytes] | None) -> None:
        new = None if message.deleted else _decoded(_PRODUCT, message.doc)
        if new is None:
            if known:
                self._remove("product", known[0])
                self._database.run("DELETE FROM product_code WHERE product_id = ?", (message.key,))
            if not message.deleted:
                self._apply_documents([message])
            return
        old = _decoded(_PRODUCT, known[1]) if known else None
        if known and old and old.rank == new.rank:
            self._database.run(
                'UPDATE product SET version = ?, doc = ? WHERE "row" = ?', (message.version, message.doc, known[0])
            )
            if product_text(old) != product_text(new):
                self._index("product", [(known[0], product_text(new))], fresh=False)
        else:
            if known:
                self._remove("product", known[0])
            row = self._free_row(new.rank)
            self._database.run(
                'INSERT INTO product ("row", id, version, doc) VALUES (?, ?, ?, ?)',
                (row, message.key, message.version, message.doc),
            )
            self._index("product", [(row, product_text(new))], fresh=True)
        if old is None or old.codes != new.codes:
            if old:
                self._database.run("DELETE FROM product_code WHERE product_id = ?", (message.key,))
            self._database.many(
                "INSERT OR IGNORE INTO product_code (code, product_id) VALUES (?, ?)",
                [(code, message.key) for code in new.codes],
            )

    def _free_row(self, rank: int) -> int:
        """A row number in the order of popularity: a block of numbers for each rank, the end for what doesn't fit."""
        first = (max(0, rank) + 1) << _RANK_BITS
        found = self._database.one(
            'SELECT max("row"), (SELECT max("row") FROM product) FROM product WHERE "row" >= ? AND "row" < ?',
            (first, first + (1 << _RANK_BITS)),
        )
        in_block, last = found or (None, None)
        if in_block is None:
            return first
        if in_block + 1 < first + (1 << _RANK_BITS):
            return int(in_block) + 1
        return int(last) + 1

    # members

    def _apply_members(self, rows: Iterable[RowMessage]) -> None:
        for chunk in _chunks(rows):
            ids = [UUID(message.key).bytes for message in chunk]  # ValueError: not a member's key
            held = self._known_members(ids)
            added: list[tuple[RowMessage, MemberDoc]] = []
            changed: list[tuple[RowMessage, MemberDoc, _HeldMember]] = []
            for id_, message in zip(ids, chunk, strict=True):
                new = None if message.deleted else _decoded(_MEMBER, message.doc)
                if new is not None and new.id.bytes != id_:
                    raise ValueError(f"the row of member {message.key} is another's")
                known = held.get(id_)
                if new is None:
                    self._drop_member(message, known)
                elif known is None:
                    added.append((message, new))
                else:
                    changed.append((message, new, known))
            self._add_members(added)
            self._change_members(sorted(changed, key=lambda one: one[2].row))

    def _known_members(self, ids: Sequence[bytes]) -> dict[bytes, _HeldMember]:
        found = self._database.all(
            'SELECT id, "row", number, phone_hash, last4, phone_reversed, doc FROM member'  # noqa: S608 - only marks
            f" WHERE id IN ({_marks(ids)})",
            ids,
        )
        return {id_: _HeldMember(row, tuple(keys), doc) for id_, row, *keys, doc in found}

    def _drop_member(self, message: RowMessage, known: _HeldMember | None) -> None:
        """A member who is gone, or whose document only a later version can read."""
        if known:
            self._remove("member", known.row)
            self._database.run("DELETE FROM member_alias WHERE kept = ?", (UUID(message.key).bytes,))
        if not message.deleted:
            self._apply_documents([message])

    def _add_members(self, added: Sequence[tuple[RowMessage, MemberDoc]]) -> None:
        last = self._database.one('SELECT max("row") FROM member')
        first = (last[0] if last and last[0] else 0) + 1
        self._database.many(
            'INSERT INTO member ("row", id, version, counted, number, phone_hash, last4, phone_reversed, doc)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (row, new.id.bytes, message.version, message.counted, *_keys(new), message.doc)
                for row, (message, new) in enumerate(added, first)
            ],
        )
        self._index("member", [(row, member_text(new)) for row, (_, new) in enumerate(added, first)], fresh=True)
        self._alias([new for _, new in added if new.aliases])

    def _change_members(self, changed: Sequence[tuple[RowMessage, MemberDoc, _HeldMember]]) -> None:
        """In the order of their rows, so that each of the file's pages is touched once."""
        self._database.many(
            'UPDATE member SET version = ?, counted = ?, doc = ? WHERE "row" = ?',
            [(message.version, message.counted, message.doc, known.row) for message, _, known in changed],
        )
        self._database.many(
            'UPDATE member SET number = ?, phone_hash = ?, last4 = ?, phone_reversed = ? WHERE "row" = ?',
            [(*_keys(new), known.row) for _, new, known in changed if _keys(new) != known.keys],
        )
        texts = []
        for _, new, known in changed:
            old = _decoded(_MEMBER, known.doc)
            if old is None or member_names(old) != member_names(new):
                texts.append((known.row, member_text(new)))
        self._index("member", texts, fresh=False)
        self._alias([new for _, new, known in changed if new.aliases or b'"aliases"' in known.doc])

    def _alias(self, kept: Sequence[MemberDoc]) -> None:
        """Show under ``kept`` whom their rows name, and nobody else."""
        self._database.many("DELETE FROM member_alias WHERE kept = ?", [(doc.id.bytes,) for doc in kept])
        self._database.many(
            "INSERT OR REPLACE INTO member_alias (gone, kept) VALUES (?, ?)",
            [(gone.bytes, doc.id.bytes) for doc in kept for gone in doc.aliases],
        )

    # both

    def _remove(self, table: str, row: int) -> None:
        self._database.run(f'DELETE FROM {table} WHERE "row" = ?', (row,))  # noqa: S608 - own names
        self._database.run(f"DELETE FROM {table}_terms WHERE rowid = ?", (row,))  # noqa: S608 - own names

    def _index(self, table: str, texts: Sequence[tuple[int, str]], *, fresh: bool) -> None:
        """The search terms of rows; ``fresh`` rows have none yet."""
        if not fresh:
            self._database.many(f"DELETE FROM {table}_terms WHERE rowid = ?", [(row,) for row, _ in texts])  # noqa: S608 - own names
        self._database.many(
            f"INSERT INTO {table}_terms (rowid, terms) VALUES (?, ?)",  # noqa: S608 - own names
            [(row, index_terms(text)) for row, text in texts],
        )

    def _apply_documents(self, rows: Iterable[RowMessage]) -> None:
        for row in rows:
            if row.deleted:
                self._database.run('DELETE FROM document WHERE kind = ? AND "key" = ?', (row.kind, row.key))
                continue
            kind = row.kind if _readable(row) else _LATER + row.kind
            self._database.run(
                'INSERT OR REPLACE INTO document (kind, "key", version, counted, doc) VALUES (?, ?, ?, ?, ?)',
                (kind, row.key, row.version, row.counted, row.doc),
            )

    def _forget_unread(self, kind: str, keys: Iterable[str]) -> None:
        """What was kept unread of these rows: newer ones have come."""
        unread = kind if kind in self._tables else _LATER + kind
        if self._database.one("SELECT 1 FROM document WHERE kind = ? LIMIT 1", (unread,)):
            self._database.many('DELETE FROM document WHERE kind = ? AND "key" = ?', [(unread, key) for key in keys])


def read_cursor(text: str) -> Cursor | None:
    if not text:
        return None
    epoch, version, tag = text.split(" ")
    return Cursor(epoch=int(epoch), version=int(version), tag=bytes.fromhex(tag))


def _decoded(decoder: msgspec.json.Decoder[Item], doc: bytes) -> Item | None:
    """The document, or ``None`` if this version can't read it: better no product than one with a wrong price."""
    try:
        return decoder.decode(doc)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _readable(row: RowMessage) -> bool:
    """Whether the cashier's side can use a document; of kinds that it doesn't know it uses none."""
    if row.kind not in _READ:
        return True
    doc = _decoded(_READ[row.kind], row.doc)
    return doc is not None and (not isinstance(doc, StoreDoc) or _has_zone(doc))


def _has_zone(doc: StoreDoc) -> bool:
    try:
        ZoneInfo(doc.timezone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _keys(doc: MemberDoc) -> tuple[str | bytes | None, ...]:
    """What a member is looked up by: number, phone hash, last four digits, reversed phone where this till has it."""
    return doc.number, doc.phone_hash, doc.last4, doc.full.phone[::-1] if doc.full else None


def _chunks(rows: Iterable[RowMessage]) -> Iterator[list[RowMessage]]:
    left = iter(rows)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _marks(chunk: Collection[object]) -> str:
    return ",".join("?" * len(chunk))
