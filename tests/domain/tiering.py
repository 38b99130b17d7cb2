"""Members' histories, programmes with any gates, and the tier of a day reckoned the slow way from all that happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from shared_models.domain import tier
from shared_models.domain.member import Effect, Lot, Standing
from shared_models.domain.months import Month, first_day, month_of
from shared_models.domain.programme import Programme, Tier
from shared_models.domain.tier_rules import (
    OPEN,
    TIMELESS,
    YEAR_TO_DATE,
    Condition,
    Downgrade,
    Evaluation,
    Figure,
    Gate,
    JudgedAt,
)
from tests.domain.shop import MEMBER, PROGRAMME, TODAY

FIRST, LAST = date(2024, 1, 1), date(2027, 12, 31)
EXPIRY = date(2099, 12, 31)


def effect(growth: int = 0, spend_minor: int = 0, on: date = TODAY, visits: int = 0) -> Effect:
    return Effect(MEMBER, on, growth=growth, spend_minor=spend_minor, visits=visits)


def returned(sale: Effect, on: date) -> Effect:
    """The whole return of ``sale``."""
    return Effect(
        MEMBER, on, growth=-sale.growth, spend_minor=-sale.spend_minor, visits=-sale.visits,
        taken_back=sale.earned.points if sale.earned else 0, bought_on=sale.on, interactions=-sale.interactions,
    )  # fmt: skip


def folded(effects: Iterable[Effect], programme: Programme = PROGRAMME, start: Standing | None = None) -> Standing:
    standing = start or tier.first(programme)
    for each in effects:
        standing = tier.apply(standing, each, programme)
    return standing


def at_rank(rank: int, gates: tuple[Gate, ...]) -> Tier:
    return Tier(f"t{rank}", {"en": f"Tier {rank}"}, gates, Decimal(1), Decimal(1))


def with_tiers(*gates: tuple[Gate, ...], evaluation: Evaluation = PROGRAMME.evaluation) -> Programme:
    """A programme of tiers ``t0``, ``t1`` …, the first without gates."""
    tiers = tuple(at_rank(rank, each) for rank, each in enumerate((OPEN, *gates)))
    return replace(PROGRAMME, tiers=tiers, evaluation=evaluation)


MOST = {
    Figure.GROWTH: 3_000, Figure.SPEND: 1_500_00, Figure.VISITS: 6, Figure.INTERACTIONS: 4, Figure.POINTS: 1_000,
    Figure.REFERRALS: 2,
}  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    figure = draw(st.sampled_from(Figure))
    months = 1 if figure in TIMELESS else draw(st.sampled_from([1, 1, 2, 3, 12, YEAR_TO_DATE]))
    return Condition(figure, draw(st.integers(1, MOST[figure])), months)


evaluations = st.builds(
    Evaluation,
    st.sampled_from(JudgedAt),
    st.sampled_from([1, 3, 6, 12]),
    st.sampled_from(Downgrade),
    st.integers(0, 27),
) | st.just(PROGRAMME.evaluation)
gates = st.lists(st.lists(conditions(), min_size=1, max_size=3).map(tuple), min_size=1, max_size=2).map(tuple)
programmes = st.builds(
    lambda many, evaluation: with_tiers(*many, evaluation=evaluation),
    st.lists(gates, min_size=1, max_size=3),
    evaluations,
) | st.just(PROGRAMME)


@st.composite
def sales(draw: st.DrawFn, first: date = FIRST, last: date = LAST) -> Effect:
    growth = draw(st.sampled_from([0, 30, 150, 400, 1_500]))
    points = draw(st.integers(0, 300))
    return Effect(
        MEMBER,
        draw(st.dates(first, last)),
        earned=Lot(UUID(int=points), points, EXPIRY) if points else None,
        growth=growth,
        spend_minor=draw(st.sampled_from([0, 20_00, 200_00, growth * 100])),
        visits=draw(st.integers(0, 1)),
        interactions=draw(st.integers(0, 2)),
        referrals=draw(st.sampled_from([0, 0, 0, 1])),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Effect]:
    """What a member did, some of it returned, in an order in which nothing comes more than two months late."""
    done = []
    for sale in draw(st.lists(sales(), max_size=40)):
        done.append((month_of(sale.on) + draw(st.integers(0, 2)), sale))
        if draw(st.booleans()) and draw(st.booleans()):
            back = returned(sale, sale.on + timedelta(days=draw(st.integers(0, 28))))
            done.append((month_of(sale.on) + draw(st.integers(0, 2)), replace(back, referrals=0)))
    return [each for _, each in sorted(done, key=lambda one: one[0])]


days = st.dates(FIRST, date(2029, 12, 31))


@dataclass
class Slow:
    """The tier of a day from every effect there ever was, month after month."""

    effects: list[Effect]
    programme: Programme

    def __post_init__(self) -> None:
        self.all: dict[int, Month] = {}
        for each in self.effects:
            number = month_of(each.bought_on or each.on)
            points = (each.earned.points if each.earned else 0) - each.taken_back
            done = Month(number, each.spend_minor, each.visits, each.growth, each.interactions, points, each.referrals)
            self.all[number] = self.all.get(number, Month(number)) + done

    def tier_on(self, on: date) -> str:
        evaluation = self.programme.evaluation
        busy = sorted(number for number, month in self.all.items() if month != Month(number))
        rank, since, counted_from, in_grace, grace_ends = 0, 0, 0, 0, date.min
        for month in range(busy[0] if busy else month_of(on), month_of(on) + 1):
            window = range(month - evaluation.months, month)
            if self._due(rank, since, month):
                kept = next((each for each in range(rank, 0, -1) if self._keeps(each, window)), 0)
                if kept < rank:
                    in_grace, grace_ends = rank, _day(month) + timedelta(days=evaluation.grace_days)
                    rank = max(kept, rank - 1) if evaluation.downgrade is Downgrade.BY_ONE else kept
                    since, counted_from = month - 1, window[0]
            if month in busy:
                growth = sum(self.all[each].growth for each in self.all if counted_from <= each <= month)
                reached = [each for each in self._ranks() if self._meets(each, month, growth, range(month + 1))]
                if reached and reached[-1] > rank:
                    rank, since = reached[-1], month
        return self.programme.tiers[max(rank, in_grace if on < grace_ends else 0)].code

    def _ranks(self) -> range:
        return range(len(self.programme.tiers))

    def _due(self, rank: int, since: int, month: int) -> bool:
        evaluation = self.programme.evaluation
        if rank == 0 or evaluation.downgrade is Downgrade.NEVER or month - since <= evaluation.months:
            return False
        if evaluation.period is JudgedAt.CALENDAR:
            return month % 12 % evaluation.months == 0
        return evaluation.period is JudgedAt.ROLLING or (month - since) % evaluation.months == 1 % evaluation.months

    def _keeps(self, rank: int, window: range) -> bool:
        growth = sum(self.all[each].growth for each in window if each in self.all)
        return any(self._meets(rank, month, growth, window) for month in window)

    def _meets(self, rank: int, month: int, growth: int, window: range) -> bool:
        return any(
            all(self._has(one, month, growth, window) >= one.at_least for one in gate)
            for gate in self.programme.tiers[rank].gates
        )

    def _has(self, condition: Condition, month: int, growth: int, window: range) -> int:
        if condition.figure in TIMELESS:
            if condition.figure is Figure.GROWTH:
                return growth
            return sum(self.all[each].referrals for each in self.all if each <= (window[-1]))
        name = "spend_minor" if condition.figure is Figure.SPEND else condition.figure.value
        first = month // 12 * 12 if condition.months == YEAR_TO_DATE else month - condition.months + 1
        return sum(
            getattr(self.all[each], name) for each in range(first, month + 1) if each in self.all and each in window
        )


def _day(month: int) -> date:
    day = first_day(month)
    assert day is not None
    return day
