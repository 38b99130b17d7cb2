"""The record of a sale as its fact carries it (kind ``sale.confirmed``). ``docs/protocol.md`` freezes the fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shared_models.domain.leases import LeaseUse
from shared_models.domain.member import Lot
from shared_models.domain.stored_value_ledger import BonusLot


class TenderKind(StrEnum):
    CASH = "cash"
    POINTS = "points"
    CARD = "card"
    WALLET = "wallet"
    STORED_VALUE = "stored_value"
    VOUCHER = "voucher"


class PaymentState(StrEnum):
    """Where an attempt to pay stands. An attempt is durable, with its id, before anyone is asked for money.

    requested → authorised → captured; requested → declined | unknown; unknown → captured | declined (by asking what
    became of it); captured → reversed. Cash and points are captured at once. A confirmed sale's payments sum to its
    total over those that are ``captured``; the others are kept as what was tried.
    """

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Payment:
    """``amount_minor`` settles the sale; cash also says what was handed over and given back; points how many; stored
    value how much of the amount was bonus, and of which lots as the till knew them. Its id is that of the ledger's
    entry, the account that of the sale's member."""

    id: UUID
    kind: TenderKind
    state: PaymentState
    amount_minor: int
    tendered_minor: int = 0
    change_minor: int = 0
    points: int = 0
    bonus_minor: int = 0
    lots: tuple[BonusLot, ...] = ()


COUPON_PHASE = "coupon"
MEMBER_PRICE_RULE = "tier:"
"""A member price's adjustment names this and the tier's code as its rule."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One reason why a line's price changed: negative ``amount_minor`` is in the customer's favour.

    ``rule`` is the rule's id in the programme, ``phase`` one of member_price, line_offer, basket_offer, coupon,
    ``reason`` the key of a sentence and ``values`` what it speaks of, e.g. ``("member_price", {"percent": "15"})``.
    """

    rule: str
    phase: str
    reason: str
    values: dict[str, str]
    quantity_milli: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SaleLine:
    """``quantity_milli`` is thousandths of ``unit`` (each, kg, l); ``net_minor`` = gross + Σ adjustments.

    ``tax_minor`` is this line's share of the document's tax: included in ``net_minor`` if prices include tax,
    on top of it if not. ``code`` is what was scanned or typed. ``category``, ``brand`` and ``member_price`` are what
    offers look at in the product, as it was when it was scanned; ``supplier`` and ``tags`` too. What returns need:
    ``points`` is what the line earned exactly, before the sale's points were rounded down; ``by_points_minor`` what
    points paid of it. ``weighed``: the quantity is what the till's scale showed. ``batch`` as
    a GS1 code names it.
    """

    number: int
    product_id: str
    code: str
    name: str
    quantity_milli: int
    unit: str
    unit_price_minor: int
    gross_minor: int
    adjustments: tuple[Adjustment, ...]
    net_minor: int
    tax_code: str
    tax_minor: int
    category: str = ""
    brand: str = ""
    member_price: bool = True
    supplier: str = ""
    tags: tuple[str, ...] = ()
    points: Decimal = Decimal(0)
    by_points_minor: int = 0
    weighed: bool = False
    batch: str = ""


@dataclass(frozen=True, slots=True)
class UsedCoupon:
    """A coupon that this sale used up, and what it took off in all."""

    id: UUID
    rule: str
    off_minor: int


@dataclass(frozen=True, slots=True)
class TaxTotal:
    code: str
    rate: Decimal
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the price was computed from, so that anyone can compute it again.

    ``catalogue_version`` is the feed version the till's replica stood at; ``member_version`` the version of the
    member's row, ``None`` for a member the replica didn't hold yet; ``points_seen`` the balance shown. ``priced_ms`` is
    the moment the price was computed for (Unix ms, UTC), which time windows depend on; ``points_left`` what the offline
    allowance still let this member redeem here; ``segments`` those that the till knew the member to be in.
    """

    engine: str
    programme_version: int
    catalogue_version: int
    tier: str | None = None
    member_version: int | None = None
    points_seen: int | None = None
    online: bool = False
    priced_ms: int = 0
    points_left: int | None = None
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PointsEarned:
    """A new lot. ``base_minor`` is what the points were counted on, ``multiplier`` the tier's; what goods and campaigns
    gave beyond stands in the lines' ``points``. ``available_on`` is the first day they can be spent, ``None`` at
    once."""

    lot_id: UUID
    points: int
    expires_on: date
    base_minor: int
    multiplier: Decimal
    available_on: date | None = None


@dataclass(frozen=True, slots=True)
class SaleMember:
    """The member of a sale, by surrogate id only. ``growth`` is what this sale adds to the growth value.

    ``spent`` are the lots that the redeemed points came from, as the till knew them: a return gives the points back
    with their expiry.
    """

    id: UUID
    earned: PointsEarned | None
    redeemed_points: int
    growth: int
    spent: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class SaleConfirmed:
    """A paid sale. ``total_minor`` = Σ line nets (+ tax if prices exclude it) + ``rounding_minor`` = Σ captured.

    ``receipt_number`` is gapless within the lane; ``receipt_code`` (in receipts' barcode) carries at least 64 random
    bits. ``business_date`` is the day it is booked on in the store's zone. ``leases`` is what it took of what the
    server had lent to the till.
    """

    sale_id: UUID
    store_id: str
    lane: int
    shift_id: UUID
    cashier_id: str
    receipt_number: int
    receipt_code: str
    business_date: date
    currency: str
    prices_include_tax: bool
    inputs: Inputs
    lines: tuple[SaleLine, ...]
    taxes: tuple[TaxTotal, ...]
    rounding_minor: int
    total_minor: int
    payments: tuple[Payment, ...]
    member: SaleMember | None = None
    training: bool = False
    coupons: tuple[UsedCoupon, ...] = ()
    leases: tuple[LeaseUse, ...] = ()
