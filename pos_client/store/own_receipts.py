"""Own sales and returns by the code of the sale's receipt."""

from __future__ import annotations

from datetime import date

from pos_client.store.database import Database
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed


class OwnReceipts:
    """Writing doesn't commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def book(self, number: int, payload: SaleConfirmed | SaleReturned) -> None:
        """Remember fact ``number``. Booking it again changes nothing."""
        code = payload.receipt_code if isinstance(payload, SaleConfirmed) else payload.sale_code
        if code:
            self._database.run(
                "INSERT OR IGNORE INTO own_receipt (code, number, booked_on) VALUES (?, ?, ?)",
                (code, number, payload.business_date.isoformat()),
            )

    def prune(self, before: date) -> None:
        """Forget what was booked before a day. Between the cashier's transactions only."""
        old = self._database.one("SELECT 1 FROM own_receipt WHERE booked_on < ? LIMIT 1", (before.isoformat(),))
        if old is not None:
            with self._database.transaction():
                self._database.run("DELETE FROM own_receipt WHERE booked_on < ?", (before.isoformat(),))
