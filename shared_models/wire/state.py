"""The documents of state rows: what the server tells tills about the shop (JSON text in ``RowMessage.doc``).

=========== ===================== ======================================================
kind        key                   document
=========== ===================== ======================================================
product     product id            ``ProductDoc``
member      member id             ``MemberDoc``
staff       staff id              ``StaffDoc`` (only the asking device's store)
store       store id              ``StoreDoc`` (only the asking device's store)
programme   ``current``           the programme document, see ``domain.programme``
=========== ===================== ======================================================
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.domain.member import Account, Lot, Standing


class ProductDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product as sold. ``price_minor`` per ``unit``; ``rank`` is 0 for the most sold. ``terms``: pinyin, initials."""

    id: str
    codes: list[str]
    names: dict[str, str]
    price_minor: int
    unit: str = "each"
    tax: str
    category: str
    brand: str = ""
    member_price: bool = True
    rank: int = 0
    terms: str = ""
    supplier: str = ""
    tags: list[str] = []


class LotDoc(Struct, frozen=True, array_like=True):
    id: UUID
    points: int
    expires_on: date


class FullProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Only for tills that by policy hold full profiles (default: the member's own store)."""

    name: str
    phone: str
    birthday: str = ""


class MemberDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The minimal member row. ``phone_hash`` is keyed, ``terms`` are search keys of the name (folded, pinyin)."""

    id: UUID
    number: str
    store_id: str
    masked_name: str
    phone_hash: bytes
    last4: str
    tier: str
    growth: int = 0
    spend_month: str = ""
    spend_month_minor: int = 0
    referrals: int = 0
    lots: list[LotDoc] = []
    debt: int = 0
    flags: list[str] = []
    terms: str = ""
    full: FullProfile | None = None

    def account(self) -> Account:
        return Account(tuple(Lot(lot.id, lot.points, lot.expires_on) for lot in self.lots), self.debt)

    def standing(self) -> Standing:
        return Standing(self.tier, self.growth, self.spend_month, self.spend_month_minor, self.referrals)


class StaffDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``verifier`` = HMAC-SHA256(pepper, Argon2id(PIN, salt)): worthless without the device's key store."""

    id: str
    name: str
    role: str
    salt: bytes
    verifier: bytes
    language: str = ""


class StoreDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    names: dict[str, str]
    address: list[str]
    currency: str
    timezone: str
    language: str = "zh_Hans"
    footer: dict[str, str] = {}


def encode(doc: Struct) -> bytes:
    return msgspec.json.encode(doc)
