"""Real baskets as scripts."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from shared_models.domain.barcode import InStore, read
from shared_models.domain.money import round_ratio
from shared_models.domain.programme import default_programme
from tests.tillpoint.completejourney.conftest import STORE
from tillpoint.completejourney.catalogue import Catalogue
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.scripts import NoSuchDay, Script, build_script, next_basket, read_script
from tillpoint.completejourney.weighing import scale_label

DAY = date(2017, 11, 19)


@pytest.fixture(scope="module")
def script(journey: Journey, of_store: Catalogue) -> Script:
    return build_script(journey, of_store, STORE, DAY)


def test_the_morning_of_the_demo(script: Script) -> None:
    assert [(f"{basket.at:%H:%M}", basket.household, len(basket.lines)) for basket in script.baskets] == [
        ("09:05", 2466, 3),
        ("09:21", 1630, 10),
        ("09:29", 2244, 5),
        ("10:32", 608, 37),
        ("11:40", 1995, 18),
    ]
    assert script.store == "S292"
    assert script.left_out == {}


def test_lines_are_scanned_by_codes_of_the_catalogue(script: Script, of_store: Catalogue) -> None:
    by_code = {code: doc for doc in of_store.docs for code in doc.codes}
    rules = default_programme().in_store
    for line in (line for basket in script.baskets for line in basket.lines):
        reading = read(line.code, rules)
        if line.weighed:
            assert isinstance(reading, InStore)
            assert by_code[reading.item].id == line.product_id
        else:
            assert by_code[line.code].id == line.product_id
        assert line.quantity >= 1


def test_weighed_lines_cost_what_they_cost_in_the_shop(script: Script, journey: Journey, of_store: Catalogue) -> None:
    prices = {doc.id: doc.price_minor for doc in of_store.docs}
    rules = default_programme().in_store
    checked = 0
    for basket in script.baskets:
        rows = journey.lines[journey.lines.basket == basket.basket].set_index("product").shelf_cents
        for line in (line for line in basket.lines if line.weighed):
            label = read(line.code, rules)
            assert isinstance(label, InStore)
            paid = int(rows[int(line.product_id)])
            if label.price_minor is not None:
                assert label.price_minor == paid
            else:
                assert label.weight_g is not None
                cost = round_ratio(prices[line.product_id] * label.weight_g, 1_000)
                assert abs(cost - paid) <= max(1, prices[line.product_id] // 1_000)
            checked += 1
    assert checked == 5


def test_what_a_scanner_does_not_see_is_left_out_and_counted(journey: Journey, of_store: Catalogue) -> None:
    script = build_script(journey, of_store, STORE, date(2017, 12, 2))
    assert script.left_out == {"not_goods": 1}


def test_a_script_is_plain_json_and_comes_back(script: Script) -> None:
    assert read_script(script.to_json()) == script


def test_a_day_without_baskets_is_refused(journey: Journey, of_store: Catalogue) -> None:
    with pytest.raises(NoSuchDay, match="no basket of store 292 on 2016-01-01"):
        build_script(journey, of_store, STORE, date(2016, 1, 1))


def test_hours_are_a_half_open_range(journey: Journey, of_store: Catalogue) -> None:
    until_the_second = build_script(journey, of_store, STORE, DAY, time(9), time(9, 21))
    assert len(until_the_second.baskets) == 1


def test_a_household_comes_back(journey: Journey, of_store: Catalogue) -> None:
    back = next_basket(journey, of_store, STORE, 608, datetime.combine(DAY, time(12)), min_cents=300)
    assert back is not None
    assert (back.household, back.at.date(), len(back.lines)) == (608, date(2017, 12, 9), 3)
    assert next_basket(journey, of_store, STORE, 608, datetime.combine(date(2018, 6, 1), time(0))) is None


def test_labels_hold_a_price_at_the_counter_and_a_weight_elsewhere() -> None:
    rules = default_programme().in_store
    meat = read(scale_label("10152", "meat", 852, 1_704), rules)
    fruit = read(scale_label("10377", "fruit", 100, 200), rules)
    assert isinstance(meat, InStore)
    assert isinstance(fruit, InStore)
    assert (meat.item, meat.price_minor, meat.weight_g) == ("10152", 852, None)
    assert (fruit.item, fruit.price_minor, fruit.weight_g) == ("10377", None, 500)
    with pytest.raises(ValueError, match="fits no label"):
        scale_label("10377", "fruit", 0, 200)
