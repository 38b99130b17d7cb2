"""Goods by weight at the till: nothing is sold that nobody weighed, whatever comes between."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from pos_client.app.views import LineView, Source
from shared_models.domain.basket import NotWeighed
from shared_models.domain.sale import SaleConfirmed
from shared_models.orm.server import alert
from shared_models.wire import facts as wire
from tests.pos_client.world import APPLES, CASHIER, MILK, PIN, TillAtWork, World


def apples(counter: TillAtWork) -> LineView:
    (line,) = (line for line in counter.till.sale().lines if line.product_id == APPLES.id)
    return line


def told(counter: TillAtWork) -> SaleConfirmed:
    """The last sale's record."""
    payload = wire.decode(counter.parts.counter.books.outbox.batch(0, 500, 1 << 22).facts[-1])
    assert isinstance(payload, SaleConfirmed)
    return payload


@pytest.mark.parametrize("add", ["scan", "typed code", "quick key"])
def test_however_it_comes_it_costs_nothing_and_is_not_paid_until_weighed(counter: TillAtWork, add: str) -> None:
    counter.till.enter(MILK.codes[0], Source.SCAN)
    if add == "quick key":
        counter.till.add_product(APPLES.id)
    else:
        counter.till.enter(APPLES.codes[0], Source.SCAN if add == "scan" else Source.KEYED)
    assert (apples(counter).unweighed, apples(counter).quantity_milli, apples(counter).amount_minor) == (True, 0, 0)
    assert counter.till.sale().total_minor == 12_50
    before = counter.till.sale()
    with pytest.raises(NotWeighed):
        counter.till.start_payment()
    assert counter.till.sale() == before
    counter.till.weigh(apples(counter).line_id, 455, "kg")
    assert (apples(counter).unweighed, apples(counter).weighed) == (False, True)
    assert counter.till.start_payment().total_minor == 12_50 + 4_54


def test_what_the_scale_showed_and_what_was_typed_differ_in_the_record(world: World, counter: TillAtWork) -> None:
    counter.till.weigh(counter.till.add_product(APPLES.id), 455, "kg")
    counter.till.change_quantity(counter.till.add_product(APPLES.id), "0.3")
    counter.till.enter("0.2*" + APPLES.codes[0])
    counter.till.enter(APPLES.codes[0])
    counter.till.enter("*0.1")
    counter.till.start_payment()
    counter.pay(100_00)
    lines = [(line.quantity_milli, line.gross_minor, line.weighed) for line in told(counter).lines]
    assert lines == [(455, 4_54, True), (300, 2_99, False), (200, 2_00, False), (100, 1_00, False)]
    counter.sync()
    with world.server.reading() as connection:
        assert connection.execute(select(alert.c.kind)).all() == []


def test_a_line_without_a_weight_can_be_taken_off_again(counter: TillAtWork) -> None:
    counter.till.enter(MILK.codes[0])
    counter.till.remove_line(counter.till.add_product(APPLES.id))
    assert counter.till.start_payment().total_minor == 12_50
    counter.till.back_to_sale()
    counter.till.add_product(APPLES.id)
    counter.till.void_sale()
    assert counter.till.sale().lines == ()


def test_it_waits_for_its_weight_after_a_power_cut(world: World, counter: TillAtWork) -> None:
    counter.till.add_product(APPLES.id)
    counter.close()
    again = world.open("one")
    counter.parts = again.parts
    again.till.sign_in(CASHIER, PIN)
    assert apples(again).unweighed
    with pytest.raises(NotWeighed):
        again.till.start_payment()


def test_a_sale_that_an_earlier_version_left_open_keeps_its_kilogram(world: World, counter: TillAtWork) -> None:
    """There the cashier saw 1 kg and its price on the line."""
    counter.till.add_product(APPLES.id)
    books = counter.parts.counter.books
    stored = books.open_sales.current()
    assert stored is not None
    earlier = replace(stored, doc=stored.doc.replace(b'"quantity_milli":0', b'"quantity_milli":1000'))
    books.open_sales.save(earlier, books.journal.next_hlc())
    counter.close()
    again = world.open("one")
    counter.parts = again.parts
    again.till.sign_in(CASHIER, PIN)
    assert (apples(again).quantity_milli, apples(again).unweighed) == (1_000, False)
