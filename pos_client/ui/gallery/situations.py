"""What several scenes begin with."""

from __future__ import annotations

from pos_client.ui.gallery.stage import Stage
from pos_client.ui.gallery_shop import GOLD_PHONE, PIN, SILVER_PHONE


def opened(stage: Stage) -> None:
    stage.counter.attach(stage.shop.till)
    stage.settle()


def signed_in(stage: Stage) -> None:
    opened(stage)
    stage.type("1")
    stage.type(PIN)


def started(stage: Stage) -> None:
    signed_in(stage)
    stage.type("500")
    stage.send()


def basket(stage: Stage) -> None:
    started(stage)
    stage.scan(0, 2, 6, 20, 17)
    stage.type("*2")
    stage.type("0.455*4131")
    stage.scan(8)


def member_basket(stage: Stage) -> None:
    basket(stage)
    stage.type(GOLD_PHONE)


def silver_basket(stage: Stage) -> None:
    basket(stage)
    stage.type(SILVER_PHONE)


def cut_off(stage: Stage) -> None:
    around = stage.shop.surroundings
    around.online = False
    around.printer_state = "paper_out"
    stage.look_again()


def bought(stage: Stage) -> str:
    """Some goods were sold to a member who paid with points too; the code of their receipt."""
    member_basket(stage)
    stage.press("F12", "F6")
    stage.type("600")
    change = stage.counter.state.change
    assert change is not None
    stage.press("Escape", "F5", "F4")
    return change.receipt_code
