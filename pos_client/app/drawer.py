"""Opening the cash drawer without a sale: always with a reason, and never without a slip that tells it."""

from __future__ import annotations

from typing import Final

from pos_client.app.counter import Counter
from pos_client.app.refusals import DrawerStaysShut, NeedsManager, NoReason
from shared_models.domain.no_sale_slip import no_sale_slip
from shared_models.domain.staff import Role

MOST_CHARACTERS: Final = 40
_PRINTS: Final = frozenset({"ready", "printing", "paper_near_end", "unknown"})
"""States of a printer that prints what it is sent."""


class CashDrawer:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def open(self, reason: str) -> None:
        """Only while the printer prints: a slip that waits would open the drawer when nobody stands before it."""
        counter = self._counter
        cashier = counter.cashier()
        if not cashier.role.covers(Role.MANAGER):
            raise NeedsManager
        said = " ".join(reason.split())[:MOST_CHARACTERS]
        if not said:
            raise NoReason
        if counter.surroundings.printer_state not in _PRINTS:
            raise DrawerStaysShut
        slip = no_sale_slip(
            said, counter.store, counter.receipt_words(), counter.receipt_language,
            lane=counter.books.journal.identity.lane, at=counter.now(), by=cashier.name,
        )  # fmt: skip
        counter.books.journal.print_queue.add(slip)
        counter.on_commit()
