"""What holds of every history, every programme and every day."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared_models.domain import tier
from shared_models.domain.member import Effect, Standing
from shared_models.domain.months import Month, month_of
from shared_models.domain.programme import Programme
from shared_models.domain.tier_history import changes
from shared_models.domain.tier_outlook import evaluate, progress
from shared_models.domain.tier_rules import Downgrade, Evaluation, JudgedAt, short_gate
from tests.domain.shop import MEMBER
from tests.domain.tiering import LAST, Slow, days, folded, histories, programmes, returned, sales, with_tiers


@settings(max_examples=120)
@given(histories(), programmes, days)
def test_the_tier_is_that_of_the_slow_reckoning(history: list[Effect], programme: Programme, on: date) -> None:
    newest = max((each.bought_on or each.on for each in history), default=on)
    on = max(on, newest)
    standing = folded(history, programme)
    assert tier.at(standing, programme, on) == Slow(history, programme).tier_on(on)
    assert standing.growth == sum(each.growth for each in history)
    assert standing.referrals == sum(each.referrals for each in history)
    assert len(standing.months) <= tier.MONTHS_KEPT


@settings(max_examples=80)
@given(st.data(), programmes, days)
def test_the_order_of_effects_does_not_matter(data: st.DataObject, programme: Programme, on: date) -> None:
    """Of all effects whatever their dates, as long as they fall into no more months than are kept."""
    history = data.draw(histories())
    assume(len({month_of(each.on) for each in history}) <= tier.MONTHS_KEPT)
    shuffled = data.draw(st.permutations(history))
    standing = folded(shuffled, programme)
    assert standing == folded(history, programme)
    assert tier.at(standing, programme, on) == Slow(history, programme).tier_on(on)


@settings(max_examples=80)
@given(histories(), sales(), st.integers(0, 400), programmes)
def test_a_sale_returned_whole_was_never_made(
    history: list[Effect], sale: Effect, later: int, programme: Programme
) -> None:
    sale = replace(sale, referrals=0)
    months = {month_of(each.on) for each in (*history, sale)}
    assume(len(months) <= tier.MONTHS_KEPT)
    without = folded(history, programme)
    bought = tier.apply(without, sale, programme)
    assert tier.apply(bought, returned(sale, sale.on + timedelta(days=later)), programme) == without
    early_return = tier.apply(without, returned(sale, sale.on), programme)
    assert tier.apply(early_return, sale, programme) == without, "the return is heard of first"


@settings(max_examples=60)
@given(histories(), programmes, st.lists(days, min_size=1, max_size=5))
def test_looking_every_day_is_looking_once(history: list[Effect], programme: Programme, looks: list[date]) -> None:
    """Settling is idempotent, and how often it was done before changes nothing."""
    newest = max((each.on for each in history), default=LAST)
    *earlier, last = sorted(max(each, newest) for each in looks)
    standing = folded(history, programme)
    often = standing
    for on in earlier:
        often = tier.settle(often, programme, on)
        assert tier.settle(often, programme, on) == often
    assert evaluate(often, programme, last) == evaluate(standing, programme, last)
    assert tier.settle(often, programme, last) == tier.settle(standing, programme, last)


@settings(max_examples=60)
@given(histories(), programmes, days, st.integers(0, 60))
def test_the_last_day_is_the_last_day(history: list[Effect], programme: Programme, on: date, after: int) -> None:
    on = max(on, max((each.on for each in history), default=on))
    standing = folded(history, programme)
    found = evaluate(standing, programme, on)
    assert found.tier == tier.at(standing, programme, on)
    rank = programme.rank(found.tier)
    if found.ends_on is None:
        assert tier.at(standing, programme, on + timedelta(days=2_000 + after)) == found.tier
        return
    assert found.ends_on >= on
    assert tier.at(standing, programme, found.ends_on) == found.tier
    assert programme.rank(tier.at(standing, programme, found.ends_on + timedelta(days=1))) < rank
    assert all(any(need.missing for need in way) for way in found.to_keep)


@settings(max_examples=60)
@given(histories(), programmes, days)
def test_what_is_missing_is_what_it_takes(history: list[Effect], programme: Programme, on: date) -> None:
    on = max(on, max((each.on for each in history), default=on))
    standing = folded(history, programme)
    following = progress(standing, programme, on)
    rank = programme.rank(tier.at(standing, programme, on))
    if following is None:
        assert rank == len(programme.tiers) - 1
        return
    assert programme.rank(following.tier.code) == rank + 1
    for way in following.ways:
        need: dict[str, int] = {}
        for each in way:
            need[each.condition.figure] = max(need.get(each.condition.figure, 0), each.missing)
        filling = Effect(
            MEMBER, on, growth=need.get("growth", 0), spend_minor=need.get("spend", 0),
            visits=need.get("visits", 0), interactions=need.get("interactions", 0), referrals=need.get("referrals", 0),
            taken_back=-need.get("points", 0),
        )  # fmt: skip
        assume(filling != Effect(MEMBER, on))
        after = tier.apply(standing, filling, programme)
        assert programme.rank(tier.at(after, programme, on)) > rank


@settings(max_examples=50)
@given(histories(), programmes, days, st.integers(0, 900))
def test_the_changes_lead_from_one_day_to_the_other(
    history: list[Effect], programme: Programme, on: date, later: int
) -> None:
    on = max(on, max((each.on for each in history), default=on))
    until = on + timedelta(days=later)
    standing = folded(history, programme)
    now = tier.at(standing, programme, on)
    for each in changes(standing, programme, on, until):
        assert (each.before, tier.at(standing, programme, each.on)) == (now, each.after)
        assert tier.at(standing, programme, each.on - timedelta(days=1)) == now
        assert on < each.on <= until
        now = each.after
    assert tier.at(standing, programme, until) == now


@settings(max_examples=40)
@given(histories(), programmes)
def test_months_stand_in_order_and_hold_something(history: list[Effect], programme: Programme) -> None:
    standing: Standing = folded(history, programme)
    numbers = [month.number for month in standing.months]
    assert numbers == sorted(set(numbers))
    assert all(month != Month(month.number) for month in standing.months)


@settings(max_examples=40)
@given(histories(), programmes, st.integers(20, 60))
def test_a_tier_that_lasts_for_decades_is_still_the_slow_one(
    history: list[Effect], programme: Programme, years: int
) -> None:
    newest = max((each.on for each in history), default=LAST)
    much_later = Effect(MEMBER, newest.replace(year=newest.year + years, day=1), visits=1, spend_minor=1)
    whole = [*history, much_later]
    assume(len({month_of(each.on) for each in whole}) <= tier.MONTHS_KEPT)
    on = much_later.on.replace(year=much_later.on.year + years)
    assert tier.at(folded(whole, programme), programme, on) == Slow(whole, programme).tier_on(on)


def test_a_fact_at_the_end_of_the_calendar_keeps_nobody_waiting() -> None:
    """A till whose clock was wrong, or a hostile fact: eight thousand years aren't judged month by month."""
    rolling = Evaluation(JudgedAt.ROLLING, 1, Downgrade.TO_EARNED, 0)
    programme = with_tiers(*(short_gate(referrals=many) for many in range(1, 10)), evaluation=rolling)
    history = [
        Effect(MEMBER, LAST, referrals=9),
        Effect(MEMBER, date.max, visits=1),
        Effect(MEMBER, date.min, visits=1),
    ]
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        standing = folded(history, programme)
        found = evaluate(standing, programme, date.max - timedelta(days=40))
    finally:
        sys.setprofile(None)
    assert found.tier == programme.tiers[-1].code
    assert calls < 20_000
