"""What a cashier does all day at a simulated till, with the mistakes people make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from pos_client.app.refusals import PhoneIsTaken, ReturnsStopped, UnknownCode
from pos_client.app.returning import REASONS as WHY_BACK
from pos_client.app.views import Confirmed, EnteredKind, SaleState, SaleView, Source, TenderView
from pos_client.store.database import DiskFull
from shared_models.domain.cash_drawer import MovementKind
from shared_models.domain.errors import DomainError
from shared_models.domain.quantity import ONE_MILLI
from tillpoint.simulate import shop
from tillpoint.simulate.kernel import Kernel
from tillpoint.simulate.office import WELL_KNOWN
from tillpoint.simulate.till import SimTill

FLOAT_MINOR = 20_000
MOST_LINES = 6
MOST_TRIES = 3
NEW_RECEIPTS, NEW_IN_STORE = 8, 20
"""Customers come back with one of so many, so that several tills are brought the same."""
SHARED_PHONES, FIRST_SHARED = 16, 9_000
"""People who register at one till and again at another."""
CASH_MOVES_EVERY = 12
LOADS_MINOR = (5_000, 10_000, 20_000)
REASONS = tuple(WHY_BACK)
_NONSENSE = ("0400000000000", "9999999999994", "*-3", "*0", "*99999999", "nothing like it", "21")


class NotHarmless(AssertionError):
    """A refused entry changed something."""


class Cashier:
    """Works through ``SimTill.till`` only, as the screens do."""

    def __init__(
        self, kernel: Kernel, sim: SimTill, number: int, leaflets: Callable[[], Sequence[str]],
        receipts: Mapping[str, list[str]], wait: Callable[[], None],
    ) -> None:  # fmt: skip
        """``number`` is no other cashier's: whom they register gets a phone of that thousand. ``leaflets`` are the
        codes that customers hold in their hands, ``receipts`` those on their receipts, by till and by store, to which
        a cashier adds; ``wait`` lets the till sync in the middle of a sale."""
        self._random = kernel.chance.stream(f"{sim.name}/cashier")
        self._sim = sim
        self._about_cash = kernel.chance.stream(f"{sim.name}/cash")
        self._registered = 1_000 * (1 + number)
        self._codes = shop.codes()
        self._leaflets = leaflets
        self._receipts = receipts
        self._wait = wait

    def begin(self) -> bool:
        """Sign in, and open a shift unless one is open. Pay for what a power cut left on the screen, and send away a
        member who was only chosen. ``False`` if this till hasn't heard of all its people and goods yet."""
        if not self._sim.is_told():
            return False
        till = self._sim.till
        if till.cashier() is None:
            till.sign_in(shop.cashier_id(self._sim.store_id), shop.PIN)
        if till.shift() is None:
            till.open_shift(FLOAT_MINOR)
        if till.sale().lines:
            self._pay()
        elif till.sale().member:
            till.void_sale()
        return True

    def end(self) -> None:
        """Count the drawer and close the shift."""
        shift = self._sim.till.shift()
        if shift is not None:
            self._sim.till.close_shift(max(0, shift.cash_minor + self._random.choice((0, 0, 0, -100, 500))))

    def act(self) -> None:
        """One thing a cashier does."""
        if not self._about_cash.randrange(CASH_MOVES_EVERY):
            self._move_cash()
        act: Callable[[], None] = self._random.choices(
            (self._sell, self._take_back, self._register, self._load, self._edit, self._reward, self._change_mind,
             self._blunder),
            weights=(58, 36, 8, 6, 11, 16, 3, 4),
        )[0]  # fmt: skip
        with suppress(ReturnsStopped):
            act()

    def _move_cash(self) -> None:
        """Change comes from the safe, a drop goes there; sometimes more than the drawer holds."""
        random, till = self._about_cash, self._sim.till
        kind = random.choice((MovementKind.PAID_IN, MovementKind.DROP, MovementKind.DROP))
        minor = random.choice((500, 5_000, 40_000))
        self._if_allowed(lambda: till.move_cash(kind, minor, "safe"))

    def _sell(self) -> None:
        self._scan_goods()
        if self._random.randrange(100) < 85:
            self._identify()
            if self._random.randrange(100) < 40:
                self._wait()
            self._present_coupon()
        elif self._random.randrange(100) < 40:
            self._present_leaflet()
        self._pay()

    def _scan_goods(self) -> None:
        till = self._sim.till
        for _ in range(self._random.randint(1, MOST_LINES)):
            till.enter(self._random.choice(self._codes), Source.SCAN)
            if self._random.randrange(10) == 0:
                till.enter(f"*{self._random.randint(2, 5)}")

    def _identify(self) -> None:
        """Few members come again and again, so that many tills serve the same one."""
        number = min(self._random.randrange(shop.MEMBERS), self._random.randrange(shop.MEMBERS))
        if self._random.randrange(100) < 20:
            number = FIRST_SHARED + self._random.randrange(SHARED_PHONES)
        try:
            found = self._sim.till.enter(shop.phone(number))
        except UnknownCode:
            return
        if found.kind is EnteredKind.CHOICES and found.members:
            self._sim.till.attach_member(self._random.choice(found.members).id)

    def _present_coupon(self) -> None:
        till, member = self._sim.till, self._sim.till.sale().member
        own = [each.id for each in member.coupons] if member else []
        if own and self._random.randrange(100) < 50:
            chosen = self._random.choice(own)
            self._if_allowed(lambda: till.present_coupon(chosen))
        elif self._random.randrange(100) < 30:
            self._present_leaflet()

    def _present_leaflet(self) -> None:
        codes = self._leaflets()
        if codes:
            code = self._random.choice(codes)
            self._if_allowed(lambda: self._sim.till.enter(code, Source.SCAN))

    def _pay(self) -> None:
        """As the customer wants it, and in cash where that is refused: it was spent elsewhere, or called back. At last
        without coupons, which a till that is stopped takes none of."""
        till = self._sim.till
        why: DomainError | None = None
        for tries in range(MOST_TRIES):
            if till.sale().state is SaleState.OPEN:
                till.start_payment()
            if not tries and not till.tender().paid:
                self._pay_otherwise()
            try:
                self._take_cash(till.tender())
            except DiskFull:
                raise
            except DomainError as refused:
                till.back_to_sale()
                why = refused
                for coupon in till.sale().coupons if tries else ():
                    till.take_back_coupon(coupon.id)
            else:
                return
        raise NotHarmless(f"{self._sim.name}: a sale can't be paid in cash: {why!r}")

    def _pay_otherwise(self) -> None:
        till, tender = self._sim.till, self._sim.till.tender()
        if tender.points and tender.points.max_points and self._random.randrange(100) < 40:
            steps = tender.points.max_points // tender.points.step
            count = self._random.randint(1, steps) * tender.points.step
            tender = till.redeem_points(count)
        if tender.stored_value and tender.stored_value.max_minor and self._random.randrange(100) < 70:
            most = min(tender.stored_value.max_minor, tender.due_minor)
            amount = self._random.choice((most, self._random.randint(1, most))) if most else 0
            if amount:
                self._if_allowed(lambda: till.pay_stored_value(amount))
        if self._random.randrange(100) < 15:
            self._wait()

    def _take_cash(self, tender: TenderView) -> None:
        till = self._sim.till
        self._expect_refusal(tender.due_minor > 0, lambda: till.pay_cash(tender.due_minor - 1))
        done = till.pay_cash(tender.due_minor + self._random.choice((0, 100, 1_000)) if tender.due_minor else 0)
        if isinstance(done, Confirmed):
            self._sim.told.append(done.sale_id)
            for place in (self._sim.name, self._sim.store_id):
                self._receipts[place].append(done.receipt_code)

    def _take_back(self) -> None:
        """A customer brings goods back, or goods that somebody brought back elsewhere already. If it isn't to be with
        one receipt, it is with another."""
        for _ in range(MOST_TRIES):
            here, store = self._receipts[self._sim.name], self._receipts[self._sim.store_id]
            codes = here[-NEW_RECEIPTS:] if self._random.randrange(2) else store[-NEW_IN_STORE:]
            if not codes:
                continue
            try:
                self._return(self._random.choice(codes))
            except (DiskFull, ReturnsStopped):
                raise
            except DomainError:
                continue  # nothing is left of it here, or this till doesn't know it
            finally:
                self._sim.till.drop_return()
            return

    def _return(self, code: str) -> None:
        till = self._sim.till
        till.begin_return(code)
        for _ in range(self._random.randrange(3)):
            self._wait()
        if self._random.randrange(100) < 45:
            till.choose_all_to_return()
        else:
            self._choose_goods()
        head = self._sim.journal.head
        try:
            done = till.confirm_return(self._random.choice(REASONS))
        except DomainError:
            if self._sim.journal.head != head:
                raise NotHarmless(f"{self._sim.name}: a return that was refused is in the journal") from None
            raise
        self._sim.told_returns.append(done.receipt_code)

    def _choose_goods(self) -> None:
        """Some of one line, or of two."""
        till = self._sim.till
        lines = [line for line in till.return_in_hand().lines if line.may_milli]
        for line in self._random.sample(lines, min(len(lines), self._random.randint(1, 2))):
            till.choose_to_return(line.number, ONE_MILLI * self._random.randint(1, line.may_milli // ONE_MILLI))

    def _register(self) -> None:
        """Somebody new, or somebody who has registered at another till already."""
        self._registered += 1
        number = self._registered
        if self._random.randrange(2):
            number = FIRST_SHARED + self._random.randrange(SHARED_PHONES)
        try:
            member = self._sim.till.register_member(f"新会员{number}", shop.phone(number), "05-20", ("marketing",)).id
        except PhoneIsTaken as taken:
            member = taken.member.id
        self._scan_goods()
        self._sim.till.attach_member(member)
        self._pay()

    def _load(self) -> None:
        """A member pays in before buying."""
        till = self._sim.till
        self._identify()
        if till.sale().member is None:
            return
        minor = self._random.choice(LOADS_MINOR)
        self._if_allowed(lambda: till.load_stored_value(minor, minor))
        till.void_sale()

    def _reward(self) -> None:
        """A member has gifts for points, if they are to be had here."""
        till = self._sim.till
        self._identify()
        if till.sale().member is None:
            return
        wanted = [each for each in till.rewards().rewards if not each.missing]
        if wanted:
            reward = wanted[0] if self._random.randrange(4) else wanted[-1]
            till.choose_reward(reward.id, self._random.choice((1, 1, 1, 2)))
            for _ in range(self._random.randrange(3)):
                self._wait()
            head = self._sim.journal.head
            try:
                done = till.confirm_reward()
                self._sim.told_rewards.append((done.lane, done.receipt_number))
            except DiskFull:
                raise
            except DomainError:
                if self._sim.journal.head != head:
                    raise NotHarmless(f"{self._sim.name}: a reward that was refused is in the journal") from None
            till.drop_reward()
        till.void_sale()

    def _edit(self) -> None:
        """At the desk somebody has moved, married, or wants no more news."""
        till, number = self._sim.till, self._random.randrange(WELL_KNOWN)
        found = till.find_members(shop.phone(number))
        if not found:
            return
        changes: dict[str, str] = {}
        if self._random.randrange(3):
            changes["name"] = f"会员{number}号{self._random.randrange(1_000)}"
        if not self._random.randrange(4):
            changes["phone"] = shop.phone(FIRST_SHARED + self._random.randrange(SHARED_PHONES))
        if not self._random.randrange(4):
            changes["birthday"] = f"0{self._random.randint(1, 9)}-{self._random.randint(10, 28)}"
        consents = {} if self._random.randrange(2) else {"marketing": self._random.randrange(2) == 0}
        self._if_allowed(lambda: till.edit_member(found[0].id, consents=consents, **changes))

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

    def _if_allowed(self, act: Callable[[], object]) -> None:
        """What may be refused, in words; then nothing has changed."""
        before: SaleView = self._sim.till.sale()
        try:
            act()
        except DiskFull:
            raise
        except DomainError:
            if self._sim.till.sale() != before:
                raise NotHarmless from None

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
