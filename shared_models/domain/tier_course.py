"""How a member's tier went from month to month, reckoned anew from the figures each time: so it depends neither on the
order in which facts arrive nor on when, or how often, somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from shared_models.domain.member import HeldTier, Standing
from shared_models.domain.months import YEAR, Month, days_after, first_day
from shared_models.domain.programme_rules import Programme
from shared_models.domain.tier_rules import YEAR_TO_DATE, Condition, Downgrade, Evaluation, Figure, JudgedAt, Tier


@dataclass(frozen=True, slots=True)
class Rung:
    """A member is on ``rank`` since month ``since``, and on ``grace_rank`` through ``grace_until`` if that is higher.

    ``forgotten`` is the growth that counts no more, because it was gathered before the months that cost a tier.
    """

    rank: int
    since: int
    forgotten: int = 0
    grace_rank: int = 0
    grace_until: date | None = None

    def in_grace(self, on: date) -> bool:
        return self.grace_until is not None and on <= self.grace_until and self.grace_rank > self.rank

    def shown(self, on: date) -> int:
        return self.grace_rank if self.in_grace(on) else self.rank


_OF_MONTH: dict[Figure, Callable[[Month], int]] = {
    Figure.SPEND: lambda month: month.spend_minor,
    Figure.VISITS: lambda month: month.visits,
    Figure.INTERACTIONS: lambda month: month.interactions,
    Figure.POINTS: lambda month: month.points,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a gate looks at in month ``at``: figures by month, in order, and the growth and referrals that count."""

    months: tuple[Month, ...]
    at: int
    growth: int
    referrals: int

    def has(self, condition: Condition) -> int:
        if condition.figure is Figure.GROWTH:
            return self.growth
        if condition.figure is Figure.REFERRALS:
            return self.referrals
        at, total, of_month = self.at, 0, _OF_MONTH[condition.figure]
        first = at - condition.months + 1 if condition.months != YEAR_TO_DATE else at - at % YEAR
        for month in reversed(self.months):
            if month.number < first:
                break
            if month.number <= at:
                total += of_month(month)
        return total

    def reaches(self, tier: Tier) -> bool:
        for gate in tier.gates:
            for condition in gate:
                if self.has(condition) < condition.at_least:
                    break
            else:
                return True
        return False


def course(standing: Standing, programme: Programme, last: int, *, before_rising: bool = False) -> Rung:
    """Where the figures put the member in month ``last``; ``before_rising``: at its very beginning."""
    months, held = standing.months, standing.held
    start, rung = months[0].number if months else last, Rung(0, 0)
    if held is not None:
        start, rung = held.start, Rung(programme.rank(held.tier), held.since, held.forgotten)
    falls = programme.evaluation.downgrade is not Downgrade.NEVER
    growth, referrals = _before(months[0].number, standing) if months else (0, 0)
    done, month = 0, start
    while month <= last:
        if month > start:
            rung = judged(rung, month, standing, programme)
        while done < len(months) and months[done].number <= month:
            growth, referrals = growth + months[done].growth, referrals + months[done].referrals
            done += 1
        if done and months[done - 1].number == month and not (before_rising and month == last):
            rung = _risen(rung, Seen(months[:done], month, growth - rung.forgotten, referrals), programme)
        newest = months[done - 1].number if done else 0
        if rung.rank and falls and not _rests(rung, month, newest, programme.evaluation):
            month += 1
        else:
            month = months[done].number if done < len(months) else last + 1
    return rung


def explained(standing: Standing, programme: Programme, month: int) -> Standing:
    """``standing``, its tier held if the figures don't give it: head office has raised the gates since, or the member
    came with it. Only evaluation ends it then. ``month`` is where a standing without figures begins."""
    rank = programme.rank(standing.tier)
    newest = standing.months[-1].number if standing.months else month
    if not rank or rank <= (rung := course(standing, programme, newest)).rank:
        return standing
    return replace(standing, held=HeldTier(standing.tier, newest, newest, rung.forgotten))


def rung_in(standing: Standing, programme: Programme, month: int) -> Rung:
    """Where the member is in ``month``: the course of the ``explained`` standing."""
    newest = standing.months[-1].number if standing.months else month
    if newest > month:
        return course(explained(standing, programme, month), programme, month)
    rung, rank = course(standing, programme, newest), programme.rank(standing.tier)
    if rank > rung.rank:
        rung = Rung(rank, newest, rung.forgotten)
    for later in range(newest + 1, month + 1):
        if not rung.rank or _rests(rung, later - 1, newest, programme.evaluation):
            break
        rung = judged(rung, later, standing, programme)
    return rung


def judged(rung: Rung, month: int, standing: Standing, programme: Programme) -> Rung:
    """Where the member is when ``month`` begins, after being judged by the months before it if that is due.

    A tier reached in these months isn't judged by them. One that is lost counts as lost from the beginning: what is
    bought in the grace lifts the member again by the same gates.
    """
    if not _is_judged(rung, month, programme.evaluation):
        return rung
    first = month - programme.evaluation.months
    kept = _kept(standing, programme, rung.rank, first, month - 1)
    if kept == rung.rank:
        return rung
    rank = max(kept, rung.rank - 1) if programme.evaluation.downgrade is Downgrade.BY_ONE else kept
    return Rung(rank, month - 1, _before(first, standing)[0], rung.rank, _grace_until(month, programme.evaluation))


def _is_judged(rung: Rung, month: int, evaluation: Evaluation) -> bool:
    if not rung.rank or evaluation.downgrade is Downgrade.NEVER or rung.since >= month - evaluation.months:
        return False
    match evaluation.period:
        case JudgedAt.CALENDAR:
            return month % evaluation.months == 0
        case JudgedAt.ANNIVERSARY:
            return (month - rung.since - 1) % evaluation.months == 0
        case JudgedAt.ROLLING:
            return True


def _rests(rung: Rung, month: int, newest: int, evaluation: Evaluation) -> bool:
    """Whether ``month`` kept the tier after months without figures. Then every later one will, until figures come: so
    nobody has to be judged eight thousand years long whom a fact took to the end of the calendar."""
    return newest < month - evaluation.months and _is_judged(rung, month, evaluation)


def seen_now(rung: Rung, month: int, standing: Standing) -> Seen:
    """What the gates of higher tiers look at in ``month``."""
    growth, referrals = _before(month + 1, standing)
    return Seen(standing.months, month, growth - rung.forgotten, referrals)


def seen_in(first: int, last: int, standing: Standing) -> list[Seen]:
    """What the gates of a tier that is to be kept look at: growth of all the months from ``first`` to ``last``, the
    other figures as they stood in any of them, the last one first."""
    inside = tuple(each for each in standing.months if first <= each.number <= last)
    growth = sum(each.growth for each in inside)
    _, referrals = _before(last + 1, standing)
    moments = {last, *(each.number for each in inside)}
    return [Seen(inside, at, growth, referrals) for at in sorted(moments, reverse=True)]


def _risen(rung: Rung, seen: Seen, programme: Programme) -> Rung:
    for rank in range(len(programme.tiers) - 1, rung.rank, -1):
        if seen.reaches(programme.tiers[rank]):
            return replace(rung, rank=rank, since=seen.at)
    return rung


def _kept(standing: Standing, programme: Programme, most: int, first: int, last: int) -> int:
    moments = seen_in(first, last, standing)
    return next(
        (rank for rank in range(most, 0, -1) if any(seen.reaches(programme.tiers[rank]) for seen in moments)), 0
    )


def _before(month: int, standing: Standing) -> tuple[int, int]:
    """All growth and referrals before ``month``."""
    growth, referrals = standing.growth, standing.referrals
    for each in standing.months:
        if each.number >= month:
            growth, referrals = growth - each.growth, referrals - each.referrals
    return growth, referrals


def _grace_until(month: int, evaluation: Evaluation) -> date | None:
    begins = first_day(month)
    return days_after(begins, evaluation.grace_days - 1) if begins else None
