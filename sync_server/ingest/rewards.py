"""Rewards that members had, and gifts that came into stock: booked whatever they rest on, and somebody is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from shared_models.domain.clock import believed_ms
from shared_models.domain.facts import Fact
from shared_models.domain.programme import Programme
from shared_models.domain.reward_facts import GiftStocked, RewardRedeemed, stock_id
from shared_models.domain.spending_rules import Resource, ResourceKind, gifts_of
from shared_models.orm import server as tables
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ledger.gifts import HANDED_OVER, STOCKED, Gifts
from sync_server.ledger.leases import recall
from sync_server.ledger.owned import ids_of
from sync_server.server import Server
from sync_server.store.statements import Row, add

Facts = Sequence[tuple[Fact, Payload]]

_NOTHING: Final = frozenset[int]()


@dataclass(frozen=True, slots=True)
class Redeemed:
    """By the numbers of their facts: all rewards of a batch, and those of them that weren't booked yet."""

    facts: tuple[tuple[Fact, RewardRedeemed], ...] = ()
    new: frozenset[int] = _NOTHING


def write_redemptions(
    server: Server, act: Act, facts: Facts, may_be_known: Callable[[Fact], bool], alerts: Alerts
) -> Redeemed:
    """Store the rewards among ``facts`` that aren't there yet, each with an alert for every rule it breaks."""
    told = tuple((fact, one) for fact, one in facts if isinstance(one, RewardRedeemed))
    if not told:
        return Redeemed()
    first: dict[UUID, tuple[Fact, RewardRedeemed]] = {}
    for fact, one in told:
        first.setdefault(one.redemption_id, (fact, one))
    id_ = tables.reward_redemption.c.redemption_id
    known = set(act.connection.scalars(select(id_).where(id_.in_(first))))
    new = [(fact, one) for redemption_id, (fact, one) in first.items() if redemption_id not in known]
    add(act.connection, tables.reward_redemption, [_row(fact, one, act.now_ms) for fact, one in new])
    numbers = frozenset(fact.number for fact, _ in new)
    programme = server.programme(act.connection)
    for fact, one in told:
        if fact.number in numbers:
            for kind, message in _doubts(programme, one):
                alerts.add(kind, message, fact, one.member_id)
        elif not may_be_known(fact):
            alerts.add("reward-repeated", f"{_name(one)} is known from another fact.", fact, one.member_id)
    return Redeemed(told, numbers)


def book_gifts(
    server: Server,
    act: Act,
    incarnation: UUID,
    facts: Facts,
    new: Set[int],
    may_be_known: Callable[[Fact], bool],
    alerts: Alerts,
    lent: Set[Resource] = frozenset(),
) -> None:
    """Count what facts brought into stock and handed over, in their order; ``new`` are the rewards that weren't booked
    yet. Of ``lent`` something else is lent now."""
    shown = ids_of(lent, ResourceKind.GIFT)
    done = [(fact, one) for fact, one in facts if _stock_of(one) is not None]
    if not done and not shown:
        return
    if incarnation != server.incarnation(act.connection):
        for fact, _ in [each for each in done if isinstance(each[1], GiftStocked)]:
            alerts.add("not-for-tills", f"A till can't say {fact.kind}; it was left out.", fact)
        done = [each for each in done if not isinstance(each[1], GiftStocked)]
    ids = {stock for _, one in done if (stock := _stock_of(one)) is not None} | shown
    gifts = Gifts(act, incarnation, ids, [_entry_id(one) for _, one in done])
    gifts.show(shown)
    for fact, one in done:
        if isinstance(one, GiftStocked):
            _stock(gifts, fact, one, may_be_known, alerts)
        elif isinstance(one, RewardRedeemed):
            _hand_over(act, gifts, fact, one, alerts, is_new=fact.number in new)
    gifts.write()


def _stock(
    gifts: Gifts, fact: Fact, stocked: GiftStocked, may_be_known: Callable[[Fact], bool], alerts: Alerts
) -> None:
    note = f"{stocked.reason} ({stocked.by})"
    missing = gifts.add(
        fact.number, stocked.entry_id, stocked.store_id, stocked.reward, STOCKED, stocked.units, stocked.booked_on, note
    )
    if missing is None and not may_be_known(fact):
        alerts.add("gift-repeated", "An entry of gift stock came twice under one id; it was booked once.", fact)


def _hand_over(act: Act, gifts: Gifts, fact: Fact, one: RewardRedeemed, alerts: Alerts, *, is_new: bool) -> None:
    if not is_new:
        gifts.count(fact.number, one.store_id, one.reward)
        return
    missing = gifts.add(
        fact.number, one.redemption_id, one.store_id, one.reward, HANDED_OVER, -one.units, one.business_date
    )
    if missing:
        message = (
            f"{missing} of {one.reward} were handed over in store {one.store_id} that weren't in stock: {_name(one)}."
        )
        alerts.add("gift-short", message, fact, one.member_id)
        recall(act, gifts_of(stock_id(one.store_id, one.reward)))


def _doubts(programme: Programme, one: RewardRedeemed) -> Iterator[tuple[str, str]]:
    """What the programme, as the till knew it, says otherwise."""
    if one.programme_version != programme.version:
        return
    reward = next((each for each in programme.rewards if each.id == one.reward), None)
    if reward is None or (reward.kind, reward.what) != (one.kind, one.what):
        yield "reward-unknown", f"{_name(one)} is of a reward that programme {programme.version} doesn't have."
    elif reward.points * one.units != one.points:
        due = reward.points * one.units
        yield "reward-points", f"{_name(one)} took {one.points} points; by programme {programme.version} it is {due}."


def _stock_of(payload: Payload) -> UUID | None:
    match payload:
        case GiftStocked():
            return stock_id(payload.store_id, payload.reward)
        case RewardRedeemed() if payload.stock is not None:
            return stock_id(payload.store_id, payload.reward)
    return None


def _entry_id(payload: Payload) -> UUID:
    assert isinstance(payload, GiftStocked | RewardRedeemed)
    return payload.entry_id if isinstance(payload, GiftStocked) else payload.redemption_id


def _name(one: RewardRedeemed) -> str:
    return (
        f"receipt {one.lane}-{one.receipt_number} of store {one.store_id} on {one.business_date}"
        f" ({one.units} of {one.reward})"
    )


def _row(fact: Fact, one: RewardRedeemed, now_ms: int) -> Row:
    return {
        "redemption_id": one.redemption_id, "incarnation": fact.incarnation, "number": fact.number,
        "store_id": one.store_id, "lane": one.lane, "receipt_number": one.receipt_number,
        "business_date": one.business_date.isoformat(), "confirmed_ms": believed_ms(fact.hlc, now_ms),
        "cashier_id": one.cashier_id, "member_id": one.member_id, "reward": one.reward, "kind": one.kind.value,
        "what": one.what, "units": one.units, "points": one.points,
    }  # fmt: skip
