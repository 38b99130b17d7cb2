"""The member: found, registered, their stored value and rewards."""

from __future__ import annotations

from typing import Final

from pos_client.ui.gallery.situations import basket, cut_off, member_basket, silver_basket
from pos_client.ui.gallery.stage import Stage
from pos_client.ui.gallery_shop import NEW_PHONE


def member_search(stage: Stage) -> None:
    basket(stage)
    stage.press("F2")
    stage.type("8000")


def registration(stage: Stage) -> None:
    basket(stage)
    stage.press("F3")
    stage.type(NEW_PHONE)
    stage.type("周杰")
    stage.type("05-20")


def registration_letters(stage: Stage) -> None:
    basket(stage)
    stage.press("F3")
    stage.type(NEW_PHONE)
    stage.click("keyboard")
    stage.window.field.setText("Zhou ")


def member_edit(stage: Stage) -> None:
    member_basket(stage)
    stage.press("F2")
    stage.press("F1")
    stage.type(NEW_PHONE)


def wallet(stage: Stage) -> None:
    silver_basket(stage)
    stage.press("F1")
    stage.type("")
    stage.press("Down")
    stage.type("")


def wallet_load(stage: Stage) -> None:
    silver_basket(stage)
    stage.press("F1")
    stage.type("200")


def rewards(stage: Stage) -> None:
    member_basket(stage)
    stage.press("F5", "F6", "Down")


def reward_units(stage: Stage) -> None:
    rewards(stage)
    stage.type("")
    stage.press("F4")


def reward_not_here(stage: Stage) -> None:
    """More than the till was lent, without a network."""
    reward_units(stage)
    cut_off(stage)
    stage.type("4")
    stage.look_again()
    stage.type("")


def reward_done(stage: Stage) -> None:
    reward_units(stage)
    stage.type("")


def member_rewards(stage: Stage) -> None:
    """Reached from the member."""
    member_basket(stage)
    stage.press("F2")


SCENES: Final = (
    member_search,
    registration,
    registration_letters,
    member_edit,
    wallet,
    wallet_load,
    rewards,
    reward_units,
    reward_not_here,
    reward_done,
    member_rewards,
)
