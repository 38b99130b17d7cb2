"""The record of a return as its fact carries it (kind ``sale.returned``): what came back, what was paid out, what it
takes from a member. ``docs/protocol.md`` freezes the fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared_models.domain.leases import LeaseUse
from shared_models.domain.member import Effect, Lot
from shared_models.domain.sale import TaxTotal, TenderKind
from shared_models.domain.stored_value_ledger import BonusLot


class ReturnPolicy(StrEnum):
    """What becomes of a discount when part of a sale comes back.

    ``SHARE_GOES_BACK``: each unit comes back at what was paid for it, so it takes its share of the discount along.
    ``REPRICE_KEPT``: what is kept is priced again, and only what was paid beyond that price comes back.
    ``AS_GIVEN``: nothing is known of the sale; the price was agreed at the counter, under approval.
    """

    SHARE_GOES_BACK = "share_goes_back"
    REPRICE_KEPT = "reprice_kept"
    AS_GIVEN = "as_given"


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """What came back of line ``number`` of the sale, and what was given back for it; tax as in ``SaleLine``.

    A line that came back with ``quantity_milli`` 0 was kept and priced again: what it then cost more is below zero.
    """

    number: int
    product_id: str
    name: str
    unit: str
    quantity_milli: int
    net_minor: int
    tax_code: str
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Refund:
    """What a tender gets back: ``amount_minor``, of it ``bonus_minor`` of stored value's bonus; ``points`` of points.

    ``payment_id`` is the sale's payment, ``None`` without a receipt. ``carried_minor`` of the amount wasn't paid out:
    in the sale that the goods were exchanged for it is a payment of the same kind. ``lots`` are those of the bonus.
    """

    kind: TenderKind
    payment_id: UUID | None
    amount_minor: int
    points: int = 0
    bonus_minor: int = 0
    carried_minor: int = 0
    lots: tuple[BonusLot, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberReturn:
    """What the return takes from the sale's member: points that the goods had earned, growth; the ``visit`` with the
    last of the goods.

    ``bought_on`` is the sale's business date, whose month gets poorer. ``given_back`` are the lots of the points that
    had paid, once the ledger has named them.
    """

    id: UUID
    taken_back: int
    growth: int
    bought_on: date
    visit: bool = False
    given_back: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnedUse:
    """What a rule with limits gets back: ``minor`` of its discount, and its ``times`` with the last of the goods."""

    rule: str
    times: int
    minor: int


@dataclass(frozen=True, slots=True)
class SaleReturned:
    """Goods of one sale that came back (of none in particular if ``sale_id`` is ``None``: without a receipt).

    ``total_minor`` = Σ line nets (+ tax if prices exclude it) + ``rounding_minor`` = Σ refunds, never below zero.
    ``rounding_minor`` is what paying out in cash added. ``taxes`` and amounts are what is given back, above zero.
    ``coupons`` can be used again. ``exchange_id`` is the sale that was made of it. ``receipt_number`` is one of the
    lane's, as of a sale; ``sale_code`` the receipt code of the sale, empty without a receipt. ``leases`` is what it
    took of the units that the server had lent to the till.
    """

    return_id: UUID
    sale_id: UUID | None
    store_id: str
    lane: int
    shift_id: UUID
    cashier_id: str
    receipt_number: int
    receipt_code: str
    sale_code: str
    approver_id: str
    reason: str
    business_date: date
    currency: str
    prices_include_tax: bool
    policy: ReturnPolicy
    lines: tuple[ReturnedLine, ...]
    taxes: tuple[TaxTotal, ...]
    rounding_minor: int
    total_minor: int
    refunds: tuple[Refund, ...]
    member: MemberReturn | None = None
    coupons: tuple[UUID, ...] = ()
    uses: tuple[ReturnedUse, ...] = ()
    exchange_id: UUID | None = None
    leases: tuple[LeaseUse, ...] = ()

    @property
    def with_receipt(self) -> bool:
        return self.sale_id is not None

    @property
    def points(self) -> int:
        """Points that had paid and go back to the member."""
        return sum(refund.points for refund in self.refunds)

    @property
    def spend_minor(self) -> int:
        """What is given back of what was really paid: all tenders but points (see ``effects.spend``)."""
        return sum(refund.amount_minor for refund in self.refunds if refund.kind is not TenderKind.POINTS)


def check_return(record: SaleReturned) -> None:
    """Assert that the return adds up from its lines and from its refunds: a failure is our bug."""
    tax = sum(line.tax_minor for line in record.lines)
    assert tax == sum(each.tax_minor for each in record.taxes), "the lines' taxes aren't the document's"
    worth = sum(line.net_minor for line in record.lines) + (0 if record.prices_include_tax else tax)
    assert worth + record.rounding_minor == record.total_minor, "the lines don't add up to the total"
    assert record.total_minor == sum(refund.amount_minor for refund in record.refunds), "the refunds aren't the total"
    assert all(line.quantity_milli >= 0 for line in record.lines), "a quantity below zero"
    for refund in record.refunds:
        assert 0 <= refund.carried_minor <= refund.amount_minor, "more is carried over than is given back"
        assert 0 <= refund.bonus_minor <= refund.amount_minor, "the bonus isn't part of the refund"
        assert not refund.lots or sum(lot.minor for lot in refund.lots) == refund.bonus_minor, "lots of another bonus"
        assert refund.points >= 0, "points below zero"
        assert not refund.points or refund.kind is TenderKind.POINTS, "points that weren't a tender"
    if record.member is None:
        assert not record.points, "points for nobody"
    else:
        assert min(record.member.taken_back, record.member.growth) >= 0, "a return that gives what it should take"
    assert record.with_receipt or record.approver_id, "without a receipt and without approval"


def effect_of_return(record: SaleReturned) -> Effect | None:
    """The effect on the sale's member as the record tells it; ``None`` without one. Assert that ``given_back`` are the
    record's points. Books that know other returns of the sale than the till did take ``return_booking.booked``."""
    if record.member is None:
        return None
    given = sum(lot.points for lot in record.member.given_back)
    assert given == record.points, "the lots given back aren't the points that had paid"
    return Effect(
        member_id=record.member.id,
        on=record.business_date,
        growth=-record.member.growth,
        spend_minor=-record.spend_minor,
        visits=-1 if record.member.visit else 0,
        taken_back=record.member.taken_back,
        given_back=record.member.given_back,
        bought_on=record.member.bought_on,
    )
