"""Paying: cash with change, points as part of it; then the change, until the next scan (TILL-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pos_client.app.refusals import DatePassed
from pos_client.app.till import Till
from pos_client.app.views import Confirmed, SaleView, Status, TenderView
from pos_client.presenters.amount import parse_amount
from pos_client.presenters.part import Part
from pos_client.presenters.shop_words import notice_sentence
from pos_client.presenters.state import Command, Screen, Sound
from shared_models.domain.errors import DomainError
from shared_models.domain.sale import TenderKind
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_NO_POINTS = N_("This member has no points to use here.")
_POINTS_NEED_MEMBER = N_("Points need a member. Press Esc, then F2 to find the member.")
_NOT_POINTS = N_("“{text}” is not a number of points.")
_NOTHING_TO_TAKE_BACK = N_("Nothing has been paid yet that could be taken back.")
_STORED_VALUE_NEEDS_MEMBER = N_("Stored value needs a member. Press Esc, then F2 to find the member.")
_TAKEN_BACK = (TenderKind.POINTS, TenderKind.STORED_VALUE)


class Tendering(Part):
    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._confirming = False

    def prompt(self) -> str:
        return self.words(N_("Cash received; Enter alone is the exact sum"))

    def enter(self, text: str) -> None:
        tender = self.state.tender
        if tender is None:
            return
        try:
            self.pay_cash(parse_amount(text, tender.currency) if text else tender.due_minor)
        except DomainError as error:
            self.counter.refuse(error)

    def pay_cash(self, tendered_minor: int) -> None:
        """Once: a second Enter before the answer does nothing."""
        if self._confirming:
            return
        self._confirming = True

        def work(till: Till) -> tuple[Confirmed | TenderView, Status]:
            return till.pay_cash(tendered_minor), till.status()

        self.counter.ask(work, self._paid, self._refused)

    def use_points(self, text: str = "") -> bool:
        """``text`` many, or as many as may be."""
        tender = self.state.tender
        points = tender.points if tender else None
        if points is None:
            self.counter.complain("no_member", self.words(_POINTS_NEED_MEMBER))
        elif text and not (text.isdecimal() and len(text) < 10):
            self.counter.complain("not_points", self.words(_NOT_POINTS).format(text=text[:24]))
            return True
        elif text or points.max_points:
            wanted = int(text) if text else points.max_points
            self._change(lambda till: till.redeem_points(wanted))
        elif points.why is not None:
            sentence = notice_sentence(points.why, self.state.currency, self.counter.language)
            self.counter.complain(points.why.code, sentence)
        else:
            self.counter.complain("no_points", self.words(_NO_POINTS))
        return bool(text)

    def use_stored_value(self, text: str = "") -> bool:
        """As much as was typed, or as may be."""
        tender = self.state.tender
        offer = tender.stored_value if tender else None
        if tender is None or offer is None:
            self.counter.complain("no_member", self.words(_STORED_VALUE_NEEDS_MEMBER))
            return False
        if not text and not offer.max_minor and offer.why is not None:
            sentence = notice_sentence(offer.why, self.state.currency, self.counter.language)
            self.counter.complain(offer.why.code, sentence)
            return False
        try:
            wanted = parse_amount(text, tender.currency) if text else None
        except DomainError as error:
            self.counter.refuse(error)
            return True
        self._change(lambda till: till.pay_stored_value(wanted))
        return bool(text)

    def take_back(self, place: int = -1) -> None:
        """The payment at ``place`` of the rows paid so far, by default the last of points or stored value."""
        paid = self.state.tender.paid if self.state.tender else ()
        rows = [payment for payment in paid if payment.kind in _TAKEN_BACK] if place < 0 else list(paid)
        if not rows or place >= len(rows):
            self.counter.complain("nothing_paid", self.words(_NOTHING_TO_TAKE_BACK))
        else:
            payment = rows[place]
            self._change(lambda till: till.remove_payment(payment.id))

    def do(self, command: Command, text: str) -> bool:
        match command:
            case Command.PAY:
                self.enter(text)
                return True
            case Command.POINTS:
                return self.use_points(text)
            case Command.OWN:
                return self.use_stored_value(text)
            case Command.REMOVE:
                self.take_back()
            case Command.BACK:
                self._back()
            case Command.LOCK:
                self.counter.people.lock()
            case _:
                pass
        return False

    def scan(self, text: str) -> None:
        self.counter.selling.scan(text)

    def _back(self, then: Callable[[], None] = lambda: None) -> None:
        def work(till: Till) -> SaleView:
            till.back_to_sale()
            return till.sale()

        def show(sale: SaleView) -> None:
            self.counter.show_sale(sale)
            then()

        if not self._confirming:
            self.counter.ask(work, show)

    def _change(self, work: Callable[[Till], TenderView]) -> None:
        self.counter.ask(work, lambda tender: self.counter.update(tender=tender, problem=None))

    def _paid(self, answer: tuple[Confirmed | TenderView, Status]) -> None:
        self._confirming = False
        outcome, status = answer
        if isinstance(outcome, TenderView):
            self.counter.update(tender=outcome, status=status, problem=None)
            return
        self.counter.show(
            Screen.CHANGE, change=outcome, tender=None, status=status, registration=None, selected=None, found=()
        )
        self.counter.sound(Sound.GOOD)

    def _refused(self, error: Exception) -> None:
        self._confirming = False
        if isinstance(error, DatePassed):
            self._back(lambda: self.counter.selling.unpaid(error))
        else:
            self.counter.refuse(error)


class Changing(Part):
    """The change stays until the next sale begins: by a scan, a code, Enter, or any key of the sale."""

    def prompt(self) -> str:
        return self.words(N_("Scan the next customer's first product"))

    def enter(self, text: str) -> None:
        if text:
            self.counter.selling.enter(text)
        else:
            self.next_sale()

    def scan(self, text: str) -> None:
        self.counter.selling.scan(text)

    def print_gifts(self, text: str = "") -> bool:
        """Gift receipts of the sale just made: ``text`` many, or one."""
        change = self.state.change
        code = change.receipt_code if change else ""
        return self.counter.selling.print_gifts(text, lambda till, count: till.print_gift_receipts(code, count))

    def next_sale(self, then: Callable[[], object] | None = None) -> None:
        def show(sale: SaleView) -> None:
            self.counter.show_sale(sale)
            if then is not None:
                then()

        self.counter.ask(lambda till: till.sale(), show)

    def do(self, command: Command, text: str) -> bool:
        if command in (Command.BACK, Command.PAY):
            self.next_sale()
            return False
        if command is Command.REPRINT:
            self.counter.selling.reprint()
            return False
        if command is Command.OWN:
            return self.print_gifts(text)
        if command in (Command.UP, Command.DOWN, Command.REMOVE, Command.QUANTITY, Command.VOID):
            return False
        self.next_sale(lambda: self.counter.selling.do(command, text))
        return bool(text)
