"""Stored value and coupons as the till knows them: the replica's row first, then the own facts it doesn't count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from pos_client.store.value_effects import ValueEffects
from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_life import told
from shared_models.domain.stored_value_facts import account_id
from shared_models.domain.stored_value_ledger import Entry, EntryKind, StoredValue, stored_value
from shared_models.domain.stored_value_summary import Summary
from shared_models.wire.state import CouponDoc, LentDoc, StoredValueDoc

_STORED_VALUE = msgspec.json.Decoder(StoredValueDoc)
_COUPON = msgspec.json.Decoder(CouponDoc)
MOST_COUPONS = 100
"""Of one member, those that end first."""


@dataclass(frozen=True, slots=True)
class KnownStoredValue:
    """``entries`` are the row's ledger in sum and ``own``, those of this till that the row doesn't count. ``bonuses``
    and ``lent``, what devices hold of it, are the row's."""

    member_id: UUID
    entries: tuple[Entry, ...] = ()
    own: tuple[Entry, ...] = ()
    bonuses: int = 0
    lent: tuple[LentDoc, ...] = ()

    @property
    def held(self) -> StoredValue:
        return stored_value(self.entries)

    @property
    def own_net_debit_minor(self) -> int:
        """What was spent here beyond what was loaded here, the row counting neither."""
        moved = (each for each in self.own if each.kind in (EntryKind.SPEND, EntryKind.LOAD))
        return -sum(each.amount_minor for each in moved)


@dataclass(frozen=True, slots=True)
class KnownCoupon:
    """``coupon`` with an own use folded in that the row doesn't count, ``own_uses`` of them. ``store_id`` is the only
    store that takes it, empty for all. ``version`` is that of the row, ``None`` if it is known from its token only;
    ``lent`` is what devices hold of it."""

    coupon: Coupon
    store_id: str = ""
    version: int | None = None
    own_uses: int = 0
    lent: tuple[LentDoc, ...] = ()


class Valuables:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._effects = ValueEffects(database)

    def stored_value(self, member_id: UUID) -> KnownStoredValue:
        """Empty for a member who never had any."""
        account = account_id(member_id)
        row = self._database.one(
            "SELECT counted, doc FROM replica.value_row WHERE kind = 'stored_value' AND \"key\" = ?", (str(account),)
        )
        doc = _STORED_VALUE.decode(row[1]) if row else None
        summary = doc.summary() if doc else Summary()
        aliases = map(account_id, doc.aliases) if doc else ()
        own = self._effects.entries([account, *aliases], row[0] if row else 0)
        lent = tuple(doc.lent) if doc else ()
        return KnownStoredValue(member_id, (*summary.entries(), *own), own, summary.bonuses, lent)

    def coupon(self, coupon_id: UUID) -> KnownCoupon | None:
        return self._one("kind = 'coupon' AND \"key\" = ?", str(coupon_id))

    def coupon_by_code(self, code_hash: bytes) -> KnownCoupon | None:
        return self._one("kind = 'coupon' AND code_hash = ?", code_hash)

    def of_token(self, coupon: Coupon) -> KnownCoupon:
        """A coupon whose token was scanned: as the row has it, or as the token says if there is none yet."""
        return self.coupon(coupon.id) or self._owned(self._folded(KnownCoupon(coupon), 0))

    def coupons_of(self, member_id: UUID, on: date) -> list[KnownCoupon]:
        """Those of the member, and of who was joined into them, whose days aren't over, soonest end first."""
        rows = self._database.all(
            "SELECT version, counted, doc FROM replica.value_row WHERE kind = 'coupon' AND (member_id = ?1"
            " OR member_id IN (SELECT gone FROM replica.member_alias WHERE kept = ?1))",
            (member_id.bytes,),
        )
        found = [_of(each, member_id) for each in map(self._known, rows) if each.coupon.valid_to >= on]
        return sorted(found, key=lambda each: (each.coupon.valid_to, each.coupon.id))[:MOST_COUPONS]

    def _one(self, where: str, value: str | bytes) -> KnownCoupon | None:
        row = self._database.one(
            f"SELECT version, counted, doc FROM replica.value_row WHERE {where}",  # noqa: S608 - our own words
            (value,),
        )
        return self._owned(self._known(row)) if row else None

    def _owned(self, known: KnownCoupon) -> KnownCoupon:
        """A coupon of somebody who was joined into another member is that one's."""
        owner = known.coupon.member_id
        if owner is None:
            return known
        kept = self._database.one("SELECT kept FROM replica.member_alias WHERE gone = ?", (owner.bytes,))
        return _of(known, UUID(bytes=kept[0])) if kept else known

    def _known(self, row: tuple[Any, ...]) -> KnownCoupon:
        version, counted, doc = row
        read = _COUPON.decode(doc)
        return self._folded(KnownCoupon(read.coupon(), read.store_id, version, lent=tuple(read.lent)), counted)

    def _folded(self, known: KnownCoupon, counted: int) -> KnownCoupon:
        sale_id = self._effects.used_by(known.coupon.id, counted)
        return known if sale_id is None else replace(known, coupon=told(known.coupon, sale_id).coupon, own_uses=1)


def _of(known: KnownCoupon, member_id: UUID) -> KnownCoupon:
    return replace(known, coupon=replace(known.coupon, member_id=member_id))
