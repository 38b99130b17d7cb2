"""The till as its screens, the demo and the simulator drive it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from pos_client.app.views import (
    Confirmed,
    Entered,
    MemberHit,
    ProductHit,
    QuickKeys,
    SaleView,
    ShiftClosedView,
    ShiftView,
    Source,
    StaffView,
    Status,
    TenderView,
)


class Till:
    """Every method runs on the cashier's thread (``Executor``), one after another, and waits for no network.

    What can't be done raises a ``DomainError`` (with the sentence for the cashier) and has changed nothing. What returns
    has been stored: an open sale, its member and its payments survive a power cut.
    """

    # who is at the till

    def staff(self) -> tuple[StaffView, ...]:
        """The store's staff, to choose from. Empty before the first sync."""
        raise NotImplementedError

    def cashier(self) -> StaffView | None:
        """Who is signed in."""
        raise NotImplementedError

    def sign_in(self, staff_id: str, pin: str) -> StaffView:
        """Raise ``WrongPin(tries_left)``, ``LockedOut(seconds)``, ``UnknownStaff``, ``ShiftOfAnother(name)``."""
        raise NotImplementedError

    def sign_out(self) -> None:
        """Raise ``SaleIsOpen`` while there are lines."""
        raise NotImplementedError

    def lock(self) -> None:
        """Ask for the PIN again; the open sale stays."""
        raise NotImplementedError

    # the shift

    def shift(self) -> ShiftView | None:
        raise NotImplementedError

    def open_shift(self, float_minor: int) -> ShiftView:
        """Raise ``NotSignedIn``, ``ShiftIsOpen``, ``BadAmount``."""
        raise NotImplementedError

    def close_shift(self, counted_minor: int) -> ShiftClosedView:
        """Raise ``NotSignedIn``, ``NoShift``, ``SaleIsOpen``, ``BadAmount``."""
        raise NotImplementedError

    # the sale

    def sale(self) -> SaleView:
        raise NotImplementedError

    def enter(self, text: str, source: Source = Source.KEYED) -> Entered:
        """Take what was scanned or typed for what it is: EAN, scale label, own code, product name or pinyin, phone, last
        digits of a phone, member number, or ``*3`` (quantity of the last line). Raise ``WrongCheckDigit``, ``UnknownCode``,
        ``BadQuantity``, ``NoShift``, ``SaleIsPaying``."""
        raise NotImplementedError

    def add_product(self, product_id: str, quantity_milli: int = 1_000) -> int:
        """The line's id. Raise ``UnknownCode``, ``BadQuantity``."""
        raise NotImplementedError

    def change_quantity(self, line_id: int, text: str) -> None:
        """Raise ``BadQuantity``, ``UnknownLine``."""
        raise NotImplementedError

    def remove_line(self, line_id: int) -> None:
        raise NotImplementedError

    def void_sale(self) -> None:
        """Throw the open sale away, before anything was confirmed."""
        raise NotImplementedError

    def search_products(self, text: str) -> tuple[ProductHit, ...]:
        """By code, name, pinyin or initials, the most sold first."""
        raise NotImplementedError

    def quick_keys(self) -> tuple[QuickKeys, ...]:
        raise NotImplementedError

    # the member

    def find_members(self, text: str) -> tuple[MemberHit, ...]:
        """By phone, its last digits, member number, name or pinyin."""
        raise NotImplementedError

    def attach_member(self, member_id: UUID) -> None:
        """Raise ``UnknownMember``."""
        raise NotImplementedError

    def detach_member(self) -> None:
        raise NotImplementedError

    def register_member(
        self, name: str, phone: str, birthday: str = "", consents: Iterable[str] = ()
    ) -> MemberHit:
        """Works without a network. Raise ``BadPhone``, ``BadName``, ``BadBirthday``, ``PhoneIsTaken(member)``.

        ``birthday`` is ``MM-DD``, ``YYYY-MM-DD`` or empty. Doesn't attach.
        """
        raise NotImplementedError

    # paying

    def start_payment(self) -> TenderView:
        """Raise ``NothingToPay``."""
        raise NotImplementedError

    def tender(self) -> TenderView:
        """Where paying stands; raise ``NotPaying``."""
        raise NotImplementedError

    def redeem_points(self, points: int) -> TenderView:
        """Raise ``points.RedeemRefused``."""
        raise NotImplementedError

    def remove_payment(self, payment_id: UUID) -> TenderView:
        raise NotImplementedError

    def back_to_sale(self) -> None:
        """Back to the lines; payments so far are dropped (points go back, no money was taken)."""
        raise NotImplementedError

    def pay_cash(self, tendered_minor: int) -> Confirmed | TenderView:
        """Settle what is due in cash and confirm. Raise ``tender.TenderTooSmall``, ``DiskFull`` (the sale stays)."""
        raise NotImplementedError

    # around it

    def reprint_last(self) -> None:
        """Queue a copy of the last receipt, marked as one. Raise ``NothingToPrint``."""
        raise NotImplementedError

    def status(self) -> Status:
        raise NotImplementedError
