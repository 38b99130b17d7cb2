"""The drawer's cash, and the end of a shift."""

from __future__ import annotations

from typing import Final

from pos_client.ui.gallery.paying import change
from pos_client.ui.gallery.situations import basket
from pos_client.ui.gallery.stage import Stage
from pos_client.ui.gallery_shop import PIN


def cash_kind(stage: Stage) -> None:
    basket(stage)
    stage.press("F5", "F2")


def cash_amount(stage: Stage) -> None:
    cash_kind(stage)
    stage.type("3")
    stage.window.field.setText("500")


def cash_reason(stage: Stage) -> None:
    cash_kind(stage)
    stage.type("2")
    stage.type("86.50")


def cash_approve(stage: Stage) -> None:
    cash_reason(stage)
    stage.type("1")


def cash_done(stage: Stage) -> None:
    cash_approve(stage)
    stage.type(PIN)


def shift_close(stage: Stage) -> None:
    change(stage)
    stage.press("Escape", "F9")


def shift_closed(stage: Stage) -> None:
    shift_close(stage)
    stage.type("900")


SCENES: Final = (
    cash_kind,
    cash_amount,
    cash_reason,
    cash_approve,
    cash_done,
    shift_close,
    shift_closed,
)
