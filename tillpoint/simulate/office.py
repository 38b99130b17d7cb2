"""Head office of the simulated shop: what it does while tills sell, and does again when the server was restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import func, select

from shared_models.domain.coupon_life import CouponRefused
from shared_models.domain.profile_edit import ProfileChange
from shared_models.domain.spending_rules import Spending
from shared_models.domain.stored_value_refused import MoreThanPrincipal
from shared_models.orm.server import coupon, device, member, member_link, store
from sync_server import gift_desk, people, setup, value_desk
from sync_server.errors import BadInput
from sync_server.server import Server
from tillpoint.simulate import shop
from tillpoint.simulate.kernel import Kernel
from tillpoint.simulate.server import SimServer

BY = "office"
LEAFLETS_AT_ONCE, LEAFLETS_OUT = 3, 6
CORRECTION_MINOR = 3_000
OPENING_MINOR = 30_000
OPENING_GIFTS = {"mug": 3, "lamp": 1}
WELL_KNOWN = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members that may be one person."""

    first: UUID
    second: UUID


class Office:
    """``leaflets`` are the codes that customers bring, the newest last. What it does has an id of its own or can be
    seen to be done, so that doing it again changes nothing."""

    def __init__(self, kernel: Kernel, server: SimServer, spending: Spending, joined: Callable[[Pair], None]) -> None:
        """``joined`` is told of two members before they are joined, and before they are parted."""
        self.leaflets: list[str] = []
        self._random = kernel.chance.stream("office")
        self._server = server
        self._spending = spending
        self._joined = joined
        self._published = 1
        self._done: list[Callable[[Server], object]] = []

    def open(self) -> None:
        """Before the first day: stored value and a coupon for some, leaflets, and gifts in each store."""
        for number in self._numbers()[:WELL_KNOWN]:
            self._do(partial(_correct, self._id(), number, OPENING_MINOR))
            self._do(partial(_issue, self._id(), shop.PERSONAL, number, 1))
        self._print_leaflets()
        for store_id in self._stores():
            for reward, count in OPENING_GIFTS.items():
                self._do(partial(_stock, self._id(), store_id, reward, count))

    def act(self) -> None:
        """One thing that somebody at head office does."""
        act: Callable[[], None] = self._random.choices(
            (self._give_coupon, self._print_leaflets, self._cancel, self._correct, self._freeze, self._decide,
             self._join_any, self._edit, self._stock),
            weights=(16, 14, 6, 12, 6, 26, 10, 10, 8),
        )[0]  # fmt: skip
        act()

    def publish(self, version: int) -> None:
        self._published = max(self._published, version)
        self._server.act(lambda server: shop.publish_programme(server, version, self._spending))

    def revoke(self, incarnation: UUID) -> None:
        self._do(lambda server: _if_known(server, incarnation, setup.revoke))

    def write_off(self, incarnation: UUID) -> None:
        self._do(lambda server: _if_known(server, incarnation, setup.write_off))

    def again(self) -> None:
        """After the server forgot some of it."""
        self.publish(self._published)
        for work in self._done:
            self._server.act(work)

    def _do(self, work: Callable[[Server], object]) -> None:
        self._done.append(work)
        self._server.act(work)

    # coupons

    def _give_coupon(self) -> None:
        number = self._random.choice(self._numbers())
        self._do(partial(_issue, self._id(), shop.PERSONAL, number, 1))

    def _print_leaflets(self) -> None:
        work = partial(_issue, self._id(), shop.LEAFLET, "", LEAFLETS_AT_ONCE)
        self._done.append(work)
        self.leaflets = [*self.leaflets, *self._server.act(work)][-LEAFLETS_OUT:]

    def _cancel(self) -> None:
        with self._server.server.reading() as connection:
            ids = list(connection.scalars(select(coupon.c.id).order_by(coupon.c.id)))
        if ids:
            self._do(partial(_void, self._random.choice(ids)))

    # stored value

    def _correct(self) -> None:
        minor = self._random.choice((CORRECTION_MINOR, -CORRECTION_MINOR))
        self._do(partial(_correct, self._id(), self._random.choice(self._numbers()), minor))

    def _freeze(self) -> None:
        """And let it go on a moment later, at the same desk."""
        number = self._random.choice(self._numbers())
        self._do(partial(_freeze, self._id(), number, True))
        if self._random.randrange(3):
            self._do(partial(_freeze, self._id(), number, False))

    # gifts

    def _stock(self) -> None:
        """Some come, or one is broken."""
        store_id, reward = self._random.choice(self._stores()), self._random.choice(tuple(shop.REWARDS))
        self._do(partial(_stock, self._id(), store_id, reward, self._random.choice((2, 3, -1))))

    # people

    def _decide(self) -> None:
        """Look at two that have one phone: mostly they are one person."""
        with self._server.server.reading() as connection:
            open_ones = select(member_link.c.first, member_link.c.second).where(member_link.c.state == "open")
            found = [Pair(*row) for row in connection.execute(open_ones.order_by("first", "second"))]
        if found:
            self._settle(self._random.choice(found), one_person=self._random.randrange(4) > 0)

    def _join_any(self) -> None:
        """Two members whatever their phones, or two that were joined before: those are parted."""
        with self._server.server.reading() as connection:
            ids = list(connection.scalars(select(member.c.id).order_by(member.c.id)))
            aliases = select(member.c.alias_of, member.c.id).where(member.c.alias_of.is_not(None))
            joined = [Pair(*row) for row in connection.execute(aliases.order_by(member.c.id))]
        if joined and self._random.randrange(2):
            self._settle(self._random.choice(joined), one_person=False)
        else:
            self._settle(Pair(*self._random.sample(ids, 2)), one_person=True)

    def _settle(self, pair: Pair, *, one_person: bool) -> None:
        self._joined(pair)
        self._do(partial(_join if one_person else _part, pair))

    def _edit(self) -> None:
        with self._server.server.reading() as connection:
            ids = list(connection.scalars(select(member.c.id).order_by(member.c.id).limit(WELL_KNOWN)))
        change = ProfileChange(name=f"改名{self._random.randrange(1_000)}", gender=self._random.choice(("f", "m")))
        chosen = self._random.choice(ids)
        self._server.act(lambda server: people.edit(server, chosen, BY, change))

    # what it needs for that

    def _numbers(self) -> list[str]:
        """Of members that have one alone."""
        with self._server.server.reading() as connection:
            once = select(member.c.number).group_by(member.c.number).having(func.count() == 1)
            return list(connection.scalars(once.order_by(member.c.number)))

    def _stores(self) -> list[str]:
        with self._server.server.reading() as connection:
            return list(connection.scalars(select(store.c.id).order_by(store.c.id)))

    def _id(self) -> UUID:
        return UUID(bytes=self._random.randbytes(16), version=4)


def _issue(batch_id: UUID, rule: str, number: str, count: int, server: Server) -> list[str]:
    try:
        printed = value_desk.issue_coupons(server, batch_id, rule, by=BY, member_number=number, count=count)
    except BadInput:
        return []  # whom it was for isn't known any more
    return [each.code or each.token for each in printed]


def _void(coupon_id: UUID, server: Server) -> None:
    try:
        value_desk.void_coupons(server, [coupon_id], reason="misprint", by=BY)
    except (BadInput, CouponRefused):
        return  # forgotten, or used meanwhile


def _correct(entry_id: UUID, number: str, minor: int, server: Server) -> None:
    try:
        value_desk.correct_stored_value(server, entry_id, number, minor, reason="counted again", by=BY)
    except (BadInput, MoreThanPrincipal):
        return


def _freeze(entry_id: UUID, number: str, frozen: bool, server: Server) -> None:
    try:
        value_desk.freeze_stored_value(server, entry_id, number, frozen=frozen, reason="card lost", by=BY)
    except BadInput:
        return


def _stock(entry_id: UUID, store_id: str, reward: str, units: int, server: Server) -> None:
    try:
        gift_desk.stock_gifts(server, entry_id, store_id, reward, units, reason="counted", by=BY)
    except BadInput:
        return  # tills hold them, or they are gone


def _join(pair: Pair, server: Server) -> None:
    try:
        people.join(server, pair.first, pair.second, BY)
    except BadInput:
        return


def _part(pair: Pair, server: Server) -> None:
    try:
        people.part(server, pair.first, pair.second, BY)
    except BadInput:
        return


def _if_known(server: Server, incarnation: UUID, act: Callable[[Server, UUID], object]) -> None:
    """A server that was restored may not have heard of it yet."""
    with server.reading() as connection:
        known = connection.scalar(select(device.c.incarnation).where(device.c.incarnation == incarnation))
    if known is not None:
        act(server, incarnation)
