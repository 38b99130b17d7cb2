from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared_models.domain import tier
from shared_models.domain.member import Effect, Grant, HeldTier, Standing
from shared_models.domain.months import Month, month_of
from shared_models.domain.tier_grant import MAX_GRANTS, BadGrant, TooManyGrants, give, withdraw
from shared_models.domain.tier_history import Because, TierChange, change, changes
from shared_models.domain.tier_outlook import Need, TierOn, Why, evaluate, progress
from shared_models.domain.tier_rules import Condition, Downgrade, Evaluation, Figure, JudgedAt, short_gate
from tests.domain.shop import MEMBER, PROGRAMME, TODAY
from tests.domain.tiering import effect, folded, returned, with_tiers

NOVEMBER = month_of(TODAY)
SILVER = (Condition(Figure.GROWTH, 500),)


def grown(*growth: tuple[date, int]) -> Standing:
    """A member who spent ¥1 for each point of growth."""
    return folded(effect(count, count * 100, on, visits=1) for on, count in growth)


@pytest.mark.parametrize(
    ("growth", "month_spend_minor", "referrals", "reached"),
    [
        (0, 0, 0, "basic"),
        (499, 999_00, 9, "basic"),
        (500, 0, 0, "silver"),
        (1_500, 199_99, 0, "silver"),
        (1_500, 200_00, 0, "gold"),
        (3_000, 200_00, 0, "gold"),
        (3_000, 0, 1, "diamond"),
        (2_999, 200_00, 5, "gold"),
    ],
)
def test_gates(growth: int, month_spend_minor: int, referrals: int, reached: str) -> None:
    done = replace(effect(growth, month_spend_minor), referrals=referrals)
    assert tier.apply(tier.first(PROGRAMME), done, PROGRAMME).tier == reached


def test_an_upgrade_comes_at_once() -> None:
    standing = Standing("silver", 1_450, months=(Month(NOVEMBER, 150_00, 3, 1_450),))
    after = tier.apply(standing, effect(50, 50_00, visits=1), PROGRAMME)
    assert after == Standing("gold", 1_500, months=(Month(NOVEMBER, 200_00, 4, 1_500),))
    assert change(standing, after, PROGRAMME, TODAY) == TierChange(TODAY, "silver", "gold", Because.REACHED)


def test_a_late_fact_of_last_month_lifts_as_if_it_had_been_known() -> None:
    standing = grown((date(2026, 10, 3), 1_400), (date(2026, 11, 2), 10))
    assert standing.tier == "silver"
    late = tier.apply(standing, effect(100, 100_00, date(2026, 10, 31)), PROGRAMME)
    assert (late.tier, [month.spend_minor for month in late.months]) == ("gold", [1_500_00, 10_00])


def test_a_return_in_the_next_month_undoes_the_upgrade_of_its_sale() -> None:
    before = grown((date(2026, 10, 3), 1_400))
    sale = effect(100, 100_00, date(2026, 10, 31), visits=1)
    gold = tier.apply(before, sale, PROGRAMME)
    part = Effect(MEMBER, date(2026, 11, 2), growth=-1, spend_minor=-1_00, bought_on=sale.on)
    after = tier.apply(gold, part, PROGRAMME)
    assert (gold.tier, after.tier) == ("gold", "silver")
    assert change(gold, after, PROGRAMME, part.on) == TierChange(part.on, "gold", "silver", Because.TAKEN_BACK)
    earned_otherwise = tier.apply(gold, effect(1, 1_00, date(2026, 10, 31)), PROGRAMME)
    assert tier.apply(earned_otherwise, part, PROGRAMME).tier == "gold"
    assert tier.apply(gold, returned(sale, date(2026, 11, 2)), PROGRAMME) == before


def test_gates_joined_by_or_and_and() -> None:
    rules = with_tiers(
        (
            (Condition(Figure.SPEND, 1_000_00, 3),),
            (Condition(Figure.VISITS, 4), Condition(Figure.INTERACTIONS, 5, 12)),
            (Condition(Figure.POINTS, 800, 0),),
        )
    )
    months = (date(2026, 9, 30), date(2026, 10, 1), date(2026, 11, 30))
    assert folded([effect(0, 334_00, on) for on in months], rules).tier == "t1"
    assert folded([effect(0, 334_00, on) for on in (date(2026, 8, 31), *months[1:])], rules).tier == "t0"
    visits, talks = [effect(visits=1)] * 4, [Effect(MEMBER, date(2025, 12, 1), interactions=5)]
    assert folded(visits, rules).tier == folded(talks, rules).tier == "t0"
    assert folded([*visits, *talks], rules).tier == "t1"
    assert folded([*visits, replace(talks[0], on=date(2025, 11, 30))], rules).tier == "t0"
    points = [Effect(MEMBER, on, taken_back=-400) for on in (date(2026, 1, 1), date(2026, 12, 31))]
    assert folded(points, rules).tier == "t1"
    assert folded([points[0], replace(points[1], on=date(2027, 1, 1))], rules).tier == "t0", "a new year begins at 0"


YEAR_OF_GOLD = ((date(2026, 3, 5), 1_500),)


def test_a_tier_is_kept_through_the_year_after_and_lost_by_one_step_a_year() -> None:
    standing = grown(*YEAR_OF_GOLD)
    for on, code, why, ends_on in (
        (date(2026, 3, 5), "gold", Why.EARNED, date(2028, 1, 30)),
        (date(2027, 12, 31), "gold", Why.EARNED, date(2028, 1, 30)),
        (date(2028, 1, 1), "gold", Why.GRACE, date(2028, 1, 30)),
        (date(2028, 1, 30), "gold", Why.GRACE, date(2028, 1, 30)),
        (date(2028, 1, 31), "silver", Why.EARNED, date(2029, 1, 30)),
        (date(2029, 1, 30), "silver", Why.GRACE, date(2029, 1, 30)),
        (date(2029, 1, 31), "basic", Why.EARNED, None),
    ):
        found = evaluate(standing, PROGRAMME, on)
        assert (found.tier, found.why, found.ends_on) == (code, why, ends_on)
    assert changes(standing, PROGRAMME, TODAY, date(2035, 1, 1)) == (
        TierChange(date(2028, 1, 31), "gold", "silver", Because.NOT_KEPT),
        TierChange(date(2029, 1, 31), "silver", "basic", Because.NOT_KEPT),
    )


def test_what_is_missing_to_keep_a_tier() -> None:
    standing = grown(*YEAR_OF_GOLD, (date(2027, 2, 1), 250), (date(2027, 9, 1), 150))
    found = evaluate(standing, PROGRAMME, date(2027, 9, 2))
    growth, spend = found.to_keep[0]
    assert (growth.has, growth.missing) == (400, 1_100)
    assert (spend.has, spend.missing) == (250_00, 0), "one month of the year is enough"
    kept = tier.apply(standing, effect(1_100, 0, date(2027, 12, 31)), PROGRAMME)
    assert tier.at(kept, PROGRAMME, date(2028, 12, 31)) == "gold"


def test_what_is_bought_in_the_grace_wins_the_tier_again() -> None:
    standing = grown(*YEAR_OF_GOLD, (date(2027, 9, 1), 1_400))
    found = evaluate(standing, PROGRAMME, date(2028, 1, 15))
    assert found == TierOn(
        "gold",
        Why.GRACE,
        date(2028, 1, 30),
        ((Need(Condition(Figure.GROWTH, 1_500), 1_400), Need(Condition(Figure.SPEND, 200_00), 0)),),
    )
    again = tier.apply(standing, effect(200, 200_00, date(2028, 1, 15)), PROGRAMME)
    assert evaluate(again, PROGRAMME, date(2028, 2, 1)).ends_on == date(2030, 1, 30)


def test_growth_from_before_the_lost_year_counts_no_more() -> None:
    standing = grown((date(2025, 5, 1), 5_000), (date(2027, 5, 1), 100))
    assert tier.at(standing, PROGRAMME, date(2027, 5, 1)) == "silver"
    basic = tier.apply(standing, effect(50, 50_00, date(2028, 3, 1)), PROGRAMME)
    assert (basic.tier, basic.growth) == ("basic", 5_150)
    silver = tier.apply(basic, effect(350, 350_00, date(2028, 3, 2)), PROGRAMME)
    assert silver.tier == "silver", "100 + 50 + 350 since January 2027"


@pytest.mark.parametrize(
    ("evaluation", "falls"),
    [
        (Evaluation(downgrade=Downgrade.TO_EARNED), [(date(2028, 1, 31), "basic")]),
        (Evaluation(downgrade=Downgrade.NEVER), []),
        (Evaluation(grace_days=0), [(date(2028, 1, 1), "silver"), (date(2029, 1, 1), "basic")]),
        (Evaluation(JudgedAt.ANNIVERSARY), [(date(2027, 5, 1), "silver"), (date(2028, 5, 1), "basic")]),
        (
            Evaluation(JudgedAt.ROLLING, 6, grace_days=10),
            [(date(2026, 10, 11), "silver"), (date(2027, 4, 11), "basic")],
        ),
        (Evaluation(JudgedAt.CALENDAR, 3, grace_days=5), [(date(2026, 7, 6), "silver"), (date(2026, 10, 6), "basic")]),
    ],
)
def test_ways_to_evaluate(evaluation: Evaluation, falls: list[tuple[date, str]]) -> None:
    rules = replace(PROGRAMME, evaluation=evaluation)
    standing = folded([effect(1_500, 200_00, date(2026, 3, 5))], rules)
    found = changes(standing, rules, date(2026, 3, 5), date(2035, 1, 1))
    assert [(each.on, each.after) for each in found] == falls


def test_raised_gates_take_nothing_away_before_the_evaluation() -> None:
    standing = grown((date(2026, 3, 5), 600))
    stricter = replace(PROGRAMME, tiers=(*PROGRAMME.tiers[:1], replace(PROGRAMME.tiers[1], gates=short_gate(700))))
    assert evaluate(standing, stricter, date(2026, 4, 1)).tier == "silver"
    later = tier.apply(standing, effect(10, 10_00, date(2026, 4, 1)), stricter)
    assert (later.tier, later.held) == (
        "silver",
        HeldTier("silver", month_of(date(2026, 3, 1)), month_of(date(2026, 3, 1))),
    )
    assert [each.on for each in changes(later, stricter, TODAY, date(2035, 1, 1))] == [date(2028, 1, 31)]
    gentler = replace(PROGRAMME, tiers=(*PROGRAMME.tiers[:2], replace(PROGRAMME.tiers[2], gates=short_gate(550))))
    assert tier.at(standing, gentler, date(2026, 4, 1)) == "gold"


def test_a_tier_without_figures_is_held() -> None:
    """A member who was taken over with a tier, or whose row is from a server that kept no months."""
    standing = Standing("gold", 1_800)
    assert tier.at(standing, PROGRAMME, TODAY) == "gold"
    bought = tier.apply(standing, effect(5, 5_00), PROGRAMME)
    assert (bought.tier, bought.held) == ("gold", HeldTier("gold", NOVEMBER, NOVEMBER))
    assert evaluate(bought, PROGRAMME, TODAY).ends_on == date(2028, 1, 30)


def test_an_unknown_tier_counts_as_the_lowest() -> None:
    assert tier.apply(Standing("platinum"), effect(500, 1_00), PROGRAMME).tier == "silver"


def test_old_months_are_left_behind_with_the_tier_they_gave() -> None:
    days = [date(2025 + place // 12, place % 12 + 1, 9) for place in range(24)]
    standing = folded(effect(100, 210_00, on) for on in days)
    assert [month.number for month in standing.months] == [month_of(on) for on in days[-tier.MONTHS_KEPT :]]
    assert standing.growth == 2_400
    assert (standing.tier, standing.held) == ("gold", HeldTier("gold", month_of(days[14]), month_of(days[21])))


def test_a_clock_that_jumps_takes_no_tier() -> None:
    standing = grown((date(2026, 3, 5), 600))
    jumped = tier.apply(standing, effect(10, 10_00, date(2099, 1, 1)), PROGRAMME)
    assert evaluate(jumped, PROGRAMME, TODAY) == evaluate(standing, PROGRAMME, TODAY)
    assert tier.apply(jumped, effect(20, 20_00), PROGRAMME).months[1] == Month(NOVEMBER, 20_00, 0, 20)


@pytest.mark.parametrize("on", [date.min, date.max])
def test_the_ends_of_the_calendar(on: date) -> None:
    standing = tier.apply(tier.first(PROGRAMME), effect(500, 0, on), PROGRAMME)
    assert evaluate(standing, PROGRAMME, on).tier == "silver"
    assert changes(standing, PROGRAMME, on, on) == ()


def test_the_next_tier() -> None:
    november = grown((TODAY, 520))
    found = progress(november, PROGRAMME, TODAY)
    assert found is not None
    assert found.tier.code == "gold"
    assert found.ways == ((Need(Condition(Figure.GROWTH, 1_500), 520), Need(Condition(Figure.SPEND, 200_00), 520_00)),)
    assert [need.missing for need in found.ways[0]] == [980, 0]
    december = progress(november, PROGRAMME, date(2026, 12, 1))
    assert december is not None
    assert [need.missing for need in december.ways[0]] == [980, 200_00]
    assert progress(Standing("diamond"), PROGRAMME, TODAY) is None


GRANT = Grant("gold", date(2026, 11, 1), date(2026, 11, 30), "manager-li")


def test_a_tier_given_for_a_time() -> None:
    silver = grown((TODAY, 500))
    given = give(silver, GRANT, PROGRAMME)
    assert (given.tier, given.months) == (silver.tier, silver.months)
    assert evaluate(given, PROGRAMME, TODAY) == TierOn("gold", Why.GRANTED, GRANT.until)
    assert tier.at(given, PROGRAMME, date(2026, 12, 1)) == "silver"
    assert changes(given, PROGRAMME, date(2026, 10, 1), date(2026, 12, 1)) == (
        TierChange(date(2026, 11, 1), "basic", "gold", Because.GRANTED),
        TierChange(date(2026, 12, 1), "gold", "silver", Because.GRANT_ENDED),
    )
    assert give(given, GRANT, PROGRAMME) == given
    assert withdraw(given, GRANT) == silver


def test_a_grant_never_lowers() -> None:
    diamond = tier.apply(tier.first(PROGRAMME), replace(effect(3_000), referrals=1), PROGRAMME)
    assert evaluate(give(diamond, GRANT, PROGRAMME), PROGRAMME, TODAY) == evaluate(diamond, PROGRAMME, TODAY)
    gold = grown(*YEAR_OF_GOLD)
    longer = give(gold, replace(GRANT, until=date(2030, 5, 5)), PROGRAMME)
    found = evaluate(longer, PROGRAMME, TODAY)
    assert (found.why, found.ends_on) == (Why.EARNED, date(2030, 5, 5)), "whichever lasts longer"


@pytest.mark.parametrize(
    "grant",
    [replace(GRANT, tier="platinum"), replace(GRANT, until=date(2026, 10, 31)), replace(GRANT, by=" ")],
)
def test_a_grant_that_makes_no_sense(grant: Grant) -> None:
    with pytest.raises(BadGrant, match="Choose one of the programme's tiers"):
        give(tier.first(PROGRAMME), grant, PROGRAMME)


def test_grants_are_few() -> None:
    standing = tier.first(PROGRAMME)
    for day in range(1, MAX_GRANTS + 1):
        standing = give(standing, replace(GRANT, since=date(2026, 11, day)), PROGRAMME)
    with pytest.raises(TooManyGrants, match="10 times"):
        give(standing, GRANT if GRANT not in standing.grants else replace(GRANT, by="head office"), PROGRAMME)
    assert len(standing.grants) == MAX_GRANTS
