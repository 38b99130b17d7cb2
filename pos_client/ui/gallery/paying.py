"""The bill is paid, and what the customer sees of it."""

from __future__ import annotations

from typing import Final

from pos_client.ui.gallery.situations import cut_off, member_basket, silver_basket, started
from pos_client.ui.gallery.stage import Stage


def tender(stage: Stage) -> None:
    member_basket(stage)
    stage.press("F12", "F6")


def tender_too_small(stage: Stage) -> None:
    member_basket(stage)
    cut_off(stage)
    stage.press("F12")
    stage.type("100")


def tender_stored_value(stage: Stage) -> None:
    silver_basket(stage)
    stage.press("F12", "F1")


def change(stage: Stage) -> None:
    member_basket(stage)
    stage.press("F12", "F6")
    stage.type("600")
    stage.send()


def customer_welcome(stage: Stage) -> None:
    started(stage)
    stage.look_as_customer()


def customer_sale(stage: Stage) -> None:
    member_basket(stage)
    stage.look_as_customer()


def customer_tender(stage: Stage) -> None:
    member_basket(stage)
    stage.press("F12", "F6")
    stage.look_as_customer()


def customer_change(stage: Stage) -> None:
    change(stage)
    stage.look_as_customer()


SCENES: Final = (
    tender,
    tender_too_small,
    tender_stored_value,
    change,
    customer_welcome,
    customer_sale,
    customer_tender,
    customer_change,
)
