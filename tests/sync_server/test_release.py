"""Facts of kinds that a server doesn't know: kept byte for byte, and booked after an update."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from shared_models.domain.facts import Side
from shared_models.orm import server as tables
from shared_models.wire import facts as wire
from sync_server.ingest.release import release
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import rows
from tests.sync_server.till import Till


@contextmanager
def without(*kinds: str) -> Iterator[None]:
    """A server of before these kinds."""
    with pytest.MonkeyPatch.context() as old:
        known = {name: one for name, one in wire._DECODERS.items() if name[0] not in kinds}
        old.setattr(wire, "_DECODERS", known)
        yield


def everything(server: Server, *but: str) -> dict[str, object]:
    return {name: rows(server, table) for name, table in tables.server.tables.items() if name not in but}


def test_what_was_kept_is_booked_as_if_it_had_been_read_at_once(server: Server, till: Till) -> None:
    """The sale before the registration is known, the one after it names a member nobody registered."""
    member = acts.member(till)
    till.append(acts.sale(till, 1, 1_000, member.member_id, earned=100))
    till.register(member, acts.profile())
    till.append(acts.sale(till, 2, 2_000, member.member_id, earned=50, redeemed=30))
    with without("member.registered"):
        assert till.pushed().quarantined == [2]
        assert release(server) == 0
    assert till.rows("member")[str(member.member_id)].counted == 3
    assert release(server) == 1
    assert rows(server, tables.member, "number", "flags", "store_id") == [("M1", "", "A")]
    assert rows(server, tables.fact, "state").count(("quarantined",)) == 0
    row = till.rows("member")[str(member.member_id)]
    assert (row.counted, b'"last4":"8000"' in row.doc) == (3, True)
    assert sum(left for (left,) in rows(server, tables.points_lot, "remaining")) == 120
    assert ("released",) in rows(server, tables.alert, "kind")
    before = everything(server)
    assert release(server) == 0
    assert everything(server) == before


def test_payloads_and_side_records_are_kept_byte_for_byte(server: Server, till: Till) -> None:
    payload = '{"of":"tomorrow","n":1.50,"  spaced":[null, "鲜"]}'.encode()
    till.append_raw("tea.poured", 7, payload, [Side(0, "guest", bytes(32), b"\xff\x00raw")])
    sold = till.append(acts.sale(till, 1))
    till.append_raw(sold.kind, 1, sold.payload[:-1].replace(b'"R1"', b'"R2"') + b', "of_tomorrow" : {"a":[1]}}')
    assert till.pushed().quarantined == [1]
    kept = select(tables.fact.c.payload).where(tables.fact.c.incarnation == till.incarnation)
    with server.reading() as connection:
        stored = [bytes(one) for one in connection.scalars(kept.order_by(tables.fact.c.number))]
    assert stored == [fact.payload for fact in till.facts]
    assert len(rows(server, tables.side)) == 1


def test_a_profile_that_came_with_an_unknown_kind_is_used(server: Server, till: Till) -> None:
    member = acts.member(till)
    till.register(member, acts.profile("李小龙", "8613800138000"))
    with without("member.registered"):
        till.pushed()
    release(server)
    assert rows(server, tables.member_profile, "member_id") == [(member.member_id,)]
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["quarantined", "released"]


def test_one_that_cannot_be_read_yet_keeps_no_other_waiting(server: Server, till: Till) -> None:
    till.append_raw("moon.landed", 1, b"{}")
    till.append(acts.sale(till, 1))
    with without("sale.confirmed"):
        assert till.pushed().quarantined == [1, 2]
    assert release(server) == 1
    assert rows(server, tables.sale, "receipt_number") == [(1,)]
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["quarantined", "quarantined", "released"]
