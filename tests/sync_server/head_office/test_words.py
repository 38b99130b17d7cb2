"""Every sentence in three languages; numbers, money and days as each writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import sync_server
from sync_server.head_office import charts, languages, period
from sync_server.head_office.formats import Formats
from sync_server.head_office.period import Period, Span

PACKAGE = Path(sync_server.__file__).parent
OUTSIDE = (PACKAGE / "roles.py", PACKAGE.parent / "shared_models" / "domain" / "reason.py")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("templates/**.html", "jinja2")]
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def sources() -> set[str | tuple[str, ...]]:
    found = {message for _, _, message, _, _ in extract_from_dir(PACKAGE / "head_office", METHODS)}
    for path in OUTSIDE:
        for _, _, message, _, _ in extract_from_dir(path.parent, [(path.name, "python")]):
            found.add(message)
    return found


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_every_sentence_is_translated_with_its_places(language: str) -> None:
    path = PACKAGE / "head_office" / "locale" / language / "LC_MESSAGES" / "tillpoint.po"
    with path.open("rb") as file:
        catalogue: Catalog = read_po(file, locale=language)
    held = {message.id: message for message in catalogue if message.id}
    assert sources() - held.keys() == set(), "run make translations, then translate"
    for source, message in held.items():
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        one = source[0] if isinstance(source, tuple) else source
        for text in texts:
            assert text, source
            assert "fuzzy" not in message.flags
            wanted = {place.replace("{tenths}", "{percent}") for place in PLACES.findall(str(one))}
            assert {place.replace("{tenths}", "{percent}") for place in PLACES.findall(str(text))} == wanted, source


def test_sources_are_found() -> None:
    assert {"Average basket", "Today", "Administrator", ("%(count)s ticket", "%(count)s tickets")} <= sources()


def formats(language: str) -> Formats:
    return Formats(language, ZoneInfo("Asia/Shanghai"), languages.translations(language))


def test_money_numbers_and_days() -> None:
    en, hans, hant = (formats(language) for language in ("en", "zh_Hans", "zh_Hant"))
    assert en.money(1_234_567, "CNY") == hans.money(1_234_567, "CNY") == hant.money(1_234_567, "CNY") == "¥12,345.67"
    assert en.money(-50, "CNY") == "−¥0.50"
    assert en.money(0, "HKD") == "HK$0.00"
    assert en.money(1_234, "JPY") == "¥1,234"
    assert en.signed(5) == "+5"
    assert en.signed(-1_500) == "−1,500"
    assert en.signed(0) == "0"
    assert en.quantity(456) == "0.456"
    assert en.quantity(3_000) == "3"
    assert en.percent(1, 3) == "33.3 %"
    assert en.percent(1, 0) == "–"
    assert en.change(104, 100) == "+4.0 %"
    assert en.change(50, 100) == "−50.0 %"
    assert en.change(1, 0) is None
    assert (en.day("2026-11-24"), hans.day(date(2026, 11, 24))) == ("24 Nov 2026", "2026年11月24日")
    noon = int(datetime(2026, 11, 24, 4, 5, tzinfo=UTC).timestamp() * 1000)
    assert en.moment(noon) == "24 Nov 2026 12:05"
    assert [en.ago(noon - seconds * 1000, noon) for seconds in (0, 60, 7_200, 90_000)] == [
        "just now", "1 minute ago", "2 hours ago", "1 day ago",
    ]  # fmt: skip
    assert hans.ago(noon - 120_000, noon) == "2 分钟前"
    assert hans.money_short(12_345_600, "CNY") == "¥12.3万"


@pytest.mark.parametrize(
    ("wished", "accepted", "own", "shown"),
    [
        (None, "", "", "en"), ("zh_Hant", "en", "zh_Hans", "zh_Hant"), ("xx", "de,zh-TW;q=0.8", "", "zh_Hant"),
        (None, "zh-CN,zh;q=0.9", "", "zh_Hans"), (None, "en-GB", "zh_Hans", "zh_Hans"), (None, "zh-HK", "", "zh_Hant"),
        (None, "zh-Hans-HK", "", "zh_Hans"), (None, ";;,,q=", "", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_chosen_one_then_ones_own_then_the_browsers(
    wished: str | None, accepted: str, own: str, shown: str
) -> None:
    assert languages.choose(wished, accepted, own) == shown


def test_periods_compare_with_the_same_weekdays() -> None:
    today = date(2026, 11, 24)
    assert period.read("today", "", "", today).before() == Period(Span.TODAY, date(2026, 11, 17), date(2026, 11, 17))
    week = period.read("week", "", "", today)
    assert (week.days, week.before().last) == (7, date(2026, 11, 17))
    eight = period.read("dates", "2026-11-08", "2026-11-01", today)
    assert (eight.first, eight.last, eight.before().first) == (date(2026, 11, 1), date(2026, 11, 8), date(2026, 10, 18))
    assert period.read("dates", "2001-01-01", "2026-01-01", today).days == period.LONGEST_DAYS
    assert len(period.read("four-weeks", "", "", today).dates()) == 28


AXES = [(0, [0, 1]), (4, [0, 1, 2, 3, 4]), (9, [0, 5, 10]), (234_022, [0, 100_000, 200_000, 300_000])]


@pytest.mark.parametrize(("highest", "ticks"), AXES)
def test_a_charts_axis_has_round_steps_up_to_its_highest_bar(highest: int, ticks: list[int]) -> None:
    assert charts.nice_ticks(highest) == ticks
