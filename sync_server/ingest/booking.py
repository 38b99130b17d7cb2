"""Readable facts become sales, shifts, members and points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from shared_models.domain.clock import utc
from shared_models.domain.effects import effect_of
from shared_models.domain.facts import Fact
from shared_models.domain.member import Effect, Lot, MemberRegistered
from shared_models.domain.member_links import MembersLinked
from shared_models.domain.profile_edit import MemberEdited
from shared_models.domain.reward_facts import RewardRedeemed, effect_of_redemption
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.spending_rules import ResourceKind, points_of
from shared_models.orm.server import member, points_lot, shift
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest import people
from sync_server.ingest.after import After
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.cash import book_cash
from sync_server.ingest.doubts import Receipt, receipt_doubts, shift_doubts
from sync_server.ingest.leases import book_leases
from sync_server.ingest.locks import lock_own
from sync_server.ingest.parting import may_be_due
from sync_server.ingest.people import People
from sync_server.ingest.retelling import has_successor, unfold
from sync_server.ingest.returns import book_returns, show_receipts
from sync_server.ingest.rewards import book_gifts, write_redemptions
from sync_server.ingest.sales import told_apart, write_sales, write_shifts
from sync_server.ingest.sides import Sides
from sync_server.ingest.value import book_value
from sync_server.ledger.leases import recall
from sync_server.ledger.members import Members
from sync_server.ledger.owned import ids_of
from sync_server.ledger.profiles import Profiles
from sync_server.server import Server
from sync_server.store.statements import among

MOST_LINKS = 20
"""That one registration leads to; a phone of more people is a shop's own or made up."""


@dataclass(slots=True)
class Lane:
    """Where a device stands, and the last receipt and Z numbers its lane is known to have used."""

    store_id: str
    lane: int
    receipt_number: int
    z_number: int


def book(
    server: Server,
    act: Act,
    incarnation: UUID,
    lane: Lane,
    facts: Sequence[tuple[Fact, Payload]],
    sides: Sides,
    alerts: Alerts,
    told: int = 0,
) -> After:
    """Apply facts in their order, each with an alert for every rule it breaks. ``lane`` counts on. Returns what the
    server has to say then.

    ``told`` is the device's last fact, if these aren't its newest.
    """
    unfolded = unfold(act, facts, alerts)
    (facts, known_sales), retold = told_apart(act, unfolded.facts), frozenset(unfolded.retold)
    as_told = {}
    for (fact, one), (_, before) in zip(facts, unfolded.facts, strict=True):
        if one is before and fact.number not in retold:
            as_told[fact.number] = fact.payload
        elif one is not before and isinstance(one, SaleConfirmed):
            message = f"Receipt {one.receipt_number} is of a sale that was paid for twice, at a till and at its copy."
            alerts.add("sale-repeated", message, fact)
    late = frozenset(fact.number for fact, _ in facts) if told else retold
    may_part = may_be_due(act.connection, (one for _, one in facts))
    if may_part or people.leads_to_links(facts):
        lock_own(server, act.connection)
    sales = [(fact, one) for fact, one in facts if isinstance(one, SaleConfirmed) and not one.training]
    new_sales = write_sales(act, sales, known_sales, server.today())
    show_receipts(
        server, act, [(one, as_told.get(fact.number, b"")) for fact, one in sales if fact.number in new_sales]
    )

    def may_be_known(fact: Fact) -> bool:
        return fact.number in retold or has_successor(act, incarnation)

    for fact, sale in [one for one in sales if one[0].number not in new_sales and not may_be_known(one[0])]:
        alerts.add("sale-repeated", f"Receipt {sale.receipt_number} is known from another fact.", fact)
    _book_shifts(act, lane, facts, late, alerts)
    book_cash(act, facts, lane.store_id, lane.lane, alerts)
    _doubt_owners(act, lane, facts, alerts)
    _doubt_receipts(lane, facts, late, alerts, utc(act.now_ms).date() + timedelta(days=1))
    returned = book_returns(act, facts, may_be_known, alerts)
    redeemed = write_redemptions(server, act, facts, may_be_known, alerts)
    done = [(fact.number, effect_of(sale)) for fact, sale in sales]
    done += [(fact.number, effect_of_redemption(one)) for fact, one in redeemed.facts]
    done += [(number, one.effect) for number, one in returned.booked.items()]
    effects = {number: effect for number, effect in done if effect is not None}
    new = new_sales | returned.new | redeemed.new
    known = frozenset(effects) - new
    lent = book_leases(server, act, incarnation, facts, new, unfolded.origins(), alerts)
    after = After(partings=may_part)
    for part in people.segments(facts):
        booking = _MemberBooking(
            server, act, incarnation, effects, known, may_be_known, unfolded.retold, told, sides, alerts, after
        )
        booking.book(part, ids_of(lent, ResourceKind.POINTS))
    coupons = {rule.id: rule for rule in server.programme(act.connection).coupons} if returned.booked else {}
    book_value(act, incarnation, facts, new_sales, returned, coupons, may_be_known, alerts, lent)
    book_gifts(server, act, incarnation, facts, redeemed.new, may_be_known, alerts, lent)
    return after


def _book_shifts(
    act: Act, lane: Lane, facts: Sequence[tuple[Fact, Payload]], late: frozenset[int], alerts: Alerts
) -> None:
    closed = [(fact, one) for fact, one in facts if isinstance(one, ShiftClosed)]
    write_shifts(act, [one for _, one in facts if isinstance(one, ShiftOpened)], [one for _, one in closed])
    for fact, one in closed:
        for kind, message in shift_doubts(one, one.z_number if fact.number in late else lane.z_number + 1):
            alerts.add(kind, message, fact)
        lane.z_number = max(lane.z_number, one.z_number)


def _doubt_owners(act: Act, lane: Lane, facts: Sequence[tuple[Fact, Payload]], alerts: Alerts) -> None:
    """What counts in a shift of another lane would make that one's drawer short."""
    shifts = {fact.number: getattr(one, "shift_id", None) for fact, one in facts}
    ids = {each for each in shifts.values() if each is not None}
    if not ids:
        return
    rows = act.connection.execute(
        select(shift.c.shift_id, shift.c.store_id, shift.c.lane).where(among(act.connection, shift.c.shift_id, ids))
    )
    others = {row.shift_id: row for row in rows if (row.store_id, row.lane) != (lane.store_id, lane.lane)}
    for fact, _ in facts:
        other = others.get(shifts[fact.number])
        if other is not None:
            message = f"It counts in a shift of store {other.store_id}, lane {other.lane}; its device is"
            alerts.add("foreign-lane", f"{message} {lane.store_id}, {lane.lane}.", fact)


def _doubt_receipts(
    lane: Lane, facts: Sequence[tuple[Fact, Payload]], late: frozenset[int], alerts: Alerts, latest: date
) -> None:
    """The numbers of what comes ``late``, or is another device's, aren't in line with the others."""
    for fact, one in facts:
        if not isinstance(one, Receipt) or (isinstance(one, SaleConfirmed) and one.training):
            continue
        expected = one.receipt_number if fact.number in late else lane.receipt_number + 1
        for kind, message in receipt_doubts(one, lane.store_id, lane.lane, expected, latest):
            alerts.add(kind, message, fact, _member_of(one))
        lane.receipt_number = max(lane.receipt_number, one.receipt_number)


def _member_of(one: Receipt) -> UUID | None:
    if isinstance(one, RewardRedeemed):
        return one.member_id
    return one.member.id if one.member else None


class _MemberBooking:
    """The part of a batch that is about members, in the facts' order.

    ``effects`` are those of sales, returns and rewards; of the numbers ``known`` the act is booked already, from
    another fact: they are only counted. Without that the till that told it again would show them on top of a row that
    holds them.
    """

    def __init__(
        self, server: Server, act: Act, incarnation: UUID, effects: dict[int, Effect], known: frozenset[int],
        may_be_known: Callable[[Fact], bool], retold: dict[int, Fact], told: int, sides: Sides, alerts: Alerts,
        after: After,
    ) -> None:  # fmt: skip
        self._server = server
        self._act = act
        self._incarnation = incarnation
        self._effects = effects
        self._known = known
        self._may_be_known = may_be_known
        self._retold = retold
        self._told = told
        self._sides = sides
        self._alerts = alerts
        self._after = after
        self._profiles = Profiles(act, server)

    def book(self, facts: Sequence[tuple[Fact, Payload]], lent: set[UUID]) -> None:
        """``lent`` are members of whose points something else is lent now."""
        registrations = [one for _, one in facts if isinstance(one, MemberRegistered)]
        ids = {one.member_id for one in registrations} | people.ids_of(self._act.connection, facts) | lent
        ids |= {self._effects[fact.number].member_id for fact, _ in facts if fact.number in self._effects}
        if not ids and not any(isinstance(one, MembersLinked) for _, one in facts):
            return
        programme = self._server.programme(self._act.connection)
        members = Members(self._act, self._incarnation, programme, ids, self._told)
        is_own = self._incarnation == self._server.incarnation(self._act.connection)
        of_people = People(
            self._act, members, self._profiles, self._sides, self._alerts, self._after, self._retold, is_own=is_own
        )  # fmt: skip
        lots = self._known_lots()
        taken = self._taken_numbers(registrations)
        said: dict[UUID, Fact] = {}
        for fact, payload in facts:
            if isinstance(payload, MemberRegistered):
                self._register(members, of_people, fact, payload, taken)
            elif fact.number in self._known:
                members.count(fact.number, self._effects[fact.number].member_id)
            elif isinstance(payload, Receipt) and fact.number in self._effects:
                self._apply(members, fact, payload, lots)
            else:
                of_people.book(fact, payload)
            if isinstance(payload, MemberRegistered | MemberEdited):
                said[payload.member_id] = fact
        members.show(lent)
        members.write(self._server)
        for member_id, others in self._profiles.write().items():
            message = f"The phone of this member is also that of {', '.join(each.number for each in others[:5])}."
            self._alerts.add("same-phone", message, said[member_id], member_id)
            of_people.link(member_id, [each.person for each in others[:MOST_LINKS]])

    def _register(
        self, members: Members, of_people: People, fact: Fact, payload: MemberRegistered, taken: set[str]
    ) -> None:
        profile = of_people.registered(payload, self._sides.profile(fact, payload, self._alerts))
        if not members.register(fact.number, payload, profile):
            if self._may_be_known(fact):
                return
            self._alerts.add("member-repeated", "This member was registered before.", fact, payload.member_id)
            return
        if payload.number in taken:
            message = f"Member number {payload.number} is used twice."
            self._alerts.add("same-number", message, fact, payload.member_id)
        taken.add(payload.number)
        if profile is not None:
            self._profiles.add(payload.member_id, profile)
        of_people.welcome(payload.member_id, self._server.programme(self._act.connection))

    def _apply(self, members: Members, fact: Fact, one: Receipt, lots: set[UUID]) -> None:
        effect = self._effects[fact.number]
        if effect.member_id not in members.known:
            members.placeholder(effect.member_id, one.store_id, effect.on)
            what = "reward" if isinstance(one, RewardRedeemed) else "sale"
            message = f"A {what} names a member nobody registered."
            self._alerts.add("unknown-member", message, fact, effect.member_id)
        if lots & {lot.id for lot in _new_lots(effect)}:
            self._alerts.add("lot-repeated", "Points were earned twice under one id.", fact, effect.member_id)
            effect = _without_lots(effect, lots)
        lots |= {lot.id for lot in _new_lots(effect)}
        owed = members.apply(fact.number, effect)
        if owed:
            message = f"{owed} points were redeemed that the member didn't have; they are owed."
            self._alerts.add("overspent", message, fact, effect.member_id)
            for each in members.joined_with(effect.member_id):
                recall(self._act, points_of(each))

    def _known_lots(self) -> set[UUID]:
        new = [effect for number, effect in self._effects.items() if number not in self._known]
        ids = [lot.id for effect in new for lot in _new_lots(effect)]
        known = select(points_lot.c.id).where(among(self._act.connection, points_lot.c.id, ids))
        return set(self._act.connection.scalars(known)) if ids else set()

    def _taken_numbers(self, registrations: Sequence[MemberRegistered]) -> set[str]:
        numbers = [one.number for one in registrations]
        known = select(member.c.number).where(member.c.number.in_(numbers))
        return set(self._act.connection.scalars(known)) if numbers else set()


def _new_lots(effect: Effect) -> tuple[Lot, ...]:
    return (effect.earned, *effect.given_back) if effect.earned else effect.given_back


def _without_lots(effect: Effect, known: set[UUID]) -> Effect:
    """All of ``effect`` but the lots that there are already."""
    earned = None if effect.earned is None or effect.earned.id in known else effect.earned
    return replace(effect, earned=earned, given_back=tuple(lot for lot in effect.given_back if lot.id not in known))
