"""The shop as the replica knows it: the store, its staff, the programme, products and members. The cashier's side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from pos_client.store.effects import Effects
from pos_client.store.own_edits import OwnEdits
from pos_client.store.own_members import OwnMember, OwnMembers
from pos_client.store.segments import Segments
from shared_models.domain import effects
from shared_models.domain.catalogue import Product
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Effect
from shared_models.domain.programme import Programme, default_programme, from_plain
from shared_models.domain.programme_document import BadProgramme
from shared_models.domain.store import StoreInfo
from shared_models.replica.rows import read_cursor
from shared_models.wire.state import MemberDoc, ProductDoc, StaffDoc, StoreDoc

_PRODUCT = msgspec.json.Decoder(ProductDoc)
_MEMBER = msgspec.json.Decoder(MemberDoc)
_STAFF = msgspec.json.Decoder(StaffDoc)
_STORE = msgspec.json.Decoder(StoreDoc)


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member with all own effects folded in.

    ``version`` is that of the row, ``None`` if the member is known only from here. ``account`` are
    the points to show and to spend from, ``own`` the effects of this till that the row doesn't count yet.
    ``edited_here``: ``doc`` has own edits that the row doesn't count yet.
    """

    doc: MemberDoc
    view: MemberView
    version: int | None
    account: Account
    own: tuple[Effect, ...] = ()
    edited_here: bool = False

    @property
    def own_debits(self) -> int:
        """Points redeemed here that the row doesn't count yet."""
        return sum(effect.redeemed_points for effect in self.own)


class Shop:
    """Reads the attached replica and, after it, the journal's own effects."""

    def __init__(self, database: Database, today: Callable[[], date] = lambda: date.min) -> None:
        """``today`` is the store's calendar day; it decides which programme is in force."""
        self._database = database
        self._today = today
        self._effects = Effects(database)
        self._own_members = OwnMembers(database)
        self._segments = Segments(database)
        self._own_edits = OwnEdits(database)
        self._programmes: dict[str, tuple[int, Programme | None]] = {}

    def catalogue_version(self) -> int:
        """The feed version that the replica stands at."""
        row = self._database.one("SELECT value FROM replica.meta WHERE key = 'cursor'")
        cursor = read_cursor(bytes(row[0]).decode()) if row else None
        return cursor.version if cursor else 0

    def store(self) -> StoreInfo | None:
        """The store, or ``None`` before the first sync."""
        row = self._database.one("SELECT doc FROM replica.document WHERE kind = 'store'")
        if row is None:
            return None
        return _STORE.decode(row[0]).info()

    def staff(self) -> list[StaffDoc]:
        rows = self._database.all("SELECT doc FROM replica.document WHERE kind = 'staff' ORDER BY \"key\"")
        return [_STAFF.decode(doc) for (doc,) in rows]

    def staff_member(self, staff_id: str) -> StaffDoc | None:
        row = self._database.one("SELECT doc FROM replica.document WHERE kind = 'staff' AND \"key\" = ?", (staff_id,))
        return _STAFF.decode(row[0]) if row else None

    def programme(self) -> Programme:
        """The programme in force today; the default one before the first sync. The one to come, which is held beside
        it, takes over on its first day without a connection."""
        current, to_come = self._held("current"), self._held("next")
        if to_come is None or current is None or to_come.version <= current.version:
            return current or default_programme()
        return to_come if to_come.valid_from <= self._today() else current

    def _held(self, key: str) -> Programme | None:
        """Kept decoded until its row changes. One that this version can't read leaves the last one: selling goes on."""
        row = self._database.one(
            "SELECT version, doc FROM replica.document WHERE kind = 'programme' AND \"key\" = ?", (key,)
        )
        kept = self._programmes.get(key)
        if row is None:
            return kept[1] if kept else None
        if kept is None or kept[0] != row[0]:
            self._programmes[key] = (row[0], self._read(row[1]) or (kept[1] if kept else None))
        return self._programmes[key][1]

    @staticmethod
    def _read(doc: bytes) -> Programme | None:
        try:
            return from_plain(msgspec.json.decode(doc))
        except (BadProgramme, msgspec.DecodeError):
            return None

    def product(self, product_id: str) -> Product | None:
        row = self._database.one("SELECT doc FROM replica.product WHERE id = ?", (product_id,))
        return product_of(row[0]) if row else None

    def products_by_code(self, code: str) -> list[Product]:
        """Usually one; several if head office gave one code to two products."""
        rows = self._database.all(
            "SELECT p.doc FROM replica.product_code AS c JOIN replica.product AS p ON p.id = c.product_id"
            ' WHERE c.code = ? ORDER BY p."row"',
            (code,),
        )
        return [product_of(doc) for (doc,) in rows]

    def popular_products(self, limit: int) -> list[Product]:
        rows = self._database.all('SELECT doc FROM replica.product ORDER BY "row" LIMIT ?', (limit,))
        return [product_of(doc) for (doc,) in rows]

    def products(self) -> Iterator[Product]:
        """All of them, those first that are sold most."""
        return (product_of(doc) for (doc,) in self._database.each('SELECT doc FROM replica.product ORDER BY "row"'))

    def member(self, member_id: UUID) -> KnownMember | None:
        """The member's row first, then the own effects that it doesn't count. Of somebody who was joined into another
        member that one."""
        row = self._database.one(
            "SELECT version, counted, doc FROM replica.member WHERE id ="
            " coalesce((SELECT kept FROM replica.member_alias WHERE gone = ?1), ?1)",
            (member_id.bytes,),
        )
        own = self._own_members.get(member_id)
        if row is not None and (own is None or row[1] >= own.number):
            return self._of_row(row)
        return self.known_own(own) if own is not None else None

    def segments(self, member: KnownMember) -> tuple[str, ...]:
        """The codes of the segments that the member is in."""
        return self._segments.of(member.doc.ordinal)

    def known(self, row: tuple[Any, ...]) -> KnownMember:
        """A member from a row (version, counted, doc), or whom they were joined into."""
        found = self._of_row(row)
        joined = self._database.one("SELECT 1 FROM replica.member_alias WHERE gone = ?", (found.doc.id.bytes,))
        return (self.member(found.doc.id) or found) if joined else found

    def _of_row(self, row: tuple[Any, ...]) -> KnownMember:
        version, counted, doc = row
        member = _MEMBER.decode(doc)
        return self._folded(member, MemberView(member.account(), member.standing()), version, counted)

    def known_own(self, own: OwnMember) -> KnownMember:
        """A member registered here whom the replica doesn't have yet."""
        return self._folded(own.doc, effects.new_member(self.programme()), None, 0)

    def _folded(self, doc: MemberDoc, view: MemberView, version: int | None, counted: int) -> KnownMember:
        programme = self.programme()
        own = tuple(self._effects.of(doc.id, counted, doc.aliases))
        for effect in own:
            view = effects.apply(view, effect, programme)
        edits = self._own_edits.of(doc.id, counted)
        for edit in edits:
            doc = edit.over(doc)
        account = effects.shown_account(view, programme)
        return KnownMember(doc, view, version, account, own, edited_here=bool(edits))


def product_of(doc: bytes) -> Product:
    """The product of a ``ProductDoc``'s bytes."""
    plain = _PRODUCT.decode(doc)
    return Product(
        id=plain.id,
        codes=tuple(plain.codes),
        names=plain.names,
        price_minor=plain.price_minor,
        unit=plain.unit,
        tax_code=plain.tax,
        category=plain.category,
        brand=plain.brand,
        member_price=plain.member_price,
        popularity=plain.rank,
        supplier=plain.supplier,
        tags=tuple(plain.tags),
    )
