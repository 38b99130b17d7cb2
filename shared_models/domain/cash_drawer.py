"""What happens to the cash drawer beside sales, returns and loads: money put in or taken out, and a bare opening
(TILL-6).

Kinds ``cash.moved`` and ``drawer.opened``. Both name who did it, which may be a manager in another one's shift; when is
what the fact's clock says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared_models.domain.text import N_


class MovementKind(StrEnum):
    """PAID_IN: put into the drawer. PAID_OUT: taken out and spent. DROP: taken out and into the safe."""

    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class CashMoved:
    """``amount_minor`` is above zero, whichever way it went. ``reason``: a word of ``REASONS`` or somebody's own.

    ``approver_id`` allowed it, if that is somebody else than ``cashier_id``.
    """

    movement_id: UUID
    store_id: str
    lane: int
    shift_id: UUID
    cashier_id: str
    business_date: date
    currency: str
    kind: MovementKind
    amount_minor: int
    reason: str
    approver_id: str = ""


@dataclass(frozen=True, slots=True)
class DrawerOpened:
    """Without a sale. ``shift_id`` is the open shift, if there was one."""

    opening_id: UUID
    store_id: str
    lane: int
    cashier_id: str
    business_date: date
    reason: str
    shift_id: UUID | None = None


NO_SALE_REASONS: Final = {
    "change": N_("Change for a customer"),
    "count": N_("Counting the cash"),
    "trial": N_("Trying the drawer"),
}
"""Why a drawer is opened without a sale; any other reason is said in somebody's own words."""

REASONS: Final = {
    MovementKind.PAID_IN: {
        "change": N_("Change from the safe"),
        "found": N_("Found when counting"),
        "back": N_("Left over from an expense"),
    },
    MovementKind.PAID_OUT: {
        "supplier": N_("Paid to a supplier"),
        "expense": N_("A small expense of the shop"),
        "wages": N_("Wages or an advance"),
    },
    MovementKind.DROP: {
        "safe": N_("Into the safe"),
        "bank": N_("Handed to the bank's courier"),
    },
}
"""Why money is moved, by the word that the fact has for it; any other reason is in somebody's own words."""


def in_drawer(moved: CashMoved) -> int:
    """What a movement does to the cash in the drawer, minor units."""
    return moved.amount_minor if moved.kind is MovementKind.PAID_IN else -moved.amount_minor


def reason_text(kind: MovementKind, reason: str) -> str:
    """The template of a reason, or the own words as they are."""
    return REASONS[kind].get(reason, reason)
