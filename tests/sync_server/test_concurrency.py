"""Two at once, on two real connections to PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, text

from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm import server as tables
from shared_models.wire.messages import Cursor
from shared_models.wire.state import MemberDoc
from sync_server import feed, setup
from sync_server.act import FEED_LOCK, Act, FeedRow
from sync_server.api.endpoints import Api
from sync_server.server import Server, open_server
from sync_server.store import Keys, open_engine
from tests.sync_server import acts, valuables
from tests.sync_server.conftest import store_doc
from tests.sync_server.ports import seeded_ports
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till

WAIT_S = 30


@pytest.fixture
def server(postgres_url: str, keys: Keys) -> Iterator[Server]:
    engine = open_engine(postgres_url, keys.database)
    opened = open_server(engine, keys.data, seeded_ports())
    setup.create_store(opened, store_doc("A"))
    yield opened
    engine.dispose()


def at_once(works: list[Callable[[], object]]) -> None:
    """Run all in threads that start together; raise what any of them raised."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait(WAIT_S)
        work()

    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(run, work) for work in works]:
            done.result(WAIT_S)


def keys_above(server: Server, cursor: Cursor | None) -> tuple[list[str], Cursor]:
    reader = feed.Reader(UUID(int=1), "A", b"")
    with server.reading() as connection:
        page = feed.page(connection, server.sealer, reader, cursor, 100, 1)
    return [row.key for row in page.rows if row.kind == "product"], page.cursor


def test_a_transaction_that_commits_late_is_never_skipped(server: Server) -> None:
    """The first writer has written its rows but not committed when a second one wants to and a till pulls."""
    written, go_on, second_wants = threading.Event(), threading.Event(), threading.Event()
    _, before = keys_above(server, None)

    def slow() -> None:
        with server.engine.connect() as connection, connection.begin():
            act = Act(connection, 0)
            act.publish(FeedRow("product", "slow", b"{}"))
            act.finish(server.ports.randomness)
            written.set()
            assert go_on.wait(WAIT_S)

    def quick() -> None:
        assert written.wait(WAIT_S)
        with server.acting() as act:
            act.publish(FeedRow("product", "quick", b"{}"))
            second_wants.set()

    def pulls() -> None:
        nonlocal before
        assert second_wants.wait(WAIT_S)
        _wait_until_blocked(server)
        found, before = keys_above(server, before)
        assert found == []
        go_on.set()

    at_once([slow, quick, pulls])
    found, after = keys_above(server, before)
    assert found == ["slow", "quick"]
    assert keys_above(server, after) == ([], after)


def _wait_until_blocked(server: Server) -> None:
    """Until somebody waits for the feed's lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND NOT granted")
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(3_000):
            if connection.scalar(waiting, {"key": FEED_LOCK}):
                return
            connection.execute(text("SELECT pg_sleep(0.01)"))
    raise AssertionError("nobody waits for the feed's lock")


def test_a_reader_beside_many_writers_misses_nothing(server: Server) -> None:
    def write(name: str) -> Callable[[], None]:
        def work() -> None:
            for number in range(30):
                with server.acting() as act:
                    act.publish(FeedRow("product", f"{name}{number}", b"{}"))

        return work

    seen: set[str] = set()

    def read() -> None:
        cursor: Cursor | None = None
        while len(seen) < 90:
            found, cursor = keys_above(server, cursor)
            assert not seen & set(found)
            seen.update(found)

    at_once([write("a"), write("b"), write("c"), read])
    assert len(seen) == 90


def enrolled(server: Server, lane: int) -> Till:
    return Till.enrolled(Api(server), setup.new_enrolment_code(server, "A", lane))


def test_two_tills_push_sales_of_the_same_members_at_once(server: Server) -> None:
    one, two = enrolled(server, 1), enrolled(server, 2)
    members = [acts.member(one, f"M{number}") for number in range(4)]
    for number, member in enumerate(members):
        one.register(member, acts.profile(phone=f"861380013800{number}"))
    one.pushed()

    def sell(till: Till, order: list[int]) -> Callable[[], None]:
        def work() -> None:
            for receipt in range(1, 21):
                member = members[order[receipt % 4]]
                till.append(acts.sale(till, receipt, 1_000, member.member_id, earned=10, redeemed=0))
                till.append(acts.sale(till, receipt + 100, 1_000, members[order[-1]].member_id, redeemed=5))
                till.pushed(till.facts[-2:])

        return work

    at_once([sell(one, [0, 1, 2, 3]), sell(two, [3, 2, 1, 0])])

    assert count(server, tables.sale) == 80
    booked = dict.fromkeys((member.member_id for member in members), 0)
    for member_id, points in rows(server, tables.points_entry, "member_id", "points"):
        booked[member_id] += points
    held = dict.fromkeys(booked, 0)
    for member_id, remaining in rows(server, tables.points_lot, "member_id", "remaining"):
        held[member_id] += remaining
    for member_id, debt, growth in rows(server, tables.member, "id", "debt", "growth"):
        held[member_id] -= debt
        assert growth % 10 == 0
    assert held == booked
    assert sum(booked.values()) == 40 * 10 - 40 * 5
    assert sum(growth for (growth,) in rows(server, tables.member, "growth")) == 80 * 10
    for till in (one, two):
        counted = {row.key: row.counted for row in till.rows("member").values()}
        for member in members:
            own = [fact.number for fact in till.facts if str(member.member_id).encode() in fact.payload]
            assert counted[str(member.member_id)] == max(own)


def test_two_tills_sell_to_members_nobody_has_registered_yet_at_once(server: Server) -> None:
    """After a restored backup both know members whom the server knows no more; they are told again at the same time."""
    home, one, two = (enrolled(server, lane) for lane in (1, 2, 3))
    setup.publish_programme(server, to_plain(default_programme()))
    for round_ in range(10):
        member = acts.member(home, f"M{round_}")
        home.register(member, acts.profile(phone=f"861380013800{round_}"))
        one.append(acts.sale(one, round_ + 1, 10_000, member.member_id, earned=10))
        two.append(acts.sale(two, round_ + 1, 10_000, member.member_id, redeemed=5))
        at_once([partial(till.pushed, till.facts[-1:]) for till in (home, one, two)])
        ((growth, debt, flags, number),) = [
            row[1:] for row in rows(server, tables.member, "id", "growth", "debt", "flags", "number")
            if row[0] == member.member_id
        ]  # fmt: skip
        held = sum(
            left for owner, left in rows(server, tables.points_lot, "member_id", "remaining")
            if owner == member.member_id
        )  # fmt: skip
        assert (growth, held - debt, flags, number) == (200, 5, "", f"M{round_}")
        doc = msgspec.json.decode(one.rows("member")[str(member.member_id)].doc, type=MemberDoc)
        assert (sum(lot.points for lot in doc.lots) - doc.debt, doc.growth, doc.masked_name) == (5, 200, "李**")


def test_two_tills_register_one_phone_at_once(server: Server) -> None:
    tills = [enrolled(server, lane) for lane in (1, 2, 3)]
    for till in tills:
        till.register(acts.member(till, f"M{till.identity.lane}"), acts.profile())
    at_once([till.pushed for till in tills])
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["same-phone", "same-phone"]


def test_the_same_batch_twice_at_once_counts_once(server: Server) -> None:
    """A request that was retried while the first one was still being worked on."""
    till = enrolled(server, 1)
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, member_id=member.member_id, earned=10))
    at_once([till.pushed, till.pushed, till.pushed])
    assert count(server, tables.sale) == 1
    assert rows(server, tables.points_lot, "remaining") == [(10,)]
    with server.reading() as connection:
        heads = connection.scalars(select(tables.device.c.head_number).where(tables.device.c.lane == 1)).all()
    assert heads == [2]


def test_one_code_used_by_two_tills_at_once_makes_one_device(server: Server) -> None:
    code = setup.new_enrolment_code(server, "A", 1)
    outcomes: list[str] = []

    def try_it(seed: int) -> Callable[[], None]:
        def work() -> None:
            try:
                Till.enrolled(Api(server), code, seed)
                outcomes.append("enrolled")
            except AssertionError:
                outcomes.append("refused")

        return work

    at_once([try_it(1), try_it(2)])
    assert sorted(outcomes) == ["enrolled", "refused"]
    assert [lane for (lane,) in rows(server, tables.device, "lane")] == [0, 1]


def test_servers_that_start_at_once_make_one_identity(postgres_url: str, keys: Keys) -> None:
    found: list[bytes] = []

    def start(seed: int) -> Callable[[], None]:
        def work() -> None:
            engine = open_engine(postgres_url, keys.database)
            found.append(open_server(engine, keys.data, seeded_ports(seed)).identity.public_key)
            engine.dispose()

        return work

    at_once([start(1), start(2), start(3)])
    assert len(set(found)) == 1


def test_two_tills_that_open_one_account_at_once_both_count(server: Server) -> None:
    """And use one coupon that nobody knows yet: one of them has it, the other is disputed."""
    setup.publish_programme(server, valuables.programme(spending=valuables.BY_FLOOR))
    api = Api(server)
    tills = [Till.enrolled(api, setup.new_enrolment_code(server, "A", lane)) for lane in (1, 2)]
    member_id, coupon_id = valuables.member(tills[0]), tills[0].new_id()
    for till in tills:
        till.append(valuables.load(till, member_id, 100_00))
        till.append(valuables.with_coupon(valuables.purchase(till, 1, member_id, 30_00), coupon_id))
    at_once([till.pushed for till in tills])
    doc, counted = valuables.account(tills[1], member_id)
    assert (doc.principal_minor, counted) == (140_00, 2)
    assert sorted(disputed for (disputed,) in rows(server, tables.coupon_use, "disputed")) == ["", "used"]
    assert sorted(kind for (kind,) in rows(server, tables.alert, "kind")) == ["coupon-twice", "coupon-unknown"]
