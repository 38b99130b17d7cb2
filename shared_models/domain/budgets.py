"""Limits over many sales as bounded counters, so that tills can borrow of them (PROMO-1, CPN-1).

Each cap of a rule's ``Limits`` is one or two counters: uses, and minor units. The key of one is
``scope/unit/day/member/rule``; day and member are empty where the scope doesn't name them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared_models.domain.limits import UNLIMITED, Allowance, Cap, Limits, Used
from shared_models.domain.spending_rules import Resource, ResourceKind

TIMES, MINOR = "times", "minor"
_SCOPES = ("member", "member_day", "day", "total")
_DAILY = frozenset({"member_day", "day"})
_PERSONAL = frozenset({"member", "member_day"})
_PARTS = 5
PORTION = 20
"""A till borrows a twentieth of a cap at a time: few requests, and little that lies unused elsewhere."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One counter of a rule's limits; ``cap`` is what it is funded with in all."""

    rule: str
    scope: str
    unit: str
    cap: int
    day: date | None = None
    member: UUID | None = None

    @property
    def resource(self) -> Resource:
        day = self.day.isoformat() if self.day else ""
        member = str(self.member) if self.member else ""
        return Resource(ResourceKind.BUDGET, "/".join((self.scope, self.unit, day, member, self.rule)))

    @property
    def shared(self) -> bool:
        """Whether several tills sell out of it at a time; a member is at one."""
        return self.member is None

    @property
    def asked(self) -> int:
        """How much a till borrows at once."""
        return -(-self.cap // PORTION) if self.shared else self.cap

    def amount(self, used: Used) -> int:
        return used.times if self.unit == TIMES else used.minor


def budgets(rule: str, limits: Limits, on: date | None, member: UUID | None) -> tuple[Budget, ...]:
    """The counters that a sale on the business date ``on`` draws on. Those about members need one."""
    return tuple(_budgets(rule, limits, on, member))


def _budgets(rule: str, limits: Limits, on: date | None, member: UUID | None) -> Iterator[Budget]:
    for scope in _SCOPES:
        cap: Cap | None = getattr(limits, scope)
        day = on if scope in _DAILY else None
        who = member if scope in _PERSONAL else None
        if cap is None or (scope in _DAILY and day is None) or (scope in _PERSONAL and who is None):
            continue
        for unit, most in ((TIMES, cap.times), (MINOR, cap.minor)):
            if most is not None:
                yield Budget(rule, scope, unit, most, day, who)


def read_budget(key: str, rules: Mapping[str, Limits]) -> Budget | None:
    """The counter of a key as the programme's ``rules`` fund it; ``None`` if they don't."""
    parts = key.split("/", _PARTS - 1)
    if len(parts) != _PARTS or parts[4] not in rules:
        return None
    try:
        day = date.fromisoformat(parts[2]) if parts[2] else None
        member = UUID(parts[3]) if parts[3] else None
    except ValueError:
        return None
    found = _budgets(parts[4], rules[parts[4]], day, member)
    return next((budget for budget in found if budget.resource.key == key), None)


def left_of(found: tuple[Budget, ...], left: Callable[[Resource], int]) -> Allowance:
    """What the leases that ``left`` looks up leave for one sale: the least of all counters."""
    times = minor = UNLIMITED
    for budget in found:
        if budget.unit == TIMES:
            times = min(times, left(budget.resource))
        else:
            minor = min(minor, left(budget.resource))
    return Allowance(times, minor)
