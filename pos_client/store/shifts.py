"""The lane's shifts with their running totals. They change only together with the facts they follow from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from pos_client.store.database import Database
from shared_models.domain.cash_drawer import CashMoved, DrawerOpened, MovementKind, in_drawer
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.stored_value_facts import StoredValueLoaded

_MOVED: Final = {
    MovementKind.PAID_IN: "paid_in_minor",
    MovementKind.PAID_OUT: "paid_out_minor",
    MovementKind.DROP: "dropped_minor",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """``cash_minor`` is all cash that came in less all that went out, without the float; ``takings_minor`` all that
    sales took, and ``refunds_minor`` all that returns gave back, points excepted. ``openings`` were without a sale."""

    id: UUID
    cashier_id: str
    business_date: date
    float_minor: int
    cash_minor: int
    takings_minor: int
    sales: int
    returns: int = 0
    refunds_minor: int = 0
    paid_in_minor: int = 0
    paid_out_minor: int = 0
    dropped_minor: int = 0
    openings: int = 0
    opened_number: int = 0

    @property
    def expected_cash_minor(self) -> int:
        return self.float_minor + self.cash_minor


class Shifts:
    """Writing doesn't commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Shift | None:
        row = self._database.one(
            "SELECT id, cashier_id, business_date, float_minor, cash_minor, takings_minor, sales, returns,"
            " refunds_minor, paid_in_minor, paid_out_minor, dropped_minor, openings, opened_number FROM shift"
            " WHERE closed_number IS NULL ORDER BY opened_number DESC"
        )
        return Shift(UUID(bytes=row[0]), row[1], date.fromisoformat(row[2]), *row[3:]) if row else None

    def open(self, number: int, opened: ShiftOpened) -> None:
        self._database.run(
            "INSERT INTO shift (id, cashier_id, business_date, opened_number, float_minor, cash_minor, takings_minor,"
            " sales) VALUES (?, ?, ?, ?, ?, 0, 0, 0)",
            (
                opened.shift_id.bytes, opened.cashier_id, opened.business_date.isoformat(), number, opened.float_minor,
            ),
        )  # fmt: skip

    def add_sale(self, sale: SaleConfirmed) -> None:
        captured = [payment for payment in sale.payments if payment.state is PaymentState.CAPTURED]
        self._database.run(
            "UPDATE shift SET cash_minor = cash_minor + ?, takings_minor = takings_minor + ?, sales = sales + 1"
            " WHERE id = ?",
            (
                sum(payment.amount_minor for payment in captured if payment.kind is TenderKind.CASH),
                sum(payment.amount_minor for payment in captured if payment.kind is not TenderKind.POINTS),
                sale.shift_id.bytes,
            ),
        )

    def add_return(self, record: SaleReturned) -> None:
        self._database.run(
            "UPDATE shift SET cash_minor = cash_minor - ?, refunds_minor = refunds_minor + ?, returns = returns + 1"
            " WHERE id = ?",
            (
                sum(refund.amount_minor for refund in record.refunds if refund.kind is TenderKind.CASH),
                sum(refund.amount_minor for refund in record.refunds if refund.kind is not TenderKind.POINTS),
                record.shift_id.bytes,
            ),
        )

    def add_load(self, loaded: StoredValueLoaded) -> None:
        """Cash for stored value is in the drawer, and no taking: nothing was sold yet."""
        cash = sum(
            payment.amount_minor
            for payment in loaded.payments
            if payment.kind is TenderKind.CASH and payment.state is PaymentState.CAPTURED
        )
        self._database.run("UPDATE shift SET cash_minor = cash_minor + ? WHERE id = ?", (cash, loaded.shift_id.bytes))

    def add_movement(self, moved: CashMoved) -> None:
        column = _MOVED[moved.kind]
        self._database.run(
            f"UPDATE shift SET cash_minor = cash_minor + ?, {column} = {column} + ? WHERE id = ?",  # noqa: S608 - our own names
            (in_drawer(moved), moved.amount_minor, moved.shift_id.bytes),
        )

    def add_opening(self, opened: DrawerOpened) -> None:
        if opened.shift_id is not None:
            self._database.run("UPDATE shift SET openings = openings + 1 WHERE id = ?", (opened.shift_id.bytes,))

    def close(self, number: int, closed: ShiftClosed) -> None:
        self._database.run("UPDATE shift SET closed_number = ? WHERE id = ?", (number, closed.shift_id.bytes))
