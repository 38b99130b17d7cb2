"""Goods come back: the receipt's code, what comes back, why, who approves; then what to give back (TILL-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pos_client.app.returning import REASONS
from pos_client.app.till import Till
from pos_client.app.views import LineView, Returned, ReturnLineView, ReturnView, SaleView, Status
from pos_client.presenters.language import Language
from pos_client.presenters.part import Part
from pos_client.presenters.state import Command, GivingBack, ReturnStep, Screen, Sound
from shared_models.domain.catalogue import EACH
from shared_models.domain.errors import DomainError
from shared_models.domain.goods_code import FNC1
from shared_models.domain.quantity import ONE_MILLI, parse_quantity
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_NOTHING_CHOSEN = N_("Choose what comes back: with + or a number, or all of it with F1.")
_NOBODY_APPROVES = N_("Nobody of this store can approve a return here. Ask somebody of the service desk to sign in.")
_PIN_FIRST = N_("A scan is not a PIN. Type the PIN.")
REASON_CODES = tuple(REASONS)


class Returning(Part):
    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._confirming = False

    @property
    def giving(self) -> GivingBack:
        return self.state.giving_back or GivingBack()

    def begin(self, code: str = "") -> None:
        """``code``: the receipt's, if it is known already."""
        self.counter.show(Screen.RETURN, giving_back=GivingBack())
        if code:
            self._find(code)

    def line(self) -> ReturnLineView | None:
        """The line that keys act on."""
        view = self.giving.view
        if view is None:
            return None
        return next((line for line in view.lines if line.number == self.giving.line), view.lines[0])

    def refresh(self) -> None:
        """The server may have lent units of the receipt, or told of returns elsewhere."""
        if self.state.screen is Screen.RETURN and self.giving.step is ReturnStep.GOODS and not self._confirming:
            self.counter.ask(lambda till: till.return_in_hand(), self._show_again, lambda _: None)

    def _show_again(self, view: ReturnView) -> None:
        if self.state.screen is Screen.RETURN and self.giving.step is ReturnStep.GOODS:
            self._update(view=view)

    # what is asked and done

    def prompt(self) -> str:
        match self.giving.step:
            case ReturnStep.FIND:
                return self.words(N_("Scan or type the receipt's code"))
            case ReturnStep.GOODS:
                line = self.line()
                return self.words(N_("How many of {name} come back")).format(name=line.name if line else "")
            case ReturnStep.REASON:
                return self.words(N_("Why the goods come back: its number, or Enter"))
            case ReturnStep.APPROVE:
                approver = self._approver()
                return self.words(N_("PIN of {name}")).format(name=approver)
            case ReturnStep.DONE:
                return self.words(N_("Enter goes back to the sale"))

    def secret(self) -> bool:
        return self.giving.step is ReturnStep.APPROVE

    def enter(self, text: str) -> None:
        match self.giving.step:
            case ReturnStep.FIND if text:
                self._find(text)
            case ReturnStep.GOODS if text:
                self._quantity(text)
            case ReturnStep.GOODS:
                self._on()
            case ReturnStep.REASON:
                self._reason(text)
            case ReturnStep.APPROVE if text:
                self._confirm(text)
            case ReturnStep.DONE:
                self._leave()
            case _:
                pass

    def scan(self, text: str) -> None:
        """The code of a receipt, or one more of the goods that lie on the counter."""
        step = self.giving.step
        if step is ReturnStep.APPROVE:
            self.counter.complain("only_pin", self.words(_PIN_FIRST))
            return
        view = self.giving.view
        lines = view.lines if view is not None and step is ReturnStep.GOODS else ()
        line = next((each for each in lines if text == each.code or _names(text, each.code)), None)
        if line is not None:
            self._update(line=line.number)
            self._step(line, 1)
        elif step in (ReturnStep.FIND, ReturnStep.GOODS):
            self._find(text)
        else:
            super().scan(text)

    def do(self, command: Command, text: str) -> bool:
        match command:
            case Command.BACK:
                self._back()
            case Command.UP | Command.DOWN:
                self._move(1 if command is Command.DOWN else -1)
            case Command.PAY:
                self.enter(text)
                return True
            case Command.LOCK:
                self._drop(lambda: self.counter.people.lock())
            case Command.REPRINT if self.giving.step is ReturnStep.GOODS:
                return self.counter.selling.print_gifts(
                    text, lambda till, count: till.print_gift_receipts_of_chosen(count)
                )
            case Command.QUANTITY | Command.REMOVE | Command.OWN if self.giving.step is ReturnStep.GOODS:
                return self._goods_key(command, text)
            case _:
                pass
        return False

    def select(self, number: int) -> None:
        """A line was touched."""
        if self.giving.step is ReturnStep.GOODS:
            self._update(line=number)

    def pick(self, place: int) -> None:
        """A reason or an approver was touched."""
        self._update(cursor=place)
        if self.giving.step is ReturnStep.REASON:
            self._reason("")

    # the receipt and its goods

    def _find(self, code: str) -> None:
        def show(view: ReturnView) -> None:
            first = next((line.number for line in view.lines if line.may_milli), view.lines[0].number)
            self.counter.show(Screen.RETURN, giving_back=GivingBack(ReturnStep.GOODS, view, first))
            self.counter.sound(Sound.GOOD)

        self.counter.ask(lambda till: till.begin_return(code), show)

    def _goods_key(self, command: Command, text: str) -> bool:
        line = self.line()
        if command is Command.OWN:
            self._change(lambda till: till.choose_all_to_return())
        elif command is Command.QUANTITY and text:
            self._quantity(text)
            return True
        elif line is not None:
            self._step(line, 1 if command is Command.QUANTITY else -1)
        return False

    def _quantity(self, text: str) -> None:
        line = self.line()
        if line is None:
            return
        try:
            milli = 0 if text == "0" else parse_quantity(text)
        except DomainError as error:
            self.counter.refuse(error)
            return
        self._change(lambda till: till.choose_to_return(line.number, milli))

    def _step(self, line: ReturnLineView, by: int) -> None:
        """One piece more or less; what is weighed comes back as a whole or not at all."""
        whole = line.may_milli if by > 0 else 0
        milli = max(0, line.chosen_milli + by * ONE_MILLI) if line.unit == EACH else whole
        self._change(lambda till: till.choose_to_return(line.number, milli))

    def _change(self, work: Callable[[Till], ReturnView]) -> None:
        def show(view: ReturnView) -> None:
            self._update(view=view)
            self.counter.update(problem=None)

        self.counter.ask(work, show)

    def _on(self) -> None:
        view = self.giving.view
        if view is None or not view.chosen:
            self.counter.complain("nothing_to_return", self.words(_NOTHING_CHOSEN))
        else:
            self._update(step=ReturnStep.REASON, cursor=0)
            self.counter.update(problem=None)

    # why, who, done

    def _reason(self, text: str) -> None:
        place = self.giving.cursor
        if text:
            place = int(text) - 1 if text.isdecimal() and len(text) < 3 else -1
        if not 0 <= place < len(REASON_CODES):
            return
        view = self.giving.view
        self._update(reason=REASON_CODES[place])
        if view is not None and view.needs_approval:
            if not view.approvers:
                self.counter.complain("nobody_approves", self.words(_NOBODY_APPROVES))
                return
            self._update(step=ReturnStep.APPROVE, cursor=0)
            self.counter.update(problem=None)
        else:
            self._confirm("")

    def _approver(self) -> str:
        view = self.giving.view
        return view.approvers[self.giving.cursor].name if view and view.approvers else ""

    def _confirm(self, pin: str) -> None:
        """Once: a second Enter before the answer does nothing."""
        if self._confirming:
            return
        self._confirming = True
        giving = self.giving
        approver = giving.view.approvers[giving.cursor].id if pin and giving.view else ""

        def work(till: Till) -> tuple[Returned, Status, SaleView]:
            return till.confirm_return(giving.reason, approver, pin), till.status(), till.sale()

        self.counter.ask(work, self._confirmed, self._refused)

    def _confirmed(self, answer: tuple[Returned, Status, SaleView]) -> None:
        self._confirming = False
        done, status, sale = answer
        giving = replace(self.giving, step=ReturnStep.DONE, done=done)
        self.counter.show(Screen.RETURN, giving_back=giving, status=status, sale=sale)
        self.counter.sound(Sound.GOOD)

    def _refused(self, error: Exception) -> None:
        self._confirming = False
        self.counter.refuse(error)

    # moving about

    def _move(self, by: int) -> None:
        giving = self.giving
        view = giving.view
        if giving.step is ReturnStep.GOODS and view is not None:
            numbers = [line.number for line in view.lines]
            place = numbers.index(giving.line) if giving.line in numbers else 0
            self._update(line=numbers[min(max(place + by, 0), len(numbers) - 1)])
        elif giving.step is ReturnStep.REASON:
            self._update(cursor=(giving.cursor + by) % len(REASON_CODES))
        elif giving.step is ReturnStep.APPROVE and view is not None:
            self._update(cursor=(giving.cursor + by) % len(view.approvers))

    def _back(self) -> None:
        match self.giving.step:
            case ReturnStep.REASON:
                self._update(step=ReturnStep.GOODS, cursor=0)
            case ReturnStep.APPROVE:
                self._update(step=ReturnStep.REASON, cursor=0)
            case ReturnStep.GOODS:
                self._drop(self.begin)
            case _:
                self._leave()

    def _leave(self) -> None:
        def leave() -> None:
            self.counter.update(giving_back=None)
            self.back_to_sale()

        self._drop(leave)

    def _drop(self, then: Callable[[], None]) -> None:
        if not self._confirming:
            self.counter.ask(lambda till: till.drop_return(), lambda _: then())

    def _update(self, **changes: Any) -> None:
        self.counter.update(giving_back=replace(self.giving, **changes))


def shown_lines(view: ReturnView | None, language: Language) -> tuple[LineView, ...]:
    """The receipt's lines as a ledger: how much of each comes back, and what is given back for it."""
    if view is None:
        return ()
    return tuple(
        LineView(
            line_id=line.number,
            number=line.number,
            product_id="",
            code=line.code,
            name=line.name,
            quantity_milli=line.chosen_milli,
            unit=line.unit,
            unit_price_minor=line.paid_minor * ONE_MILLI // max(1, line.sold_milli),
            gross_minor=line.refund_minor,
            amount_minor=line.refund_minor,
            note=_note(line, language),
        )
        for line in view.lines
    )


def _names(text: str, code: str) -> bool:
    """Whether ``text`` is GS1 element strings, or a link made of them, whose GTIN is ``code``."""
    gtin = code.zfill(14)
    return text.startswith(f"{FNC1}01{gtin}") or f"/01/{gtin}" in text


def _note(line: ReturnLineView, language: Language) -> str:
    unit = "" if line.unit == EACH else f" {language.unit(line.unit)}"
    sold, left = f"{language.quantity(line.sold_milli)}{unit}", f"{language.quantity(line.left_milli)}{unit}"
    if not line.left_milli:
        return language.words(N_("{sold} bought, nothing left")).format(sold=sold)
    if line.left_milli < line.sold_milli:
        return language.words(N_("{sold} bought, {left} left")).format(left=left, sold=sold)
    return language.words(N_("{sold} bought")).format(sold=sold)
