"""The sale: entries become lines, keys work on the selected line (TILL-1, TILL-2)."""

from __future__ import annotations

from collections.abc import Callable

from pos_client.app.refusals import DatePassed
from pos_client.app.status import LEFT_OPEN
from pos_client.app.till import Till
from pos_client.app.views import Entered, EnteredKind, LineView, Notice, SaleView, Source, Status, TenderView
from pos_client.presenters.part import Part
from pos_client.presenters.shop_words import notice_sentence, tier_name
from pos_client.presenters.state import AT_THE_COUNTER, Choices, Command, Screen, Sound
from shared_models.domain.catalogue import WEIGHED
from shared_models.domain.text import N_

_NOTHING_TO_PAY = N_("There is nothing to pay yet. Scan a product first.")
_NO_LINE = N_("There is no line yet. Scan a product first.")
_NOT_A_COUNT = N_("“{text}” is not how many. Type a number, such as 2.")
_STAYS_OPEN = frozenset({Screen.MEMBER, Screen.REGISTER, Screen.EDIT})
"""Screens that a scanned product doesn't close: what is being typed there goes on."""


def _nothing() -> None:
    pass


class Selling(Part):
    def prompt(self) -> str:
        return self.words(N_("Scan, or type a code, name or phone"))

    def enter(self, text: str) -> None:
        if text:
            self._enter(text, Source.KEYED)

    def scan(self, text: str) -> None:
        self._enter(text, Source.SCAN)

    def add(self, product_id: str) -> None:
        """A quick key."""

        def work(till: Till) -> tuple[Entered, SaleView]:
            line_id = till.add_product(product_id)
            return Entered(EnteredKind.PRODUCT, line_id), till.sale()

        self.counter.ask(work, self.accept)

    def choose(self, choices: Choices, product_id: str) -> None:
        """Enter again what was asked about, with all that it says of quantity, weight, price, batch and dates."""
        self._enter(choices.asked, choices.source, product_id)

    def select(self, line_id: int) -> None:
        self.counter.update(selected=line_id)

    def do(self, command: Command, text: str) -> bool:
        match command:
            case Command.PAY:
                self.pay()
            case Command.MEMBER:
                return self.counter.finding.begin(text)
            case Command.REGISTER:
                return self.counter.registering.begin(text)
            case Command.QUANTITY:
                return self._quantity(text)
            case Command.REMOVE:
                self._remove()
            case Command.UP | Command.DOWN:
                self._move(1 if command is Command.DOWN else -1)
            case Command.MORE:
                self.counter.show(Screen.MORE)
            case Command.OWN:
                self.counter.wallet.begin()
            case Command.VOID:
                if self._lines():
                    self.counter.show(Screen.VOID)
                else:
                    self.counter.complain("no_line", self.words(_NO_LINE))
            case Command.POINTS:
                self.counter.rewards.begin()
            case Command.CLOSE_SHIFT:
                self.counter.closing.begin()
            case Command.LOCK:
                self.counter.people.lock()
            case Command.REPRINT:
                self.reprint()
            case _:
                pass
        return False

    def reprint(self) -> None:
        """A copy of the last receipt; what may not have come out is asked for first."""
        status = self.state.status
        if status is not None and status.printer.doubtful:
            self.counter.show(Screen.DOUBT)
            return
        said = self.words(N_("A copy of the last receipt is being printed"))
        self.counter.ask(lambda till: till.print_again(), lambda _: self.counter.update(took_for=said, problem=None))

    def print_gifts(self, text: str, work: Callable[[Till, int], None]) -> bool:
        """``text`` many gift receipts, or one. ``work`` has that many printed."""
        if text and not (text.isdecimal() and len(text) < 5):
            self.counter.complain("not_a_count", self.words(_NOT_A_COUNT).format(text=text[:24]))
            return True
        count = int(text) if text else 1
        said = self.counter.language.ngettext(
            "{number} gift receipt is being printed", "{number} gift receipts are being printed", count
        )
        self.counter.ask(lambda till: work(till, count), lambda _: self.counter.update(took_for=said, problem=None))
        return True

    def line(self) -> LineView | None:
        """The line that keys act on: the selected one, else the last."""
        lines = self._lines()
        return next((line for line in lines if line.line_id == self.state.selected), lines[-1] if lines else None)

    def change(self, work: Callable[[Till], None], took_for: str = "", then: Callable[[], None] = _nothing) -> None:
        """Do ``work`` to the sale and show it, ``then`` go on."""

        def changed(till: Till) -> SaleView:
            work(till)
            return till.sale()

        def show(sale: SaleView) -> None:
            self.counter.show_sale(sale, took_for=took_for)
            then()

        self.counter.ask(changed, show)

    def set_quantity(self, text: str, then: Callable[[], None] = _nothing) -> None:
        line = self.line()
        if line is None:
            self.counter.complain("no_line", self.words(_NO_LINE))
        else:
            self.change(lambda till: till.change_quantity(line.line_id, text), then=then)

    def pay(self) -> None:
        """Go on to the tender; goods without a weight are weighed first, one after another."""
        if not self._lines():
            self.counter.complain("nothing_to_pay", self.words(_NOTHING_TO_PAY))
            return
        unweighed = next((line for line in self._lines() if line.unweighed), None)
        if unweighed is not None:
            self.select(unweighed.line_id)
            self.counter.quantity.begin(self.pay)
            self.counter.sound(Sound.ATTENTION)
            return

        def work(till: Till) -> tuple[TenderView, SaleView]:
            return till.start_payment(), till.sale()

        def show(answer: tuple[TenderView, SaleView]) -> None:
            self.counter.show(Screen.TENDER, tender=answer[0], sale=answer[1])

        self.counter.ask(work, show, self.unpaid)

    def unpaid(self, error: Exception) -> None:
        """Paying was refused. The line that is in its way is the one that keys act on."""
        if isinstance(error, DatePassed):
            self.select(error.line_id)
        self.counter.refuse(error)

    def accept(self, answer: tuple[Entered, SaleView], asked: str = "", source: Source = Source.KEYED) -> None:
        """Show what an entry was taken for."""
        entered, sale = answer
        screen = self.state.screen
        begins = screen is Screen.CHANGE or not self._lines()
        if screen not in AT_THE_COUNTER:
            self.counter.update(sale=sale)
            return
        if entered.kind is EnteredKind.CHOICES:
            choices = Choices(asked, entered.products, entered.members, source=source)
            self.counter.show(Screen.CHOICES, sale=sale, choices=choices, change=None, tender=None)
            self.counter.sound(Sound.ATTENTION)
            return
        if entered.kind is EnteredKind.RECEIPT:
            if screen in _STAYS_OPEN:
                super().scan(asked)
            else:
                self.counter.returning.begin(asked)
            return
        line_id = entered.line_id if entered.line_id is not None else self.state.selected
        shown = {"sale": sale, "selected": line_id, "took_for": self._took_for(entered, sale), "problem": None}
        if screen in _STAYS_OPEN and entered.kind is EnteredKind.PRODUCT:
            self.counter.update(**shown)
        else:
            self.counter.show(Screen.SALE, choices=None, change=None, tender=None, **shown)
        line = self.line()
        is_past = line is not None and line.line_id == entered.line_id and line.past is not None
        self.counter.sound(Sound.ATTENTION if is_past else Sound.GOOD)
        if self.state.screen is Screen.SALE and line is not None and line.line_id == entered.line_id and line.unweighed:
            self.counter.quantity.begin()
        if begins and sale.lines:
            self._look_at_drawer()

    def _look_at_drawer(self) -> None:
        """A sale begins: a drawer that was left open is said, and stops nothing."""
        notice = self.state.status.drawer.notice if self.state.status else None
        if notice is not None and notice.code == LEFT_OPEN:
            self.counter.complain(notice.code, self.words(N_("Close the cash drawer before you go on with this sale.")))

    def _enter(self, text: str, source: Source, product_id: str = "") -> None:
        def work(till: Till) -> tuple[Entered, SaleView]:
            return till.enter(text, source, product_id), till.sale()

        self.counter.ask(work, lambda answer: self.accept(answer, text, source))

    def _lines(self) -> tuple[LineView, ...]:
        return self.state.sale.lines if self.state.sale else ()

    def _took_for(self, entered: Entered, sale: SaleView) -> str:
        language = self.counter.language
        if entered.kind is EnteredKind.MEMBER and sale.member is not None:
            tier = tier_name(sale.member.tier, language)
            return self.words(N_("Member {name}, {tier}")).format(name=sale.member.name, tier=tier)
        if entered.kind is EnteredKind.COUPON:
            return self._coupon_said(entered, sale)
        line = next((line for line in sale.lines if line.line_id == entered.line_id), None)
        if line is None:
            return ""
        quantity = language.quantity(entered.quantity_milli or line.quantity_milli)
        if entered.kind is EnteredKind.QUANTITY:
            return self.words(N_("Quantity of {name}: {quantity}")).format(name=line.name, quantity=quantity)
        if line.past is not None:
            said = self.words(N_("{name} was best before {day}. Tell the customer, or remove the line."))
            return said.format(name=line.name, day=line.past)
        if entered.weighed:
            weight = f"{quantity} {language.unit(line.unit)}"
            return self.words(N_("Scale label: {name}, {weight}")).format(name=line.name, weight=weight)
        return self.words(N_("Product: {name}")).format(name=line.name)

    def _coupon_said(self, entered: Entered, sale: SaleView) -> str:
        """What it takes off, or why nothing."""
        coupon = next((each for each in sale.coupons if each.id == entered.coupon_id), None)
        if coupon is None:
            return ""
        if coupon.why is not None:
            why = notice_sentence(coupon.why, self.state.currency, self.counter.language)
            return f"{coupon.name}: {why}"
        off = self.counter.money(coupon.off_minor)
        return self.words(N_("Coupon {name}: {amount} off")).format(name=coupon.name, amount=off)

    def _quantity(self, text: str) -> bool:
        if self.line() is None:
            self.counter.complain("no_line", self.words(_NO_LINE))
            return False
        if text:
            self.set_quantity(text)
            return True
        self.counter.quantity.begin()
        return False

    def _remove(self) -> None:
        line = self.line()
        if line is None:
            self.counter.complain("no_line", self.words(_NO_LINE))
            return
        said = self.words(N_("Removed: {name}")).format(name=line.name)
        self.change(lambda till: till.remove_line(line.line_id), said)

    def _move(self, by: int) -> None:
        line, lines = self.line(), self._lines()
        if line is not None:
            place = min(max(lines.index(line) + by, 0), len(lines) - 1)
            self.counter.update(selected=lines[place].line_id)


class _OverSale(Part):
    """A screen beside the basket that a scan or Esc closes."""

    def scan(self, text: str) -> None:
        self.counter.selling.scan(text)

    def do(self, command: Command, text: str) -> bool:
        if command is Command.BACK:
            self.back_to_sale()
            return False
        return self.counter.selling.do(command, text)


class Quantity(_OverSale):
    """Goods by weight go to the scale at once, if there is one; a typed weight is taken all the same."""

    _asked = 0
    """What the scale answers to an earlier question is nobody's weight any more."""
    _then: Callable[[], None] = staticmethod(_nothing)

    def prompt(self) -> str:
        line = self.counter.selling.line()
        name = line.name if line else ""
        if self._can_weigh(line):
            return self.words(N_("Weight of {name}: F4 weighs again")).format(name=name)
        if line is not None and line.unit in WEIGHED:
            unit = self.counter.language.unit(line.unit)
            return self.words(N_("Weight of {name} in {unit}")).format(name=name, unit=unit)
        return self.words(N_("Quantity of {name}")).format(name=name)

    def enter(self, text: str) -> None:
        self._asked += 1
        if text:
            self.counter.selling.set_quantity(text, self._then)
        else:
            self.back_to_sale()

    def do(self, command: Command, text: str) -> bool:
        if command is Command.QUANTITY and not text and self._can_weigh(self.counter.selling.line()):
            self.weigh()
            return False
        if command is Command.QUANTITY:
            self.enter(text)
            return True
        self._asked += 1
        return super().do(command, text)

    def begin(self, then: Callable[[], None] = _nothing) -> None:
        """Ask how much of the line that keys act on; once it is known, ``then`` go on."""
        self._then = then
        self.counter.show(Screen.QUANTITY)
        self.weigh()

    def weigh(self) -> None:
        """Ask the scale for the weight of the line that keys act on."""
        line, scale = self.counter.selling.line(), self.counter.scale
        if line is None or scale is None or not self._can_weigh(line):
            return
        self._asked += 1
        asked, line_id, name = self._asked, line.line_id, line.name
        self.counter.update(took_for=self.words(N_("Weighing…")), problem=None)

        def done(quantity_milli: int, unit: str) -> None:
            if self._waits_for(asked):
                weight = f"{self.counter.language.quantity(quantity_milli)} {self.counter.language.unit(unit)}"
                said = self.words(N_("Weighed: {name}, {weight}")).format(name=name, weight=weight)
                self.counter.selling.change(lambda till: till.weigh(line_id, quantity_milli, unit), said, self._then)
                self.counter.sound(Sound.GOOD)

        def failed(why: Notice) -> None:
            if self._waits_for(asked):
                sentence = notice_sentence(why, self.state.currency, self.counter.language)
                self.counter.complain(why.code, sentence)

        scale.weigh(done, failed)

    def _waits_for(self, asked: int) -> bool:
        return asked == self._asked and self.state.screen is Screen.QUANTITY

    def _can_weigh(self, line: LineView | None) -> bool:
        return self.counter.scale is not None and line is not None and line.unit in WEIGHED


class More(_OverSale):
    """What is needed seldom. A code typed here is sold as on the sale screen."""

    def prompt(self) -> str:
        return self.counter.selling.prompt()

    def enter(self, text: str) -> None:
        if text:
            self.counter.selling.enter(text)
        else:
            self.back_to_sale()

    def do(self, command: Command, text: str) -> bool:
        if command is Command.MORE:
            self.back_to_sale()
            return False
        if command is Command.QUANTITY:
            self.counter.returning.begin()
            return False
        if command is Command.REMOVE:
            self.counter.device_desk.begin()
            return False
        if command is Command.MEMBER:
            self.counter.cash_desk.begin()
            return False
        return super().do(command, text)


class Doubting(_OverSale):
    """Receipts that may not have come out: somebody looks at the printer, and says so or has copies printed."""

    def prompt(self) -> str:
        return self.words(N_("Enter prints again, F1: all came out"))

    def enter(self, text: str) -> None:
        if not text:
            self._settle(lambda till: till.print_again(), self.words(N_("What may not have come out is being printed")))

    def do(self, command: Command, text: str) -> bool:
        if command is Command.OWN:
            self._settle(lambda till: till.came_out(), self.words(N_("Noted: all came out")))
            return False
        if command is Command.REPRINT:
            self.enter("")
            return False
        if command is Command.BACK:
            self._settle(lambda _: None, "")
            return False
        return super().do(command, text)

    def _settle(self, work: Callable[[Till], object], said: str) -> None:
        def ask(till: Till) -> tuple[SaleView, Status]:
            work(till)
            return till.sale(), till.status()

        self.counter.ask(
            ask, lambda answer: self.counter.show_sale(answer[0], status=answer[1], took_for=said, problem=None)
        )


class Voiding(_OverSale):
    """Asks once before a sale is thrown away."""

    def prompt(self) -> str:
        return self.words(N_("Enter voids the sale, Esc keeps it"))

    def enter(self, text: str) -> None:
        if not text:
            self.counter.update(registration=None, selected=None)
            self.counter.selling.change(lambda till: till.void_sale(), self.words(N_("The sale was voided")))

    def do(self, command: Command, text: str) -> bool:
        if command is Command.VOID:
            self.enter("")
            return False
        return super().do(command, text)
