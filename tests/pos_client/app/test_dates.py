"""Goods whose date passes between their scan and their payment: never sold, and the sale stays whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from functools import partial

import pytest

from pos_client.app.refusals import DatePassed
from pos_client.app.views import SaleState, Source
from shared_models.domain.goods_code import FNC1
from shared_models.domain.programme import default_programme, to_plain
from sync_server import setup
from tests.pos_client.app.test_weighing import told
from tests.pos_client.world import CASHIER, MILK, PIN, PRODUCTS, TillAtWork, World

GTIN = "0" + MILK.codes[0]
BREAD = PRODUCTS[1].codes[0]
HOUR_MS = 60 * 60_000
TO_MIDNIGHT_MS = 16 * HOUR_MS
"""The worlds's clock says 08:00 of 24 November 2026 in the store."""
DATES = ["17261124", "16261124", "15261124", "70032611242000"]


def scan_both(counter: TillAtWork, ai: str) -> None:
    counter.till.enter(BREAD, Source.SCAN)
    counter.till.enter(f"{FNC1}01{GTIN}{ai}", Source.SCAN)


def refused(counter: TillAtWork, state: SaleState) -> str:
    """The sentence with which paying is refused, at its start or its end; the sale is as it was."""
    before = counter.till.sale()
    act = counter.till.start_payment if state is SaleState.OPEN else partial(counter.till.pay_cash, 100_00)
    with pytest.raises(DatePassed) as error:
        act()
    assert (counter.till.sale(), before.state) == (before, state)
    assert error.value.line_id == before.lines[1].line_id
    return error.value.sentence(str)


@pytest.mark.parametrize("ai", DATES)
@pytest.mark.parametrize("state", [SaleState.OPEN, SaleState.PAYING])
def test_a_date_that_passes_before_the_money_is_taken_stops_it(
    world: World, counter: TillAtWork, ai: str, state: SaleState
) -> None:
    scan_both(counter, ai)
    if state is SaleState.PAYING:
        counter.till.start_payment()
    world.clock.ms += TO_MIDNIGHT_MS
    said = refused(counter, state)
    until = "2026-11-24 20:00" if ai.startswith("7003") else "2026-11-24"
    assert said == f"Line 2, Fresh milk 1 l, could be sold until {until}. Remove it and put it aside."
    if state is SaleState.PAYING:
        counter.till.back_to_sale()
    counter.till.remove_line(counter.till.sale().lines[1].line_id)
    counter.till.start_payment()
    assert counter.pay(8_00).total_minor == 8_00
    assert [line.code for line in told(counter).lines] == [BREAD]


@pytest.mark.parametrize("ai", DATES[:3])
def test_the_last_minute_of_the_last_day_is_good(world: World, counter: TillAtWork, ai: str) -> None:
    scan_both(counter, ai)
    world.clock.ms += TO_MIDNIGHT_MS - 60_000
    counter.till.start_payment()
    assert counter.pay(20_50).total_minor == 20_50


def test_midnight_counts_however_late_the_business_day_ends(world: World, counter: TillAtWork) -> None:
    setup.publish_programme(world.server, to_plain(replace(default_programme(), version=2, day_cut_off=time(4))))
    counter.sync()
    scan_both(counter, DATES[0])
    world.clock.ms += TO_MIDNIGHT_MS - 60_000
    counter.till.start_payment()
    world.clock.ms += HOUR_MS
    assert "until 2026-11-24." in refused(counter, SaleState.PAYING)


def test_where_the_shop_sells_past_the_best_date_the_line_says_so_and_is_paid(
    world: World, counter: TillAtWork
) -> None:
    allowing = replace(default_programme(), version=2, sells_past_best_before=True)
    setup.publish_programme(world.server, to_plain(allowing))
    counter.sync()
    scan_both(counter, DATES[2])
    world.clock.ms += TO_MIDNIGHT_MS
    assert [line.past for line in counter.till.sale().lines] == [None, date(2026, 11, 24)]
    counter.till.start_payment()
    assert counter.pay(20_50).total_minor == 20_50


@pytest.mark.parametrize("ai", DATES)
def test_dates_outlive_a_power_cut(world: World, counter: TillAtWork, ai: str) -> None:
    scan_both(counter, ai)
    counter.close()
    world.clock.ms += TO_MIDNIGHT_MS
    counter.parts = world.open("one").parts
    counter.till.sign_in(CASHIER, PIN)
    assert "until 2026-11-24" in refused(counter, SaleState.OPEN)


def test_other_dates_of_the_same_goods_are_other_lines(counter: TillAtWork) -> None:
    for ai in ("17261130", "17261201", "16261201", "17261130"):
        counter.till.enter(f"{FNC1}01{GTIN}{ai}", Source.SCAN)
    assert [line.quantity_milli for line in counter.till.sale().lines] == [2_000, 1_000, 1_000]
