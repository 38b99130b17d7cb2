"""What there is of each kind of resource, and how much of it is free to be lent.

A kind is joined by one function here: ``stored_value`` and ``coupon`` still are to be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from shared_models.domain import effects, leases, points
from shared_models.domain.budgets import read_budget
from shared_models.domain.leases import LentLot
from shared_models.domain.member import Account
from shared_models.domain.programme import Programme
from shared_models.domain.spending import read_allowance
from shared_models.domain.spending_rules import Mode, Resource, ResourceKind
from shared_models.orm.server import sale_line
from sync_server.act import Act
from sync_server.ledger.leases import loans_of, open_of
from sync_server.ledger.members import Members
from sync_server.ledger.receipts import returned_milli

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
    """``on`` is the business date of the device's store; ``members`` are locked."""

    act: Act
    programme: Programme
    members: Members
    store_id: str
    on: date


def funds(asking: Asking, resource: Resource) -> Funds:
    """Raise ``NotLendable``."""
    if asking.programme.policy(resource.kind).mode is Mode.FLOOR and resource.kind not in _LENT_BESIDE_FLOOR:
        raise NotLendable("By the programme tills let this be spent without asking; nothing of it is lent.")
    found = _FUNDS.get(resource.kind)
    if found is None:
        raise NotLendable("Nothing of this kind is lent by this server.")
    return found(asking, resource)


def member_of(resource: Resource) -> UUID | None:
    """Whose points these are; ``None`` for what is no member's points."""
    if resource.kind is not ResourceKind.POINTS:
        return None
    try:
        return UUID(resource.key)
    except ValueError:
        raise NotLendable("There is no such member.") from None


def _points(asking: Asking, resource: Resource) -> Funds:
    """The balance less what devices hold, lot by lot; of joined members those of all."""
    member = asking.members.known.get(UUID(resource.key))
    if member is None:
        raise NotLendable("There is no such member.")
    account = effects.account_on(asking.members.holder(member).view, asking.programme, asking.on)
    of_all = [Resource(ResourceKind.POINTS, str(each)) for each in asking.members.joined_with(member.id)]
    borrowed = [one for each in of_all for one in open_of(asking.act.connection, each)]
    free = leases.balance_free(points.balance(account, asking.on), [one.loan for one in borrowed])
    lent: dict[UUID, int] = {}
    for one in borrowed:
        terms = one.terms
        if terms is not None:
            left = leases.counted(leases.received(terms), one.loan.used, date.min)
            for lot in left.lots:
                lent[lot.id] = lent.get(lot.id, 0) + lot.amount
    return Funds(max(0, free), _named(account, lent, max(0, free), asking.on))


def _named(account: Account, lent: dict[UUID, int], free: int, on: date) -> tuple[LentLot, ...]:
    """``free`` of the lots that can be spent and aren't lent, soonest expiry first."""
    lots = tuple(
        LentLot(lot.id, lot.points - lent.get(lot.id, 0), lot.expires_on)
        for lot in points.in_spending_order(account, on)
        if points.is_spendable(lot, on) and lot.points > lent.get(lot.id, 0)
    )
    return first(lots, free)


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
    ResourceKind.BUDGET: _budget,
    ResourceKind.ALLOWANCE: _allowance,
    ResourceKind.GIFT: _gift,
    ResourceKind.RETURNS: _returns,
}
_LENT_BESIDE_FLOOR = frozenset({ResourceKind.COUPON, ResourceKind.ALLOWANCE})
"""Coupons are lent outside the member's usual store; allowances are what bounds FLOOR."""
