"""What there is of each kind of resource, and how much of it is free to be lent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from shared_models.domain import coupon_life, effects, leases, points
from shared_models.domain.budgets import read_budget
from shared_models.domain.leases import LentLot
from shared_models.domain.programme import Programme
from shared_models.domain.spending import read_allowance
from shared_models.domain.spending_rules import Mode, Resource, ResourceKind
from shared_models.domain.stored_value_facts import lent_lots
from shared_models.domain.stored_value_rules import StoredValueRule
from shared_models.orm.server import sale_line
from sync_server.act import Act
from sync_server.ledger.leases import Borrowed, loans_of, open_of
from sync_server.ledger.owned import Owned
from sync_server.ledger.partings import is_asked
from sync_server.ledger.receipts import returned_milli

_NO_OTHERS: Mapping[UUID, UUID] = {}
_DAYS_AHEAD = 2
"""A till asks for the day to come before it may be cut off. One whose clock was set further ahead, to spend the
allowance of many days today, is lent nothing."""


class NotLendable(Exception):
    """One English sentence: why nothing of a resource can be lent at all."""


@dataclass(frozen=True, slots=True)
class Funds:
    """``free`` is neither spent nor lent; ``lots`` name it where it is made of lots, in the order of spending.
    ``shared``: several tills sell out of it at a time."""

    free: int
    lots: tuple[LentLot, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """``on`` is the business date of the device's store; ``owned`` are the rows behind what it asks for, locked."""

    act: Act
    programme: Programme
    owned: Owned
    store_id: str
    on: date


def funds(asking: Asking, resource: Resource) -> Funds:
    """Raise ``NotLendable``."""
    if asking.programme.policy(resource.kind).mode is Mode.FLOOR and resource.kind not in _LENT_BESIDE_FLOOR:
        raise NotLendable("By the programme tills let this be spent without asking; nothing of it is lent.")
    return _FUNDS[resource.kind](asking, resource)


def _points(asking: Asking, resource: Resource) -> Funds:
    """The balance less what devices hold, lot by lot; of joined members those of all."""
    members = asking.owned.members
    member = members.known.get(UUID(resource.key))
    if member is None:
        raise NotLendable("There is no such member.")
    _refuse_parting(asking, members.joined_with(member.id))
    account = effects.account_on(members.holder(member).view, asking.programme, asking.on)
    borrowed = [one for each in asking.owned.same(resource) for one in open_of(asking.act.connection, each)]
    lots = [
        LentLot(lot.id, lot.points, lot.expires_on)
        for lot in points.in_spending_order(account, asking.on)
        if points.is_spendable(lot, asking.on)
    ]
    return _unlent(points.balance(account, asking.on), lots, borrowed)


def _stored_value(asking: Asking, resource: Resource) -> Funds:
    """The balance less what devices hold, lot by lot; of joined members those of all, whose principal is one lot."""
    group = asking.owned.accounts.of(UUID(resource.key)).group
    if not any(each.is_there for each in group):
        raise NotLendable("This member has no stored value.")
    _refuse_parting(asking, [each.member_id for each in group])
    first_one, rule = group[0], asking.programme.stored_value or StoredValueRule()
    if first_one.held.frozen:
        raise NotLendable("This stored value is frozen.")
    lots = lent_lots(first_one.held, first_one.member_id, rule.spend_order, asking.on)
    borrowed = [one for each in asking.owned.same(resource) for one in open_of(asking.act.connection, each)]
    principal = {each.id: first_one.id for each in group}
    return _unlent(first_one.held.balance_minor(asking.on), lots, borrowed, principal)


def _refuse_parting(asking: Asking, ids: Iterable[UUID]) -> None:
    if is_asked(asking.act.connection, ids):
        raise NotLendable("This member is about to be parted from another; until then nothing is lent.")


def _coupon(asking: Asking, resource: Resource) -> Funds:
    """One use, unless it is used up or lent."""
    held = asking.owned.coupons.known.get(UUID(resource.key))
    if held is None or held.store_id not in ("", asking.store_id):
        raise NotLendable("There is no such coupon.")
    there = coupon_life.uses_left(held.coupon)
    return _unlent(there, (), open_of(asking.act.connection, resource))


def _unlent(
    balance: int, lots: Iterable[LentLot], borrowed: Sequence[Borrowed], same: Mapping[UUID, UUID] = _NO_OTHERS
) -> Funds:
    """What of ``balance``, made of ``lots`` in the order of spending, devices don't hold. A lot that was lent under
    another id is the one that ``same`` names for it."""
    free = max(0, leases.balance_free(balance, [one.loan for one in borrowed]))
    lent: dict[UUID, int] = {}
    for one in borrowed:
        terms = one.terms
        if terms is not None:
            left = leases.counted(leases.received(terms), one.loan.used, date.min)
            for lot in left.lots:
                lot_id = same.get(lot.id, lot.id)
                lent[lot_id] = lent.get(lot_id, 0) + lot.amount
    there = tuple(
        replace(lot, amount=lot.amount - lent.get(lot.id, 0)) for lot in lots if lot.amount > lent.get(lot.id, 0)
    )
    return Funds(free, first(there, free))


def first(lots: tuple[LentLot, ...], amount: int) -> tuple[LentLot, ...]:
    """The first of ``lots`` that come to ``amount``."""
    found = []
    for lot in lots:
        part = min(lot.amount, amount)
        amount -= part
        if part:
            found.append(replace(lot, amount=part))
    return tuple(found)


def _budget(asking: Asking, resource: Resource) -> Funds:
    budget = read_budget(resource.key, asking.programme.limited)
    if budget is None or (budget.day is not None and not _is_near(budget.day, asking.on)):
        raise NotLendable("The programme has no such limit.")
    return _counted(asking, resource, budget.cap, shared=budget.shared)


def _allowance(asking: Asking, resource: Resource) -> Funds:
    found = read_allowance(resource.key)
    if found is None or found[2] != asking.store_id or not _is_near(found[1], asking.on):
        raise NotLendable("There is no such allowance for this store and day.")
    per_day = asking.programme.policy(found[0]).per_day
    if per_day is None:
        raise NotLendable("The programme has no allowance of this kind.")
    return _counted(asking, resource, per_day, shared=True)


def _gift(asking: Asking, resource: Resource) -> Funds:
    limits = next((each.limits for each in asking.programme.rewards if each.id == resource.key), None)
    if limits is None or limits.total is None or limits.total.times is None:
        raise NotLendable("There is no stock of such a gift.")
    return _counted(asking, resource, limits.total.times, shared=True)


def _returns(asking: Asking, resource: Resource) -> Funds:
    """The units of a receipt's line, ``<sale id>/<line number>``."""
    sale_id, _, line = resource.key.partition("/")
    try:
        wanted = (sale_line.c.sale_id == UUID(sale_id)) & (sale_line.c.line == int(line))
    except ValueError:
        raise NotLendable("There is no such line.") from None
    sold = asking.act.connection.scalar(select(sale_line.c.quantity_milli).where(wanted))
    if sold is None:
        raise NotLendable("There is no such line.")
    left = sold - returned_milli(asking.act.connection, UUID(sale_id), int(line))
    return Funds(max(0, leases.balance_free(left, loans_of(asking.act.connection, resource))))


def _counted(asking: Asking, resource: Resource, funded: int, *, shared: bool) -> Funds:
    return Funds(max(0, leases.free(funded, loans_of(asking.act.connection, resource))), shared=shared)


def _is_near(day: date, on: date) -> bool:
    return on - timedelta(days=1) <= day <= on + timedelta(days=_DAYS_AHEAD)


_FUNDS: dict[ResourceKind, Callable[[Asking, Resource], Funds]] = {
    ResourceKind.POINTS: _points,
    ResourceKind.STORED_VALUE: _stored_value,
    ResourceKind.COUPON: _coupon,
    ResourceKind.BUDGET: _budget,
    ResourceKind.ALLOWANCE: _allowance,
    ResourceKind.GIFT: _gift,
    ResourceKind.RETURNS: _returns,
}
_LENT_BESIDE_FLOOR = frozenset({ResourceKind.COUPON, ResourceKind.ALLOWANCE})
"""Coupons are lent outside the member's usual store; allowances are what bounds FLOOR."""
