"""Playing a member's events through the very folds that tills and server use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from shared_models.domain import effects, stored_value, tier
from shared_models.domain.earn_rules import ActRule
from shared_models.domain.earning import EarnedBefore, LineEarned, earned, reward
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Effect, Grant, Lot
from shared_models.domain.money import Rounding, round_ratio
from shared_models.domain.points import balance, worth
from shared_models.domain.points_back import given_back_lots, spent_lots
from shared_models.domain.programme import Programme
from shared_models.domain.stored_value_ledger import Entry
from shared_models.domain.stored_value_rules import SpendOrder, StoredValueRule
from shared_models.domain.tier_grant import give
from shared_models.domain.tier_history import TierChange, change, changes
from tillpoint.account.events import Act, Event, Granted, Life, Purchase, Referral, Stored, WholeReturn
from tillpoint.errors import CommandError

_MEMBER = UUID(int=1)


@dataclass(frozen=True, slots=True)
class _Bought:
    """A purchase with what a return of it needs."""

    effect: Effect
    spent: tuple[Lot, ...]


@dataclass(slots=True)
class Account:
    """Where the member stands; ``told`` are what each event did, in words for the account."""

    programme: Programme
    view: MemberView
    seen: date
    entries: list[Entry] = field(default_factory=list)
    changes: list[TierChange] = field(default_factory=list)
    bought: dict[int, _Bought] = field(default_factory=dict)
    returned: set[int] = field(default_factory=set)
    acts: list[Act | Referral] = field(default_factory=list)

    def balance(self, on: date) -> int:
        return balance(effects.shown_account(self.view, self.programme), on)


def play(life: Life) -> Iterator[tuple[Event | None, Account]]:
    """The account after each event, and at the end after the time up to ``life.on`` (with ``None``)."""
    account = Account(life.programme, effects.new_member(life.programme), life.events[0].on)
    for number, event in enumerate(life.events, 1):
        _let_time_pass(account, event.on)
        before = account.view.standing
        _happen(account, number, event)
        found = change(before, account.view.standing, account.programme, event.on)
        account.changes += [found] if found else []
        yield event, account
    _let_time_pass(account, life.on)
    yield None, account


def _let_time_pass(account: Account, on: date) -> None:
    if on > account.seen:
        account.changes += changes(account.view.standing, account.programme, account.seen, on)
        account.seen = on


def _happen(account: Account, number: int, event: Event) -> None:
    match event:
        case Purchase():
            _buy(account, number, event)
        case WholeReturn():
            _take_back(account, number, event)
        case Act() | Referral():
            _act(account, number, event)
        case Granted(on, code, until, by):
            standing = give(account.view.standing, Grant(code, on, until, by), account.programme)
            account.view = MemberView(account.view.account, standing)
        case Stored():
            _store(account, number, event)


def _buy(account: Account, number: int, event: Purchase) -> None:
    programme, view = account.programme, account.view
    by_points = min(event.minor, worth(event.points, programme.redeem))
    paid = event.minor - by_points
    code = tier.at(view.standing, programme, event.on)
    per_minor = programme.tier(code).earn_multiplier * programme.earn.points / programme.money.unit_minor
    line = LineEarned(by_points, paid, Decimal(paid) * per_minor)
    lot = earned([line], programme, code, event.on, UUID(int=number), _earned_before(account, event.on))
    held = effects.account_on(view, programme, event.on)
    effect = Effect(
        member_id=_MEMBER,
        on=event.on,
        earned=Lot(lot.lot_id, lot.points, lot.expires_on, lot.available_on) if lot else None,
        redeemed_points=event.points,
        growth=round_ratio(paid * programme.earn.growth, programme.money.unit_minor, Rounding.DOWN),
        spend_minor=paid,
        visits=1,
    )
    account.bought[number] = _Bought(effect, spent_lots(held, event.points, event.on))
    account.view = effects.apply(view, effect, programme)


def _earned_before(account: Account, on: date) -> EarnedBefore:
    points = [(each.effect.on, each.effect.earned.points) for each in account.bought.values() if each.effect.earned]
    return EarnedBefore(
        sum(many for day, many in points if day == on),
        sum(many for day, many in points if (day.year, day.month) == (on.year, on.month)),
    )


def _take_back(account: Account, number: int, event: WholeReturn) -> None:
    bought = account.bought.get(event.of)
    if bought is None or event.of in account.returned:
        raise CommandError(f"Event {number} returns event {event.of}, which is no purchase or came back already.")
    account.returned.add(event.of)
    effect = bought.effect
    ids = (UUID(int=number << 32 | place) for place in range(len(bought.spent) + 1))
    back = given_back_lots(bought.spent, effect.redeemed_points, 0, effect.redeemed_points, event.on, ids)
    undo = Effect(
        member_id=_MEMBER,
        on=event.on,
        growth=-effect.growth,
        spend_minor=-effect.spend_minor,
        visits=-1,
        taken_back=effect.earned.points if effect.earned else 0,
        given_back=back,
        bought_on=effect.on,
    )
    account.view = effects.apply(account.view, undo, account.programme)


def _act(account: Account, number: int, event: Act | Referral) -> None:
    programme = account.programme
    code = event.act if isinstance(event, Act) else "referral"
    rule = next((each for each in programme.acts if each.act == code), None)
    if rule is None and isinstance(event, Act):
        raise CommandError(f"Event {number}: the programme has no rule for “{code}”.")
    found = reward(programme.acts, code, _done(account, rule, event.on) if rule else 0)
    lot = None
    if found.points:
        lot = earned([LineEarned(0, 0, Decimal(found.points))], programme, "", event.on, UUID(int=number))
    effect = Effect(
        member_id=_MEMBER,
        on=event.on,
        earned=Lot(lot.lot_id, lot.points, lot.expires_on, lot.available_on) if lot else None,
        growth=found.growth,
        interactions=1,
        referrals=int(isinstance(event, Referral)),
    )
    account.acts.append(event)
    account.view = effects.apply(account.view, effect, programme)


def _done(account: Account, rule: ActRule, on: date) -> int:
    """How often the act was done in its period before."""
    begins = rule.per.start(on)
    return sum(
        1
        for each in account.acts
        if each.on >= begins and (each.act if isinstance(each, Act) else "referral") == rule.act
    )


def _store(account: Account, number: int, event: Stored) -> None:
    rule = account.programme.stored_value or StoredValueRule((), SpendOrder.PRINCIPAL_FIRST)
    entry_id = UUID(int=number)
    match event.what:
        case "load":
            entry = stored_value.load(account.entries, event.minor, rule, id=entry_id, on=event.on)
        case "spend":
            entry = stored_value.spend(account.entries, event.minor, rule.spend_order, id=entry_id, on=event.on)
        case _:
            entry = stored_value.cash_out(account.entries, event.minor, rule.forfeit, id=entry_id, on=event.on)
    account.entries.append(entry)
