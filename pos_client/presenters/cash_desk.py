"""Cash beside sales: put into the drawer, paid out of it, dropped into the safe; and the X report (TILL-6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pos_client.app.till import Till
from pos_client.app.views import CashDeskView, Moved, SaleView, Status
from pos_client.presenters.amount import parse_amount
from pos_client.presenters.part import DeskPart
from pos_client.presenters.state import CashStep, MovingCash, Screen, Sound
from shared_models.domain.cash_drawer import REASONS, MovementKind
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

X_REPORT: Final = "x_report"
ROWS: Final = (*MovementKind, X_REPORT)
"""What there is to choose from first."""

_NOBODY_APPROVES = N_("Nobody of this store can approve a payment here. Ask a manager to sign in.")
_PIN_FIRST = N_("A scan is not a PIN. Type the PIN.")
_MOST_DIGITS = 2


class CashDesk(DeskPart):
    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._moving = False

    @property
    def desk(self) -> MovingCash:
        return self.state.moving or MovingCash()

    @property
    def cursor(self) -> int:
        return self.desk.cursor

    def begin(self) -> None:
        def show(view: CashDeskView) -> None:
            self.counter.show(Screen.CASH, moving=MovingCash(view=view))

        self.counter.ask(lambda till: till.cash_desk(), show)

    def rows(self) -> tuple[str, ...]:
        """What the list shows, from the top: kinds, reasons, or the ids of who can approve."""
        desk = self.desk
        match desk.step:
            case CashStep.KIND:
                return ROWS
            case CashStep.REASON:
                return tuple(REASONS[desk.kind])
            case CashStep.APPROVE:
                return tuple(each.id for each in desk.view.approvers) if desk.view else ()
            case _:
                return ()

    # what is asked and done

    def prompt(self) -> str:
        match self.desk.step:
            case CashStep.KIND:
                return self.words(N_("What to do? Its number, or Enter"))
            case CashStep.AMOUNT:
                return self.words(N_("How much"))
            case CashStep.REASON:
                return self.words(N_("Why? Its number, Enter, or type it"))
            case CashStep.APPROVE:
                desk = self.desk
                approvers = desk.view.approvers if desk.view else ()
                name = approvers[desk.cursor].name if approvers else ""
                return self.words(N_("PIN of {name}")).format(name=name)
            case CashStep.DONE:
                return self.words(N_("Enter goes back to the sale"))

    def secret(self) -> bool:
        return self.desk.step is CashStep.APPROVE

    def enter(self, text: str) -> None:
        desk = self.desk
        match desk.step:
            case CashStep.KIND:
                self.pick(_place(text, desk.cursor))
            case CashStep.AMOUNT if text:
                self._amount(text)
            case CashStep.REASON if not text or _is_place(text):
                self.pick(_place(text, desk.cursor))
            case CashStep.REASON:
                self._reason(text)
            case CashStep.APPROVE if text:
                self._confirm(text)
            case CashStep.DONE:
                self.leave()
            case _:
                pass

    def scan(self, text: str) -> None:
        if self.desk.step is CashStep.APPROVE:
            self.counter.complain("only_pin", self.words(_PIN_FIRST))
        else:
            super().scan(text)

    def pick(self, place: int) -> None:
        """A row was chosen."""
        rows = self.rows()
        if not 0 <= place < len(rows):
            return
        self.update(cursor=place)
        match self.desk.step:
            case CashStep.KIND if rows[place] == X_REPORT:
                self._print_x()
            case CashStep.KIND:
                self._to(CashStep.AMOUNT, kind=MovementKind(rows[place]), amount_minor=0)
            case CashStep.REASON:
                self._reason(rows[place])
            case _:
                self.counter.update(problem=None)  # who approves: now the PIN

    # how much, why, who

    def _amount(self, text: str) -> None:
        try:
            minor = parse_amount(text, self.state.currency)
        except DomainError as error:
            self.counter.refuse(error)
            return
        self.counter.ask(lambda till: till.check_cash(minor), lambda _: self._to(CashStep.REASON, amount_minor=minor))

    def _reason(self, reason: str) -> None:
        view = self.desk.view
        self.update(reason=reason)
        if self.desk.kind is MovementKind.PAID_OUT and view is not None and view.needs_approval:
            if view.approvers:
                self._to(CashStep.APPROVE)
            else:
                self.counter.complain("nobody_approves", self.words(_NOBODY_APPROVES))
        else:
            self._confirm("")

    def _confirm(self, pin: str) -> None:
        """Once: a second Enter before the answer does nothing."""
        if self._moving:
            return
        self._moving = True
        desk = self.desk
        approver = desk.view.approvers[desk.cursor].id if pin and desk.view else ""

        def work(till: Till) -> tuple[Moved, Status, SaleView]:
            moved = till.move_cash(desk.kind, desk.amount_minor, desk.reason, approver, pin)
            return moved, till.status(), till.sale()

        self.counter.ask(work, self._moved, self._refused)

    def _moved(self, answer: tuple[Moved, Status, SaleView]) -> None:
        self._moving = False
        done, status, sale = answer
        moving = replace(self.desk, step=CashStep.DONE, done=done, cursor=0)
        self.counter.show(Screen.CASH, moving=moving, status=status, sale=sale)
        self.counter.sound(Sound.GOOD)

    def _refused(self, error: Exception) -> None:
        self._moving = False
        self.counter.refuse(error)

    def _print_x(self) -> None:
        said = self.words(N_("The X report is being printed"))
        self.counter.ask(lambda till: till.print_x_report(), lambda _: self.counter.update(took_for=said, problem=None))

    # moving about

    def _to(self, step: CashStep, **changes: Any) -> None:
        self.update(step=step, **{"cursor": 0, **changes})
        self.counter.update(problem=None, took_for="")

    def back(self) -> None:
        desk = self.desk
        match desk.step:
            case CashStep.AMOUNT:
                self._to(CashStep.KIND, cursor=ROWS.index(desk.kind))
            case CashStep.REASON:
                self._to(CashStep.AMOUNT)
            case CashStep.APPROVE:
                self._to(CashStep.REASON)
            case _:
                self.leave()

    def leave(self) -> None:
        if not self._moving:
            self.counter.update(moving=None)
            self.back_to_sale()

    def lock(self) -> None:
        if not self._moving:
            self.counter.update(moving=None)
            super().lock()

    def update(self, **changes: Any) -> None:
        self.counter.update(moving=replace(self.desk, **changes))


def _is_place(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS


def _place(text: str, cursor: int) -> int:
    """The row that a number names, else the one at ``cursor``; -1 is none."""
    if not text:
        return cursor
    return int(text) - 1 if _is_place(text) else -1
