"""The documents of state rows: what the server tells tills about the shop (JSON text in ``RowMessage.doc``).

============ ===================== ======================================================
kind         key                   document
============ ===================== ======================================================
product      product id            ``ProductDoc``
member       member id             ``MemberDoc``
staff        staff id              ``StaffDoc`` (only the asking device's store)
store        store id              ``StoreDoc`` (only the asking device's store)
programme    ``current``           the programme document, see ``domain.programme``
segment      segment's code        ``SegmentDoc``
stored_value account id            ``StoredValueDoc``
coupon       coupon id             ``CouponDoc`` (a store's own coupons: only its tills)
receipt      sale id               ``ReceiptDoc`` (only the store's tills, for ``RECEIPT_DAYS``)
gift         stock's id            ``GiftDoc`` (only the store's tills)
============ ===================== ======================================================
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from shared_models.domain.coupon import Coupon, CouponState
from shared_models.domain.member import Account, Grant, HeldTier, Lot, Standing
from shared_models.domain.months import Month, month_text, read_month
from shared_models.domain.receipt import is_logo
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.segment import MAX_ORDINAL, bitmap
from shared_models.domain.store import StoreInfo
from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind
from shared_models.domain.stored_value_summary import Summary

Figure = Annotated[int, Meta(gt=-(10**15), lt=10**15)]
"""Points, an amount or a rank: no honest one is larger, and sums of them fit a database's 64 bits."""

ClockTime = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""A logical clock's, as facts have it."""

MonthNumber = Annotated[int, Meta(ge=12, lt=120_000)]
"""Year × 12 + month − 1, of a year that a calendar has."""

MonthText = Annotated[str, Meta(pattern=r"^([1-9][0-9]{3}-(0[1-9]|1[0-2]))?$")]


class ProductDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product as sold. ``price_minor`` per ``unit``; ``rank`` is 0 for the most sold. ``terms``: pinyin, initials."""

    id: str
    codes: list[str]
    names: dict[str, str]
    price_minor: Figure
    unit: str = "each"
    tax: str
    category: str
    brand: str = ""
    member_price: bool = True
    rank: Figure = 0
    terms: str = ""
    supplier: str = ""
    tags: list[str] = []


class LotDoc(Struct, frozen=True, array_like=True):
    id: UUID
    points: Figure
    expires_on: date


class LentDoc(Struct, frozen=True, array_like=True):
    """What a device holds of points, stored value, a coupon's uses or gifts, and may spend alone."""

    lease: UUID
    left: int


class MonthDoc(Struct, frozen=True, array_like=True):
    """A member's figures of one month, see ``domain.months.Month``."""

    number: MonthNumber
    spend_minor: Figure = 0
    visits: Figure = 0
    growth: Figure = 0
    interactions: Figure = 0
    points: Figure = 0
    referrals: Figure = 0


class HeldTierDoc(Struct, frozen=True, array_like=True):
    tier: str
    since: MonthNumber
    start: MonthNumber
    forgotten: Figure = 0


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
    withdrawn: ClockTime = 0


class FullProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Only for tills that by policy hold full profiles (default: the member's own store)."""

    name: str
    phone: str
    birthday: str = ""


class MemberDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The minimal member row. ``phone_hash`` is keyed, ``terms`` are search keys of the name (folded, pinyin).

    ``basis`` is what ``tier`` comes from; ``spend_month`` and ``spend_month_minor`` are the newest month of it, for
    tills that know no more. ``pending`` are the first days on which lots can be spent that can't be at once. ``lent``
    is what devices hold of the lots: others don't count on it. ``ordinal`` is the member's bit in segments; 0: in none
    yet. ``edited`` is the newest clock of an edit that the row holds. ``aliases``: members who turned out to be this
    one, whose points and figures are in the row; theirs say whose alias they are, beside what is theirs alone.
    """

    id: UUID
    number: str
    store_id: str
    masked_name: str
    phone_hash: bytes
    last4: str
    tier: str
    growth: Figure = 0
    spend_month: MonthText = ""
    spend_month_minor: Figure = 0
    referrals: Figure = 0
    lots: list[LotDoc] = []
    debt: Figure = 0
    flags: list[str] = []
    terms: str = ""
    full: FullProfile | None = None
    basis: BasisDoc | None = None
    pending: dict[UUID, date] = {}
    ordinal: int = 0
    lent: list[LentDoc] = []
    consents: list[ConsentDoc] = []
    edited: ClockTime = 0
    alias_of: UUID | None = None
    aliases: list[UUID] = []

    def account(self) -> Account:
        lots = (Lot(lot.id, lot.points, lot.expires_on, self.pending.get(lot.id)) for lot in self.lots)
        return Account(tuple(lots), self.debt)

    def standing(self) -> Standing:
        return read_standing(
            self.tier, self.growth, self.referrals, self.basis, self.spend_month, self.spend_month_minor
        )


class BonusLotDoc(Struct, frozen=True, array_like=True):
    """See ``domain.stored_value_ledger.BonusLot``."""

    id: UUID
    minor: int
    expires_on: date = date.max


class RunDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The purchases in a row that end a ledger, as one: what it took is below zero."""

    id: UUID
    on: date
    principal_minor: int = 0
    lots: list[BonusLotDoc] = []


class StoredValueDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member's stored value, see ``domain.stored_value_summary.Summary``. ``lent`` is what devices hold of it.
    ``aliases``: members who were joined into this one, whose stored value is in the row; theirs say what they would
    have alone."""

    id: UUID
    member_id: UUID
    principal_minor: int = 0
    lots: list[BonusLotDoc] = []
    frozen: bool = False
    run: RunDoc | None = None
    bonuses: int = 0
    lent: list[LentDoc] = []
    aliases: list[UUID] = []

    def summary(self) -> Summary:
        return Summary(self.principal_minor, _bonus_lots(self.lots), self.frozen, read_run(self.run), self.bonuses)


class CouponDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coupon, see ``domain.coupon.Coupon``. ``sale_id`` used it; ``store_id`` is the only store that takes it, empty
    for all; ``code_hash`` is ``domain.coupon_facts.code_digest``; ``lent`` is what devices hold of its uses."""

    id: UUID
    rule: str
    valid_from: date
    valid_to: date
    member_id: UUID | None = None
    store_id: str = ""
    state: CouponState = CouponState.ISSUED
    issued_by: UUID | None = None
    sale_id: UUID | None = None
    code_hash: bytes = b""
    version: int = 0
    lent: list[LentDoc] = []

    def coupon(self) -> Coupon:
        return Coupon(
            self.id, self.rule, self.valid_from, self.valid_to, self.member_id, self.state, self.issued_by,
            self.sale_id, self.version,
        )  # fmt: skip


class GiftDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A store's stock of the goods that ``reward`` is. ``units`` are there, below zero if more were handed over than
    came; ``lent`` is what tills hold of them."""

    id: UUID
    reward: str
    units: Figure = 0
    lent: list[LentDoc] = []


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
    logo: str = ""

    def info(self) -> StoreInfo:
        """The store as receipts name it; without a logo that this version can't print."""
        logo = self.logo if is_logo(self.logo) else ""
        return StoreInfo(
            self.id, self.names, tuple(self.address), self.currency, self.timezone, self.language, self.footer, logo
        )


RECEIPT_DAYS = 30
"""After the business date of a sale its row is deleted."""


class ReceiptDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sale of the store and all returns of it that were told, so that goods can be brought back. ``code`` is the
    sale's receipt code."""

    code: str
    sale: SaleConfirmed
    returns: list[SaleReturned] = []


def receipt_doc(code: str, sale: bytes) -> bytes:
    """A ``ReceiptDoc`` without returns of a sale's JSON text, which isn't read."""
    return b'{"code":' + msgspec.json.encode(code) + b',"sale":' + sale + b"}"


def bonus_lot_docs(lots: Iterable[BonusLot]) -> list[BonusLotDoc]:
    return [BonusLotDoc(lot.id, lot.minor, lot.expires_on) for lot in lots]


def run_doc(run: Entry | None) -> RunDoc | None:
    if run is None:
        return None
    return RunDoc(id=run.id, on=run.on, principal_minor=run.principal_minor, lots=bonus_lot_docs(run.lots))


def read_run(doc: RunDoc | None) -> Entry | None:
    if doc is None:
        return None
    return Entry(doc.id, EntryKind.SPEND, doc.on, doc.principal_minor, _bonus_lots(doc.lots))


def stored_value_doc(
    account_id: UUID,
    member_id: UUID,
    summary: Summary,
    lent: Iterable[LentDoc] = (),
    aliases: Iterable[UUID] = (),
) -> StoredValueDoc:
    return StoredValueDoc(
        id=account_id, member_id=member_id, principal_minor=summary.principal_minor, lots=bonus_lot_docs(summary.lots),
        frozen=summary.frozen, run=run_doc(summary.run), bonuses=summary.bonuses, lent=list(lent),
        aliases=list(aliases),
    )  # fmt: skip


class SegmentDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``count`` members; ``bits`` is their bitmap (``domain.segment``), compressed (RFC 1950)."""

    code: str
    count: int
    bits: bytes


class BadSegment(Exception):
    """A segment whose bitmap can't be unpacked, or would be larger than any can be."""


def segment_doc(code: str, ordinals: Collection[int]) -> SegmentDoc:
    """Of members with different ordinals."""
    return SegmentDoc(code=code, count=len(ordinals), bits=zlib.compress(bitmap(ordinals), 9))


def segment_bits(doc: SegmentDoc) -> bytes:
    """The bitmap; raise ``BadSegment``."""
    unpacking = zlib.decompressobj()
    try:
        bits = unpacking.decompress(doc.bits, MAX_ORDINAL // 8 + 1)
    except zlib.error as error:
        raise BadSegment(str(error)) from error
    if not unpacking.eof:
        raise BadSegment("it is cut short, or too large")
    return bits


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


def _bonus_lots(docs: Iterable[BonusLotDoc]) -> tuple[BonusLot, ...]:
    return tuple(BonusLot(lot.id, lot.minor, lot.expires_on) for lot in docs)


def encode(doc: Struct) -> bytes:
    return msgspec.json.encode(doc)
