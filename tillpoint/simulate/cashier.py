"""What a cashier does all day at a simulated till, with the mistakes people make."""

from __future__ import annotations

from collections.abc import Callable

from pos_client.app.views import Confirmed, EnteredKind, SaleState, SaleView, Source, TenderView
from shared_models.domain.errors import DomainError
from shared_models.domain.points import RedeemRefused
from tillpoint.simulate import shop
from tillpoint.simulate.kernel import Kernel
from tillpoint.simulate.till import SimTill

FLOAT_MINOR = 20_000
MOST_LINES = 6
_NONSENSE = ("0400000000000", "9999999999994", "*-3", "*0", "*99999999", "nothing like it", "21")


class NotHarmless(AssertionError):
    """A refused entry changed something."""


class Cashier:
    """Works through ``SimTill.till`` only, as the screens do."""

    def __init__(self, kernel: Kernel, sim: SimTill, number: int) -> None:
        """``number`` is no other cashier's: whom they register gets a phone of that thousand."""
        self._random = kernel.chance.stream(f"{sim.name}/cashier")
        self._sim = sim
        self._registered = 1_000 * (1 + number)
        self._codes = shop.codes()

    def begin(self) -> None:
        """Sign in, and open a shift unless one is open. Pay for what a power cut left on the screen."""
        till = self._sim.till
        if till.cashier() is None:
            till.sign_in(shop.cashier_id(self._sim.store_id), shop.PIN)
        if till.shift() is None:
            till.open_shift(FLOAT_MINOR)
        if till.sale().lines:
            self._pay()

    def end(self) -> None:
        """Count the drawer and close the shift."""
        shift = self._sim.till.shift()
        if shift is not None:
            self._sim.till.close_shift(shift.cash_minor + self._random.choice((0, 0, 0, -100, 500)))

    def act(self) -> None:
        """One thing a cashier does."""
        act: Callable[[], None] = self._random.choices(
            (self._sell, self._register, self._change_mind, self._blunder), weights=(80, 8, 6, 6)
        )[0]
        act()

    def _sell(self) -> None:
        self._scan_goods()
        if self._random.randrange(100) < 65:
            self._identify()
        self._pay()

    def _scan_goods(self) -> None:
        till = self._sim.till
        for _ in range(self._random.randint(1, MOST_LINES)):
            till.enter(self._random.choice(self._codes), Source.SCAN)
            if self._random.randrange(10) == 0:
                till.enter(f"*{self._random.randint(2, 5)}")

    def _identify(self) -> None:
        found = self._sim.till.enter(shop.phone(self._random.randrange(shop.MEMBERS)))
        if found.kind is EnteredKind.CHOICES and found.members:
            self._sim.till.attach_member(found.members[0].id)

    def _pay(self) -> None:
        till = self._sim.till
        if till.sale().state is SaleState.OPEN:
            till.start_payment()
        tender = till.tender()
        if tender.points and tender.points.max_points and not tender.paid and self._random.randrange(100) < 40:
            steps = tender.points.max_points // tender.points.step
            tender = till.redeem_points(self._random.randint(1, steps) * tender.points.step)
        try:
            self._take_cash(tender)
        except RedeemRefused:
            self._take_cash(self._without_points())

    def _without_points(self) -> TenderView:
        """The points on the screen were spent elsewhere meanwhile."""
        tender = self._sim.till.tender()
        for payment in tender.paid:
            tender = self._sim.till.remove_payment(payment.id)
        return tender

    def _take_cash(self, tender: TenderView) -> None:
        till = self._sim.till
        self._expect_refusal(tender.due_minor > 0, lambda: till.pay_cash(tender.due_minor - 1))
        done = till.pay_cash(tender.due_minor + self._random.choice((0, 100, 1_000)) if tender.due_minor else 0)
        if isinstance(done, Confirmed):
            self._sim.told.append(done.sale_id)

    def _register(self) -> None:
        self._registered += 1
        number = self._registered
        member = self._sim.till.register_member(f"新会员{number}", shop.phone(number), "05-20", ("marketing",))
        self._scan_goods()
        self._sim.till.attach_member(member.id)
        self._pay()

    def _change_mind(self) -> None:
        self._scan_goods()
        till = self._sim.till
        till.remove_line(till.sale().lines[0].line_id)
        till.void_sale()

    def _blunder(self) -> None:
        self._scan_goods()
        text = self._random.choice(_NONSENSE)
        self._expect_refusal(text != "nothing like it", lambda: self._sim.till.enter(text, Source.KEYED))
        self._pay()

    def _expect_refusal(self, refused: bool, act: Callable[[], object]) -> None:
        """What is refused is refused in words, and changes nothing."""
        if not refused:
            return
        before: SaleView = self._sim.till.sale()
        try:
            act()
        except DomainError:
            if self._sim.till.sale() != before:
                raise NotHarmless from None
            return
        raise NotHarmless(f"{self._sim.name}: an entry that makes no sense was taken")
