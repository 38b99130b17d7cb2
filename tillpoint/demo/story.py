"""The morning itself, act by act. What it did is kept in ``Told`` for the checks and the account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tillpoint.completejourney.people import made_up_name, made_up_phone
from tillpoint.completejourney.scripts import ScriptBasket, ScriptLine, next_basket
from tillpoint.demo.hands import State
from tillpoint.demo.lane import Lane, Sold
from tillpoint.demo.processes import DemoFailed
from tillpoint.demo.stage import Plan, Stage
from tillpoint.demo.wire import WireState

Say = Callable[[str], object]

NEW_MEMBER = 9_001
"""A number beyond the households' gives a name and a phone that nobody else of the demo has."""

REDEEMED = 100
_NOTICED_S = 30.0
_SYNCED_S = 60.0
_BEFORE_KILL = 0.6
_CHANGE_LINES = 4


@dataclass(slots=True)
class Told:
    """``checks`` are those that can only be made while it happens; ``screens`` are the pictures taken."""

    checks: dict[str, bool] = field(default_factory=dict)
    screens: list[Path] = field(default_factory=list)
    kills: int = 0
    offline_seconds: float = 0.0
    agreed: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who buys what. ``before`` the cut, on the lanes in turn; ``saver`` earns enough there to redeem in the cut."""

    before: tuple[ScriptBasket, ...]
    saver: ScriptBasket
    savers_next: ScriptBasket
    newcomer: ScriptBasket
    killed: ScriptBasket
    hung: tuple[ScriptBasket, ScriptBasket]
    last: tuple[ScriptBasket, ScriptBasket]


def cast_of(plan: Plan) -> Cast:
    """Give the day's baskets their parts; raise ``DemoFailed`` for a day too quiet for a story.

    The longest one after noon is the one that is killed; the others there go to the newcomer, to the members who come
    while the network hangs, and, without their members, to the time when it is back.
    """
    prices = {doc.id: doc.price_minor for doc in plan.catalogue.docs}

    def worth(basket: ScriptBasket) -> int:
        return sum(prices[line.product_id] * line.quantity for line in basket.lines if not line.weighed)

    morning = [basket for basket in plan.script.baskets if basket.at.hour < 12]
    later = [basket for basket in plan.script.baskets if basket.at.hour >= 12]
    savers = [basket for basket in morning if worth(basket) >= 130_00]
    longest = max(later, key=lambda basket: len(basket.lines), default=None)
    if not savers or len(morning) < 3 or len(later) < 6 or longest is None or len(longest.lines) < 5:
        raise DemoFailed(
            f"{plan.script.day} at store {plan.store} is too quiet for the demo: it needs three baskets before noon,"
            " one of 130 or more, and six afterwards. Try --store 292 --date 2017-11-19."
        )
    saver = savers[0]
    back = next_basket(plan.journey, plan.catalogue, plan.store, saver.household, saver.at, min_cents=3_00)
    rest = [basket for basket in later if basket is not longest]
    return Cast(
        before=tuple(morning),
        saver=saver,
        savers_next=back or rest[-1],
        newcomer=rest[0],
        killed=longest,
        hung=(rest[1], rest[2]),
        last=(rest[3], rest[4]),
    )


class Story:
    """``pace_s`` is how long to linger after each line, so that somebody can watch."""

    def __init__(self, stage: Stage, cast: Cast, say: Say, pace_s: float = 0.0) -> None:
        self._stage = stage
        self._cast = cast
        self._say = say
        self._pace_s = pace_s
        self._one, self._two = stage.lanes
        self.told = Told()
        self._screens = stage.folder / "screens"

    def play(self) -> Told:
        self._open()
        self._morning()
        self._cut()
        self._hang()
        self._kill()
        self._restore()
        self._agree()
        return self.told

    def _open(self) -> None:
        self._say("Both tills start; 王芳 and Li Lei sign in by PIN and open their shifts.")
        for lane in self._stage.lanes:
            lane.start()
        for lane in self._stage.lanes:
            lane.wait_until("asking who is there", lambda now: now["screen"] == "sign_in" and bool(now["staff"]), 90)
            self._picture(lane, "sign-in")
            lane.sign_in()

    def _morning(self) -> None:
        for place, basket in enumerate(self._cast.before):
            lane = self._stage.lanes[place % 2]
            self._ring(lane, basket.lines)
            member = lane.find_member(basket.phone[-4:])["member"]
            if basket is self._cast.saver:
                self._picture(lane, "sale-with-member")
            sold = lane.pay_with_a_note() if place % 2 else lane.pay()
            self._tell(lane, sold, f"{basket.at:%H:%M}", member["name"])
            if place == 0:
                self._picture(lane, "change")
        self._synced()
        self._saver_is_known()

    def _saver_is_known(self) -> None:
        digits = self._cast.saver.phone[-4:]
        deadline = time.monotonic() + _SYNCED_S
        while self._two.member_shown(digits)["balance"] < REDEEMED:
            if time.monotonic() > deadline:
                raise self._two.failed(f"the points of member …{digits} didn't come from the other till")
            time.sleep(0.5)

    def _cut(self) -> None:
        self._say("The network is cut: connections are refused.")
        self._stage.wire.refuse()
        self._cut_at = time.monotonic()
        self.told.checks["refusal_noticed"] = self._offline_noticed()
        basket = self._cast.newcomer
        self._one.next_sale()
        name, phone = made_up_name(NEW_MEMBER), made_up_phone(NEW_MEMBER)
        member = self._one.register_member(name, phone.removeprefix("86"), "05-20")["member"]
        self._say(f"Till 1 registers a new member, offline: {member['name']}.")
        self._ring(self._one, basket.lines)
        sold = self._one.pay_with_a_note()
        self._tell(self._one, sold, f"{basket.at:%H:%M}", member["name"])
        self.told.checks["member_registered_offline"] = sold.offline and bool(member["pending"])
        self._redeem()

    def _redeem(self) -> None:
        basket, lane = self._cast.savers_next, self._two
        self._ring(lane, basket.lines)
        before = lane.find_member(self._cast.saver.phone[-4:])["member"]
        lane.at().key("F12")
        lane.wait_until("at the tender", lambda now: now["screen"] == "tender")
        self._picture(lane, "tender-offline")
        lane.at().key("Escape")
        lane.wait_until("back at the sale", lambda now: now["screen"] == "sale")
        sold = lane.pay(points=REDEEMED)
        self.told.checks["points_redeemed_offline"] = sold.offline and sold.points_redeemed == REDEEMED
        self._tell(
            lane, sold, f"{basket.at:%H:%M}", f"{before['name']} pays with {REDEEMED} of {before['balance']} points,"
        )

    def _offline_noticed(self) -> bool:
        for lane in self._stage.lanes:
            lane.wait_until("offline", lambda now: not now["status"]["online"], _NOTICED_S)
        return True

    def _hang(self) -> None:
        """Each sale makes its till try at once; the next one is rung up while that request gets no answer."""
        self._say("The network comes half back: connections are taken and nothing ever answers.")
        self._stage.wire.hang()
        for lane, basket in zip(self._stage.lanes, self._cast.hung, strict=True):
            tried = self._stage.wire.hanging
            self._ring(lane, basket.lines)
            member = lane.find_member(basket.phone[-4:])["member"]
            sold = lane.pay_with_a_note()
            self._tell(lane, sold, f"{basket.at:%H:%M}", member["name"])
            self._left_hanging(lane, tried)
        self._picture(self._two, "offline")

    def _left_hanging(self, lane: Lane, tried: int) -> None:
        deadline = time.monotonic() + _NOTICED_S
        while self._stage.wire.hanging <= tried:
            if time.monotonic() > deadline:
                raise lane.failed("it didn't try the hanging network")
            time.sleep(0.05)

    def _kill(self) -> None:
        basket, lane = self._cast.killed, self._one
        first = max(1, int(len(basket.lines) * _BEFORE_KILL))
        self._ring(lane, basket.lines[:first])
        before = lane.find_member(basket.phone[-4:])
        self._say(f"Till 1 is killed (SIGKILL) with {len(before['lines'])} lines in the basket, and started again.")
        lane.kill()
        self.told.kills += 1
        lane.start()
        after = lane.sign_in()
        self.told.checks["killed_sale_restored"] = _essence(before) == _essence(after)
        self._picture(lane, "restored")
        self._ring(lane, basket.lines[first:])
        sold = lane.pay()
        self._tell(lane, sold, f"{basket.at:%H:%M}", "the restored sale,")
        self.told.checks["sold_while_hanging"] = sold.offline and self._stage.wire.hanging > 0

    def _restore(self) -> None:
        waiting = sum(int(lane.state()["status"]["unsent"]) for lane in self._stage.lanes)
        self._say(f"The network is back. {waiting} facts wait on the tills.")
        self.told.checks["facts_waited_offline"] = waiting > 0
        self._stage.wire.open()
        self.told.offline_seconds = time.monotonic() - self._cut_at
        for lane, basket in zip(self._stage.lanes, self._cast.last, strict=True):
            self._ring(lane, basket.lines)
            sold = lane.pay()
            self._tell(lane, sold, f"{basket.at:%H:%M}", "a customer who isn't a member")
        self._synced()

    def _agree(self) -> None:
        """Both tills show the members that the other one changed as it shows them itself."""
        digits = [self._cast.saver.phone[-4:], made_up_phone(NEW_MEMBER)[-4:], self._cast.killed.phone[-4:]]
        deadline = time.monotonic() + _SYNCED_S
        while True:
            shown = {each: tuple(_account(lane.member_shown(each)) for lane in self._stage.lanes) for each in digits}
            self.told.agreed = {each: pair[0] for each, pair in shown.items()}
            agree = all(one == two for one, two in shown.values())
            if agree or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        self.told.checks["screens_agree"] = agree
        for lane in self._stage.lanes:
            lane.find_member(digits[0])
            self._picture(lane, "agreed")
            lane.at().key("F2")
            lane.at().key("F8")

    # pieces

    def _ring(self, lane: Lane, lines: Iterable[ScriptLine]) -> None:
        for line in _joined(lines):
            lane.ring(line)
            time.sleep(self._pace_s)

    def _synced(self) -> None:
        """Wait until neither till has anything unsent."""
        for lane in self._stage.lanes:
            lane.wait_until("in step", lambda now: now["status"]["online"] and not now["status"]["unsent"], _SYNCED_S)

    def _tell(self, lane: Lane, sold: Sold, at: str, who: str) -> None:
        extra = f", {sold.points_earned} points earned" if sold.points_earned else ""
        extra += f", {sold.points_redeemed} redeemed" if sold.points_redeemed else ""
        cut = self._stage.wire.state is not WireState.OPEN
        state = "online" if not sold.offline else "offline" if cut else "not yet online again"
        time.sleep(self._pace_s * _CHANGE_LINES)
        money = f"¥{sold.total_minor / 100:.2f}"
        self._say(f"  {at} till {lane.number} ({state}): {who} {sold.lines} lines, {money}{extra}")

    def _picture(self, lane: Lane, name: str) -> None:
        path = self._screens / f"{len(self.told.screens) + 1:02d}-{name}-till-{lane.number}.png"
        self.told.screens.append(lane.grab(path))


def _joined(lines: Iterable[ScriptLine]) -> list[ScriptLine]:
    """Lines of one product by the piece as one, as the till joins them."""
    by_code: dict[str, ScriptLine] = {}
    for place, line in enumerate(lines):
        key = f"{line.code}/{place}" if line.weighed else line.code
        before = by_code.get(key)
        quantity = line.quantity + (before.quantity if before else 0)
        by_code[key] = ScriptLine(product_id=line.product_id, code=line.code, quantity=quantity, weighed=line.weighed)
    return list(by_code.values())


def _essence(state: State) -> tuple[object, ...]:
    """What must come back after a kill: each line, the total, the member."""
    lines = tuple(
        (line["product_id"], line["code"], line["quantity_milli"], line["amount_minor"]) for line in state["lines"]
    )
    member = state["member"]
    return lines, state["total_minor"], member and member["id"]


def _account(member: State) -> tuple[int, ...]:
    return int(member["balance"]), int(member["debt"]), int(member["growth"])
