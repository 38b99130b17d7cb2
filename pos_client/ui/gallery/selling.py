"""The sale: goods, their amounts and dates, and what stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.scale.reading import InMotion
from pos_client.app.views import Notice
from pos_client.store.mirror import MirrorAway
from pos_client.ui.gallery.situations import basket, bought, cut_off, member_basket, started
from pos_client.ui.gallery.stage import Stage
from pos_client.ui.gallery_shop import GOLD_PHONE, code_of
from shared_models.domain.goods_code import FNC1


def sale_empty(stage: Stage) -> None:
    started(stage)


def sale(stage: Stage) -> None:
    member_basket(stage)


def sale_long(stage: Stage) -> None:
    started(stage)
    stage.type(GOLD_PHONE)
    stage.scan(*range(60))
    stage.scan(21, 20)


def choices(stage: Stage) -> None:
    basket(stage)
    stage.type("milk" if stage.counter.state.language == "en" else "牛奶")
    stage.press("Escape")
    stage.type("8000")


def error(stage: Stage) -> None:
    basket(stage)
    stage.counter.scan("6901234500018")
    stage.settle()


def offline(stage: Stage) -> None:
    member_basket(stage)
    cut_off(stage)


def second_copy_away(stage: Stage) -> None:
    member_basket(stage)
    stage.shop.surroundings.mirror("away", 37, Notice.of(MirrorAway(why="/media/tillpoint")))
    stage.look_again()


def quantity(stage: Stage) -> None:
    basket(stage)
    stage.press("F4")


class _Scale:
    """Shows one weight; then the goods swing."""

    def __init__(self) -> None:
        self._weights = [684]

    def settle(self, done: Callable[[int, str], None], failed: Callable[[Notice], None], *, tare: bool) -> None:  # noqa: ARG002 - it shows what it shows
        self.weigh(done, failed)

    def weigh(self, done: Callable[[int, str], None], failed: Callable[[Notice], None]) -> None:
        if self._weights:
            done(self._weights.pop(), "kg")
        else:
            failed(Notice(InMotion.code, InMotion.template))


def weighing(stage: Stage) -> None:
    """One line is weighed, the next one isn't at rest."""
    basket(stage)
    stage.counter.scale = _Scale()
    for product in ("4131", "4011"):
        stage.type(product)


def not_weighed(stage: Stage) -> None:
    """The next goods were scanned before the scale came to rest."""
    weighing(stage)
    stage.scan(12)


def expired(stage: Stage) -> None:
    """Past its best before, which mustn't be sold."""
    basket(stage)
    stage.counter.scan(f"{FNC1}010{code_of(0)}1526112010LOT-7")
    stage.settle()


def date_passed(stage: Stage) -> None:
    """A sale that stood over midnight: what could be sold yesterday isn't paid today."""
    basket(stage)
    stage.counter.scan(f"{FNC1}010{code_of(0)}1726112410LOT-7")
    stage.settle()
    stage.scan(12)
    stage.shop.clock.advance(24 * 60 * 60_000)
    stage.press("F12")


def more(stage: Stage) -> None:
    basket(stage)
    stage.press("F5")


def void(stage: Stage) -> None:
    basket(stage)
    stage.press("F7")


def doubt(stage: Stage) -> None:
    """The power went while a receipt was printed; the till has started again."""
    bought(stage)
    stage.shop.interrupt_printing()
    stage.press("Escape")
    stage.look_again()
    stage.press("F11")


SCENES: Final = (
    sale_empty,
    sale,
    sale_long,
    choices,
    error,
    offline,
    second_copy_away,
    quantity,
    weighing,
    not_weighed,
    expired,
    date_passed,
    more,
    void,
    doubt,
)
