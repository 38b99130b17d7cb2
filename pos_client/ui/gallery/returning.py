"""Goods come back."""

from __future__ import annotations

from typing import Final

from pos_client.ui.gallery.situations import bought
from pos_client.ui.gallery.stage import Stage
from pos_client.ui.gallery_shop import PIN


def return_find(stage: Stage) -> None:
    bought(stage)


def return_goods(stage: Stage) -> None:
    code = bought(stage)
    stage.type(code)
    stage.press("F4", "Down", "F4")


def return_reason(stage: Stage) -> None:
    return_goods(stage)
    stage.type("")
    stage.press("Down")


def return_approve(stage: Stage) -> None:
    return_reason(stage)
    stage.type("")


def return_done(stage: Stage) -> None:
    return_approve(stage)
    stage.type(PIN)


def return_again(stage: Stage) -> None:
    """The same receipt after that."""
    code = bought(stage)
    stage.type(code)
    stage.press("F4")
    stage.type("")
    stage.type("1")
    stage.type(PIN)
    stage.press("Escape", "F5", "F4")
    stage.type(code)
    stage.type("9")


SCENES: Final = (
    return_find,
    return_goods,
    return_reason,
    return_approve,
    return_done,
    return_again,
)
