"""Rewards for points on the screen: by keyboard alone and by touch alone."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from pos_client.presenters.state import Rewarding, RewardStep, Screen
from pos_client.ui.gallery_shop import GOLD_PHONE
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow


def rewarding(window: AtTheWindow) -> Rewarding:
    found = window.counter.state.rewarding
    assert found is not None
    return found


def shown(window: AtTheWindow, name: str) -> str:
    label = window.window.findChild(QLabel, name)
    assert label is not None
    return label.text()


def test_by_keyboard_alone(selling: AtTheWindow) -> None:
    selling.keys(GOLD_PHONE + "\n")
    selling.key("F2", "F6")
    assert screen_of(selling.counter) is Screen.REWARDS
    selling.keys("2\n")
    selling.keys("3\n")
    assert shown(selling, "reward_units") == "× 3"
    selling.keys("\n")
    assert (rewarding(selling).step, shown(selling, "reward_given")) == (
        RewardStep.DONE, "3 × Canvas tote bag with the spring print",
    )  # fmt: skip
    selling.keys("\n")
    assert screen_of(selling.counter) is Screen.SALE


def test_by_touch_alone(selling: AtTheWindow) -> None:
    selling.keys(GOLD_PHONE + "\n")
    selling.touch("member", "rewards", "reward_2", "reward_more", "reward_more", "reward_less", "confirm")
    done = rewarding(selling).done
    assert done is not None
    assert (done.units, done.balance_after) == (2, 1_560)
    selling.touch("confirm")
    assert screen_of(selling.counter) is Screen.SALE
    selling.touch("more", "rewards", "reward_5")
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "too_few_points"
