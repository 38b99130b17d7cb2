from __future__ import annotations

from datetime import date

import pytest

from pos_client.app.spending import HeldBack
from pos_client.app.views import SaleState, SaleView
from pos_client.presenters.amount import NotAnAmount, parse_amount
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import offers_said
from shared_models.domain.money import AmountTooLarge
from shared_models.domain.spending import Why


@pytest.mark.parametrize("code", ["en", "zh_Hans", "zh_Hant"])
def test_money_has_the_shops_symbol_separators_and_a_true_minus(code: str) -> None:
    language = Language(code)
    assert language.money(123_450, "CNY") == "¥1,234.50"
    assert language.money(-320, "CNY") == "−¥3.20"
    assert language.money(0, "CNY") == "¥0.00"
    assert language.money(1_000, "JPY") == "¥1,000"
    assert language.money(5, "HKD") == "HK$0.05"


def test_quantities_times_and_days() -> None:
    language = Language("zh_Hans")
    assert [language.quantity(milli) for milli in (1_000, 455, 12_500, 9_999_000)] == ["1", "0.455", "12.5", "9,999"]
    assert language.clock(1_795_484_520_000, "Asia/Shanghai") == "09:42"
    assert language.day(date(2026, 12, 31)) == "12-31"


def test_sentences_stand_together_as_the_language_writes_them() -> None:
    assert Language("en").sentences(("Look.", "Then print.")) == "Look. Then print."
    for code in ("zh_Hans", "zh_Hant"):
        assert Language(code).sentences(("请先查看。", "再打印。")) == "请先查看。再打印。"


def test_plurals() -> None:
    english, chinese = Language("en"), Language("zh_Hans")
    assert english.ngettext("{number} line", "{number} lines", 1) == "1 line"
    assert english.ngettext("{number} line", "{number} lines", 1_200) == "1,200 lines"
    assert chinese.ngettext("{number} line", "{number} lines", 1) == "1 行"


@pytest.mark.parametrize(
    ("text", "minor"), [("20", 2_000), ("20.5", 2_050), (",50", 50), ("0", 0), ("１００", 10_000), ("7.", 700)]
)
def test_sums_as_they_are_typed(text: str, minor: int) -> None:
    assert parse_amount(text, "CNY") == minor


@pytest.mark.parametrize("text", ["", ".", "-1", "+1", "1.234", "1,000.00", "abc", "1e3", "1 000", "9" * 13])
def test_what_is_no_sum(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text, "CNY")


def test_a_currency_without_decimals_and_a_sum_beyond_reason() -> None:
    assert parse_amount("500", "JPY") == 500
    with pytest.raises(NotAnAmount):
        parse_amount("1.5", "JPY")
    with pytest.raises(AmountTooLarge):
        parse_amount("9" * 12, "CNY")


def test_an_offer_that_is_held_back_says_why_in_each_language() -> None:
    sale = SaleView((), 0, 0, 0, None, SaleState.OPEN, "CNY", held_back=(HeldBack("d", Why.NOT_LENT).notice("春节"),))
    said = {code: offers_said(sale, "CNY", Language(code)) for code in ("en", "zh_Hans", "zh_Hant")}
    assert said["en"] == "春节 doesn't apply: without the server this till has none left of it."
    assert said["zh_Hans"].startswith("春节 不适用")
    assert said["zh_Hant"].startswith("春节 不適用")
