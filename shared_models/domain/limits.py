"""Limits of a rule over many sales: how often, and for how much money, it may still apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

UNLIMITED = 1 << 62


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``times`` applications and ``minor`` units of discount, ``None`` for any number."""

    times: int | None = None
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """``member`` is for one member in all, ``member_day`` for one member on a business day, ``day`` for all
    customers on a business day, ``total`` (the budget) for all customers in all. ``None`` for no such limit."""

    member: Cap | None = None
    member_day: Cap | None = None
    day: Cap | None = None
    total: Cap | None = None

    @property
    def about_members(self) -> bool:
        """Nobody who isn't a member can be counted."""
        return self.member is not None or self.member_day is not None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Used:
    """What was applied so far."""

    times: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used of each of the ``Limits`` so far."""

    member: Used = Used()
    member_day: Used = Used()
    day: Used = Used()
    total: Used = Used()


class Allowance(NamedTuple):
    """What is left for one sale."""

    times: int = UNLIMITED
    minor: int = UNLIMITED


def allowance(limits: Limits, usage: Usage) -> Allowance:
    """The least that any limit leaves, never below zero."""
    times = minor = UNLIMITED
    for cap, used in (
        (limits.member, usage.member),
        (limits.member_day, usage.member_day),
        (limits.day, usage.day),
        (limits.total, usage.total),
    ):
        if cap is None:
            continue
        if cap.times is not None:
            times = min(times, max(0, cap.times - used.times))
        if cap.minor is not None:
            minor = min(minor, max(0, cap.minor - used.minor))
    return Allowance(times, minor)
