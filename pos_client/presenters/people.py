"""Who is at the till: choose a name, type the PIN (TILL-7)."""

from __future__ import annotations

from dataclasses import dataclass

from pos_client.app.till import Till
from pos_client.app.views import QuickKeys, SaleView, ShiftView, StaffView, Status
from pos_client.locale import LANGUAGES
from pos_client.presenters.part import Part
from pos_client.presenters.state import Command, Screen
from shared_models.domain.text import N_

_NOBODY = N_("Nobody has this number or name here. Choose one of the names.")
_ONLY_PIN = N_("A scan is not a PIN. Type the PIN.")


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where the till stands when somebody is there."""

    cashier: StaffView | None
    staff: tuple[StaffView, ...]
    status: Status
    shift: ShiftView | None
    sale: SaleView | None
    quick_keys: tuple[QuickKeys, ...]


class SigningIn(Part):
    def begin(self) -> None:
        """Ask who is there; go straight on if somebody is signed in."""
        self.counter.ask(_look, self._show)

    def prompt(self) -> str:
        if self.state.chosen is not None:
            return self.words(N_("PIN of {name}")).format(name=self.state.chosen.name)
        if not self.state.staff:
            return self.words(N_("Waiting for the store's staff from the server"))
        return self.words(N_("Your number or name"))

    def secret(self) -> bool:
        return self.state.chosen is not None

    def enter(self, text: str) -> None:
        if self.state.chosen is not None:
            self._sign_in(self.state.chosen, text)
        elif (found := self._named(text)) is not None:
            self.choose(found)
        elif self.state.staff:
            self.counter.complain("unknown_staff", self.words(_NOBODY))

    def choose(self, staff: StaffView) -> None:
        self.counter.update(chosen=staff, cursor=self.state.staff.index(staff), problem=None)

    def do(self, command: Command, _text: str) -> bool:
        count = len(self.state.staff)
        if command is Command.BACK and self.state.chosen is not None:
            self.counter.update(chosen=None)
        elif command is Command.AMEND and self.state.chosen is None:
            self.counter.renewing.begin(started=True)
        elif command in (Command.UP, Command.DOWN) and count and self.state.chosen is None:
            self.counter.update(cursor=(self.state.cursor + (1 if command is Command.DOWN else -1)) % count)
        return False

    def scan(self, _text: str) -> None:
        self.counter.complain("only_pin", self.words(_ONLY_PIN))

    def lock(self) -> None:
        """Ask for the PIN again; the open sale stays."""

        def work(till: Till) -> _Standing:
            till.lock()
            return _look(till)

        cashier = self.state.status.cashier if self.state.status else None
        self.counter.ask(work, lambda standing: self._ask_name(standing, cashier))

    def sign_out(self) -> None:
        def work(till: Till) -> _Standing:
            till.sign_out()
            return _look(till)

        self.counter.ask(work, self._show)

    def _named(self, text: str) -> StaffView | None:
        staff = self.state.staff
        if not text:
            return staff[self.state.cursor] if staff else None
        if text.isdecimal() and 1 <= int(text) <= len(staff):
            return staff[int(text) - 1]
        begins = [person for person in staff if person.name.casefold().startswith(text.casefold())]
        return begins[0] if len(begins) == 1 else None

    def _sign_in(self, staff: StaffView, pin: str) -> None:
        def work(till: Till) -> _Standing:
            till.sign_in(staff.id, pin)
            return _look(till)

        self.counter.ask(work, self._show)

    def _show(self, standing: _Standing) -> None:
        cashier = standing.cashier
        if cashier is None:
            self._ask_name(standing, None)
            return
        if cashier.language in LANGUAGES:
            self.counter.set_language(cashier.language)
        known = {"shift": standing.shift, "status": standing.status, "quick_keys": standing.quick_keys, "chosen": None}
        if standing.shift is None or standing.sale is None:
            self.counter.show(Screen.SHIFT_OPEN, sale=None, tender=None, change=None, **known)
        else:
            self.counter.update(**known)
            self.counter.show_sale(standing.sale)

    def _ask_name(self, standing: _Standing, chosen: StaffView | None) -> None:
        only = standing.staff[0] if len(standing.staff) == 1 else None
        self.counter.show(
            Screen.SIGN_IN, staff=standing.staff, status=standing.status, chosen=chosen or only, cursor=0, change=None
        )


def _look(till: Till) -> _Standing:
    cashier, shift = till.cashier(), till.shift()
    ready = cashier is not None and shift is not None
    return _Standing(
        cashier=cashier,
        staff=till.staff(),
        status=till.status(),
        shift=shift,
        sale=till.sale() if ready else None,
        quick_keys=till.quick_keys() if ready else (),
    )
