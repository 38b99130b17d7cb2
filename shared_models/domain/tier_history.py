"""How a member's tier changed, as values to record or to tell (TIER-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared_models.domain.member import Standing
from shared_models.domain.months import days_after, first_day, month_of
from shared_models.domain.programme_rules import Programme
from shared_models.domain.tier_outlook import TierOn, Why, evaluate


class Because(StrEnum):
    """``taken_back``: by a return or a correction. ``not_kept``: by evaluation, after the grace."""

    REACHED = "reached"
    TAKEN_BACK = "taken_back"
    NOT_KEPT = "not_kept"
    GRANTED = "granted"
    GRANT_ENDED = "grant_ended"


@dataclass(frozen=True, slots=True)
class TierChange:
    """From tier ``before`` to tier ``after``, from the day ``on``."""

    on: date
    before: str
    after: str
    why: Because


def change(before: Standing, after: Standing, programme: Programme, on: date) -> TierChange | None:
    """How an act that made ``after`` of ``before`` changed the tier of business date ``on``; ``None`` if it didn't."""
    return _between(
        evaluate(before, programme, on), evaluate(after, programme, on), on, programme, fallen=Because.TAKEN_BACK
    )


def changes(standing: Standing, programme: Programme, after: date, until: date) -> tuple[TierChange, ...]:
    """What time alone changed after business date ``after`` up to ``until``, in order."""
    found = []
    old = evaluate(standing, programme, after)
    for day in sorted(_turns(standing, programme, after, until)):
        new = evaluate(standing, programme, day)
        one = _between(old, new, day, programme, fallen=Because.NOT_KEPT)
        found += [one] if one else []
        old = new
    return tuple(found)


def _between(old: TierOn, new: TierOn, on: date, programme: Programme, fallen: Because) -> TierChange | None:
    if old.tier == new.tier:
        return None
    if programme.rank(new.tier) > programme.rank(old.tier):
        why = Because.GRANTED if new.why is Why.GRANTED else Because.REACHED
    else:
        why = Because.GRANT_ENDED if old.why is Why.GRANTED else fallen
    return TierChange(on, old.tier, new.tier, why)


def _turns(standing: Standing, programme: Programme, after: date, until: date) -> set[date]:
    """The days on which time may change the tier: the first of a month, the day after a grace, those of grants."""
    days = {day for grant in standing.grants for day in (grant.since, days_after(grant.until, 1))}
    for month in range(month_of(after) - 2, month_of(until) + 1):
        begins = first_day(month)
        if begins:
            days |= {begins, days_after(begins, programme.evaluation.grace_days)}
    return {day for day in days if after < day <= until}
