"""Cash that tills moved beside sales, at the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from alembic import command
from sqlalchemy import Engine, select, text

from shared_models.domain.cash_drawer import CashMoved, DrawerOpened, MovementKind
from shared_models.domain.sale import Payment, PaymentState, TenderKind
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.orm import server as tables
from shared_models.wire.facts import encode
from sync_server.server import Server
from sync_server.store import Keys, open_engine, reading, upgrade, writing
from sync_server.store.schema import _config
from tests.shared_models.wire import examples
from tests.sync_server.acts import DAY, sale, shift_opened
from tests.sync_server.tables import rows
from tests.sync_server.test_migrations import _empty
from tests.sync_server.till import Till

SHIFT = UUID(int=1)


def moved(till: Till, minor: int = 50_00) -> CashMoved:
    return CashMoved(till.new_id(), "A", 1, SHIFT, "ann", DAY, "CNY", MovementKind.DROP, minor, "safe")


def loaded(till: Till) -> StoredValueLoaded:
    paid = Payment(till.new_id(), TenderKind.CASH, PaymentState.CAPTURED, 100_00, 100_00)
    gone = replace(paid, id=till.new_id(), state=PaymentState.REVERSED)
    return StoredValueLoaded(
        till.new_id(), till.new_id(), "A", 1, SHIFT, "ann", DAY, "CNY", 100_00, (paid, gone), programme_version=1
    )


def alerts(server: Server) -> list[str]:
    return [kind for (kind,) in rows(server, tables.alert, "kind")]


def test_what_is_told_twice_under_one_id_is_there_once(server: Server, till: Till) -> None:
    one, opened = moved(till), DrawerOpened(till.new_id(), "A", 1, "ann", DAY, "count", SHIFT)
    for payload in (one, opened, one, opened):
        till.append(payload)
    till.pushed()
    assert rows(server, tables.cash_movement, "movement_id", "amount_minor") == [(one.movement_id, 50_00)]
    assert rows(server, tables.drawer_opening, "opening_id") == [(opened.opening_id,)]


@pytest.mark.parametrize("minor", [0, -50_00, 10**13 + 1])
def test_a_movement_of_nothing_is_kept_unread(server: Server, till: Till, minor: int) -> None:
    till.append(moved(till, minor))
    till.pushed()
    assert rows(server, tables.cash_movement, "movement_id") == []
    assert alerts(server) == ["quarantined"]


def test_the_act_of_another_lane_is_counted_and_said(server: Server, till: Till) -> None:
    till.append(replace(moved(till), lane=7))
    till.append(replace(DrawerOpened(till.new_id(), "A", 1, "ann", DAY, "count"), store_id="B"))
    till.pushed()
    assert rows(server, tables.cash_movement, "lane") == [(7,)]
    assert rows(server, tables.drawer_opening, "store_id", "shift_id") == [("B", None)]
    assert alerts(server) == ["foreign-lane", "foreign-lane"]


def test_what_counts_in_another_lanes_shift_is_said(server: Server, enrol: Callable[..., Till]) -> None:
    """It made the drawer of that lane short at head office, and nobody was told."""
    one, other = enrol("A", 1), enrol("A", 2)
    one.append(shift_opened(one, SHIFT))
    one.append(moved(one))
    one.pushed()
    assert alerts(server) == []
    other.append(replace(moved(other), lane=2))
    other.append(DrawerOpened(other.new_id(), "A", 2, "ann", DAY, "count", SHIFT))
    other.append(replace(sale(other, 1), lane=2, shift_id=SHIFT))
    other.append(DrawerOpened(other.new_id(), "A", 2, "ann", DAY, "count"))
    other.pushed()
    said = rows(server, tables.alert, "number", "kind", "message")
    assert sorted(number for number, _, _ in said) == [1, 2, 3]
    assert {kind for _, kind, _ in said} == {"foreign-lane"}
    assert {message for _, _, message in said} == {"It counts in a shift of store A, lane 1; its device is A, 2."}


def test_cash_for_stored_value_is_in_the_drawer_as_well(server: Server, till: Till) -> None:
    one = loaded(till)
    till.append(one)
    till.pushed()
    assert rows(server, tables.cash_movement, "movement_id", "kind", "amount_minor") == [(one.load_id, "load", 100_00)]


@pytest.fixture
def before(database_url: str, keys: Keys) -> Iterator[Engine]:
    """A database as it was before cash that is moved."""
    engine = open_engine(database_url, keys.database)
    with writing(engine) as connection:
        _empty(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
    yield engine
    engine.dispose()


def test_what_was_told_before_the_update_is_found_by_its_shift(before: Engine) -> None:
    one, back = examples.valuables()["stored_value.loaded"], examples.returned()
    assert isinstance(one, StoredValueLoaded)
    _, _, payload = encode(one)
    with writing(before) as connection:
        connection.execute(
            text(
                "INSERT INTO fact (incarnation, number, id, hlc, kind, schema, payload, previous, hash, signature,"
                " received_ms, state) VALUES (:id, 1, :id, :hlc, 'stored_value.loaded', 1, :payload, :id, :id, :id, 0,"
                " 'applied')"
            ),
            {"id": bytes(16), "hlc": 5_000 << 16, "payload": payload},
        )
        connection.execute(
            text(
                "INSERT INTO sale_return (return_id, sale_id, state, incarnation, number, store_id, lane,"
                " receipt_number, business_date, confirmed_ms, cashier_id, member_id, total_minor, doc)"
                " VALUES (:id, NULL, 'booked', :id, 2, 'A', 1, 2, '2026-11-24', 0, 'ann', NULL, 1000, :doc)"
            ),
            {"id": bytes(16), "doc": msgspec.json.encode(back)},
        )
    upgrade(before)
    with reading(before) as connection:
        movement, returned = tables.cash_movement.c, tables.sale_return.c
        assert connection.execute(
            select(movement.movement_id, movement.shift_id, movement.kind, movement.amount_minor, movement.moved_ms)
        ).all() == [(one.load_id, examples.SHIFT, "load", 100_00, 5_000)]
        assert connection.scalars(select(returned.shift_id)).all() == [back.shift_id]
