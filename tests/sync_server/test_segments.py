"""A mass change moves one row or none; a segment is exactly who is in it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from shared_models.domain.administration import SegmentPublished
from shared_models.domain.segment import holds
from shared_models.orm import server as tables
from shared_models.wire.state import MemberDoc, SegmentDoc, encode, segment_bits, segment_doc
from sync_server import segments
from sync_server.errors import BadInput
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.ports import StillClock
from tests.sync_server.tables import counts, rows
from tests.sync_server.till import Till


def registered(till: Till, numbers: list[str]) -> dict[str, UUID]:
    made = {}
    for place, number in enumerate(numbers):
        member = acts.member(till, number)
        till.register(member, acts.profile(phone=f"86139{place:08d}"))
        made[number] = member.member_id
    till.pushed()
    return made


def in_segment(till: Till, code: str) -> set[str]:
    doc = msgspec.json.decode(till.rows("segment")[code].doc, type=SegmentDoc)
    bits = segment_bits(doc)
    members = [msgspec.json.decode(row.doc, type=MemberDoc) for row in till.rows("member").values()]
    found = {member.number for member in members if holds(bits, member.ordinal)}
    assert len(found) == doc.count
    return found


def test_each_member_has_an_ordinal_of_their_own(enrol: Callable[..., Till], server: Server) -> None:
    one, two = enrol("A", 1), enrol("A", 2)
    registered(one, ["M1", "M2"])
    registered(two, ["M3"])
    one.append(acts.sale(one, 1, member_id=one.new_id(), earned=5))
    one.pushed()
    assert sorted(ordinal for (ordinal,) in rows(server, tables.member, "ordinal")) == [1, 2, 3, 4]
    docs = [msgspec.json.decode(row.doc, type=MemberDoc) for row in two.rows("member").values()]
    assert sorted(doc.ordinal for doc in docs) == [1, 2, 3, 4]


def test_a_segment_reaches_tills_as_one_row_and_nobody_elses_row_moves(server: Server, till: Till) -> None:
    registered(till, [f"M{number}" for number in range(40)])
    cursor = till.pulled().cursor
    wanted = {f"M{number}" for number in range(0, 40, 3)}
    assert segments.set_segment(server, "sleepers", sorted(wanted)) == len(wanted)
    page = till.pulled(cursor)
    assert [(row.kind, row.key) for row in page.rows] == [("segment", "sleepers")]
    assert in_segment(till, "sleepers") == wanted
    segments.set_segment(server, "sleepers", ["M1", "M1"])
    assert in_segment(till, "sleepers") == {"M1"}
    segments.set_segment(server, "empty", [])
    assert in_segment(till, "empty") == set()
    registered(till, [])
    with server.reading() as connection:
        assert segments.segments(connection) == [segments.Segment("empty", 0), segments.Segment("sleepers", 1)]
    segments.remove_segment(server, "sleepers")
    assert till.rows("segment")["sleepers"].deleted
    with server.reading() as connection:
        assert segments.segments(connection) == [segments.Segment("empty", 0)]


def test_it_is_a_fact_of_the_servers_own_device(server: Server, till: Till) -> None:
    registered(till, ["M1"])
    segments.set_segment(server, "vip", ["M1"])
    with server.reading() as connection:
        payload = connection.scalar(select(tables.fact.c.payload).where(tables.fact.c.kind == "segment.published"))
    assert payload is not None
    fact = msgspec.json.decode(bytes(payload), type=SegmentPublished)
    assert fact == SegmentPublished("vip", 1, hashlib.sha256(till.rows("segment")["vip"].doc).digest())


@pytest.mark.parametrize(
    ("code", "numbers", "why"),
    [
        ("", ["M1"], "code is up to"), ("a b", ["M1"], "code is up to"), ("x" * 65, ["M1"], "code is up to"),
        ("vip", ["M1", "M7", "M8"], "the number M7, M8. Nothing"),
        ("vip", [f"N{number}" for number in range(9)], "N4 and 4 more"),
    ],
)  # fmt: skip
def test_what_is_no_segment_changes_nothing(
    server: Server, till: Till, code: str, numbers: list[str], why: str
) -> None:
    registered(till, ["M1"])
    before = counts(server)
    with pytest.raises(BadInput, match=why):
        segments.set_segment(server, code, numbers)
    with pytest.raises(BadInput, match="There is no segment"):
        segments.remove_segment(server, "nobody")
    assert counts(server) == before


def test_three_hundred_thousand_of_a_million_are_a_few_hundred_kilobytes() -> None:
    chosen = set(random.Random(4).sample(range(1, 1_000_001), 300_000))
    body = encode(segment_doc("sleepers", chosen))
    assert len(body) < 200_000
    bits = segment_bits(msgspec.json.decode(body, type=SegmentDoc))
    assert {ordinal for ordinal in range(1_000_010) if holds(bits, ordinal)} == chosen


def test_a_passing_date_moves_no_row(server: Server, till: Till, clock: StillClock) -> None:
    """Points that expire and tiers that end at the year's end follow from the rows that tills have."""
    member = registered(till, ["M1"])["M1"]
    till.append(acts.sale(till, 1, member_id=member, earned=10))
    till.pushed()
    cursor = till.pulled().cursor
    before = rows(server, tables.feed)
    clock.ms += 800 * 86_400_000
    assert till.pulled(cursor).rows == []
    assert rows(server, tables.feed) == before
