"""Whose papers they are: the shop, its people, its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from pos_client.locale import catalogue
from shared_models.domain.receipt import Document, Language
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import Words

Made: TypeAlias = Callable[[Language], Document]
CASHIER: Final = {"en": "Wang Fang", "zh_Hans": "王芳", "zh_Hant": "王芳"}
NAMES: Final = {"en": "Spruce Fresh Market", "zh_Hans": "云杉生鲜超市", "zh_Hant": "雲杉生鮮超市"}
FOOTER: Final = {
    "en": "Goods can be returned within 7 days with this receipt.\nThank you, see you again soon!",
    "zh_Hans": "凭本小票七日内可退换货。\n谢谢惠顾，欢迎再来！",
    "zh_Hant": "憑本收據七日內可退換貨。\n謝謝光臨，歡迎再來！",
}
STORE: Final = StoreInfo(
    "s1", NAMES, ("88 Renmin Road, 200021", "Tel. 021-5555 0188"), "CNY", "Asia/Shanghai", "en", FOOTER
)
REASON: Final = {"en": "Faulty", "zh_Hans": "商品有瑕疵", "zh_Hant": "商品有瑕疵"}
APPROVER: Final = {"en": "Chen Wei", "zh_Hans": "陈伟", "zh_Hant": "陳偉"}


def words(language: Language) -> Words:
    return catalogue(language).gettext
