"""The lane's shifts with their running totals. They change only together with the facts they follow from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pos_client.store.database import Database
from shared_models.domain.sale import PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.stored_value_facts import StoredValueLoaded


@dataclass(frozen=True, slots=True)
class Shift:
    """``cash_minor`` is cash taken, without the float; ``takings_minor`` all that was taken, points excepted."""

    id: UUID
    cashier_id: str
    business_date: date
    float_minor: int
    cash_minor: int
    takings_minor: int
    sales: int

    @property
    def expected_cash_minor(self) -> int:
        return self.float_minor + self.cash_minor


class Shifts:
    """Writing doesn't commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Shift | None:
        row = self._database.one(
            "SELECT id, cashier_id, business_date, float_minor, cash_minor, takings_minor, sales FROM shift"
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

    def add_load(self, loaded: StoredValueLoaded) -> None:
        """Cash for stored value is in the drawer, and no taking: nothing was sold yet."""
        cash = sum(
            payment.amount_minor
            for payment in loaded.payments
            if payment.kind is TenderKind.CASH and payment.state is PaymentState.CAPTURED
        )
        self._database.run("UPDATE shift SET cash_minor = cash_minor + ? WHERE id = ?", (cash, loaded.shift_id.bytes))

    def close(self, number: int, closed: ShiftClosed) -> None:
        self._database.run("UPDATE shift SET closed_number = ? WHERE id = ?", (number, closed.shift_id.bytes))
