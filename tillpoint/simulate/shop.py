"""The shop that a simulation starts with: its stores, their staff, a small catalogue, some members and a programme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from shared_models.domain.barcode import check_digit
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal, Each, Spend, Step
from shared_models.domain.earn_rules import ActRule
from shared_models.domain.limits import Cap, Limits
from shared_models.domain.member import Profile
from shared_models.domain.member_links import REGISTER
from shared_models.domain.offer import AmountOff, Goods, PercentOff
from shared_models.domain.phone import normalise
from shared_models.domain.programme import Programme, default_programme, to_plain
from shared_models.domain.rewards import Reward, RewardKind
from shared_models.domain.spending_rules import Mode, Policy, Spending
from shared_models.domain.stored_value_rules import LoadStep, StoredValueRule
from shared_models.orm.server import programme
from shared_models.wire.state import ProductDoc, StoreDoc
from sync_server import setup
from sync_server.server import Server

PIN = "1357"
MEMBERS = 12
FLOORS = (200, 100, 300)
"""Points; what programmes published one after another allow."""
VALUE_FLOOR_MINOR = 20_000
STYLES = (
    Spending(),
    Spending(points=Policy(Mode.ESCROW, most=400)),
    Spending(points=Policy(Mode.FLOOR, per_day=4_000), stored_value=Policy(Mode.FLOOR, floor=VALUE_FLOOR_MINOR)),
)
"""How points and stored value may be spent apart: each simulation has one of them."""
RETURNS = (Policy(Mode.ESCROW), Policy(Mode.REFUSE), Policy(Mode.FLOOR, floor=1_000), Spending().returns)
"""How goods may come back apart: what was lent, what was lent for just that, a piece of a line, or all a till sees."""
PERSONAL, LEAFLET = "ten-off", "five-off"
LEAFLETS = 400
"""At most so many of each kind of coupon."""
FIRST_COME, FIRST_COME_USES = "first-come", 24
"""An offer for the first sales of all, and for how many."""
GIFT_POINTS = 50
REWARDS = {"mug": 20, "lamp": 350}
"""Gifts and what each costs in points: one less than any floor, one more."""
_PRODUCTS = 40
_JOINED = date(2026, 11, 1)


def style(seed: int) -> Spending:
    """What a simulation plays with."""
    return replace(STYLES[seed % len(STYLES)], returns=RETURNS[seed % len(RETURNS)])


def codes() -> list[str]:
    """The EANs that can be scanned."""
    bodies = [f"0400000{number:05d}" for number in range(_PRODUCTS)]
    return [body + check_digit(body) for body in bodies]


def phone(number: int) -> str:
    """A made-up phone, as typed."""
    return f"1990000{number:04d}"


def store_id(number: int) -> str:
    """Stores are numbered from 1."""
    return f"s{number}"


def cashier_id(store: str) -> str:
    return f"c-{store}"


def found(server: Server, stores: int, spending: Spending) -> None:
    """Set the shops up through the same calls that the commands use."""
    for number in range(1, stores + 1):
        setup.create_store(
            server,
            StoreDoc(
                id=store_id(number),
                names={"en": f"Corner Shop {number}", "zh_Hans": f"街角超市{number}", "zh_Hant": f"街角超市{number}"},
                address=[f"{number} Virtual Road"],
                currency="CNY",
                timezone="Asia/Shanghai",
            ),
        )
        setup.save_staff(server, cashier_id(store_id(number)), store_id(number), "王芳", "service_desk", PIN)
    publish_programme(server, 1, spending)
    setup.import_products(server, _products())
    setup.import_members(server, _members(server, stores))


def publish_programme(server: Server, version: int, spending: Spending) -> None:
    """The shop's, in which from version to version only changes what may be redeemed at a till that is cut off. Nothing
    if it is published."""
    with server.reading() as connection:
        if (connection.scalar(select(func.max(programme.c.version))) or 0) >= version:
            return
    setup.publish_programme(server, to_plain(the_programme(version, spending)))


def the_programme(version: int, spending: Spending) -> Programme:
    """The default one, with stored value, coupons, a gift for who registers, gifts for points, and an offer for the
    first who come."""
    plain = default_programme(version)
    everything = Goods(everything=True)
    first_come = Deal(
        FIRST_COME, {"en": "First come"}, Each(everything, PercentOff(Decimal(10))), plain.valid_from, most_times=1,
        limits=Limits(total=Cap(times=FIRST_COME_USES)),
    )  # fmt: skip
    return replace(
        plain,
        floor_points=FLOORS[(version - 1) % len(FLOORS)],
        spending=spending,
        deals=(first_come,),
        coupons=(_coupon(PERSONAL, 1_000, plain.valid_from), _leaflet(plain.valid_from)),
        stored_value=StoredValueRule(steps=(LoadStep(10_000, 1_000),), bonus_days=365),
        rewards=tuple(
            Reward(name, {"en": name}, RewardKind.GOODS, name, points, plain.valid_from)
            for name, points in REWARDS.items()
        ),
        acts=(*plain.acts, ActRule(REGISTER, points=GIFT_POINTS, most=1)),
    )


def _coupon(rule: str, off_minor: int, valid_from: date) -> CouponRule:
    terms = Spend(Goods(everything=True), (Step(1, AmountOff(off_minor)),))
    return CouponRule(Deal(rule, {"en": rule}, terms, valid_from))


def _leaflet(valid_from: date) -> CouponRule:
    return replace(_coupon(LEAFLET, 500, valid_from), personal=False, number=1)


def _products() -> Iterator[ProductDoc]:
    for number, code in enumerate(codes()):
        yield ProductDoc(
            id=f"p{number}",
            codes=[code],
            names={"en": f"Goods {number}", "zh_Hans": f"商品{number}"},
            price_minor=1_990 + 1_370 * number,
            tax="standard" if number % 3 else "reduced",
            category="tobacco" if number % 13 == 12 else f"g{number % 5}",
            member_price=number % 13 != 12,
            rank=number,
        )


def _members(server: Server, stores: int) -> Iterator[tuple[setup.NewMember, Profile]]:
    for number in range(MEMBERS):
        new = setup.NewMember(
            member_id=server.ports.ids.new(),
            number=f"8{number:07d}",
            store_id=store_id(1 + number % stores),
            notice_version="2026-11",
            consents=(),
            source="import",
            registered_on=_JOINED,
            made_up=True,
        )
        yield new, Profile(name=f"会员{number}", phone=normalise(phone(number)))
