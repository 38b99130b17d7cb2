"""Rewards for points by keys, without a window."""

from __future__ import annotations

import pytest

from pos_client.app.views import ChosenReward
from pos_client.presenters.state import Rewarding, RewardStep, Screen
from pos_client.ui.gallery_shop import GOLD_PHONE, code_of
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill


@pytest.fixture
def served(selling: AtTheTill) -> AtTheTill:
    """A member with 1,860 points; the till holds three tote bags."""
    selling.counter.enter(GOLD_PHONE)
    return selling


def rewarding(at: AtTheTill) -> Rewarding:
    found = at.counter.state.rewarding
    assert found is not None
    return found


def chosen(at: AtTheTill) -> ChosenReward:
    found = at.counter.rewards.chosen()
    assert found is not None
    return found


def points(at: AtTheTill) -> int:
    sale = at.counter.state.sale
    assert sale is not None
    assert sale.member is not None
    return sale.member.balance


def problem(at: AtTheTill) -> str:
    return at.counter.state.problem.code if at.counter.state.problem else ""


def test_one_is_handed_over_by_keys_alone(served: AtTheTill) -> None:
    counter = served.counter
    counter.press("F5")
    counter.press("F6")
    assert screen_of(counter) is Screen.REWARDS
    view = rewarding(served).view
    assert view is not None
    assert [(each.id, each.stock, each.missing, each.why is None) for each in view.rewards] == [
        ("wrapping", None, 0, True), ("tote", 24, 0, True), ("umbrella", 0, 0, False), ("thermos", 6, 0, True),
        ("picnic", 2, 4_140, False),
    ]  # fmt: skip
    counter.press("Down")
    counter.enter("")
    assert (rewarding(served).step, chosen(served).units, chosen(served).points) == (RewardStep.UNITS, 1, 150)
    counter.press("F4")
    counter.press("Up")
    counter.press("F8")
    assert (chosen(served).units, chosen(served).balance_after, chosen(served).why) == (2, 1_560, None)
    counter.enter("")
    done = rewarding(served).done
    assert done is not None
    assert (done.units, done.points, done.balance_after, done.receipt_number) == (2, 300, 1_560, 1_042)
    assert points(served) == 1_560
    counter.enter("")
    assert (screen_of(counter), counter.state.rewarding) == (Screen.SALE, None)


def test_a_second_enter_hands_over_nothing_more(served: AtTheTill) -> None:
    counter = served.counter
    counter.press("F6")
    counter.enter("2")
    served.operations.at_once = False
    counter.enter("")
    counter.enter("")
    counter.press("Escape")
    served.operations.deliver()
    served.operations.at_once = True
    assert rewarding(served).step is RewardStep.DONE
    assert points(served) == 1_860 - 150


def test_what_cant_be_had_says_why_and_stays_in_the_list(served: AtTheTill) -> None:
    counter = served.counter
    counter.press("F6")
    counter.enter("5")
    assert (problem(served), rewarding(served).step) == ("too_few_points", RewardStep.LIST)
    assert counter.state.problem is not None
    assert counter.state.problem.sentence == "4140 points are missing for Picnic set for four."
    counter.press("Escape")
    counter.enter("3")
    assert problem(served) == "reward_not_here"
    counter.press("Escape")
    counter.enter("9")
    assert (problem(served), rewarding(served).step) == ("", RewardStep.LIST)


def test_more_than_was_lent_waits_for_the_server(served: AtTheTill) -> None:
    counter = served.counter
    counter.press("F6")
    counter.enter("2")
    counter.enter("4")
    why = chosen(served).why
    assert why is not None
    assert why.template.startswith("{name}: the server is being asked, so far {left}")
    counter.enter("")
    assert (problem(served), points(served)) == ("reward_not_here", 1_860)
    counter.press("Escape")
    counter.enter("abc")
    assert problem(served) == "not_a_number"
    counter.press("Escape")
    counter.enter("1")
    counter.refresh()
    assert (chosen(served).units, chosen(served).why) == (1, None)


def test_escape_goes_back_step_by_step_and_a_scan_sells(served: AtTheTill) -> None:
    counter = served.counter
    counter.press("F2")
    counter.press("F6")
    counter.enter("2")
    counter.press("Escape")
    assert (rewarding(served).step, counter.rewards.chosen()) == (RewardStep.LIST, None)
    counter.enter("2")
    counter.scan(code_of(0))
    assert screen_of(counter) is Screen.SALE
    assert counter.state.sale is not None
    assert len(counter.state.sale.lines) == 1
    counter.press("F6")
    assert counter.rewards.chosen() is None
    counter.press("Escape")
    assert screen_of(counter) is Screen.SALE


def test_nobody_has_no_rewards(selling: AtTheTill) -> None:
    selling.counter.press("F6")
    assert (screen_of(selling.counter), problem(selling)) == (Screen.SALE, "no_member_for_reward")
    selling.counter.act()
    assert screen_of(selling.counter) is Screen.MEMBER
