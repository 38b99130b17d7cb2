"""What the screens get to see: frozen values, no behaviour of the shop.

Money is in minor units of ``currency``, quantities in thousandths of the unit, times in Unix milliseconds, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared_models.domain.cash_drawer import MovementKind
from shared_models.domain.errors import DomainError
from shared_models.domain.near_miss import NearMiss
from shared_models.domain.sale import PaymentState, TenderKind
from shared_models.domain.staff import Role
from shared_models.domain.text import Money, Words, fill


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the cashier: a gettext template and its values, as in ``DomainError``."""

    code: str
    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, error: DomainError) -> Notice:
        return cls(error.code, error.template, error.values)

    def sentence(self, words: Words, money: Money = str) -> str:
        return fill(words(self.template), self.values, money)


@dataclass(frozen=True, slots=True)
class StaffView:
    id: str
    name: str
    role: Role
    language: str = ""


@dataclass(frozen=True, slots=True)
class ShiftView:
    """``cash_minor`` is what should be in the drawer: the float and what came in since, less what went out."""

    id: UUID
    cashier_id: str
    business_date: date
    float_minor: int
    sales: int
    takings_minor: int
    cash_minor: int
    returns: int = 0
    refunds_minor: int = 0


@dataclass(frozen=True, slots=True)
class ShiftClosedView:
    """``over_short_minor`` = counted − expected; negative is short."""

    z_number: int
    sales: int
    takings_minor: int
    float_minor: int
    expected_cash_minor: int
    counted_cash_minor: int
    over_short_minor: int
    returns: int = 0
    refunds_minor: int = 0
    paid_in_minor: int = 0
    paid_out_minor: int = 0
    dropped_minor: int = 0
    openings: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line costs less: ``key`` is the sentence's key of the rule, negative is in the customer's favour."""

    key: str
    values: Mapping[str, str]
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LineView:
    """``number`` counts from 1 as shown, ``line_id`` stays the line's own. ``gross_minor`` is before the reasons.
    ``note`` stands under the line. ``weighed`` by the till's scale; ``unweighed``: it has no quantity yet, costs
    nothing and can't be paid. ``past``: its best-before date, if that has passed."""

    line_id: int
    number: int
    product_id: str
    code: str
    name: str
    quantity_milli: int
    unit: str
    unit_price_minor: int
    gross_minor: int
    amount_minor: int
    reasons: tuple[Reason, ...] = ()
    note: str = ""
    weighed: bool = False
    unweighed: bool = False
    past: date | None = None


@dataclass(frozen=True, slots=True)
class StoredValueView:
    """What can be spent, ``bonus_minor`` of it never paid out; below zero is owed."""

    balance_minor: int
    bonus_minor: int
    frozen: bool
    can_load: bool


@dataclass(frozen=True, slots=True)
class CouponView:
    """``in_sale``: it was presented; then ``off_minor`` is what it takes off. ``why`` it can't be used, or took
    nothing."""

    id: UUID
    name: str
    valid_to: date
    in_sale: bool
    off_minor: int = 0
    why: Notice | None = None


@dataclass(frozen=True, slots=True)
class LoadedView:
    """Stored value was paid in; ``balance_minor`` is what can be spent now."""

    amount_minor: int
    bonus_minor: int
    balance_minor: int
    tendered_minor: int
    change_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class MemberView:
    """The member of the sale. ``expiring_points`` expire first, on ``expires_on``. ``name`` is masked unless the
    till holds the full profile. ``pending``: registered here and not yet known to the server. ``marketing``: agreed to
    news and offers."""

    id: UUID
    number: str
    name: str
    last4: str
    tier: str
    balance: int
    debt: int
    growth: int
    expiring_points: int
    expires_on: date | None
    birthday: bool
    pending: bool
    stored_value: StoredValueView | None = None
    coupons: tuple[CouponView, ...] = ()
    marketing: bool = False


@dataclass(frozen=True, slots=True)
class MemberHit:
    id: UUID
    number: str
    masked_name: str
    last4: str
    tier: str
    balance: int
    pending: bool = False


@dataclass(frozen=True, slots=True)
class ProductHit:
    product_id: str
    name: str
    price_minor: int
    unit: str
    code: str


@dataclass(frozen=True, slots=True)
class QuickKeys:
    """One tab of quick keys: the most sold products of a category."""

    category: str
    products: tuple[ProductHit, ...]


class SaleState(StrEnum):
    OPEN = "open"
    PAYING = "paying"


@dataclass(frozen=True, slots=True)
class SaleView:
    """The sale on the screen; an empty one when nothing was entered yet. ``points_to_earn`` needs a member.
    ``near_miss`` is the deal that the basket misses by least. ``held_back`` says which offers don't apply only because
    this till has nothing left of their limits."""

    lines: tuple[LineView, ...]
    total_minor: int
    saved_minor: int
    points_to_earn: int
    member: MemberView | None
    state: SaleState
    currency: str
    near_miss: NearMiss | None = None
    held_back: tuple[Notice, ...] = ()
    coupons: tuple[CouponView, ...] = ()


class EnteredKind(StrEnum):
    """PRODUCT: a line was added or raised (``line_id``). MEMBER: attached. COUPON: presented (``coupon_id``). QUANTITY:
    the last line's quantity was set. RECEIPT: the code of a receipt; nothing was done. CHOICES: ask which of
    ``products`` or ``members`` was meant. NOTHING: the text was empty."""

    PRODUCT = "product"
    MEMBER = "member"
    COUPON = "coupon"
    QUANTITY = "quantity"
    RECEIPT = "receipt"
    CHOICES = "choices"
    NOTHING = "nothing"


class Source(StrEnum):
    SCAN = "scan"
    KEYED = "keyed"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a text was taken for. ``quantity_milli`` is what was added or set, 0 of goods that are to be weighed;
    ``weighed``: from a scale's label."""

    kind: EnteredKind
    line_id: int | None = None
    quantity_milli: int = 0
    weighed: bool = False
    products: tuple[ProductHit, ...] = ()
    members: tuple[MemberHit, ...] = ()
    coupon_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentView:
    id: UUID
    kind: TenderKind
    state: PaymentState
    amount_minor: int
    tendered_minor: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class RedeemView:
    """How many points can pay now, in steps of ``step``; ``why`` says what limits or forbids it.

    ``offline_left``: what the policy of offline spending lets this member redeem here; ``None`` when it does not apply.
    """

    max_points: int
    step: int
    balance: int
    offline_left: int | None
    why: Notice | None


@dataclass(frozen=True, slots=True)
class StoredValueTender:
    """How much stored value can pay now, out of ``balance_minor``; ``why`` says what limits or forbids it."""

    max_minor: int
    balance_minor: int
    why: Notice | None


@dataclass(frozen=True, slots=True)
class TenderView:
    """``points`` and ``stored_value`` are ``None`` without a member. ``quick_notes`` are sums people hand over for
    ``due_minor``."""

    total_minor: int
    due_minor: int
    paid: tuple[PaymentView, ...]
    quick_notes: tuple[int, ...]
    points: RedeemView | None
    currency: str
    stored_value: StoredValueTender | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The sale is in the journal and survives a power cut. ``points_balance`` is ``None`` without a member."""

    sale_id: UUID
    receipt_number: int
    receipt_code: str
    total_minor: int
    tendered_minor: int
    change_minor: int
    points_earned: int
    points_redeemed: int
    points_balance: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class ReturnLineView:
    """A line of the receipt: what was sold, is left of it, may come back here now, and is chosen to. ``paid_minor`` is
    for all that was sold, ``refund_minor`` is given back for what is chosen; ``why`` says why not all that is left may
    come back here."""

    number: int
    code: str
    name: str
    unit: str
    sold_milli: int
    left_milli: int
    may_milli: int
    chosen_milli: int
    paid_minor: int
    refund_minor: int
    why: Notice | None = None


@dataclass(frozen=True, slots=True)
class RefundView:
    kind: TenderKind
    amount_minor: int
    points: int = 0


@dataclass(frozen=True, slots=True)
class ReturnView:
    """The receipt whose goods come back, and what would be given back for those chosen. ``needs_approval``: by one of
    ``approvers``."""

    lane: int
    receipt_number: int
    sold_on: date
    lines: tuple[ReturnLineView, ...]
    refunds: tuple[RefundView, ...]
    total_minor: int
    points_taken_back: int
    returns_before: int
    needs_approval: bool
    approvers: tuple[StaffView, ...]
    currency: str

    @property
    def chosen(self) -> bool:
        return any(line.chosen_milli for line in self.lines)


@dataclass(frozen=True, slots=True)
class Returned:
    """The return is in the journal and survives a power cut. ``points_balance`` is ``None`` without a member."""

    receipt_number: int
    receipt_code: str
    total_minor: int
    refunds: tuple[RefundView, ...]
    points_taken_back: int
    points_balance: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class RewardView:
    """A reward as it is for the member now. ``points`` is for one unit, ``missing`` how many the member lacks for one;
    ``stock`` is left in the store, ``None`` if there is nothing to hand over. Points and stock allow for ``most``
    units, whether or not this till was lent them. ``why`` says why not even one can be asked for."""

    id: str
    name: str
    points: int
    stock: int | None
    most: int
    missing: int
    why: Notice | None


@dataclass(frozen=True, slots=True)
class ChosenReward:
    """``units`` of a reward for ``points`` in all, with ``balance_after``. ``why`` it can't be had now, if it can't."""

    reward: RewardView
    units: int
    points: int
    balance_after: int
    why: Notice | None


@dataclass(frozen=True, slots=True)
class RewardsView:
    """What the member of the sale can have for points, the cheapest first; ``balance`` is what there is."""

    member: str
    balance: int
    rewards: tuple[RewardView, ...]
    chosen: ChosenReward | None = None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The reward is in the journal and survives a power cut: hand it over."""

    name: str
    units: int
    points: int
    balance_before: int
    balance_after: int
    lane: int
    receipt_number: int


@dataclass(frozen=True, slots=True)
class CashDeskView:
    """``needs_approval``: a payment out of the drawer, by one of ``approvers``."""

    needs_approval: bool
    approvers: tuple[StaffView, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """Cash was moved: it is in the journal and survives a power cut. ``opens``: the printer opens the drawer now."""

    kind: MovementKind
    amount_minor: int
    reason: str
    currency: str
    opens: bool


@dataclass(frozen=True, slots=True)
class DeviceView:
    """``state`` is a ``drivers.ports`` PrinterState or, of the other devices, LineState value, or ``none`` if there is
    no such device; of a drawer ``open``, ``closed`` or ``unknown``.

    ``waiting`` counts print jobs not yet printed; ``doubtful`` those that a power cut caught while printing.
    """

    state: str
    notice: Notice | None = None
    waiting: int = 0
    doubtful: int = 0


@dataclass(frozen=True, slots=True)
class PoleLine:
    """A line of the customer's display: ``instead`` stands for a ``text`` that the display has no letters for."""

    text: str
    figure: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The status bar. ``limits``: what is limited right now. ``problem``: what somebody has to do about the syncing.

    ``last_sync_ms`` is ``None`` before the first contact. ``mirror``: the journal's second copy, ``none``, ``good``,
    ``behind`` or ``away``; ``waiting`` counts the facts it lacks. ``keys_in_file``: the keys lie in a file, fit for a
    demo only.
    """

    store_name: str
    lane: int
    cashier: StaffView | None
    clock_ms: int
    timezone: str
    currency: str
    online: bool
    unsent: int
    last_sync_ms: int | None
    printer: DeviceView
    scanner: DeviceView
    display: DeviceView
    scale: DeviceView
    mirror: DeviceView
    keys_in_file: bool
    limits: tuple[Notice, ...]
    problem: Notice | None
    drawer: DeviceView = DeviceView("none")
