"""Writing rows of the feed into a replica's tables and search indexes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared_models.domain.stored_value_facts import account_id
from shared_models.replica.terms import index_terms, member_names, member_text, product_text
from shared_models.wire.messages import Cursor, RowMessage
from shared_models.wire.state import CouponDoc, MemberDoc, ProductDoc, ReceiptDoc, StaffDoc, StoreDoc, StoredValueDoc

_PRODUCT = msgspec.json.Decoder(ProductDoc)
_MEMBER = msgspec.json.Decoder(MemberDoc)
_STORED_VALUE = msgspec.json.Decoder(StoredValueDoc)
_COUPON = msgspec.json.Decoder(CouponDoc)
_RECEIPT = msgspec.json.Decoder(ReceiptDoc)
_READ: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "store": msgspec.json.Decoder(StoreDoc),
    "staff": msgspec.json.Decoder(StaffDoc),
}
_LATER: Final = "later:"
"""Before the kind of a document that this version can't read: the one before it stays in use."""

_CHUNK: Final = 500
_RANK_BITS: Final = 8

Item = TypeVar("Item")


class File(Protocol):
    """An open replica, as far as writing rows needs it. Nothing here begins or ends a transaction."""

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Execute; the number of rows changed."""

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None: ...

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row."""

    def all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class _HeldMember:
    """A member's row as it is; ``keys`` as ``_keys`` gives them."""

    row: int
    keys: tuple[str | bytes | None, ...]
    doc: bytes


class Rows:
    """``new``: nothing that is going to be written is in the file yet, so nothing is looked up."""

    def __init__(self, file: File, *, new: bool = False) -> None:
        self._file = file
        self._new = new
        self._tables: Final[dict[str, Callable[[Iterable[RowMessage]], None]]] = {
            "product": self._write_products,
            "member": self._write_members,
            "stored_value": self._write_valuables,
            "coupon": self._write_valuables,
            "receipt": self._write_receipts,
        }

    def write(self, rows: Iterable[RowMessage]) -> None:
        """Write rows of any kinds. A row that comes again, or comes late, is taken as it is: the feed's order is the
        truth. Raise ``ValueError`` for a row that can't be one."""
        by_kind: dict[str, dict[str, RowMessage]] = {}
        for row in rows:
            by_kind.setdefault(row.kind, {})[row.key] = row
        for kind, latest in by_kind.items():
            self._forget_unread(kind, latest)
            self._tables.get(kind, self._write_documents)(latest.values())

    def take_up(self) -> bool:
        """Use what another version kept because it couldn't read it, or knew no table for it. What this one can't read
        either stays kept. ``False`` if nobody noted what some of these rows count: all rows are to be asked for again.
        """
        kept = self._file.all(
            'SELECT kind, "key", version, counted, doc FROM document'  # noqa: S608 - only question marks
            f" WHERE kind GLOB ? OR kind IN ({_marks(self._tables)})",
            (_LATER + "*", *self._tables),
        )
        self.write(
            RowMessage(kind.removeprefix(_LATER), key, version, counted or 0, False, doc)
            for kind, key, version, counted, doc in kept
        )
        return all(counted is not None or kind not in self._tables for kind, _, _, counted, _ in kept)

    # products

    def _write_products(self, rows: Iterable[RowMessage]) -> None:
        for chunk in _chunks(rows):
            known = self._known_products(chunk)
            for message in chunk:
                self._write_product(message, known.get(message.key))

    def _known_products(self, chunk: Sequence[RowMessage]) -> dict[str, tuple[int, bytes]]:
        if self._new:
            return {}
        found = self._file.all(
            f'SELECT id, "row", doc FROM product WHERE id IN ({_marks(chunk)})',  # noqa: S608 - only question marks
            [message.key for message in chunk],
        )
        return {id_: (row, doc) for id_, row, doc in found}

    def _write_product(self, message: RowMessage, known: tuple[int, bytes] | None) -> None:
        new = None if message.deleted else _decoded(_PRODUCT, message.doc)
        if new is None:
            if known:
                self._remove("product", known[0])
                self._file.run("DELETE FROM product_code WHERE product_id = ?", (message.key,))
            if not message.deleted:
                self._write_documents([message])
            return
        old = _decoded(_PRODUCT, known[1]) if known else None
        if known and old and old.rank == new.rank:
            self._file.run(
                'UPDATE product SET version = ?, doc = ? WHERE "row" = ?', (message.version, message.doc, known[0])
            )
            if product_text(old) != product_text(new):
                self._index("product", [(known[0], product_text(new))], fresh=False)
        else:
            if known:
                self._remove("product", known[0])
            row = self._free_row(new.rank)
            self._file.run(
                'INSERT INTO product ("row", id, version, doc) VALUES (?, ?, ?, ?)',
                (row, message.key, message.version, message.doc),
            )
            self._index("product", [(row, product_text(new))], fresh=True)
        if old is None or old.codes != new.codes:
            if old:
                self._file.run("DELETE FROM product_code WHERE product_id = ?", (message.key,))
            self._file.many(
                "INSERT OR IGNORE INTO product_code (code, product_id) VALUES (?, ?)",
                [(code, message.key) for code in new.codes],
            )

    def _free_row(self, rank: int) -> int:
        """A row number in the order of popularity: a block of numbers for each rank, the end for what doesn't fit."""
        first = (max(0, rank) + 1) << _RANK_BITS
        found = self._file.one(
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

    def _write_members(self, rows: Iterable[RowMessage]) -> None:
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
        if self._new:
            return {}
        found = self._file.all(
            'SELECT id, "row", number, phone_hash, last4, phone_reversed, doc FROM member'  # noqa: S608 - only marks
            f" WHERE id IN ({_marks(ids)})",
            ids,
        )
        return {id_: _HeldMember(row, tuple(keys), doc) for id_, row, *keys, doc in found}

    def _drop_member(self, message: RowMessage, known: _HeldMember | None) -> None:
        """A member who is gone, or whose document only a later version can read."""
        if known:
            self._remove("member", known.row)
            self._file.run("DELETE FROM member_alias WHERE kept = ?", (UUID(message.key).bytes,))
        if not message.deleted:
            self._write_documents([message])

    def _add_members(self, added: Sequence[tuple[RowMessage, MemberDoc]]) -> None:
        last = self._file.one('SELECT max("row") FROM member')
        first = (last[0] if last and last[0] else 0) + 1
        self._file.many(
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
        self._file.many(
            'UPDATE member SET version = ?, counted = ?, doc = ? WHERE "row" = ?',
            [(message.version, message.counted, message.doc, known.row) for message, _, known in changed],
        )
        self._file.many(
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
        self._file.many("DELETE FROM member_alias WHERE kept = ?", [(doc.id.bytes,) for doc in kept])
        self._file.many(
            "INSERT OR REPLACE INTO member_alias (gone, kept) VALUES (?, ?)",
            [(gone.bytes, doc.id.bytes) for doc in kept for gone in doc.aliases],
        )

    # both

    def _remove(self, table: str, row: int) -> None:
        self._file.run(f'DELETE FROM {table} WHERE "row" = ?', (row,))  # noqa: S608 - own names
        self._file.run(f"DELETE FROM {table}_terms WHERE rowid = ?", (row,))  # noqa: S608 - own names

    def _index(self, table: str, texts: Sequence[tuple[int, str]], *, fresh: bool) -> None:
        """The search terms of rows; ``fresh`` rows have none yet."""
        if not fresh:
            self._file.many(f"DELETE FROM {table}_terms WHERE rowid = ?", [(row,) for row, _ in texts])  # noqa: S608 - own names
        self._file.many(
            f"INSERT INTO {table}_terms (rowid, terms) VALUES (?, ?)",  # noqa: S608 - own names
            [(row, index_terms(text)) for row, text in texts],
        )

    def _write_valuables(self, rows: Iterable[RowMessage]) -> None:
        """Stored value and coupons. What only a later version can read is kept as a document."""
        for row in rows:
            keys = None if row.deleted else _value_keys(row.kind, row.doc)
            if row.kind == "stored_value":
                self._alias_value(row)
            if keys is None:
                self._file.run('DELETE FROM value_row WHERE kind = ? AND "key" = ?', (row.kind, row.key))
                if not row.deleted:
                    self._write_documents([row])
                continue
            self._file.run(
                'INSERT OR REPLACE INTO value_row (kind, "key", version, counted, member_id, code_hash, doc)'
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row.kind, row.key, row.version, row.counted, *keys, row.doc),
            )

    def _alias_value(self, row: RowMessage) -> None:
        self._file.run("DELETE FROM value_alias WHERE kept = ?", (row.key,))
        account = _decoded(_STORED_VALUE, row.doc) if b'"aliases"' in row.doc else None
        if account is not None:
            self._file.many(
                "INSERT OR REPLACE INTO value_alias (gone, kept) VALUES (?, ?)",
                [(str(account_id(gone)), row.key) for gone in account.aliases],
            )

    def _write_receipts(self, rows: Iterable[RowMessage]) -> None:
        for row in rows:
            sale_id = UUID(row.key).bytes  # ValueError: not a sale's key
            new = None if row.deleted else _decoded(_RECEIPT, row.doc)
            if new is not None:
                self._file.run(
                    "INSERT OR REPLACE INTO receipt (sale_id, code, version, doc) VALUES (?, ?, ?, ?)",
                    (sale_id, new.code, row.version, row.doc),
                )
                continue
            self._file.run("DELETE FROM receipt WHERE sale_id = ?", (sale_id,))
            if not row.deleted:
                self._write_documents([row])

    def _write_documents(self, rows: Iterable[RowMessage]) -> None:
        for row in rows:
            if row.deleted:
                self._file.run('DELETE FROM document WHERE kind = ? AND "key" = ?', (row.kind, row.key))
                continue
            kind = row.kind if _readable(row) else _LATER + row.kind
            self._file.run(
                'INSERT OR REPLACE INTO document (kind, "key", version, counted, doc) VALUES (?, ?, ?, ?, ?)',
                (kind, row.key, row.version, row.counted, row.doc),
            )

    def _forget_unread(self, kind: str, keys: Iterable[str]) -> None:
        """What was kept unread of these rows: newer ones have come."""
        unread = kind if kind in self._tables else _LATER + kind
        if self._file.one("SELECT 1 FROM document WHERE kind = ? LIMIT 1", (unread,)):
            self._file.many('DELETE FROM document WHERE kind = ? AND "key" = ?', [(unread, key) for key in keys])


def cursor_text(cursor: Cursor) -> str:
    """As ``meta`` keeps it under ``cursor``."""
    return f"{cursor.epoch} {cursor.version} {cursor.tag.hex()}"


def read_cursor(text: str) -> Cursor | None:
    """``None`` for an empty text: nothing was pulled yet."""
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


def _value_keys(kind: str, doc: bytes) -> tuple[bytes | None, bytes | None] | None:
    """The member and the code that a row is looked up by; ``None`` if this version can't read it."""
    if kind == "stored_value":
        account = _decoded(_STORED_VALUE, doc)
        return (account.member_id.bytes, None) if account else None
    coupon = _decoded(_COUPON, doc)
    if coupon is None:
        return None
    return coupon.member_id.bytes if coupon.member_id else None, coupon.code_hash or None


def _chunks(rows: Iterable[RowMessage]) -> Iterator[list[RowMessage]]:
    left = iter(rows)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _marks(chunk: Collection[object]) -> str:
    return ",".join("?" * len(chunk))
