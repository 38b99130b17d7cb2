from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from shared_models.domain.catalogue import Product, name_in
from shared_models.domain.clock import business_date
from shared_models.domain.staff import Role
from shared_models.domain.store import StoreInfo
from tests.domain.shop import STORE


@pytest.mark.parametrize(
    ("names", "language", "name"),
    [
        ({"en": "Milk", "zh_Hans": "牛奶"}, "en", "Milk"),
        ({"en": "Milk", "zh_Hans": "牛奶"}, "zh_Hant", "牛奶"),
        ({"en": "Milk", "zh_Hant": ""}, "zh_Hant", "Milk"),
        ({"fr": "Lait"}, "en", "Lait"),
        ({}, "en", ""),
    ],
)
def test_a_name_in_a_language(names: dict[str, str], language: str, name: str) -> None:
    assert name_in(names, language) == name
    assert Product("p1", (), names, 1, "each", "standard", "c").name_in(language) == (name or "p1")


def test_a_store_on_its_receipts() -> None:
    assert STORE.name_in("zh_Hant") == "街角超市"
    assert STORE.footer_lines("en") == ("Thank you", "See you soon")
    assert StoreInfo("s9", {}, (), "CNY", "Asia/Shanghai").footer_lines("en") == ()
    assert StoreInfo("s9", {}, (), "CNY", "Asia/Shanghai").name_in("en") == "s9"


@pytest.mark.parametrize(
    ("cut_off", "day"), [(time(0), date(2026, 11, 25)), (time(2), date(2026, 11, 25)), (time(4), date(2026, 11, 24))]
)
def test_the_business_day_ends_at_the_cut_off(cut_off: time, day: date) -> None:
    half_past_three = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
    assert business_date(half_past_three, STORE.zone, cut_off) == day


def test_roles_cover_those_before_them() -> None:
    assert Role.MANAGER.covers(Role.CASHIER)
    assert Role.CASHIER.covers(Role.CASHIER)
    assert not Role.SERVICE_DESK.covers(Role.MANAGER)
