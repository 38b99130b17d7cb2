"""Whatever a till sends again, and in whatever pieces, the server ends where one clean push would have taken it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm import server as tables
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.server import Server, open_server
from sync_server.store import open_engine, upgrade
from tests.sync_server import acts
from tests.sync_server.conftest import KEYS, store_doc
from tests.sync_server.ports import seeded_ports
from tests.sync_server.tables import rows
from tests.sync_server.till import Till, problem

SALES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=8)
PIECES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=12)


@contextmanager
def shop() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as directory:
        engine = open_engine(f"sqlcipher:///{Path(directory, 'server.db')}", KEYS.database)
        try:
            upgrade(engine)
            server = open_server(engine, KEYS.data, seeded_ports())
            setup.create_store(server, store_doc("A"))
            setup.publish_programme(server, to_plain(default_programme()))
            yield server
        finally:
            engine.dispose()


def sold(server: Server, sales: list[tuple[int, int, int]]) -> Till:
    """A till with two members in its journal and what they bought; nothing is sent yet."""
    till = Till.enrolled(Api(server), setup.new_enrolment_code(server, "A", 1))
    members = [acts.member(till, "M1"), acts.member(till, "M2")]
    till.register(members[0], acts.profile())
    till.register(members[1], acts.profile("王芳", "8613900139000"))
    for receipt, (who, earned, redeemed) in enumerate(sales, 1):
        till.append(acts.sale(till, receipt, 1_000, members[who].member_id, earned, redeemed))
    return till


def state(server: Server, till: Till) -> tuple[object, ...]:
    figures = ("id", "tier", "growth", "spend_month_minor", "debt")
    return (
        rows(server, tables.member, *figures),
        rows(server, tables.points_lot, "id", "member_id", "granted", "remaining"),
        rows(server, tables.points_entry),
        rows(server, tables.sale, "sale_id", "number"),
        rows(server, tables.alert, "kind", "number"),
        sorted((row.key, row.counted, row.doc) for row in till.rows("member").values()),
    )


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(SALES, PIECES)
def test_pieces_and_repetitions_come_to_the_same(
    sales: list[tuple[int, int, int]], pieces: list[tuple[int, int]]
) -> None:
    with shop() as clean:
        till = sold(clean, sales)
        till.pushed()
        expected = state(clean, till)
    with shop() as server:
        till = sold(server, sales)
        head = 0
        for start, length in pieces:
            piece = till.facts[start : start + length]
            if piece and piece[0].number > head + 1:
                assert problem(till.push(piece)).expected == head + 1
                continue
            head = max(head, piece[-1].number) if piece else head
            assert till.pushed(piece).acknowledged == head
        assert till.pushed().acknowledged == len(till.facts)
        conserved(server)
        assert state(server, till) == expected


def conserved(server: Server) -> None:
    """Points in lots less what is owed are what was booked, for each member."""
    for member_id, debt in rows(server, tables.member, "id", "debt"):
        held = sum(
            left for owner, left in rows(server, tables.points_lot, "member_id", "remaining") if owner == member_id
        )
        booked = sum(
            points for owner, points in rows(server, tables.points_entry, "member_id", "points") if owner == member_id
        )
        assert held - debt == booked
