"""The till as its screens, the demo and the simulator drive it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from uuid import UUID

from pos_client.app.counter import Counter
from pos_client.app.coupons import Coupons
from pos_client.app.drawer import CashDrawer
from pos_client.app.entry import Entry
from pos_client.app.gift_receipts import GiftReceipts
from pos_client.app.labels import LabelDesk, LabelGoods
from pos_client.app.members import Members
from pos_client.app.paying import Paying
from pos_client.app.refusals import NeedsManager, NothingToPrint
from pos_client.app.returning import Returning
from pos_client.app.rewards import RewardDesk
from pos_client.app.selling import MOST_HITS, Selling
from pos_client.app.shifts import ShiftDesk
from pos_client.app.sign_in import SignIn
from pos_client.app.status import StatusBoard
from pos_client.app.stored_value import StoredValueDesk
from pos_client.app.views import (
    CashDeskView,
    Confirmed,
    Entered,
    LoadedView,
    MemberHit,
    Moved,
    Notice,
    ProductHit,
    QuickKeys,
    Redeemed,
    Returned,
    ReturnView,
    RewardsView,
    SaleView,
    ShiftClosedView,
    ShiftView,
    Source,
    StaffView,
    Status,
    TenderView,
)
from pos_client.store.sign_in_attempts import SignInAttempts
from shared_models.domain.cash_drawer import MovementKind
from shared_models.domain.sale_receipt import reprint
from shared_models.domain.staff import Role


class Till:
    """Every method runs on the cashier's thread (``Executor``), one after another, and waits for no network.

    What can't be done raises a ``DomainError`` (with the sentence for the cashier) and has changed nothing. What
    returns has been stored: an open sale, its member and its payments survive a power cut.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._sign_in = SignIn(counter, SignInAttempts(counter.books.journal.database))
        self._shifts = ShiftDesk(counter)
        self._coupons = Coupons(counter)
        self._stored_value = StoredValueDesk(counter)
        self._members = Members(counter, self._stored_value, self._coupons)
        self._selling = Selling(counter, self._members, self._coupons)
        self._entry = Entry(counter, self._selling, self._members, self._coupons)
        self._paying = Paying(counter, self._stored_value, self._coupons)
        self._status = StatusBoard(counter)
        self._returning = Returning(counter, self._sign_in)
        self._rewards = RewardDesk(counter)
        self._gift_receipts = GiftReceipts(counter)
        self._drawer = CashDrawer(counter, self._sign_in)
        self._labels = LabelDesk(counter)

    def use_language(self, language: str | None) -> None:
        """Show names in ``language``; ``None`` for the store's. Receipts stay in the store's."""
        self._counter.language = language

    # who is at the till

    def staff(self) -> tuple[StaffView, ...]:
        """The store's staff, to choose from. Empty before the first sync."""
        return self._sign_in.staff()

    def cashier(self) -> StaffView | None:
        """Who is signed in."""
        return self._counter.signed_in

    def sign_in(self, staff_id: str, pin: str) -> StaffView:
        """Raise ``WrongPin(tries_left)``, ``LockedOut(seconds)``, ``UnknownStaff``, ``ShiftOfAnother(name)``."""
        return self._sign_in.sign_in(staff_id, pin)

    def sign_out(self) -> None:
        """Raise ``SaleIsOpen`` while there are lines."""
        self._sign_in.sign_out()

    def lock(self) -> None:
        """Ask for the PIN again; the open sale stays."""
        self._sign_in.lock()

    # the shift

    def shift(self) -> ShiftView | None:
        return self._shifts.current()

    def open_shift(self, float_minor: int) -> ShiftView:
        """Raise ``NotSignedIn``, ``ShiftIsOpen``, ``BadAmount``."""
        return self._shifts.open(float_minor)

    def close_shift(self, counted_minor: int) -> ShiftClosedView:
        """With its Z report. Raise ``NotSignedIn``, ``NoShift``, ``SaleIsOpen``, ``BadAmount``."""
        return self._shifts.close(counted_minor)

    def print_x_report(self) -> None:
        """The figures so far, on paper. Raise ``NotSignedIn``, ``NeedsManager``, ``NoShift``."""
        self._shifts.print_x()

    # the sale

    def sale(self) -> SaleView:
        return self._selling.view()

    def enter(self, text: str, source: Source = Source.KEYED, product_id: str = "") -> Entered:
        """Take what was scanned or typed for what it is: EAN, scale label, own code, product name or pinyin, phone,
        last digits of a phone, member number, a coupon's code, ``*3`` (quantity of the last line) or ``3*code``.
        ``goods_code.FNC1`` before it says that it is GS1 element strings: then also ``BadElementString``,
        ``NotForSale``, and as ``GoodsCode.add_to`` does.

        Brackets around each AI, or a GS1 Digital Link, say so too. ``product_id``: the one that was chosen when this
        text was ``EnteredKind.CHOICES``. A receipt's code is only recognised.

        Raise ``WrongCheckDigit``, ``UnknownCode``, ``BadQuantity``, ``NoShift``, ``SaleIsPaying``, and for a coupon as
        ``present_coupon`` does, ``BadCouponCode``, ``BadCouponToken``, ``ForgedCoupon``."""
        return self._entry.enter(text, source, product_id)

    def add_product(self, product_id: str, quantity_milli: int | None = None) -> int:
        """The line's id. Without a quantity, goods sold by weight are to be weighed. Raise ``UnknownCode``,
        ``BadQuantity``."""
        return self._selling.add_product(product_id, quantity_milli)

    def change_quantity(self, line_id: int, text: str) -> None:
        """Raise ``BadQuantity``, ``NoSuchLine``."""
        self._selling.change_quantity(line_id, text)

    def weigh(self, line_id: int, quantity_milli: int, unit: str) -> None:
        """The line's quantity is what the scale shows. Raise ``NoSuchLine``, ``NotSoldByWeight``, ``BadQuantity``."""
        self._selling.weigh(line_id, quantity_milli, unit)

    def remove_line(self, line_id: int) -> None:
        self._selling.remove_line(line_id)

    def void_sale(self) -> None:
        """Throw the open sale away, before anything was confirmed."""
        self._selling.void()

    def search_products(self, text: str) -> tuple[ProductHit, ...]:
        """By code, name, pinyin or initials, the most sold first."""
        return self._selling.search_products(text)

    def quick_keys(self) -> tuple[QuickKeys, ...]:
        return self._selling.quick_keys()

    # the member

    def find_members(self, text: str) -> tuple[MemberHit, ...]:
        """By phone, its last digits, member number, name or pinyin."""
        return self._members.find(text, MOST_HITS)

    def attach_member(self, member_id: UUID) -> None:
        """Raise ``UnknownMember``."""
        self._members.attach(member_id)

    def detach_member(self) -> None:
        self._members.detach()

    def register_member(
        self, name: str, phone: str, birthday: str = "", consents: Iterable[str] = (), *, made_up: bool = False
    ) -> MemberHit:
        """Works without a network. Raise ``BadPhone``, ``BadName``, ``BadBirthday``, ``PhoneIsTaken(member)``.

        ``birthday`` is ``MM-DD``, ``YYYY-MM-DD`` or empty. Doesn't attach. ``made_up`` marks people who don't exist.
        """
        return self._members.register(name, phone, birthday, consents, made_up)

    def present_coupon(self, coupon_id: UUID) -> None:
        """Use a coupon of the member's list in this sale, if it makes it cheaper. Raise ``UnknownCoupon``,
        ``CouponRefused``, ``CouponNotHere``, ``SpendingStopped``, ``SpendingStale``."""
        self._coupons.present(coupon_id)

    def print_coupon(self, coupon_id: UUID) -> None:
        """Queue the slip of a personal coupon. Raise ``UnknownCoupon``, ``SlipOnlyIfPersonal``, ``CouponRefused``."""
        self._coupons.print_slip(coupon_id)

    def take_back_coupon(self, coupon_id: UUID) -> None:
        """Don't use it in this sale."""
        self._coupons.take_back(coupon_id)

    def load_stored_value(self, amount_minor: int, tendered_minor: int) -> LoadedView:
        """Take cash for more stored value of the sale's member. Raise ``UnknownMember``, ``StoredValueClosed``,
        ``BadAmount``, ``tender.BadTender``, ``StoredValueRefused``, ``DiskFull``."""
        return self._stored_value.load(amount_minor, tendered_minor)

    def edit_member(
        self, member_id: UUID, name: str = "", phone: str = "", birthday: str = "",
        consents: Mapping[str, bool] = MappingProxyType({}),
    ) -> MemberHit:  # fmt: skip
        """Change who a member is; what is left empty stays. Works without a network. ``consents``: name and whether it
        is given. Raise ``NotForCashiers``, ``UnknownMember``, ``BadPhone``, ``BadName``, ``BadBirthday``,
        ``PhoneIsTaken(member)``."""
        return self._members.edit(member_id, name, phone, birthday, consents)

    # paying

    def start_payment(self) -> TenderView:
        """Raise ``NothingToPay``, ``NotWeighed``, ``DatePassed``, ``GoodsNotForBuyer``."""
        return self._paying.start()

    def tender(self) -> TenderView:
        """Where paying stands; raise ``NotPaying``."""
        return self._paying.view()

    def redeem_points(self, points: int) -> TenderView:
        """Raise ``points.RedeemRefused``."""
        return self._paying.redeem(points)

    def pay_stored_value(self, amount_minor: int | None = None) -> TenderView:
        """Pay a part or all with stored value; ``None`` is as much as can be. Raise ``NoMemberToPay``,
        ``NotThatMuchHere``, ``SpendingStopped``, ``SpendingStale``, ``StoredValueRefused``, ``tender.BadTender``."""
        return self._paying.stored_value(amount_minor)

    def remove_payment(self, payment_id: UUID) -> TenderView:
        return self._paying.remove(payment_id)

    def back_to_sale(self) -> None:
        """Back to the lines; payments so far are dropped (points go back, no money was taken)."""
        self._paying.back()

    def pay_cash(self, tendered_minor: int) -> Confirmed | TenderView:
        """Settle what is due in cash and confirm. Raise ``tender.TenderTooSmall``, ``DatePassed``, ``DiskFull``: the
        sale stays."""
        return self._paying.cash(tendered_minor)

    # the drawer

    def open_drawer(self, reason: str) -> None:
        """Without a sale, with a slip. ``reason``: one of ``NO_SALE_REASONS`` or own words. Raise ``NotSignedIn``,
        ``NeedsManager``, ``NoReason``, ``DrawerStaysShut``, ``DiskFull``."""
        self._drawer.open(reason)

    def cash_desk(self) -> CashDeskView:
        """Raise ``NotSignedIn``, ``NoShift``."""
        return self._drawer.view()

    def check_cash(self, amount_minor: int) -> None:
        """Whether such a sum can be moved. Raise ``NotSignedIn``, ``NoShift``, ``BadAmount``."""
        self._drawer.check(amount_minor)

    def move_cash(
        self, kind: MovementKind, amount_minor: int, reason: str, approver_id: str = "", pin: str = ""
    ) -> Moved:
        """Once it returns, the money is moved. ``reason``: one of ``cash_drawer.REASONS`` or own words. Raise
        ``NoReason``, ``CashOutNeedsApproval``, ``WrongPin``, ``LockedOut``, ``UnknownStaff``, ``DiskFull``, and as
        ``check_cash``: nothing was moved."""
        return self._drawer.move(kind, amount_minor, reason, approver_id, pin)

    # goods that come back

    def begin_return(self, text: str) -> ReturnView:
        """By a receipt's code, scanned or typed. Raise ``NotSignedIn``, ``NoShift``, ``SaleIsPaying``,
        ``BadReceiptCode``, ``UnknownReceipt``, ``ReturnsStopped``, ``ReturnsStale``, ``returns.ReturnRefused``."""
        return self._returning.begin(text)

    def return_in_hand(self) -> ReturnView:
        """As things stand now. Raise ``NoReturnInHand``."""
        return self._returning.view()

    def choose_to_return(self, number: int, quantity_milli: int) -> ReturnView:
        """How much of the receipt's line ``number`` comes back. Raise ``NotThatManyHere``, ``RefundNotHere``,
        ``returns.ReturnRefused``, ``BadQuantity``."""
        return self._returning.choose(number, quantity_milli)

    def choose_all_to_return(self) -> ReturnView:
        """All that can. Raise as before."""
        return self._returning.choose_all()

    def drop_return(self) -> None:
        self._returning.drop()

    def confirm_return(self, reason: str, approver_id: str = "", pin: str = "") -> Returned:
        """Once it returns, the money is the customer's. Raise ``ReturnNeedsApproval``, ``WrongPin``, ``LockedOut``,
        ``UnknownReason``, ``NotLent``, ``DiskFull``, and as before: nothing came back."""
        return self._returning.confirm(reason, approver_id, pin)

    # gift receipts

    def print_gift_receipts(self, code: str, count: int = 1) -> None:
        """Queue ``count`` gift receipts of what hasn't come back of the receipt ``code``. Raise ``BadReceiptCode``,
        ``UnknownReceipt``, ``TooManyGiftReceipts``, ``NothingToReturn``, ``NoShift``."""
        self._gift_receipts.print(code, count)

    def print_gift_receipts_of_chosen(self, count: int = 1) -> None:
        """The same of the goods that are chosen in the return in hand, of all if none are. Raise ``NoReturnInHand``,
        and as before."""
        self._gift_receipts.of_return_in_hand(count)

    # rewards for points

    def rewards(self) -> RewardsView:
        """What the sale's member can have for points, here and now. Raise ``NotSignedIn``, ``NoShift``,
        ``SaleIsPaying``, ``NoMemberForReward``."""
        return self._rewards.view()

    def choose_reward(self, reward_id: str, units: int = 1) -> RewardsView:
        """Raise ``rewards.RewardNotNow``, and as before."""
        return self._rewards.choose(reward_id, units)

    def drop_reward(self) -> None:
        self._rewards.drop()

    def confirm_reward(self) -> Redeemed:
        """Once it returns, the reward is the member's. Raise ``NoRewardInHand``, ``rewards.RewardRefused``,
        ``RewardNotHere``, ``PointsNotHere``, ``points.RedeemRefused``, ``NotLent``, ``DiskFull``, and as before:
        nothing was taken."""
        return self._rewards.confirm()

    # around it

    def meaning_of(self, text: str) -> Notice:
        """What a scanned ``text`` is to this till; nothing is sold. Raise ``WrongCheckDigit``, ``UnknownCode``."""
        return self._entry.meaning(text)

    def label_goods(self, text: str) -> tuple[LabelGoods, ...]:
        """What a label of the goods that ``text`` means shows; several if it means several. Nothing is sold. Raise
        ``WrongCheckDigit``, ``UnknownCode``, ``BadElementString``, ``NotForSale``."""
        return self._labels.of(self._entry.goods(text), text.strip())

    def check_manager(self) -> None:
        """Raise ``NotSignedIn``, ``NeedsManager``."""
        if not self._counter.cashier().role.covers(Role.MANAGER):
            raise NeedsManager

    def print_again(self) -> int:
        """Queue copies, marked as such, of what may not have come out, or of the last receipt. How many; raise
        ``NothingToPrint``."""
        words_in = self._counter.machine.words_in
        copies = self._counter.books.journal.print_queue.again(
            lambda document: reprint(document, words_in(document.language))
        )
        if not copies:
            raise NothingToPrint
        self._counter.on_commit()
        return copies

    def came_out(self) -> None:
        """Somebody looked: what may not have come out did."""
        self._counter.books.journal.print_queue.came_out()

    def trust_clock(self) -> None:
        """Somebody looked at the machine's clock: it is right, however long the till was off."""
        self._counter.machine.clock.trust()

    def status(self) -> Status:
        return self._status.status()
