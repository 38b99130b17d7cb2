"""The cash drawer beside sales: money put in and taken out, and opening it for nothing. Each is a fact with its slip,
in one transaction; printing the slip opens the drawer (TILL-6)."""

from __future__ import annotations

from typing import Final

from pos_client.app.counter import Counter
from pos_client.app.refusals import (
    BadAmount,
    CashOutNeedsApproval,
    DrawerStaysShut,
    NeedsManager,
    NoReason,
)
from pos_client.app.sign_in import SignIn
from pos_client.app.views import CashDeskView, Moved, StaffView
from shared_models.domain.cash_drawer import CashMoved, DrawerOpened, MovementKind
from shared_models.domain.cash_slip import cash_slip
from shared_models.domain.no_sale_slip import no_sale_slip
from shared_models.domain.staff import Role

MOST_CHARACTERS: Final = 40
MOST_MOVED_UNITS: Final = 1_000_000
"""Of the currency, at once: more is a code typed as a sum."""

APPROVES: Final = Role.MANAGER
"""Who may have money paid out, and approve it where somebody else does."""

_PRINTS: Final = frozenset({"ready", "printing", "paper_near_end", "unknown"})
"""States of a printer that prints what it is sent."""


class CashDrawer:
    def __init__(self, counter: Counter, sign_in: SignIn) -> None:
        self._counter = counter
        self._sign_in = sign_in

    def open(self, reason: str) -> None:
        """Where the printer opens it only while that prints: a slip that waits would open the drawer when nobody stands
        before it."""
        counter = self._counter
        cashier = counter.cashier()
        if not cashier.role.covers(Role.MANAGER):
            raise NeedsManager
        said = _said(reason)
        if not self._opens():
            raise DrawerStaysShut
        journal = counter.books.journal
        shift = journal.shifts.current()
        opened = DrawerOpened(
            counter.machine.ids.new(), journal.identity.store_id, journal.identity.lane, cashier.id,
            counter.business_date(), said, shift.id if shift else None,
        )  # fmt: skip
        slip = no_sale_slip(
            said, counter.store, counter.receipt_words(), counter.receipt_language,
            lane=opened.lane, at=counter.now(), by=cashier.name,
        )  # fmt: skip
        journal.append(opened, print_document=slip)
        counter.on_commit()

    def view(self) -> CashDeskView:
        """Who may approve a payment out of the drawer; nobody has to for somebody who may do it alone."""
        self._counter.shift()
        alone = self._counter.cashier().role.covers(APPROVES)
        approvers = () if alone else tuple(each for each in self._sign_in.staff() if each.role.covers(APPROVES))
        return CashDeskView(needs_approval=not alone, approvers=approvers)

    def check(self, amount_minor: int) -> None:
        """Whether such a sum can be moved. What should be in the drawer isn't asked: a refusal would tell it to whoever
        counts blind."""
        self._counter.shift()
        if not 0 < amount_minor <= MOST_MOVED_UNITS * self._counter.programme.money.unit_minor:
            raise BadAmount

    def move(self, kind: MovementKind, amount_minor: int, reason: str, approver_id: str, pin: str) -> Moved:
        counter = self._counter
        cashier, shift = counter.cashier(), counter.shift()
        self.check(amount_minor)
        said = _said(reason)
        approver = self._approver(kind, cashier, approver_id, pin)
        identity = counter.books.journal.identity
        moved = CashMoved(
            counter.machine.ids.new(), identity.store_id, identity.lane, shift.id, cashier.id,
            counter.business_date(), counter.programme.currency, kind, amount_minor, said,
            approver.id if approver else "",
        )  # fmt: skip
        slip = cash_slip(
            moved, counter.store, counter.receipt_words(), counter.receipt_language, at=counter.now(),
            cashier=cashier.name, approver=approver.name if approver else "",
        )  # fmt: skip
        counter.books.journal.append(moved, print_document=slip)
        counter.on_commit()
        return Moved(kind, amount_minor, said, counter.programme.currency, self._opens())

    def _opens(self) -> bool:
        """Whether the drawer opens now."""
        counter = self._counter
        return counter.books.journal.print_queue.own_drawer or counter.surroundings.printer_state in _PRINTS

    def _approver(self, kind: MovementKind, cashier: StaffView, approver_id: str, pin: str) -> StaffView | None:
        """Who answers for money that is spent, beside who takes it; ``None`` if nobody else has to."""
        if kind is not MovementKind.PAID_OUT or cashier.role.covers(APPROVES):
            return None
        if not approver_id:
            raise CashOutNeedsApproval
        approver = self._sign_in.verified(approver_id, pin)
        if not approver.role.covers(APPROVES):
            raise CashOutNeedsApproval
        return approver


def _said(reason: str) -> str:
    """Raise ``NoReason``."""
    said = " ".join(reason.split())[:MOST_CHARACTERS]
    if not said:
        raise NoReason
    return said
