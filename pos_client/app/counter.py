"""The counter: what all of the cashier's acts share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, cast
from uuid import UUID

import msgspec

from pos_client.app import spending
from pos_client.app.lending import Lending
from pos_client.app.ports import Ids, Randomness
from pos_client.app.refusals import NoShift, NotSignedIn, SaleIsPaying
from pos_client.app.return_in_hand import ReturnInHand
from pos_client.app.reward_in_hand import RewardInHand
from pos_client.app.sale_in_hand import SaleInHand, from_doc, to_doc
from pos_client.app.surroundings import Surroundings
from pos_client.app.views import SaleState, StaffView
from pos_client.store.journal import Journal
from pos_client.store.open_sales import OpenSales, StoredSale
from pos_client.store.outbox import Outbox
from pos_client.store.receipts import Receipts
from pos_client.store.search import Search
from pos_client.store.shifts import Shift
from pos_client.store.shop import KnownMember, Shop
from pos_client.store.till_clock import TillClock
from pos_client.store.valuables import Valuables
from shared_models.domain import clock as logical_clock
from shared_models.domain import tier
from shared_models.domain.audience import NOWHERE, PricingMember, Setting, Visit
from shared_models.domain.budgets import budgets
from shared_models.domain.catalogue import Product
from shared_models.domain.coupon_token import Verify
from shared_models.domain.earning import EarnedBefore
from shared_models.domain.errors import DomainError
from shared_models.domain.limits import Allowance
from shared_models.domain.marking import Marking
from shared_models.domain.months import month_of
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme import Programme
from shared_models.domain.receipt import Language
from shared_models.domain.shift import ShiftOpened
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import Words

RECEIPT_LANGUAGES: Final = ("en", "zh_Hans", "zh_Hant")


@dataclass(frozen=True, slots=True)
class Secrets:
    """``pepper`` keys this device's PIN verifiers, ``phone_key`` the phone hashes; ``verify`` says whether the server
    signed a message."""

    pepper: bytes = field(repr=False)
    phone_key: bytes = field(repr=False)
    verify: Verify = field(default=lambda _message, _signature: False, repr=False)


@dataclass(frozen=True, slots=True)
class Books:
    """What the till has stored."""

    journal: Journal
    outbox: Outbox
    open_sales: OpenSales
    shop: Shop
    search: Search
    valuables: Valuables
    receipts: Receipts


@dataclass(frozen=True, slots=True)
class Machine:
    """``words_in`` gives the gettext look-up of a language; ``keys_in_file`` is shown in the status bar."""

    clock: TillClock
    ids: Ids
    randomness: Randomness
    words_in: Callable[[str], Words]
    keys_in_file: bool
    redeem_days: int
    notice_version: str
    drawer_reminder_s: int = 30


@dataclass(frozen=True, slots=True)
class Pricing:
    """The sale's price and what it was made of: a sync may bring others while the customer looks for change."""

    basket: PricedBasket
    programme: Programme
    tier: str | None
    at: datetime
    buyer: PricingMember | None = None
    visit: Visit = NOWHERE
    held_back: tuple[spending.HeldBack, ...] = ()

    @property
    def setting(self) -> Setting:
        """What bonuses on points look at."""
        return Setting(self.at, self.programme.tier(self.tier).code if self.tier else None, self.buyer, self.visit)


class Counter:
    """The sale in hand with its price, and who stands behind it. A change is stored before it is shown."""

    def __init__(
        self,
        books: Books,
        machine: Machine,
        secrets: Secrets,
        surroundings: Surroundings,
        on_commit: Callable[[], None] = lambda: None,
        on_need: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_commit`` is called after each fact, ``on_need`` when the server should be asked to lend something."""
        self.books = books
        self.machine = machine
        self.secrets = secrets
        self.surroundings = surroundings
        self.on_commit = on_commit
        self.on_need = on_need
        self.language: str | None = None
        self.signed_in: StaffView | None = None
        self.returning: ReturnInHand | None = None
        self.rewarding: RewardInHand | None = None
        self.sale = SaleInHand(machine.ids.new())
        self.sale = self._restored()
        self._pricing: Pricing | None = None
        self.lending = Lending(self)

    # the shop

    @property
    def programme(self) -> Programme:
        return self.books.shop.programme()

    @property
    def store(self) -> StoreInfo:
        """The store; before the first sync only its id is known."""
        identity = self.books.journal.identity
        return self.books.shop.store() or StoreInfo(identity.store_id, {}, (), self.programme.currency, "UTC")

    @property
    def shown_language(self) -> str:
        """The language of names on the screen: the cashier's, else the store's."""
        return self.language or self.store.language

    @property
    def receipt_language(self) -> Language:
        """The store's, if receipts have it."""
        return cast("Language", self.store.language if self.store.language in RECEIPT_LANGUAGES else "en")

    def receipt_words(self) -> Words:
        return self.machine.words_in(self.receipt_language)

    def now(self) -> datetime:
        """The time in the store's zone."""
        return logical_clock.utc(self.machine.clock.now_ms()).astimezone(self.store.zone)

    def business_date(self) -> date:
        return logical_clock.business_date(self.now(), self.store.zone, self.programme.day_cut_off)

    def check_dates(self, marking: Marking, product: Product) -> None:
        """Raise ``NotForSale`` if goods so marked may not be sold now."""
        marking.check_dates(
            product.name_in(self.shown_language), self.now(), past_best=self.programme.sells_past_best_before
        )

    # who and what must be there

    def cashier(self) -> StaffView:
        if self.signed_in is None:
            raise NotSignedIn
        return self.signed_in

    def shift(self) -> Shift:
        """The open shift; raise ``NotSignedIn``, ``NoShift``."""
        self.cashier()
        shift = self.books.journal.shifts.current()
        if shift is None:
            raise NoShift
        return shift

    def opened_shift(self) -> ShiftOpened:
        """The open shift as its facts name it."""
        shift, identity = self.shift(), self.books.journal.identity
        return ShiftOpened(
            shift.id, identity.store_id, identity.lane, shift.cashier_id, shift.business_date,
            self.programme.currency, shift.float_minor,
        )  # fmt: skip

    def open_sale(self) -> SaleInHand:
        """The sale as long as lines may change; raise ``SaleIsPaying`` too."""
        self.shift()
        if self.sale.state is not SaleState.OPEN:
            raise SaleIsPaying
        return self.sale

    @property
    def hands(self) -> frozenset[UUID]:
        """The ids of the sale, the return and the reward in hand."""
        beside = [each.id for each in (self.returning, self.rewarding) if each is not None]
        return frozenset((self.sale.id, *beside))

    def member(self) -> KnownMember | None:
        """The member of the sale as known right now."""
        return self.books.shop.member(self.sale.member_id) if self.sale.member_id else None

    @property
    def member_id(self) -> UUID | None:
        """Who the sale will name: whom its member was joined into, perhaps since they were chosen."""
        member = self.member()
        return member.doc.id if member else None

    def tier_of(self, member: KnownMember) -> str:
        """The code of the member's tier today."""
        return tier.at(member.view.standing, self.programme, self.business_date())

    # changes

    @property
    def pricing(self) -> Pricing:
        if self._pricing is None:
            self._pricing = self._price(self.sale)
        return self._pricing

    @property
    def priced(self) -> PricedBasket:
        return self.pricing.basket

    def change(self, sale: SaleInHand) -> None:
        """Price and store ``sale``, then take it for the one in hand. Whatever is raised, the old one stays."""
        pricing = self._price(sale)
        if sale.is_empty:
            self.books.open_sales.drop(sale.id)
        else:
            stored = StoredSale(sale.id, sale.state, to_doc(sale))
            self.books.open_sales.save(stored, self.books.journal.next_hlc())
        is_another = (sale.id, sale.member_id) != (self.sale.id, self.sale.member_id)
        if sale.member_id != self.sale.member_id:
            self.rewarding = None
        self.sale = sale
        self._pricing = pricing
        if is_another and self.lending.wants_anything():
            self.on_need()

    def price_again(self) -> None:
        """What is lent to this till has changed. A price that the customer is paying stays."""
        if self.sale.state is SaleState.OPEN:
            self._pricing = None

    def drop(self) -> None:
        """Throw the sale in hand away."""
        self.books.open_sales.drop(self.sale.id)
        self.forget()

    def forget(self) -> None:
        """Start anew; the sale in hand is gone from the journal already."""
        self.sale = SaleInHand(self.machine.ids.new())
        self.rewarding = None
        self._pricing = None

    def _price(self, sale: SaleInHand) -> Pricing:
        programme = self.programme
        member = self.books.shop.member(sale.member_id) if sale.member_id else None
        buyer = None
        if member is not None:
            first = tier.is_new(member.view.standing)
            segments = self.books.shop.segments(member)
            buyer = PricingMember(self.tier_of(member), birthday_of(member), segments, first, member.doc.id)
        at = self.now()
        left = spending.left(self, programme, buyer.id if buyer else None, self.business_date())
        visit = Visit(store=self.store.id, coupons=sale.coupons, sale_id=sale.id, left=left)
        basket = price(sale.basket, programme, buyer, at, visit)
        held_back = self._held_back(sale, programme, buyer, at, visit) if programme.limited else ()
        return Pricing(basket, programme, buyer.tier if buyer else None, at, buyer, visit, held_back)

    def _held_back(
        self, sale: SaleInHand, programme: Programme, buyer: PricingMember | None, at: datetime, visit: Visit
    ) -> tuple[spending.HeldBack, ...]:
        """Rules that would apply if this till had something left of them: found by pricing as if it had."""
        nothing = Allowance(0, 0)
        gone = [rule for rule in programme.limited if not _is_some(visit.left.get(rule, nothing))]
        if not gone or not sale.basket.lines:
            return ()
        would = replace(visit, left={**visit.left, **dict.fromkeys(gone, Allowance())})
        uses = price(sale.basket, programme, buyer, at, would).uses
        on, member_id = self.business_date(), buyer.id if buyer else None
        return tuple(
            spending.HeldBack(rule, spending.why_none_left(self, budgets(rule, programme.limited[rule], on, member_id)))
            for rule in gone
            if rule in uses
        )

    def earned_before(self, member: KnownMember) -> EarnedBefore:
        """What caps on points count: of the month all that this till knows, of the day only its own sales."""
        on = self.business_date()
        today = sum(each.earned.points for each in member.own if each.on == on and each.earned is not None)
        months = member.view.standing.months
        return EarnedBefore(today, sum(month.points for month in months if month.number == month_of(on)))

    def _restored(self) -> SaleInHand:
        """The sale that was in hand when the till stopped. One that this version can't read, or that the programme of
        today can't price, stays stored, aside: nobody could see it, let alone void it."""
        stored = self.books.open_sales.current()
        if stored is not None:
            try:
                sale = replace(from_doc(stored.doc), id=stored.id)
                self._price(sale)
                return sale
            except (msgspec.DecodeError, DomainError):
                self.books.open_sales.save(StoredSale(stored.id, "parked", stored.doc), self.books.journal.next_hlc())
        return SaleInHand(self.machine.ids.new())


def _is_some(left: Allowance) -> bool:
    return bool(left.times and left.minor)


def birthday_of(member: KnownMember) -> str:
    """``MM-DD`` or empty; known only where the till holds the full profile."""
    full = member.doc.full
    return full.birthday[-5:] if full else ""
