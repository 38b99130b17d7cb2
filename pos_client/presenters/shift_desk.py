"""Opening a shift with its float, closing it by a blind count (TILL-6)."""

from __future__ import annotations

from pos_client.app.till import Till
from pos_client.app.views import ShiftClosedView, Status
from pos_client.presenters.amount import parse_amount
from pos_client.presenters.part import Part
from pos_client.presenters.state import Command, Screen, Sound
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

_FINISH_FIRST = N_("This sale is still open. Finish it or void it, then close the shift.")


class OpeningShift(Part):
    def prompt(self) -> str:
        return self.words(N_("Float in the drawer"))

    def enter(self, text: str) -> None:
        try:
            float_minor = parse_amount(text, self.state.currency)
        except DomainError as error:
            self.counter.refuse(error)
            return
        self.counter.ask(lambda till: till.open_shift(float_minor), lambda _: self.counter.people.begin())

    def do(self, command: Command, _text: str) -> bool:
        if command in (Command.BACK, Command.LOCK):
            self.counter.people.sign_out()
        return False


class ClosingShift(Part):
    def begin(self) -> None:
        if self.state.sale is not None and self.state.sale.lines and self.state.change is None:
            self.counter.complain("sale_is_open", self.words(_FINISH_FIRST))
        else:
            self.counter.ask(
                lambda till: till.shift(), lambda shift: self.counter.show(Screen.SHIFT_CLOSE, shift=shift)
            )

    def prompt(self) -> str:
        return self.words(N_("Cash counted in the drawer"))

    def enter(self, text: str) -> None:
        try:
            counted_minor = parse_amount(text, self.state.currency)
        except DomainError as error:
            self.counter.refuse(error)
            return

        def work(till: Till) -> tuple[ShiftClosedView, Status]:
            return till.close_shift(counted_minor), till.status()

        self.counter.ask(work, self._closed)

    def do(self, command: Command, _text: str) -> bool:
        if command is Command.BACK:
            self.counter.people.begin()
        return False

    def _closed(self, answer: tuple[ShiftClosedView, Status]) -> None:
        closed, status = answer
        self.counter.show(Screen.SHIFT_CLOSED, closed=closed, status=status, shift=None, sale=None, change=None)
        self.counter.sound(Sound.GOOD)


class ClosedShift(Part):
    def prompt(self) -> str:
        return self.words(N_("Enter signs out"))

    def enter(self, _text: str) -> None:
        self.counter.people.sign_out()

    def do(self, command: Command, _text: str) -> bool:
        if command in (Command.BACK, Command.LOCK):
            self.counter.people.sign_out()
        return False
