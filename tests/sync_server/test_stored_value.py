"""Stored value from facts: added once, owed where it wasn't there, each till told what its row counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared_models.domain.sale import Payment, PaymentState, TenderKind
from shared_models.domain.stored_value_ledger import BonusLot, EntryKind, stored_value
from shared_models.domain.stored_value_refused import MoreThanPrincipal
from shared_models.orm import server as tables
from sync_server import setup, value_desk
from sync_server.errors import BadInput
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.tables import counts, rows
from tests.sync_server.till import Till


@pytest.fixture(autouse=True)
def _programme(server: Server) -> None:
    setup.publish_programme(server, valuables.programme(spending=valuables.BY_FLOOR))


def alerts(server: Server) -> list[str]:
    return [kind for (kind,) in rows(server, tables.alert, "kind")]


def entries_sum(server: Server) -> int:
    return sum(sum(row) for row in rows(server, tables.stored_value_entry, "principal_minor", "bonus_minor"))


def test_a_load_and_purchases_reach_every_till(server: Server, enrol: Callable[..., Till]) -> None:
    here, elsewhere = enrol("A", 1), enrol("B", 1)
    member_id = valuables.member(here)
    loaded = valuables.load(here, member_id, 100_00, 10_00)
    lot = loaded.bonus[0]
    here.append(loaded)
    here.append(valuables.purchase(here, 1, member_id, 22_00, (replace(lot, minor=2_00),)))
    here.append(acts.sale(here, 2, 1_000, member_id))
    here.pushed()

    doc, counted = valuables.account(here, member_id)
    assert counted == 3, "the last fact about the account, and no later one"
    assert (doc.principal_minor, [(each.id, each.minor) for each in doc.lots]) == (80_00, [(lot.id, 8_00)])
    assert doc.run is not None
    assert (doc.run.on, doc.run.principal_minor, doc.bonuses) == (acts.DAY, -20_00, 1)
    assert valuables.account(elsewhere, member_id) == (doc, 0)
    assert stored_value(doc.summary().entries()).balance_minor(acts.DAY) == entries_sum(server) == 88_00
    assert alerts(server) == []


def test_two_tills_apart_spend_the_same_money_and_the_rest_is_owed(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol("A", 1), enrol("B", 1)
    member_id = valuables.member(one)
    one.append(valuables.load(one, member_id, 100_00))
    one.append(valuables.purchase(one, 1, member_id, 80_00))
    two.append(valuables.purchase(two, 1, member_id, 70_00))
    one.pushed()
    two.pushed()
    doc, counted = valuables.account(two, member_id)
    assert (doc.principal_minor, counted) == (-50_00, 1)
    found = rows(server, tables.alert, "kind", "message", "member_id")
    message = "5000 (minor units) of stored value were spent that weren't there; they are owed."
    assert found == [("stored-value-overspent", message, member_id)]
    assert (50_00,) in rows(server, tables.stored_value_entry, "owed_minor")
    one.append(valuables.load(one, member_id, 60_00))
    one.pushed()
    assert valuables.account(one, member_id)[0].principal_minor == 10_00, "a later load pays it"


def test_what_is_told_twice_is_booked_once(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    load = valuables.load(till, member_id, 50_00)
    till.append(load)
    till.append(valuables.purchase(till, 1, member_id, 20_00))
    till.pushed()
    before = counts(server), valuables.account(till, member_id)
    till.pushed()
    assert (counts(server), valuables.account(till, member_id)) == before
    till.append(load)
    till.pushed()
    doc, counted = valuables.account(till, member_id)
    assert (doc.principal_minor, counted) == (30_00, 4), "counted, so that the till shows it once too"
    assert alerts(server) == ["stored-value-repeated"]


def test_facts_may_come_before_what_they_rest_on(server: Server, enrol: Callable[..., Till]) -> None:
    """As after a restore: a purchase is told again before the load and the registration it rests on."""
    one, two = enrol("A", 1), enrol("B", 1)
    new = acts.member(one)
    load = valuables.load(one, new.member_id, 100_00, 10_00)
    two.append(valuables.purchase(two, 1, new.member_id, 55_00, (replace(load.bonus[0], minor=5_00),)))
    two.pushed()
    doc, _ = valuables.account(two, new.member_id)
    assert (doc.principal_minor, doc.lots[0].minor) == (-50_00, -5_00)
    one.append(load)
    one.register(new, acts.profile())
    one.pushed()
    doc, _ = valuables.account(one, new.member_id)
    assert (doc.principal_minor, doc.lots[0].minor) == (50_00, 5_00)
    assert sorted(alerts(server)) == ["stored-value-overspent", "unknown-member"]


def test_a_till_that_does_not_name_lots_spends_those_that_expire_first(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    till.append(valuables.load(till, member_id, 100_00, 10_00))
    sale = valuables.purchase(till, 1, member_id, 30_00)
    till.append(replace(sale, payments=(replace(sale.payments[0], bonus_minor=4_00),)))
    till.pushed()
    doc, _ = valuables.account(till, member_id)
    assert (doc.principal_minor, doc.lots[0].minor) == (74_00, 6_00)
    assert alerts(server) == []


def test_stored_value_of_nobody_is_told(server: Server, till: Till) -> None:
    sale = valuables.purchase(till, 1, UUID(int=1), 30_00)
    till.append(replace(sale, member=None))
    till.append(replace(valuables.purchase(till, 2, UUID(int=1), 30_00), training=True))
    till.pushed()
    assert alerts(server) == ["stored-value-nobody"]
    assert rows(server, tables.stored_value_entry) == []


@pytest.mark.parametrize("payment", [{"bonus_minor": -1}, {"amount_minor": -5}, {"bonus_minor": 31_00}])
def test_a_payment_that_gives_is_kept_unread(server: Server, till: Till, payment: dict[str, Any]) -> None:
    sale = valuables.purchase(till, 1, valuables.member(till), 30_00)
    till.append(replace(sale, payments=(replace(sale.payments[0], **payment),)))
    assert till.pushed().quarantined == [2]
    assert rows(server, tables.stored_value_entry) == []


def test_a_load_that_was_not_paid_is_told(server: Server, till: Till) -> None:
    load = valuables.load(till, valuables.member(till), 50_00)
    cash = Payment(till.new_id(), TenderKind.CASH, PaymentState.DECLINED, 50_00)
    till.append(replace(load, payments=(cash,)))
    till.append(replace(valuables.load(till, load.member_id, 50_00), amount_minor=-5))
    assert till.pushed().quarantined == [3]
    assert sorted(alerts(server)) == ["quarantined", "sums"]


def test_another_members_lot_stays_theirs(server: Server, till: Till) -> None:
    mine, theirs = valuables.member(till, "M1"), valuables.member(till, "M2")
    load = valuables.load(till, theirs, 100_00, 10_00)
    till.append(load)
    till.append(valuables.purchase(till, 1, mine, 10_00, (replace(load.bonus[0], minor=10_00),)))
    till.pushed()
    assert valuables.account(till, theirs)[0].lots[0].minor == 10_00
    assert stored_value(valuables.account(till, mine)[0].summary().entries()).principal_minor == -10_00


def test_head_office_corrects_and_freezes_once_each(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    entry, freeze = till.new_id(), till.new_id()
    for _ in range(2):
        held = value_desk.correct_stored_value(server, entry, "M1", 30_00, reason="card 17", by="li")
        assert held.principal_minor == 30_00
        assert value_desk.freeze_stored_value(server, freeze, "M1", frozen=True, reason="lost", by="li").frozen
    assert [note for (note,) in rows(server, tables.stored_value_entry, "note")] == ["card 17", "lost"]
    till.append(valuables.purchase(till, 1, member_id, 10_00))
    till.pushed()
    doc, _ = valuables.account(till, member_id)
    assert (doc.principal_minor, doc.frozen) == (20_00, True)
    assert alerts(server) == ["stored-value-frozen"]
    before = counts(server)
    with pytest.raises(MoreThanPrincipal):
        value_desk.correct_stored_value(server, till.new_id(), "M1", -20_01, reason="x", by="li")
    with pytest.raises(BadInput, match="No member has the number M9"):
        value_desk.correct_stored_value(server, till.new_id(), "M9", 1, reason="x", by="li")
    assert counts(server) == before
    assert not value_desk.freeze_stored_value(server, till.new_id(), "M1", frozen=False, reason="", by="li").frozen


def test_the_kind_of_an_entry_is_kept(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    till.append(valuables.load(till, member_id, 10_00))
    till.append(valuables.purchase(till, 1, member_id, 5_00))
    till.pushed()
    assert rows(server, tables.stored_value_entry, "kind", "booked_on") == [
        (EntryKind.LOAD, "2026-11-24"), (EntryKind.SPEND, "2026-11-24"),
    ]  # fmt: skip


def test_a_row_of_purchases_ends_where_a_lot_expires(server: Server, till: Till) -> None:
    member_id = valuables.member(till)
    load = replace(valuables.load(till, member_id, 100_00), bonus=(BonusLot(UUID(int=5), 10_00, acts.DAY),))
    till.append(load)
    till.append(valuables.purchase(till, 1, member_id, 11_00, (BonusLot(UUID(int=5), 1_00, acts.DAY),)))
    later = acts.DAY + timedelta(days=1)
    till.append(replace(valuables.purchase(till, 2, member_id, 20_00), business_date=later))
    till.pushed()
    doc, _ = valuables.account(till, member_id)
    assert doc.run is not None
    assert (doc.run.on, doc.run.principal_minor) == (date(2026, 11, 25), -20_00)
