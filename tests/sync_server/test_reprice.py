"""Real sales of a real till, priced again by the server."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from threading import Thread

import msgspec

from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm import server as tables
from shared_models.wire.state import ProductDoc
from sync_server import setup
from sync_server.jobs import reprice
from sync_server.server import Server
from tests.pos_client.conftest import counter, shop, world
from tests.pos_client.world import MILK, RICE, TillAtWork, World, import_member
from tests.sync_server import acts
from tests.sync_server.tables import rows
from tests.sync_server.till import Till

__all__ = ["counter", "shop", "world"]


def findings(server: Server) -> list[tuple[str, int, int | None, int | None]]:
    return [tuple(row) for row in rows(server, tables.repricing_finding, "kind", "told_minor", "other_minor", "age_ms")]


def cheaper(product: ProductDoc, by_minor: int) -> ProductDoc:
    return msgspec.structs.replace(product, price_minor=product.price_minor - by_minor)


def test_real_sales_agree(world: World, counter: TillAtWork) -> None:
    member = import_member(world, 1, "李雷", "13800138001")
    counter.sync()
    for _ in range(4):
        counter.sell(MILK.codes[0], RICE.codes[0], member=member)
        counter.sell(MILK.codes[0], MILK.codes[0])
    counter.sync()
    done = reprice.run(world.server, chunk=3)
    assert (done.judged, done.found) == (8, {})
    assert reprice.run(world.server).judged == 0
    assert rows(world.server, tables.repricing, "judged") == [(8,)]


def test_a_till_that_was_away_sold_by_old_terms(world: World, counter: TillAtWork) -> None:
    member = import_member(world, 1, "李雷", "13800138001")
    counter.sync()
    counter.wire.cut = True
    published_ms = world.clock.ms
    programme = default_programme()
    tiers = (replace(programme.tiers[0], member_price=Decimal("0.5")), *programme.tiers[1:])
    setup.publish_programme(world.server, to_plain(replace(programme, version=programme.version + 1, tiers=tiers)))
    setup.import_products(world.server, [cheaper(MILK, 100)])
    world.clock.ms += 3_600_000
    sold = counter.sell(MILK.codes[0], member=member).total_minor
    counter.wire.cut = False
    counter.sync()
    counter.sell(MILK.codes[0], member=member)
    counter.sync()
    reprice.run(world.server)
    assert findings(world.server) == [
        ("stale_price", sold, 1_093, world.clock.ms - published_ms),
        ("stale_programme", sold, 625, world.clock.ms - published_ms),
    ]
    assert rows(world.server, tables.alert, "kind") == []


def test_other_figures_from_the_same_inputs_are_an_alert(server: Server, till: Till) -> None:
    """A till whose arithmetic is broken: 1 more than the programme gives."""
    good = acts.sale(till, 1, 1_000)
    line = replace(good.lines[0], tax_code="standard", tax_minor=115)
    inputs = replace(good.inputs, programme_version=1, priced_ms=1_795_478_400_000)
    till.append(replace(good, inputs=inputs, lines=(line,)))
    wrong = acts.sale(till, 2, 1_000)
    till.append(replace(wrong, inputs=inputs, lines=(replace(line, tax_minor=116),)))
    till.append(replace(acts.sale(till, 3), inputs=replace(inputs, engine="other")))
    till.append(replace(acts.sale(till, 4), inputs=replace(inputs, programme_version=9)))
    till.append(acts.sale(till, 5))
    till.pushed()
    done = reprice.run(server)
    assert done.judged == 5
    assert done.found == {"arithmetic": 1, "unjudged": 3}
    assert [row for row in rows(server, tables.repricing_finding, "number", "kind") if row[1] == "arithmetic"] == [
        (2, "arithmetic")
    ]
    alerts = [row for row in rows(server, tables.alert, "kind", "number") if row[0] == "arithmetic"]
    assert alerts == [("arithmetic", 2)]


def test_many_workers_judge_each_sale_once(server: Server, till: Till) -> None:
    for receipt in range(1, 41):
        till.append(acts.sale(till, receipt))
    till.pushed()
    done: list[reprice.Done] = []
    workers = [Thread(target=lambda: done.append(reprice.run(server, chunk=3))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(each.judged for each in done) == 40
    assert rows(server, tables.repricing, "number", "judged") == [(40, 40)]
    assert len(findings(server)) == 40


def test_prices_of_before_they_were_kept_are_not_judged(world: World, counter: TillAtWork) -> None:
    counter.sync()
    counter.wire.cut = True
    setup.import_products(world.server, [cheaper(MILK, 100)])
    counter.sell(MILK.codes[0])
    counter.wire.cut = False
    counter.sync()
    with world.server.acting() as act:
        value = str(world.clock.ms + 1).encode()
        act.connection.execute(tables.meta.insert().values(key=reprice.PRICES_FROM, value=value))
    reprice.run(world.server)
    assert findings(world.server) == []
    with world.server.reading() as connection:
        assert reprice.totals(connection) == (1, world.clock.ms + 1)
