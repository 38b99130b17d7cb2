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

from shared_models.domain.member import Account, Grant, HeldTier, Lot, Standing
from shared_models.domain.months import Month, month_text, read_month


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


class MonthDoc(Struct, frozen=True, array_like=True):
    """A member's figures of one month, see ``domain.months.Month``."""

    number: int
    spend_minor: int = 0
    visits: int = 0
    growth: int = 0
    interactions: int = 0
    points: int = 0
    referrals: int = 0


class HeldTierDoc(Struct, frozen=True, array_like=True):
    tier: str
    since: int
    start: int
    forgotten: int = 0


class GrantDoc(Struct, frozen=True, array_like=True):
    tier: str
    since: date
    until: date
    by: str


class BasisDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a member's tier is reckoned from, see ``domain.member.Standing``."""

    months: list[MonthDoc] = []
    held: HeldTierDoc | None = None
    grants: list[GrantDoc] = []


class ConsentDoc(Struct, frozen=True, array_like=True):
    """``withdrawn``: the clock of the newest opt-out, which an opt-in must know of to undo it."""

    consent: str
    given: bool
    withdrawn: int = 0


class FullProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Only for tills that by policy hold full profiles (default: the member's own store)."""

    name: str
    phone: str
    birthday: str = ""


class MemberDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The minimal member row. ``phone_hash`` is keyed, ``terms`` are search keys of the name (folded, pinyin).

    ``basis`` is what ``tier`` comes from; ``spend_month`` and ``spend_month_minor`` are the newest month of it, for
    tills that know no more. ``pending`` are the first days on which lots can be spent that can't be at once. ``edited``
    is the newest clock of an edit that the row holds. ``aliases``: members who turned out to be this one, whose points
    and figures are in the row; theirs say whose alias they are, beside what is theirs alone.
    """

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
    basis: BasisDoc | None = None
    pending: dict[UUID, date] = {}
    consents: list[ConsentDoc] = []
    edited: int = 0
    alias_of: UUID | None = None
    aliases: list[UUID] = []

    def account(self) -> Account:
        lots = (Lot(lot.id, lot.points, lot.expires_on, self.pending.get(lot.id)) for lot in self.lots)
        return Account(tuple(lots), self.debt)

    def standing(self) -> Standing:
        return read_standing(
            self.tier, self.growth, self.referrals, self.basis, self.spend_month, self.spend_month_minor
        )


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


def lot_docs(account: Account) -> list[LotDoc]:
    return [LotDoc(lot.id, lot.points, lot.expires_on) for lot in account.lots]


def pending_lots(account: Account) -> dict[UUID, date]:
    return {lot.id: lot.available_on for lot in account.lots if lot.available_on}


def basis_doc(standing: Standing) -> BasisDoc | None:
    """``None`` for a standing that rests on nothing yet."""
    held = standing.held
    doc = BasisDoc(
        months=[
            MonthDoc(
                each.number, each.spend_minor, each.visits, each.growth, each.interactions, each.points, each.referrals
            )
            for each in standing.months
        ],
        held=HeldTierDoc(held.tier, held.since, held.start, held.forgotten) if held else None,
        grants=[GrantDoc(each.tier, each.since, each.until, each.by) for each in standing.grants],
    )
    return None if doc == BasisDoc() else doc


def newest_month(standing: Standing) -> tuple[str, int]:
    """``YYYY-MM`` and what was spent in it; empty and 0 if there is none."""
    if not standing.months:
        return "", 0
    newest = standing.months[-1]
    return month_text(newest.number), newest.spend_minor


def read_standing(
    tier: str, growth: int, referrals: int, basis: BasisDoc | None, spend_month: str, spend_month_minor: int
) -> Standing:
    """A row of a server that kept only one month has no ``basis``: its growth is taken for that of the month, in which
    at least one purchase was made."""
    if basis is None:
        month = (Month(read_month(spend_month), spend_month_minor, visits=1, growth=growth),) if spend_month else ()
        return Standing(tier, growth, referrals, month)
    held = basis.held
    return Standing(
        tier,
        growth,
        referrals,
        tuple(
            Month(
                each.number, each.spend_minor, each.visits, each.growth, each.interactions, each.points, each.referrals
            )
            for each in basis.months
        ),
        HeldTier(held.tier, held.since, held.start, held.forgotten) if held else None,
        tuple(Grant(each.tier, each.since, each.until, each.by) for each in basis.grants),
    )


def encode(doc: Struct) -> bytes:
    return msgspec.json.encode(doc)
