"""The tier of a day, how long it lasts, and what is missing to keep it or to reach the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared_models.domain.member import Standing
from shared_models.domain.months import YEAR, month_of
from shared_models.domain.programme_rules import Programme
from shared_models.domain.tier_course import Rung, Seen, judged, rung_in, seen_in, seen_now
from shared_models.domain.tier_grant import granted_rank, granted_until
from shared_models.domain.tier_rules import Condition, Tier


class Why(StrEnum):
    """Why a member has a tier."""

    EARNED = "earned"
    GRACE = "grace"
    GRANTED = "granted"


@dataclass(frozen=True, slots=True)
class Need:
    """A condition, and how much of it there is."""

    condition: Condition
    has: int

    @property
    def missing(self) -> int:
        return max(0, self.condition.at_least - self.has)


Way = tuple[Need, ...]
"""The conditions of one gate."""


@dataclass(frozen=True, slots=True)
class TierOn:
    """The tier on a day. ``ends_on`` is its last day if nothing more is bought, ``None`` if it doesn't end. ``to_keep``
    are the ways not to lose it then, or in the grace to win it again; none if it doesn't end or was only granted."""

    tier: str
    why: Why
    ends_on: date | None = None
    to_keep: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """The next tier and the ways to it, any of which will do."""

    tier: Tier
    ways: tuple[Way, ...]


def evaluate(standing: Standing, programme: Programme, on: date) -> TierOn:
    """The tier on business date ``on``, until when, and what keeps it.

    It is reckoned from the figures up to the month of ``on``: looking every day gives the same as looking once.
    """
    month = month_of(on)
    rung = rung_in(standing, programme, month)
    earned, granted = rung.shown(on), granted_rank(standing, programme, on)
    code = programme.tiers[max(earned, granted)].code
    given_until = granted_until(standing, programme, on, max(earned, granted))
    if granted > earned:
        return TierOn(code, Why.GRANTED, given_until)
    why = Why.GRACE if rung.in_grace(on) else Why.EARNED
    loss = _loss(rung, standing, programme, on)
    if loss is None:
        return TierOn(code, why)
    ends_on, moments = loss
    return TierOn(code, why, max(ends_on, given_until or ends_on), _ways(programme.tiers[earned], moments))


def progress(standing: Standing, programme: Programme, on: date) -> Progress | None:
    """What there is of each condition of the tier above that of ``on``; ``None`` at the top."""
    month = month_of(on)
    rung = rung_in(standing, programme, month)
    rank = max(rung.shown(on), granted_rank(standing, programme, on))
    if rank + 1 == len(programme.tiers):
        return None
    following = programme.tiers[rank + 1]
    return Progress(following, _ways(following, [seen_now(rung, month, standing)]))


def _loss(rung: Rung, standing: Standing, programme: Programme, on: date) -> tuple[date, Sequence[Seen]] | None:
    """The last day of the tier if nothing more is bought, and what might yet meet its gates; ``None`` for never."""
    month = month_of(on)
    if rung.grace_until and rung.in_grace(on):
        return rung.grace_until, [seen_now(rung, month, standing)]
    for later in range(month + 1, month + 4 * YEAR):
        fallen = judged(rung, later, standing, programme)
        if fallen.rank < rung.rank and fallen.grace_until:
            return fallen.grace_until, seen_in(later - programme.evaluation.months, month, standing)
    return None


def _ways(tier: Tier, moments: Sequence[Seen]) -> tuple[Way, ...]:
    """For each gate what there is of it, at the moment that lacks the fewest of its conditions."""
    ways = []
    for gate in tier.gates:
        seen = min(moments, key=lambda each: sum(each.has(one) < one.at_least for one in gate))
        ways.append(tuple(Need(one, seen.has(one)) for one in gate))
    return tuple(ways)
