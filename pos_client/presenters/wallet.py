"""The member's stored value and coupons: coupons are put into the sale and taken back, money is paid in (DESK-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_client.app.till import Till
from pos_client.app.views import CouponView, LoadedView, SaleView
from pos_client.presenters.amount import parse_amount
from pos_client.presenters.part import Part
from pos_client.presenters.state import Command, Screen, Sound
from shared_models.domain import coupon_code, coupon_reference
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_NEEDS_MEMBER = N_("Stored value and coupons are a member's. Find the member first.")
_NO_LOADING = N_("Nothing can be paid in for this member.")


def shown_coupons(sale: SaleView | None) -> tuple[CouponView, ...]:
    """Those in the sale, then the member's others."""
    if sale is None:
        return ()
    others = sale.member.coupons if sale.member else ()
    return (*sale.coupons, *(each for each in others if not each.in_sale))


class Wallet(Part):
    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._loading = False

    def begin(self) -> None:
        sale = self.state.sale
        if sale is None or (sale.member is None and not sale.coupons):
            self.counter.complain("needs_member", self.words(_NEEDS_MEMBER))
        else:
            self.counter.show(Screen.WALLET, cursor=0, loading_minor=None)

    def prompt(self) -> str:
        loading_minor = self.state.loading_minor
        if loading_minor is None:
            return self.words(N_("A sum to pay in, or Enter on a coupon"))
        return self.words(N_("Cash received for {amount}; Enter alone is the exact sum")).format(
            amount=self.counter.money(loading_minor)
        )

    def enter(self, text: str) -> None:
        loading_minor = self.state.loading_minor
        coupons = shown_coupons(self.state.sale)
        if coupon_code.is_code(text) or coupon_reference.is_reference(text):
            self.counter.selling.enter(text)
        elif text or loading_minor is not None:
            self._sum(text, loading_minor)
        elif coupons:
            self.pick(self.state.cursor)
        else:
            self.back_to_sale()

    def pick(self, place: int) -> None:
        """Put the coupon at ``place`` into the sale, or take it back."""
        coupons = shown_coupons(self.state.sale)
        if place >= len(coupons):
            return
        coupon = coupons[place]

        def work(till: Till) -> SaleView:
            if coupon.in_sale:
                till.take_back_coupon(coupon.id)
            else:
                till.present_coupon(coupon.id)
            return till.sale()

        def show(sale: SaleView) -> None:
            cursor = min(self.state.cursor, max(0, len(shown_coupons(sale)) - 1))
            self.counter.update(sale=sale, problem=None, cursor=cursor)
            self.counter.sound(Sound.GOOD)

        self.counter.ask(work, show)

    def scan(self, text: str) -> None:
        self.counter.selling.scan(text)

    def do(self, command: Command, text: str) -> bool:
        count = len(shown_coupons(self.state.sale))
        match command:
            case Command.BACK if self.state.loading_minor is not None:
                self.counter.update(loading_minor=None)
            case Command.BACK | Command.OWN:
                self.back_to_sale()
            case Command.UP | Command.DOWN if count:
                self.counter.update(cursor=(self.state.cursor + (1 if command is Command.DOWN else -1)) % count)
            case Command.UP | Command.DOWN:
                pass
            case Command.REPRINT if count:
                self._print(shown_coupons(self.state.sale)[min(self.state.cursor, count - 1)])
            case _:
                return self.counter.selling.do(command, text)
        return False

    def _print(self, coupon: CouponView) -> None:
        said = self.words(N_("The slip of coupon {name} is being printed")).format(name=coupon.name)
        self.counter.ask(
            lambda till: till.print_coupon(coupon.id), lambda _: self.counter.update(took_for=said, problem=None)
        )

    def _sum(self, text: str, loading_minor: int | None) -> None:
        try:
            minor = parse_amount(text, self.state.currency) if text else loading_minor or 0
        except DomainError as error:
            self.counter.refuse(error)
            return
        if loading_minor is not None:
            self._load(loading_minor, minor)
            return
        member = self.state.sale.member if self.state.sale else None
        if member is None or member.stored_value is None or not member.stored_value.can_load:
            self.counter.complain("no_loading", self.words(_NO_LOADING))
        else:
            self.counter.update(loading_minor=minor, problem=None, took_for="")

    def _load(self, minor: int, tendered_minor: int) -> None:
        """Once: a second Enter before the answer does nothing."""
        if self._loading:
            return
        self._loading = True

        def work(till: Till) -> tuple[LoadedView, SaleView]:
            return till.load_stored_value(minor, tendered_minor), till.sale()

        def show(answer: tuple[LoadedView, SaleView]) -> None:
            self._loading = False
            loaded, sale = answer
            money = self.counter.money
            said = self.words(
                N_("Paid in {amount}, bonus {bonus}. Stored value now {balance}. Change {change}.")
            ).format(
                amount=money(loaded.amount_minor),
                bonus=money(loaded.bonus_minor),
                balance=money(loaded.balance_minor),
                change=money(loaded.change_minor),
            )
            self.counter.update(sale=sale, loading_minor=None, took_for=said, problem=None)
            self.counter.sound(Sound.GOOD)

        self.counter.ask(work, show, self._refused)

    def _refused(self, error: Exception) -> None:
        self._loading = False
        self.counter.refuse(error)
