"""A ready-made replica: fetched over a bad network, refused unless it is whole, switched to while selling goes on."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_client.app.ports import Response
from pos_client.app.sale_in_hand import to_doc
from pos_client.app.views import SaleState
from pos_client.store.open_sales import StoredSale
from pos_client.sync.client import NotOurServer, Refused, Unreachable
from pos_client.sync.network import HttpNetwork
from shared_models.orm.server import snapshot
from shared_models.wire.messages import Cursor
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.main import create_app
from sync_server.snapshots import Shelf
from sync_server.snapshots import file as server_file
from sync_server.snapshots.builder import Builder
from sync_server.snapshots.shelf import Ready
from tests.pos_client.store.books import CutFiles, PowerCut
from tests.pos_client.world import BREAD, MILK, TillAtWork, World, import_member, open_world

FAR = 20
"""How many rows are far behind here."""


@dataclass
class Shelves:
    """A server that makes snapshots, in a world where twenty rows are many."""

    world: World
    shelf: Shelf
    builder: Builder

    def stock(self, first: int, count: int) -> list[UUID]:
        """Import members, and have a snapshot made with them."""
        made = self.members(first, count)
        assert self.builder.build("A")
        return made

    def members(self, first: int, count: int) -> list[UUID]:
        return [
            import_member(self.world, number, "王芳", f"1390013{number:04d}") for number in range(first, first + count)
        ]


def shelves_of(world: World) -> Shelves:
    shelf = Shelf(world.server, world.folder / "snapshots")
    world.api = Api(world.server, shelf)
    return Shelves(world, shelf, Builder(world.server, shelf))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync_server.feed.FAR_BEHIND_ROWS", FAR)
    monkeypatch.setattr("pos_client.sync.arrival.FAR_BEHIND_ROWS", FAR)
    monkeypatch.setattr("sync_server.snapshots.shelf.FAR_BEHIND_ROWS", FAR)
    monkeypatch.setattr("sync_server.snapshots.shelf.FEWEST_ROWS", FAR)
    monkeypatch.setattr("sync_server.snapshots.shelf.REFRESH_ROWS", FAR // 2)
    monkeypatch.setattr("sync_server.snapshots.shelf.PART_BYTES", 16 * 1024)


@pytest.fixture
def shelves(world: World, few: None) -> Shelves:
    return shelves_of(world)


def new_till(world: World, name: str = "new") -> TillAtWork:
    till = world.open(name)
    assert till.parts.cycle is not None
    till.parts.cycle.page_rows = 5
    return till


def parts_of(till: TillAtWork) -> list[Path]:
    return sorted(till.home.glob("*.part"))


def pulls(till: TillAtWork) -> int:
    return till.wire.requests.count("/v1/pull")


def pieces(till: TillAtWork) -> int:
    return sum(path.startswith("/v1/snapshot/") for path in till.wire.requests)


def test_a_new_till_takes_the_ready_file_and_then_the_changes(shelves: Shelves) -> None:
    members = shelves.stock(100, 40)
    late = shelves.members(200, 3)
    till = new_till(shelves.world)
    till.sync()
    assert (pulls(till), pieces(till)) == (2, -(-shelves.shelf.file(only(shelves)).stat().st_size // 16_384))
    assert till.parts.generations.current.number == 2
    assert till.parts.generations.current.key
    till.start_day()
    assert len(till.till.find_members("wf")) == 20
    assert all(till.balance(member) == 0 for member in members + late)
    till.sell(MILK.codes[0], member=members[7])
    till.sync()
    assert till.balance(members[7]) == 11
    assert parts_of(till) == []
    till.close()
    again = shelves.world.open("new")
    assert again.parts.generations.current.key
    assert again.balance(members[7]) == 11
    again.close()


def test_a_till_set_up_anew_goes_on_with_the_file_and_its_key(shelves: Shelves) -> None:
    members = shelves.stock(100, 40)
    till = new_till(shelves.world)
    till.sync()
    before = till.parts.generations.current
    assert before.key
    till.start_day()
    till.sell(MILK.codes[0], member=members[7])
    again, renewed = shelves.world.renew(till)
    assert renewed.missing == 0
    current = again.parts.generations.current
    assert (current.number, current.key) == (before.number + 1, before.key)
    fetched = pieces(again)
    again.sync()
    assert again.balance(members[7]) == 11
    again.till.sign_in("c1", "2468")
    assert len(again.till.find_members("wf")) == 20
    assert pieces(again) == fetched, "nothing was fetched twice"
    again.close()
    reopened = shelves.world.open("new")
    assert reopened.balance(members[7]) == 11
    reopened.close()


def test_a_till_that_cannot_push_still_gets_its_file(shelves: Shelves) -> None:
    """Each piece of it comes, although the till's journal parted from the one that the server has."""
    till = new_till(shelves.world)
    till.sync()
    till.start_day()
    till.sync()
    shelves.world.copy_of(till, "copy")
    till.sell(MILK.codes[0])
    till.sync()
    clone = shelves.world.open("copy", wire=till.wire)
    clone.till.sign_in("c1", "2468")
    clone.sell(BREAD.codes[0])
    members = shelves.stock(100, 40)
    assert clone.parts.cycle is not None
    clone.parts.cycle.page_rows = 5
    with pytest.raises(Refused):
        clone.sync()
    assert clone.parts.generations.current.key
    assert clone.balance(members[0]) == 0
    clone.close()
    till.close()


def only(shelves: Shelves) -> UUID:
    (path,) = shelves.shelf.folder.glob("*.db")
    return UUID(path.stem)


def test_a_till_that_fell_far_behind_sells_on_and_keeps_its_own_effects(shelves: Shelves, counter: TillAtWork) -> None:
    """Own facts that the file counts come out of it; the others stay on top."""
    (lei,) = shelves.members(42, 1)
    counter.sync()
    counter.sell(BREAD.codes[0], member=lei)
    counter.sync()
    shelves.stock(100, 40)
    counter.wire.api = shelves.world.api
    counter.sell(BREAD.codes[0], member=lei)
    assert counter.parts.cycle is not None
    counter.parts.cycle.page_rows = 5
    before = counter.parts.generations.current.number
    counter.sync()
    assert counter.parts.generations.current.number == before + 1
    assert counter.balance(lei) == 14
    counter.sync()
    assert counter.balance(lei) == 14


def test_sales_go_up_while_the_file_comes(shelves: Shelves, counter: TillAtWork) -> None:
    shelves.stock(100, 40)
    counter.wire.api = shelves.world.api
    assert counter.parts.cycle is not None
    counter.parts.cycle.page_rows = 5
    sold = 0

    def sell(piece: Response) -> Response:
        nonlocal sold
        sold += 1
        counter.sell(MILK.codes[0])
        assert counter.till.status().unsent == 1
        return piece

    counter.wire.piece = sell
    counter.sync()
    assert sold > 3
    assert counter.till.status().unsent == 0


MOMENTS = ("nothing", "open", "member", "paying", "points", "parked")


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_switch_changes_nothing_for_the_cashier(shelves: Shelves, counter: TillAtWork, moment: str) -> None:
    (lei,) = shelves.members(42, 1)
    counter.sync()
    for _ in range(30):
        counter.sell(BREAD.codes[0], member=lei)
    counter.sync()
    shelves.stock(100, 40)
    counter.wire.api = shelves.world.api
    till = counter.till
    counter.sell(BREAD.codes[0], member=lei)
    if moment != "nothing":
        till.enter(MILK.codes[0])
        till.enter("*3")
    if moment in ("member", "points"):
        till.attach_member(lei)
    if moment in ("paying", "points"):
        till.start_payment()
    if moment == "points":
        till.redeem_points(100)
    if moment == "parked":
        books, hand = counter.parts.counter.books, counter.parts.counter.sale
        parked = StoredSale(UUID(int=5), "parked", to_doc(hand))
        books.open_sales.save(parked, books.journal.next_hlc())

    def shown() -> tuple[object, ...]:
        tender = till.tender() if till.sale().state is SaleState.PAYING else None
        stored = counter.parts.journal.database.all("SELECT id, state, doc FROM open_sale ORDER BY id")
        return till.sale(), tender, counter.balance(lei), stored

    seen = shown()
    assert counter.parts.cycle is not None
    counter.parts.cycle.page_rows = 5
    before = counter.parts.generations.current
    counter.sync()
    assert counter.parts.generations.current.number > before.number
    assert shown() == seen
    if moment != "nothing":
        if till.sale().state is SaleState.OPEN:
            till.start_payment()
        counter.pay(till.tender().due_minor)
    counter.sync()
    assert counter.till.status().unsent == 0


def test_a_power_cut_at_any_moment_leaves_the_old_or_the_new(
    shelves: Shelves, counter: TillAtWork, tmp_path: Path
) -> None:
    """At every second moment around a commit, from the start of the till until it has switched."""
    (lei,) = shelves.members(42, 1)
    counter.sync()
    shelves.stock(100, 40)
    counter.sell(BREAD.codes[0], member=lei)
    counter.wire.api = shelves.world.api
    ended: dict[bool, int] = {False: 0, True: 0}
    for moment in range(1, 200, 2):
        home = shelves.world.copy_of(counter, f"crashing{moment}")
        files = CutFiles(moment)
        try:
            crashing = shelves.world.open(home.name, storage=files)
            assert crashing.parts.cycle is not None
            crashing.parts.cycle.page_rows = 5
            crashing.sync()
        except PowerCut:
            whole = False
        else:
            whole = True
            crashing.close()
        files.let_go()
        again = shelves.world.open(home.name)
        new = bool(again.parts.generations.current.key)
        ended[new] += 1
        assert len(list(home.glob("replica-*.db"))) == 1
        assert again.balance(lei) == 7
        again.sync()
        assert again.balance(lei) == 7
        assert len(again.till.find_members("wf")) == 20
        again.close()
        if whole:
            assert new
            break
    else:
        pytest.fail("the till was never done")
    assert ended[False] > 3


@pytest.mark.parametrize("restart", [False, True])
def test_a_cut_download_goes_on_where_it_ended(
    shelves: Shelves, restart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little of a piece comes; after a restart from the last bytes that are surely on the disk."""
    monkeypatch.setattr("pos_client.store.part_file.SYNC_BYTES", 20_000)
    shelves.stock(100, 40)
    till = new_till(shelves.world)
    came = 0
    cut_at = iter([1, 7_000, 16_383, 100, 16_384, 5, 12_345])

    def cut(piece: Response) -> Response:
        nonlocal came
        most = next(cut_at, None)
        if most is None:
            return piece
        came += len(piece.body[:most])
        till.wire.cut = True
        return replace(piece, body=piece.body[:most])

    till.wire.piece = cut
    for _ in range(7):
        with pytest.raises(Unreachable):
            till.sync()
        (part,) = parts_of(till)
        assert part.stat().st_size >= (0 if restart else came)
        till.wire.cut = False
        if restart:
            wire = till.wire
            till.close()
            till = shelves.world.open("new", wire=wire)
            assert till.parts.cycle is not None
            till.parts.cycle.page_rows = 5
    assert came > 50_000
    till.sync()
    till.start_day()
    assert len(till.till.find_members("wf")) == 20
    assert parts_of(till) == []
    till.close()


def test_another_snapshot_in_the_middle_does_not_start_the_download_anew(shelves: Shelves) -> None:
    shelves.stock(100, 40)
    first = only(shelves)
    till = new_till(shelves.world)

    def build(piece: Response) -> Response:
        till.wire.piece = lambda piece: piece
        shelves.stock(200, 5)
        till.wire.cut = True
        return piece

    till.wire.piece = build
    with pytest.raises(Unreachable):
        till.sync()
    till.wire.cut = False
    till.sync()
    files = {path for path in till.wire.requests if path.startswith("/v1/snapshot/")}
    assert files == {f"/v1/snapshot/{first}"}
    till.close()


def spoil(body: bytes, at: int, kind: str) -> bytes:
    if kind == "flip":
        return body[:at] + bytes([body[at] ^ 0x10]) + body[at + 1 :]
    return body[:at] or b"\0"


def test_an_altered_file_is_refused_deleted_and_after_three_pages_do_it(shelves: Shelves) -> None:
    shelves.stock(100, 40)
    till = new_till(shelves.world)
    till.wire.piece = lambda piece: replace(piece, body=spoil(piece.body, 100, "flip"))
    for failures in (1, 2):
        till.sync()
        assert parts_of(till) == []
        assert till.parts.generations.current.number == 1
        asked = len(till.wire.requests)
        till.sync()
        assert "/v1/snapshot" not in till.wire.requests[asked:], "it waits before it asks again"
        shelves.world.clock.ms += 60_000 * failures
    till.sync()
    assert till.parts.generations.current.number == 1
    till.start_day()
    assert len(till.till.find_members("wf")) == 20
    till.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.data())
def test_no_flipped_bit_and_no_missing_end_is_taken(
    shop: Path, tmp_path_factory: pytest.TempPathFactory, few: None, chance: st.DataObject
) -> None:
    """Any byte of the file changed, or the file ended early: it is never switched to and never left lying about."""
    shelves, till = _prepared(shop, tmp_path_factory)
    size = shelves.shelf.file(only(shelves)).stat().st_size
    at = chance.draw(st.integers(0, size - 1), label="byte")
    bit = chance.draw(st.integers(0, 7), label="bit")
    path = shelves.shelf.file(only(shelves))
    whole = path.read_bytes()
    try:
        if chance.draw(st.booleans(), label="flip"):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        else:
            path.write_bytes(whole[:at])
        before = till.parts.generations.current
        shelves.world.clock.ms += 600_000
        till.sync()
        assert till.parts.generations.current == before
        assert parts_of(till) == []
        assert len(list(till.home.glob("replica-*.db"))) == 1
    finally:
        path.write_bytes(whole)
        assert till.parts.cycle is not None
        till.parts.cycle.arrival._failures = 0


_SHARED: dict[Path, tuple[Shelves, TillAtWork]] = {}


def _prepared(shop: Path, factory: pytest.TempPathFactory) -> tuple[Shelves, TillAtWork]:
    if shop not in _SHARED:
        world = next(open_world(shop, factory.mktemp("spoiled")))
        shelves = shelves_of(world)
        shelves.stock(100, 40)
        _SHARED[shop] = shelves, new_till(world)
    return _SHARED[shop]


@pytest.mark.parametrize("lie", ["key", "cursor", "garbage", "newer"])
def test_a_file_that_is_not_what_was_promised_is_refused(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    """Whole by its hash and still wrong: another key, another place in the feed, no database, a later format."""
    shelves.stock(100, 40)
    path = shelves.shelf.file(only(shelves))
    offer = shelves.shelf.offer
    if lie in ("key", "cursor"):

        def lying(*args: Any) -> Ready:
            ready = offer(*args)
            assert isinstance(ready, Ready)
            return replace(ready, key=bytes(32)) if lie == "key" else replace(ready, cursor=one_before(ready.cursor))

        monkeypatch.setattr(shelves.shelf, "offer", lying)
    elif lie == "garbage":
        spoiled(shelves, path, b"?" * 9_000)
    else:
        make = server_file.make

        def later(*args: Any) -> None:
            monkeypatch.setattr("shared_models.replica.schema._FINISHED", ("PRAGMA user_version = 99",))
            make(*args)

        monkeypatch.setattr("sync_server.snapshots.builder.make", later)
        shelves.stock(200, 1)
    till = new_till(shelves.world)
    till.sync()
    assert till.parts.generations.current.number == 1
    assert [path.name for path in till.home.glob("replica-*.db")] == ["replica-1-1.db"]
    assert parts_of(till) == []
    till.close()


def one_before(cursor: Cursor) -> Cursor:
    return msgspec.structs.replace(cursor, version=cursor.version - 1)


def spoiled(shelves: Shelves, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with shelves.world.server.acting() as act:
        act.connection.execute(snapshot.update().values(size=len(content), sha256=hashlib.sha256(content).digest()))


def test_while_one_is_being_made_the_till_waits_and_in_the_end_pulls_pages(shelves: Shelves) -> None:
    shelves.members(100, 40)
    till = new_till(shelves.world)
    till.sync()
    assert till.parts.counter.books.shop.catalogue_version() == 0
    asked = len(till.wire.requests)
    till.sync()
    assert till.wire.requests[asked:] == ["/v1/hello", "/v1/push"]
    for _ in range(3):
        shelves.world.clock.ms += 11 * 60_000
        till.sync()
    assert till.parts.generations.current.number == 1
    till.start_day()
    assert len(till.till.find_members("wf")) == 20
    till.close()


def test_what_is_being_made_is_fetched_when_it_is_ready(shelves: Shelves) -> None:
    shelves.members(100, 40)
    till = new_till(shelves.world)
    till.sync()
    assert shelves.builder.build_due() == 1
    shelves.world.clock.ms += 11_000
    till.sync()
    assert till.parts.generations.current.number == 2
    till.close()


def test_a_server_that_knows_no_snapshots_gives_pages(shelves: Shelves) -> None:
    shelves.members(100, 40)
    shelves.world.api = Api(shelves.world.server)
    till = new_till(shelves.world)
    till.sync()
    assert till.parts.generations.current.number == 1
    assert pulls(till) > 5
    till.close()


def test_an_answer_signed_for_another_till_is_not_taken(shelves: Shelves) -> None:
    shelves.stock(100, 40)
    one, other = new_till(shelves.world), new_till(shelves.world, "other")
    assert one.parts.cycle is not None
    assert other.parts.cycle is not None
    answers: list[Response] = []

    def keep(path: str, headers: Mapping[str, str], body: bytes) -> Response | None:
        if path == "/v1/snapshot" and not answers:
            answer = shelves.world.api.handle("POST", path, headers, body)
            answers.append(Response(answer.status, answer.headers, answer.body))
        return answers[0] if path == "/v1/snapshot" else None

    one.wire.instead = keep
    one.sync()
    other.wire.instead = keep
    with pytest.raises(NotOurServer):
        other.sync()
    assert pieces(other) == 0
    one.close()
    other.close()


def test_staff_of_the_store_come_with_this_tills_verifiers(shelves: Shelves) -> None:
    shelves.stock(100, 40)
    setup.save_staff(shelves.world.server, "zoe", "A", "Zoe", "cashier", "97531")
    till = new_till(shelves.world)
    till.sync()
    till.till.sign_in("zoe", "97531")
    till.close()


def test_the_file_comes_over_real_http(shelves: Shelves) -> None:
    """Through the web server and the till's own network, in pieces, over one connection after another."""
    members = shelves.stock(100, 40)
    config = uvicorn.Config(create_app(shelves.world.server, shelves.shelf), port=0, log_level="error", lifespan="off")
    web = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listening]})
        thread.start()
        network = HttpNetwork(f"http://127.0.0.1:{listening.getsockname()[1]}", 5_000, 30_000)
        try:
            till = shelves.world.open("new", wire=network)  # type: ignore[arg-type]
            assert till.parts.cycle is not None
            till.parts.cycle.page_rows = 5
            till.sync()
        finally:
            network.close()
            web.should_exit = True
            thread.join()
    assert till.parts.generations.current.key
    assert till.balance(members[0]) == 0
    till.close()
