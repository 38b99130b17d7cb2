"""What a kind of coupon is worth and how it is issued (CPN-1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared_models.domain.deal import Deal

RETURN_DAYS = 7


class IssuedBy(StrEnum):
    """``hand``: staff, an event, a file, a campaign. ``sale``: a sale from ``Issue.from_minor`` on issues one by
    itself, for a later purchase."""

    HAND = "hand"
    SALE = "sale"


@dataclass(frozen=True, slots=True)
class Issue:
    """How coupons of a kind come into being.

    A coupon is valid from ``start_days`` after its issue for ``valid_days`` days (that first one included), and never
    longer than its deal. At most ``quantity`` are issued in all and ``per_member`` to one member, ``None`` for any.
    """

    by: IssuedBy = IssuedBy.HAND
    from_minor: int = 0
    start_days: int = 0
    valid_days: int = 30
    quantity: int | None = None
    per_member: int | None = None


@dataclass(frozen=True, slots=True)
class CouponRule:
    """A kind of coupon. ``deal`` says what it takes off, on which goods, when, for whom, beside what: spend-and-save
    from a threshold (满减), percent (折扣), an amount without threshold, a free piece (gift, product), free delivery
    (免邮: the delivery service's product).

    ``personal``: only its owner can use it. ``most_per_sale`` coupons of this kind count in one sale, one after the
    other. ``comes_back``: a return of all it was used on makes it usable again, through its last day or, if that has
    passed, for ``return_days`` more. ``number`` stands in its short codes (``coupon_code``), ``None`` if it has none.
    """

    deal: Deal
    personal: bool = True
    most_per_sale: int = 1
    comes_back: bool = True
    issue: Issue = Issue()
    return_days: int = RETURN_DAYS
    number: int | None = None

    @property
    def id(self) -> str:
        return self.deal.id
