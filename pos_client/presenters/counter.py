"""The counter: which screen one till shows, and what each key, scan and answer does to it.

The thread that draws calls ``enter``, ``press``, ``scan`` and the acts of the parts; whatever the till has to do runs
through ``Operations``. ``state`` is replaced before listeners are told. A text given to ``enter`` is used up, one given
to ``press`` when that says so: the field is empty for what comes next, however long the till takes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from pos_client.app.till import Till
from pos_client.app.views import QuickKeys, SaleState, SaleView, Status, TenderView
from pos_client.presenters.cash_desk import CashDesk
from pos_client.presenters.device_desk import DeviceDesk
from pos_client.presenters.label_desk import LabelDesk
from pos_client.presenters.language import Language
from pos_client.presenters.member_desk import Choosing, Editing, Finding, Registering
from pos_client.presenters.operations import Operations, Scale
from pos_client.presenters.part import Part
from pos_client.presenters.people import SigningIn
from pos_client.presenters.returning import Returning
from pos_client.presenters.rewarding import RewardDesk
from pos_client.presenters.selling import Doubting, More, Quantity, Selling, Voiding
from pos_client.presenters.shift_desk import ClosedShift, ClosingShift, OpeningShift
from pos_client.presenters.starting import Enrolling, Renewing, Starting, Stopped
from pos_client.presenters.state import AT_THE_COUNTER, KEYS, Act, Command, CounterState, Problem, Screen, Sound
from pos_client.presenters.tendering import Changing, Tendering
from pos_client.presenters.wallet import Wallet
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

Result = TypeVar("Result")
Listener = Callable[[CounterState], None]
SoundListener = Callable[[Sound], None]

_log = logging.getLogger(__name__)

_OURS = N_("Something went wrong inside the till; it is noted for the service. What was confirmed is safe. Try again.")
_ACTS = {
    "no_shift": (Command.CLOSE_SHIFT, N_("Open the shift")),
    "not_signed_in": (Command.LOCK, N_("Sign in")),
    "nobody_found": (Command.REGISTER, N_("Register")),
    "sale_is_paying": (Command.BACK, N_("Back to the sale")),
    "sale_is_open": (Command.BACK, N_("Back to the sale")),
    "needs_member": (Command.MEMBER, N_("Find the member")),
    "no_member_for_reward": (Command.MEMBER, N_("Find the member")),
    "date_passed": (Command.REMOVE, N_("Remove the line")),
    "phone_is_taken": (Command.MEMBER, N_("Choose this member")),
}
_UNDERSTOOD = (Command.BACK, N_("Understood"))
_SHOWS_SALE = AT_THE_COUNTER - {Screen.CHANGE}
_STOPS = frozenset({"disk_full", "corrupt", "internal", "locked_out"})


class Counter:
    def __init__(self, operations: Operations, language: str) -> None:
        self.language = Language(language)
        self.state = CounterState(language=language)
        self._operations = operations
        self._till: Till | None = None
        self._running = 0
        self._listeners: list[Listener] = []
        self._sound_listeners: list[SoundListener] = []
        self.scale: Scale | None = None
        self.symbology = ""
        """Of the last scan: a value of ``drivers.ports.Symbology``; empty if the scanner didn't say."""
        self.starting = Starting(self)
        self.enrolling = Enrolling(self)
        self.renewing = Renewing(self)
        self.people = SigningIn(self)
        self.opening = OpeningShift(self)
        self.closing = ClosingShift(self)
        self.selling = Selling(self)
        self.choosing = Choosing(self)
        self.finding = Finding(self)
        self.registering = Registering(self)
        self.wallet = Wallet(self)
        self.returning = Returning(self)
        self.rewards = RewardDesk(self)
        self.cash_desk = CashDesk(self)
        self.device_desk = DeviceDesk(self)
        self.label_desk = LabelDesk(self)
        self.editing = Editing(self)
        self.tendering = Tendering(self)
        self.quantity = Quantity(self)
        self._parts: dict[Screen, Part] = {
            Screen.STARTING: self.starting,
            Screen.ENROL: self.enrolling,
            Screen.TROUBLE: Stopped(self),
            Screen.RENEW: self.renewing,
            Screen.SIGN_IN: self.people,
            Screen.SHIFT_OPEN: self.opening,
            Screen.SALE: self.selling,
            Screen.QUANTITY: self.quantity,
            Screen.CHOICES: self.choosing,
            Screen.MEMBER: self.finding,
            Screen.REGISTER: self.registering,
            Screen.EDIT: self.editing,
            Screen.MORE: More(self),
            Screen.VOID: Voiding(self),
            Screen.DOUBT: Doubting(self),
            Screen.WALLET: self.wallet,
            Screen.RETURN: self.returning,
            Screen.REWARDS: self.rewards,
            Screen.CASH: self.cash_desk,
            Screen.DEVICES: self.device_desk,
            Screen.LABELS: self.label_desk,
            Screen.TENDER: self.tendering,
            Screen.CHANGE: Changing(self),
            Screen.SHIFT_CLOSE: self.closing,
            Screen.SHIFT_CLOSED: ClosedShift(self),
        }

    # what the screen shows

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def listen_sound(self, listener: SoundListener) -> None:
        self._sound_listeners.append(listener)

    @property
    def busy(self) -> bool:
        """Whether the cashier's thread or a device on trial still owes an answer."""
        return self._running > 0 or self.device_desk.busy or self.label_desk.busy

    @property
    def part(self) -> Part:
        return self._parts[self.state.screen]

    @property
    def prompt(self) -> str:
        """What the entry field asks for."""
        return self.part.prompt()

    @property
    def secret(self) -> bool:
        """Whether what is typed must not be readable."""
        return self.part.secret()

    def money(self, minor: int) -> str:
        return self.language.money(minor, self.state.currency)

    # what people do

    def enter(self, text: str) -> None:
        """Enter was pressed with ``text`` in the field."""
        self.part.enter(text.strip())

    def press(self, key: str, text: str = "") -> bool:
        """A key with ``text`` in the field; true if the text is used up."""
        return key in KEYS and self.do(KEYS[key], text)

    def do(self, command: Command, text: str = "") -> bool:
        """What the key of ``command`` does here. Esc first takes away a problem, then the text, then the screen."""
        if command is Command.BACK:
            if self.state.problem is not None:
                self.update(problem=None)
                return False
            if text:
                return True
        return self.part.do(command, text.strip())

    def scan(self, text: str, symbology: str = "") -> None:
        """A scanner read ``text``. What is being typed stays."""
        self.symbology = symbology
        self.part.scan(text)

    def act(self) -> None:
        """The act beside the problem."""
        problem = self.state.problem
        if problem is None:
            return
        self.update(problem=None)
        if problem.act.command is not Command.BACK or problem.code in _ACTS:
            self.part.do(problem.act.command, "")

    def set_language(self, code: str) -> None:
        if code == self.state.language:
            return
        self.language = Language(code)
        self.update(language=code, problem=None, took_for="")

        def work(till: Till) -> tuple[tuple[QuickKeys, ...], SaleView | None, Status]:
            till.use_language(code)
            inside = till.cashier() is not None and till.shift() is not None
            return till.quick_keys() if inside else (), till.sale() if inside else None, till.status()

        def show(found: tuple[tuple[QuickKeys, ...], SaleView | None, Status]) -> None:
            quick_keys, sale, status = found
            shown = sale if sale is not None and self.state.screen in _SHOWS_SALE else self.state.sale
            self.update(quick_keys=quick_keys, sale=shown, status=status)

        self.ask(work, show)

    # what parts need

    def update(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        for listener in self._listeners:
            listener(self.state)

    def show(self, screen: Screen, **changes: Any) -> None:
        """Change to ``screen``; what was said about the last entry is over."""
        self.update(screen=screen, **{"problem": None, "took_for": "", **changes})

    def sound(self, sound: Sound) -> None:
        for listener in self._sound_listeners:
            listener(sound)

    def ask(
        self,
        work: Callable[[Till], Result],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Have the cashier's thread do ``work``; by default a refusal is shown under the entry field."""
        if self._till is None:
            return
        self.run(partial(work, self._till), done, failed)

    def run(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        def answered(result: Result) -> None:
            self._running -= 1
            done(result)

        def refused(error: Exception) -> None:
            self._running -= 1
            (failed or self.refuse)(error)

        self._running += 1
        self._operations.run(work, answered, refused)

    def refuse(self, error: Exception) -> None:
        """Say under the entry field what couldn't be done and what to do."""
        if isinstance(error, DomainError):
            self.complain(error.code, error.sentence(self.language.words, self.money))
            return
        _log.error("an operation of the till failed", exc_info=error)
        self.complain("internal", self.language.words(_OURS))

    def complain(self, code: str, sentence: str) -> None:
        command, label = _ACTS.get(code, _UNDERSTOOD)
        problem = Problem(code, sentence, Act(command, self.language.words(label)))
        self.update(problem=problem, took_for="")
        self.sound(Sound.STOP if code in _STOPS else Sound.ATTENTION)

    # the till behind it

    def attach(self, till: Till) -> None:
        """The till is open: show where it stands."""
        self._till = till
        self.ask(lambda till: till.use_language(self.state.language), lambda _: self.people.begin())

    def detach(self) -> None:
        """The till is about to be closed: nothing is asked of it any more."""
        self._till = None

    def show_sale(self, sale: SaleView, **changes: Any) -> None:
        """Show ``sale`` on the sale screen, or at the tender where a restart found it paying."""
        if sale.state is SaleState.PAYING:
            self.ask(lambda till: till.tender(), lambda tender: self.show(Screen.TENDER, sale=sale, tender=tender))
            return
        self.show(Screen.SALE, sale=sale, tender=None, change=None, choices=None, **changes)

    def refresh(self) -> None:
        """Something changed around the till: the status, perhaps the member's points or what was lent of them."""
        self.returning.refresh()
        self.rewards.refresh()

        def look(till: Till) -> tuple[Status, SaleView | None, TenderView | None]:
            sale = till.sale() if till.cashier() is not None else None
            paying = sale is not None and sale.state is SaleState.PAYING and till.shift() is not None
            return till.status(), sale, till.tender() if paying else None

        def show(found: tuple[Status, SaleView | None, TenderView | None]) -> None:
            status, sale, tender = found
            if self.state.screen is Screen.SIGN_IN and not self.state.staff:
                self.people.begin()
            elif tender is not None and self.state.screen is Screen.TENDER:
                self.update(status=status, sale=sale, tender=tender)
            elif sale is not None and self.state.screen in _SHOWS_SALE:
                self.update(status=status, sale=sale)
            else:
                self.update(status=status)

        self.ask(look, show, lambda error: _log.warning("the status can't be read: %s", error))
