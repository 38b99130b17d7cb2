"""Facts that can't be read: kept whole, delaying nothing, read again or dealt with by hand, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from shared_models.orm import server as tables
from shared_models.wire import facts as wire_facts
from shared_models.wire.facts import encode
from sync_server import setup
from sync_server.errors import BadInput
from sync_server.ingest import quarantine
from sync_server.ingest.quarantine import read_again, solve, unread
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import counts, rows
from tests.sync_server.till import Till


def of_the_future(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member's sale and a registration that the server of today can't read, with readable sales around them."""
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, member_id=member.member_id, earned=10))
    till.append(acts.sale(till, 2, member_id=member.member_id, earned=20))
    with monkeypatch.context() as patched:
        patched.delitem(wire_facts._DECODERS, ("member.registered", 1))
        till.pushed()
    till.append(acts.sale(till, 3, member_id=member.member_id, earned=40))


def test_a_till_hears_of_it_until_it_is_read(server: Server, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    of_the_future(till, monkeypatch)
    answer = till.pushed()
    assert (answer.acknowledged, answer.quarantined, answer.standing) == (4, [1], "good")
    assert rows(server, tables.points_lot, "granted") == [(10,), (20,), (40,)], "what follows isn't delayed"
    with server.reading() as connection:
        found = unread(connection)
    assert [(one.number, one.kind, one.why) for one in found] == [(1, "member.registered", "")]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: read_again(server), range(4)))
    assert sum(done) == 1
    assert till.pushed([]).quarantined == []
    assert rows(server, tables.member, "number", "flags") == [("M1", "")]
    (row,) = till.rows("member").values()
    assert row.counted == 4, "the row counts all that the till told"
    assert msgspec.json.decode(row.doc)["full"]["phone"] == "8613800138000", "its side record was kept"
    before = counts(server)
    assert read_again(server) == 0
    assert counts(server) == before


def test_a_sale_read_later_is_booked_once(server: Server, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.delitem(wire_facts._DECODERS, ("sale.confirmed", 1))
        till.append(acts.sale(till, 1))
        till.append(acts.sale(till, 2))
        assert till.pushed().quarantined == [1, 2]
    till.append(acts.sale(till, 3))
    assert till.pushed().quarantined == [1, 2]
    assert rows(server, tables.sale, "receipt_number") == [(3,)]
    assert read_again(server) == 2
    assert rows(server, tables.sale, "receipt_number") == [(1,), (2,), (3,)]
    kinds = [kind for (kind,) in rows(server, tables.alert, "kind")]
    assert sorted(set(kinds)) == ["quarantined", "read-again", "receipt-number"]
    assert kinds.count("receipt-number") == 1, "the gap that was there when receipt 3 came, and no other"


def test_head_office_deals_with_garbage_by_hand(server: Server, till: Till) -> None:
    till.append_raw("sale.confirmed", 1, b"garbage")
    assert till.pushed().quarantined == [1]
    assert read_again(server) == 0
    with pytest.raises(BadInput, match="what was done"):
        solve(server, till.incarnation, 1, " ")
    with pytest.raises(BadInput, match="not among"):
        solve(server, till.incarnation, 2, "nothing")
    with pytest.raises(BadInput, match="not among"):
        solve(server, till.new_id(), 1, "nothing")
    solve(server, till.incarnation, 1, "The till's own receipt was entered by hand.")
    assert till.pushed([]).quarantined == []
    assert rows(server, tables.fact, "kind", "state").count(("sale.confirmed", quarantine.SOLVED)) == 1
    with pytest.raises(BadInput, match="not among"):
        solve(server, till.incarnation, 1, "again")


def test_retold_garbage_is_kept_and_stops_nothing(server: Server, till: Till) -> None:
    kind, schema, body = encode(acts.sale(till, 1))
    plain = {
        "incarnation": str(till.incarnation), "number": 2**63, "id": str(till.new_id()), "hlc": 1, "kind": kind,
        "schema": schema, "payload": "", "previous": "", "hash": "", "signature": "",
    }  # fmt: skip
    till.append_raw("fact.retold", 1, msgspec.json.encode(plain))
    till.append_raw("fact.retold", 1, body)
    till.append(acts.sale(till, 1))
    assert till.pushed().quarantined == [1, 2]
    assert rows(server, tables.sale, "receipt_number") == [(1,)]


def test_a_written_off_device_is_revoked_and_still_heard(server: Server, till: Till) -> None:
    setup.write_off(server, till.incarnation)
    setup.write_off(server, till.incarnation)
    assert [kind for (kind,) in rows(server, tables.fact, "kind")].count("device.written_off") == 1
    till.append(acts.sale(till, 1))
    answer = till.pushed()
    assert (answer.acknowledged, answer.standing) == (1, "revoked")
    assert rows(server, tables.device, "state", "written_off")[0] == ("revoked", True)
