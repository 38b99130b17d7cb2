"""What a shelf label says, as its reader writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_client.app.labels import LabelGoods
from pos_client.presenters.language import Language
from shared_models.domain.catalogue import EACH

if TYPE_CHECKING:
    from drivers.label.document import Label
    from drivers.label.layouts import Goods

SHELF, OFFER = "shelf", "offer"


def goods_of(goods: LabelGoods) -> Goods:
    from drivers.label.layouts import Goods

    language = Language(goods.language)
    per = "" if goods.unit == EACH else f"/{language.unit(goods.unit)}"
    member = language.money(goods.member_minor, goods.currency) + per if goods.member_minor is not None else ""
    return Goods(
        goods.name, language.money(goods.price_minor, goods.currency) + per, goods.code, day=goods.day.isoformat(),
        member=member, member_tier=goods.tier_name,
    )  # fmt: skip


def label_of(goods: LabelGoods, layout: str, size: tuple[int, int]) -> Label:
    """Raise ``LabelError``."""
    from drivers.label import layouts

    said = goods_of(goods)
    if layout == OFFER:
        return layouts.offer(said, size, goods.language, Language(goods.language).words)
    return layouts.shelf(said, size, goods.language)
