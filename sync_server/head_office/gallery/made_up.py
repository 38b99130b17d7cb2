"""Four weeks of a made-up shop, taken in by the server's own set-up and intake: every figure has its facts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared_models.domain import clock as logical_clock
from shared_models.domain import effects, points, receipt_code
from shared_models.domain.audience import PricingMember
from shared_models.domain.basket import Basket
from shared_models.domain.cash_drawer import CashMoved, DrawerOpened, MovementKind
from shared_models.domain.catalogue import KILOGRAM, Product
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal, Spend, Step
from shared_models.domain.effects import MemberView
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.offer import AmountOff, Goods
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.profile_edit import ProfileChange
from shared_models.domain.programme import Programme, default_programme, to_plain
from shared_models.domain.sale import Inputs, Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.shift import ShiftOpened
from shared_models.domain.shift_figures import ShiftFigures, add, add_movement, add_opening, close, expected_cash
from shared_models.domain.stored_value import load
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.domain.stored_value_rules import LoadStep, StoredValueRule
from shared_models.domain.tender import cash, points_payment, quick_notes
from shared_models.wire.facts import Payload
from sync_server import people, setup
from sync_server.head_office.gallery.device import MadeUpTill
from sync_server.head_office.gallery.goods import PEOPLE, PRODUCTS, STORES
from sync_server.jobs import reprice
from sync_server.ports import Ports
from sync_server.server import Server
from sync_server.value_desk import issue_coupons

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 15, 20, tzinfo=ZONE)
DAYS = 36
PASSWORD = "made-up shop only"  # noqa: S105 - of a shop that lives as long as its pictures take
_OPENS, _CLOSES = 8, 21
_BUSY = (3, 4, 6, 7, 5, 3, 3, 4, 6, 9, 8, 4, 2)
"""How busy each hour from opening is."""


AUTUMN = "autumn"
_AUTUMN_RULE = CouponRule(
    Deal(
        AUTUMN,
        {"en": "¥10 off from ¥60", "zh_Hans": "满60减10", "zh_Hant": "滿60減10"},
        Spend(Goods(everything=True), (Step(60_00, AmountOff(10_00)),)),
        date(2026, 1, 1),
    )
)


class SetClock:
    """A clock that shows what it is set to."""

    def __init__(self) -> None:
        self.ms = 0

    def now_ms(self) -> int:
        return self.ms

    def set(self, at: datetime) -> None:
        self.ms = int(at.timestamp() * 1000)


class Seeded:
    """The same chance in every run: for made-up people only."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing secret

    def secret(self, count: int) -> bytes:
        return self._random.randbytes(count)


def ports() -> Ports:
    return Ports(SetClock(), Seeded(1))


@dataclass
class Shop:
    """Sells until it is told to stop. ``views`` is what the tills know of each member."""

    server: Server
    clock: SetClock
    chance: random.Random
    programme: Programme
    views: dict[UUID, MemberView] = field(default_factory=dict)
    receipts: dict[MadeUpTill, int] = field(default_factory=dict)
    z_numbers: dict[MadeUpTill, int] = field(default_factory=dict)

    def sale(self, till: MadeUpTill, shift: ShiftOpened, at: datetime) -> SaleConfirmed:
        self.clock.set(at)
        member_id = self._regular() if self.chance.random() < 0.55 else None
        view = self.views.get(member_id) if member_id else None
        priced = price(
            self._basket(), self.programme, PricingMember(view.standing.tier) if view else None, at.astimezone(ZONE)
        )
        payments, rounding = self._pay(priced, view, shift.business_date)
        self.receipts[till] = self.receipts.get(till, 0) + 1
        ids = self.server.ports.ids
        return assemble(
            priced, payments, rounding_minor=rounding, programme=self.programme, shift=shift,
            business_date=shift.business_date,
            inputs=Inputs(
                "1", self.programme.version, 12, view.standing.tier if view else None,
                points_seen=points.balance(view.account, shift.business_date) if view else None,
                online=self.chance.random() < 0.8, priced_ms=logical_clock.unix_ms(at),
            ),
            numbers=Numbers(
                ids.new(), ids.new(), self.receipts[till], receipt_code.encode(self.chance.randbytes(10))
            ),
            buyer=Buyer(member_id, view.standing.tier) if view and member_id else None, language="zh_Hans",
        )  # fmt: skip

    def learn(self, sale: SaleConfirmed) -> None:
        effect = effects.effect_of(sale)
        if effect is not None:
            self.views[effect.member_id] = effects.apply(self.views[effect.member_id], effect, self.programme)

    def _regular(self) -> UUID:
        """A few come often, most rarely."""
        known = list(self.views)
        return known[int(len(known) * self.chance.random() ** 1.4)]

    def _basket(self) -> Basket:
        basket = Basket()
        for _ in range(min(16, 1 + int(self.chance.expovariate(0.25)))):
            doc = self.chance.choice(PRODUCTS)
            milli = self.chance.randrange(200, 2600) if doc.unit == KILOGRAM else 1000
            basket = basket.add(_product(doc.id), doc.codes[0], milli)
        return basket

    def _pay(self, priced: PricedBasket, view: MemberView | None, on: date) -> tuple[list[Payment], int]:
        payments, due, ids = [], priced.total_minor, self.server.ports.ids
        if view is not None and self.chance.random() < 0.2:
            limit = points.redeemable(points.balance(view.account, on), due, self.programme.redeem)
            if limit.max_points:
                payments.append(points_payment(ids.new(), limit.max_points, self.programme.redeem))
                due -= payments[0].amount_minor
        taken = cash(due, self.chance.choice(quick_notes(due, self.programme.money)))
        return [*payments, taken.payment(ids.new())], taken.rounding_minor


def fill(server: Server, days: int = DAYS) -> None:
    """Stores, people, tills and weeks of sales up to ``NOW``; the server's clock stands at ``NOW`` afterwards."""
    clock = server.ports.clock
    assert isinstance(clock, SetClock), "a made-up shop needs a clock it can set"
    first = NOW - timedelta(days=days)
    clock.set(first.replace(hour=7))
    programme = _found(server)
    shop = Shop(server, clock, random.Random(7), programme)  # noqa: S311 - nothing secret
    tills = [MadeUpTill.enrolled(server, "renmin", 1), MadeUpTill.enrolled(server, "renmin", 2)]
    tills.append(MadeUpTill.enrolled(server, "binjiang", 1))
    _register(shop, tills[0], first.date(), days)
    for offset in range(days + 1):
        if offset == days:
            dearer = msgspec.structs.replace(PRODUCTS[0], price_minor=PRODUCTS[0].price_minor + 50)
            setup.import_products(server, [dearer])
        for till in tills:
            _day(shop, till, (first + timedelta(days=offset)).date())
    _valuables(shop, tills[0])
    _trouble(shop, tills)
    clock.set(NOW)


def _found(server: Server) -> Programme:
    for store in STORES:
        setup.create_store(server, store)
        setup.save_staff(server, f"wang-{store.id}", store.id, "王芳", "cashier", "2468")
    programme = replace(
        default_programme(), coupons=(_AUTUMN_RULE,), stored_value=StoredValueRule((LoadStep(200_00, 20_00),))
    )
    setup.publish_programme(server, to_plain(programme))
    setup.import_products(server, PRODUCTS)
    for name, role in (("chen.min", "administrator"), ("analyst", "analyst")):
        setup.save_user(server, name, PASSWORD, role)
    return programme


def _register(shop: Shop, till: MadeUpTill, first: date, days: int) -> None:
    for place, name in enumerate(PEOPLE):
        member_id = shop.server.ports.ids.new()
        phone = f"86138{shop.chance.randrange(10**8):08}"
        fact = MemberRegistered(
            member_id, f"8800{place + 1:06}", STORES[place % 2].id, b"", "1", ("marketing",), "till",
            first + timedelta(days=place * days // len(PEOPLE)), made_up=True,
        )  # fmt: skip
        till.register(fact, Profile(name, phone, f"{place % 12 + 1:02}-{place % 28 + 1:02}"))
        shop.views[member_id] = effects.new_member(shop.programme)
    till.push()


def _day(shop: Shop, till: MadeUpTill, day: date) -> None:
    """One shift; sales come and go with the hour, the weekday and the store."""
    shift = ShiftOpened(
        shop.server.ports.ids.new(), till.store_id, till.lane, f"wang-{till.store_id}", day, "CNY", 200_00
    )
    acts: list[tuple[datetime, Payload]] = [(_at(day, _OPENS * 60 - 10), shift)]
    weekend = 1.5 if day.isoweekday() > 5 else 1.0
    for hour, busy in enumerate(_BUSY):
        minutes = sorted(shop.chance.randrange(60) for _ in range(int(busy * weekend * shop.chance.uniform(0.5, 1.3))))
        for minute in minutes:
            at = _at(day, (_OPENS + hour) * 60 + minute) + timedelta(seconds=shop.chance.randrange(60))
            if at > NOW - timedelta(minutes=2):
                break
            sale = shop.sale(till, shift, at)
            shop.learn(sale)
            acts.append((at, sale))
    _cash(shop, till, shift, acts)
    for at, act in acts:
        shop.clock.set(at)
        till.append(act, shop.clock.ms)
    till.push()


def _cash(shop: Shop, till: MadeUpTill, shift: ShiftOpened, acts: list[tuple[datetime, Payload]]) -> None:
    """A drop at noon, a courier paid, the drawer opened once; at the end of a day that is over the count."""
    ids, day = shop.server.ports.ids, shift.business_date
    manager = f"zhao-{shift.store_id}"
    made: list[tuple[datetime, Payload]] = []
    for hour, kind, minor, reason, approver in (
        (9, MovementKind.PAID_IN, 100_00, "change", ""), (10, MovementKind.PAID_OUT, 36_00, "快递费", manager),
        (11, MovementKind.DROP, 150_00, "safe", ""),
    ):  # fmt: skip
        moved = CashMoved(
            ids.new(), shift.store_id, shift.lane, shift.shift_id, shift.cashier_id, day, "CNY", kind, minor, reason,
            approver,
        )  # fmt: skip
        made.append((_at(day, hour * 60 + 5), moved))
    opened = DrawerOpened(ids.new(), shift.store_id, shift.lane, manager, day, "change", shift.shift_id)
    made.append((_at(day, 9 * 60 + 40), opened))
    acts += [(at, act) for at, act in made if at <= NOW - timedelta(minutes=2)]
    acts.sort(key=lambda act: act[0])
    if day == NOW.date():
        return
    figures = ShiftFigures()
    for _, act in acts:
        match act:
            case SaleConfirmed():
                figures = add(figures, act)
            case CashMoved():
                figures = add_movement(figures, act)
            case DrawerOpened():
                figures = add_opening(figures)
    if day.day % 5 == 0:
        early = DrawerOpened(ids.new(), shift.store_id, shift.lane, manager, day, "count")
        acts.insert(0, (_at(day, _OPENS * 60 - 25), early))
    counted = expected_cash(shift, figures) + (0, 0, -5_00, 1_00, 0)[day.day % 5]
    shop.z_numbers[till] = shop.z_numbers.get(till, 0) + 1
    acts.append((_at(day, 22 * 60 + 10), close(shift, figures, max(0, counted), shop.z_numbers[till], day)))


def _valuables(shop: Shop, till: MadeUpTill) -> None:
    """Some paid in, and everybody got a coupon for the autumn."""
    ids, rule = shop.server.ports.ids, shop.programme.stored_value
    assert rule is not None
    for place, member_id in enumerate(shop.views):
        if place % 3 == 0:
            minor = 100_00 * (1 + place % 5)
            entry = load((), minor, rule, id=ids.new(), on=NOW.date() - timedelta(days=place % 20))
            paid = Payment(ids.new(), TenderKind.CASH, PaymentState.CAPTURED, minor, minor)
            fact = StoredValueLoaded(
                entry.id, member_id, till.store_id, till.lane, UUID(int=1), f"wang-{till.store_id}", entry.on, "CNY",
                minor, (paid,), shop.programme.version, entry.lots,
            )  # fmt: skip
            till.append(fact, shop.clock.ms)
        issue_coupons(shop.server, ids.new(), AUTUMN, by="chen.min", member_number=f"8800{place + 1:06}")
    till.push()


def _trouble(shop: Shop, tills: list[MadeUpTill]) -> None:
    """One till out of reach for half an hour, one retired, one journal that was copied."""
    shop.clock.set(NOW - timedelta(minutes=34))
    tills[2].push()
    retired = MadeUpTill.enrolled(shop.server, "renmin", 3)
    setup.revoke(shop.server, retired.incarnation)
    cloned = MadeUpTill.enrolled(shop.server, "renmin", 4)
    copy = cloned.copied()
    for journal, float_minor in ((cloned, 200_00), (copy, 0)):
        shift = ShiftOpened(shop.server.ports.ids.new(), "renmin", 4, "wang-renmin", NOW.date(), "CNY", float_minor)
        journal.append(shift, shop.clock.ms)
    cloned.push()
    copy.push()
    shop.clock.set(NOW - timedelta(minutes=3))
    for member_id in list(shop.views)[:2]:
        people.edit(shop.server, member_id, "chen.min", ProfileChange(phone="8613900001234"))
    reprice.run(shop.server)
    shop.clock.set(NOW - timedelta(seconds=20))
    for till in tills[:2]:
        till.push()
        till.pulled()


def _at(day: date, minutes: int) -> datetime:
    return (datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(minutes=minutes)).astimezone(UTC)


def _product(id: str) -> Product:
    doc = next(doc for doc in PRODUCTS if doc.id == id)
    return Product(
        doc.id, tuple(doc.codes), doc.names, doc.price_minor, doc.unit, doc.tax, doc.category, popularity=doc.rank
    )
