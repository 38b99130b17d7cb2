"""A cashier's turn at a lane, from the float to the count (kinds ``shift.opened`` and ``shift.closed``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ShiftOpened:
    shift_id: UUID
    store_id: str
    lane: int
    cashier_id: str
    business_date: date
    currency: str
    float_minor: int


@dataclass(frozen=True, slots=True)
class ShiftClosed:
    """``expected_cash_minor`` = float + cash taken − cash refunded + paid in − paid out − dropped;
    ``over_short_minor`` = counted − expected, negative is short. ``takings_minor`` is of the sales alone;
    ``refunds_minor`` went back for ``returns``, points excepted. ``openings`` of the drawer without a sale.

    ``z_number`` is gapless within the lane.
    """

    shift_id: UUID
    store_id: str
    lane: int
    cashier_id: str
    business_date: date
    z_number: int
    sales: int
    takings_minor: int
    expected_cash_minor: int
    counted_cash_minor: int
    over_short_minor: int
    returns: int = 0
    refunds_minor: int = 0
    paid_in_minor: int = 0
    paid_out_minor: int = 0
    dropped_minor: int = 0
    openings: int = 0
