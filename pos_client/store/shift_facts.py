"""A shift's figures in full, as the journal's facts add up to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from uuid import UUID

from pos_client.store.database import Database
from pos_client.store.journal import SELECT_FACTS, fact_of_row
from pos_client.store.shifts import Shift
from shared_models.domain.cash_drawer import CashMoved, DrawerOpened, MovementKind
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.shift_figures import ShiftFigures, add, add_load, add_movement, add_opening, add_return
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.wire.facts import Payload, Undecodable, decode

_KINDS: Final = (
    "sale.confirmed", "sale.returned", "stored_value.loaded", "cash.moved", "drawer.opened", "fact.retold",
)  # fmt: skip


def figures_of(database: Database, incarnation: UUID, shift: Shift) -> ShiftFigures:
    """All of them; or what the shift's own row knows, where the journal was begun anew in the middle of the shift and
    has not all of its facts."""
    figures = ShiftFigures()
    for payload in _payloads(database, incarnation, shift):
        match payload:
            case SaleConfirmed():
                figures = add(figures, payload)
            case SaleReturned():
                figures = add_return(figures, payload)
            case StoredValueLoaded():
                figures = add_load(figures, payload)
            case CashMoved():
                figures = add_movement(figures, payload)
            case DrawerOpened():
                figures = add_opening(figures)
    known = (figures.sales, figures.returns, figures.cash_minor, figures.openings)
    if known == (shift.sales, shift.returns, shift.cash_minor, shift.openings):
        return figures
    moved = {
        MovementKind.PAID_IN: shift.paid_in_minor,
        MovementKind.PAID_OUT: shift.paid_out_minor,
        MovementKind.DROP: shift.dropped_minor,
    }
    return ShiftFigures(
        sales=shift.sales, takings_minor=shift.takings_minor, returns=shift.returns, moved=moved,
        openings=shift.openings,
    )  # fmt: skip


def _payloads(database: Database, incarnation: UUID, shift: Shift) -> Iterator[Payload]:
    """Of the shift's facts, and of those that were told again for it."""
    marks = ", ".join("?" * len(_KINDS))
    for row in database.all(f"{SELECT_FACTS} WHERE number > ? AND kind IN ({marks})", (shift.opened_number, *_KINDS)):
        with suppress(Undecodable):
            payload = decode(fact_of_row(row, incarnation))
            if isinstance(payload, FactRetold):
                payload = decode(payload.fact)
            if getattr(payload, "shift_id", None) == shift.id:
                yield payload
