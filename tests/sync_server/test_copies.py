"""Facts that an administrator brings from a copy, and facts that an auditor takes away, on both databases."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from shared_models.orm import server as tables
from shared_models.wire import fact_file
from shared_models.wire.fact_file import Record
from sync_server.copies import UnknownDevice, head_of, take_copies
from sync_server.journal_export import export
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import count, counts, rows
from tests.sync_server.till import Till


def test_copies_are_taken_once_each(server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    till.pushed()
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 2, member_id=member.member_id, earned=10))
    assert head_of(server, till.incarnation) == 1
    taken = take_copies(server, till.incarnation, till.facts, till.sides)
    assert (taken.head, taken.new, taken.quarantined, taken.stopped) == (3, 2, (), "")
    assert rows(server, tables.points_lot, "remaining") == [(10,)]
    assert count(server, tables.member_profile) == 1
    assert rows(server, tables.alert, "kind", "number") == [("recovered", 3)]
    before = counts(server)
    assert take_copies(server, till.incarnation, till.facts, till.sides).new == 0
    assert counts(server) == before
    assert till.pushed().acknowledged == 3  # the till turns up after all


def test_what_does_not_follow_or_is_not_the_devices_is_refused(server: Server, till: Till) -> None:
    for number in (1, 2, 3):
        till.append(acts.sale(till, number))
    before = counts(server)
    gap = take_copies(server, till.incarnation, till.facts[1:], [])
    assert (gap.head, gap.new, gap.stopped) == (0, 0, "the server needs fact 1 next")
    forged = replace(till.facts[0], signature=bytes(64))
    assert "not signed" in take_copies(server, till.incarnation, [forged], []).stopped
    altered = replace(till.facts[0], payload=b"{}")
    assert take_copies(server, till.incarnation, [altered], []).stopped
    misshapen = replace(till.facts[0], signature=b"")
    assert "isn't one of this format" in take_copies(server, till.incarnation, [misshapen], []).stopped
    assert counts(server) == before
    with server.reading() as connection:
        of_server = server.incarnation(connection)
    for stranger in (till.new_id(), of_server):
        with pytest.raises(UnknownDevice):
            take_copies(server, stranger, till.facts, [])


def test_another_fact_under_a_known_number_is_a_fork(server: Server, till: Till) -> None:
    clone = till.clone()
    till.append(acts.sale(till, 1))
    till.pushed()
    clone.append(acts.sale(clone, 1))
    taken = take_copies(server, till.incarnation, clone.facts, [])
    assert taken.stopped == "another fact 1 is known; the device is frozen now"
    assert rows(server, tables.forked_fact, "number") == [(1,)]


def test_an_export_holds_every_fact_byte_for_byte(server: Server, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync_server.journal_export.PIECE_FACTS", 2)
    till.register(acts.member(till), acts.profile())
    for number in range(1, 6):
        till.append(acts.sale(till, number))
    till.append_raw("sale.confirmed", 1, b"garbage")
    till.pushed()
    for personal in (False, True):
        file = io.BytesIO()
        done = export(server, file, personal=personal)
        found, sides, states, devices = [], [], [], []
        for one in fact_file.records(file):
            assert isinstance(one, Record)
            if one.kind == fact_file.DEVICE:
                devices.append(fact_file.read_device(one.body))
            elif devices[-1].incarnation == till.incarnation:
                fact, beside, record = fact_file.read_fact(one.body, till.incarnation)
                found.append(fact)
                sides += beside
                states.append(record.state)
        assert (done.devices, found) == (2, till.facts)
        assert done.facts == len(found) + 2  # the server's own: the programme, the enrolment
        assert [device.lane for device in devices] == [0, 1]
        assert sides == (till.sides if personal else [])
        assert states == ["applied"] * 6 + ["quarantined"]


def test_an_export_says_where_each_till_of_a_lane_began(server: Server, enrol: Callable[..., Till]) -> None:
    old = enrol(lane=1)
    old.append(acts.sale(old, 1))
    old.pushed()
    enrol(lane=1)
    file = io.BytesIO()
    export(server, file, personal=False)
    file.seek(0)
    devices = [
        fact_file.read_device(one.body)
        for one in fact_file.records(file)
        if isinstance(one, Record) and one.kind == fact_file.DEVICE
    ]
    assert [(one.first_receipt_number, one.first_z_number) for one in devices if one.lane] == [(1, 1), (2, 1)]
