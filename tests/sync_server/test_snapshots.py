"""Ready-made replicas: what is in them, who gets which, how they come and go."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlcipher3 import dbapi2 as sqlcipher

from shared_models.orm import server as tables
from shared_models.wire import messages as wire
from shared_models.wire.messages import Cursor, SnapshotAnswer, SnapshotRequest
from shared_models.wire.state import ProductDoc
from sync_server import recovery, setup
from sync_server.act import FeedRow
from sync_server.api.endpoints import Api
from sync_server.api.problems import Answer
from sync_server.server import Server
from sync_server.snapshots import Shelf
from sync_server.snapshots.builder import UNASKED_MS, Builder, Stopped, _alone, in_background
from tests.sync_server import acts
from tests.sync_server.ports import StillClock
from tests.sync_server.tables import counts
from tests.sync_server.till import Till, problem, read

FEW = 10


@pytest.fixture
def shelf(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Of a server for which ten rows are many."""
    monkeypatch.setattr("sync_server.feed.FAR_BEHIND_ROWS", 2 * FEW)
    monkeypatch.setattr("sync_server.snapshots.shelf.FAR_BEHIND_ROWS", 2 * FEW)
    monkeypatch.setattr("sync_server.snapshots.shelf.FEWEST_ROWS", FEW)
    monkeypatch.setattr("sync_server.snapshots.shelf.REFRESH_ROWS", FEW)
    monkeypatch.setattr("sync_server.snapshots.builder.REFRESH_ROWS", FEW)
    return Shelf(server, tmp_path / "snapshots")


@pytest.fixture
def api(server: Server, shelf: Shelf) -> Api:
    return Api(server, shelf)


@pytest.fixture
def builder(server: Server, shelf: Shelf) -> Builder:
    return Builder(server, shelf)


def stock(server: Server, first: int = 0, count: int = 12) -> None:
    setup.import_products(
        server,
        [
            ProductDoc(
                id=f"P{number}", codes=[f"{number:013}"], names={"en": f"Thing {number}"}, price_minor=100,
                tax="standard", category="things", rank=number,
            )
            for number in range(first, first + count)
        ],
    )  # fmt: skip


def ask(till: Till, wanted: UUID | None = None) -> SnapshotAnswer:
    return read(till.send("/v1/snapshot", wire.encode(SnapshotRequest(wanted=wanted))), SnapshotAnswer)


def part(till: Till, id_: object, range_: str | None, method: str = "GET") -> Answer:
    import base64

    path, nonce = f"/v1/snapshot/{id_}", till.nonce()
    signed = wire.request_message(method, path, nonce, hashlib.sha256(b"").digest())
    headers = {
        "Tillpoint-Incarnation": str(till.incarnation),
        "Tillpoint-Nonce": base64.b64encode(nonce).decode(),
        "Tillpoint-Signature": base64.b64encode(till.key.sign(signed)).decode(),
    }
    return till.api.handle(method, path, headers | ({"Range": range_} if range_ else {}), b"")


def fetched(till: Till, answer: SnapshotAnswer, step: int = 30_000) -> bytes:
    body = b""
    while len(body) < answer.size:
        got = part(till, answer.id, f"bytes={len(body)}-{len(body) + step - 1}")
        assert got.status == 206
        last = len(body) + len(got.body) - 1
        assert got.headers["content-range"] == f"bytes {len(body)}-{last}/{answer.size}"
        body += got.body
    return body


def opened(path: Path, key: bytes) -> Any:
    connection = sqlcipher.connect(f"file:{path}?mode=ro", uri=True)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection


def files(shelf: Shelf) -> set[str]:
    return {path.name for path in shelf.folder.iterdir() if path.suffix != ".lock"}


def test_the_file_holds_what_pages_would_bring(
    server: Server, enrol: Callable[..., Till], builder: Builder, tmp_path: Path
) -> None:
    stock(server)
    setup.save_staff(server, "ann", "A", "Ann", "cashier", "1234")
    till, other, away = enrol("A", 1), enrol("A", 2), enrol("B", 1)
    here, there = acts.member(till, "M1", "A"), acts.member(till, "M2", "B")
    till.register(here, acts.profile())
    till.register(there, acts.profile("王芳", "8613900139000"))
    till.pushed()
    away.append(acts.sale(away, 1, member_id=here.member_id, earned=10))
    away.pushed()
    other.append(acts.sale(other, 1, member_id=there.member_id, earned=10))
    other.pushed()
    with server.acting() as act:
        act.publish(FeedRow("product", "P3", b"{}", deleted=True))
    assert builder.build("A")
    answer, pages = ask(other), other.pulled()
    body = fetched(other, answer)
    assert (len(body), hashlib.sha256(body).digest()) == (answer.size, answer.sha256)
    assert answer.cursor == pages.cursor
    path = tmp_path / "fetched.db"
    path.write_bytes(body)
    with closing(opened(path, answer.key)) as file:
        held = {
            (kind, key): (version, doc)
            for sql in (
                "SELECT 'product', id, version, doc FROM product",
                "SELECT 'member', id, version, doc FROM member",
                'SELECT kind, "key", version, doc FROM document',
            )
            for kind, key, version, doc in file.execute(sql)
        }
        counted = {
            (UUID(bytes=incarnation), UUID(bytes=member)): number
            for incarnation, member, number in file.execute("SELECT * FROM device_counted")
        }
        assert file.execute("SELECT rowid FROM product_terms WHERE product_terms MATCH '\"thing\"'").fetchall() == []
        assert len(file.execute("SELECT rowid FROM product_terms WHERE product_terms MATCH '\"thi\"'").fetchall()) == 11
    expected = {
        (row.kind, UUID(row.key).bytes if row.kind == "member" else row.key): (row.version, row.doc)
        for row in pages.rows
        if row.kind != "staff" and not row.deleted
    }
    assert held == expected
    assert [(row.kind, row.key) for row in answer.rows] == [("staff", "ann")]
    assert answer.rows[0] == next(row for row in pages.rows if row.kind == "staff")
    assert counted == {
        (till.incarnation, here.member_id): 1, (till.incarnation, there.member_id): 2,
        (other.incarnation, there.member_id): 1,
    }  # fmt: skip
    own = {row.key: row.counted for row in pages.rows if row.kind == "member"}
    assert own == {str(there.member_id): 1, str(here.member_id): 0}


def test_the_answer_is_signed_for_the_one_who_asked(
    server: Server, enrol: Callable[..., Till], builder: Builder
) -> None:
    stock(server)
    till, other = enrol("A", 1), enrol("A", 2)
    builder.build("A")
    answer = ask(till)
    key = Ed25519PublicKey.from_public_bytes(till.identity.server_key)
    key.verify(answer.signature, wire.snapshot_message(till.incarnation, answer))
    assert ask(other).signature != answer.signature
    assert (ask(other).id, ask(other).key) == (answer.id, answer.key)
    with server.reading() as connection:
        sealed = bytes(connection.execute(select(tables.snapshot.c.key_sealed)).scalar_one())
    assert answer.key not in sealed


def test_few_rows_come_in_pages(till: Till, shelf: Shelf) -> None:
    assert ask(till) == SnapshotAnswer(state="pages")
    assert shelf.take_wanted() == []


def test_one_is_made_when_a_till_asks(server: Server, till: Till, builder: Builder) -> None:
    stock(server)
    assert ask(till) == SnapshotAnswer(state="building", retry_s=10)
    ask(till)
    assert builder.build_due() == 1
    assert ask(till).state == "ready"
    assert builder.build_due() == 0


def test_one_that_lacks_many_rows_is_made_anew_and_one_that_lacks_too_many_isnt_given(
    server: Server, till: Till, builder: Builder
) -> None:
    stock(server)
    builder.build("A")
    first = ask(till).id
    stock(server, 100, FEW)
    assert builder.build_due() == 0
    stock(server, 200, 1)
    assert ask(till).id == first
    assert builder.build_due() == 1
    second = ask(till)
    assert second.id != first
    assert ask(till, first).id == first, "who began to fetch it may finish"
    stock(server, 300, 2 * FEW + 1)
    assert ask(till).state == "building"


def test_of_a_store_two_are_kept_and_none_that_nobody_asks_for(
    server: Server, till: Till, builder: Builder, shelf: Shelf, clock: StillClock
) -> None:
    stock(server)
    made = []
    for _ in range(3):
        stock(server)
        builder.build("A")
        made.append(ask(till).id)
    assert files(shelf) == {f"{id_}.db" for id_ in made[1:]}
    assert problem(part(till, made[0], "bytes=0-9")).code == "snapshot-unknown"
    clock.ms += UNASKED_MS + 1
    assert builder.build_due() == 0
    builder.build("B")
    assert len(files(shelf)) == 1
    assert ask(till).state == "building"


def test_what_a_dead_worker_left_is_deleted(server: Server, builder: Builder, shelf: Shelf) -> None:
    stock(server)
    shelf.folder.mkdir()
    for name in (f"{uuid4()}.building", f"{uuid4()}.db"):
        (shelf.folder / name).write_bytes(b"left behind")
    builder.build("A")
    assert len(files(shelf)) == 1


def test_a_file_that_is_gone_is_not_offered(server: Server, till: Till, builder: Builder, shelf: Shelf) -> None:
    stock(server)
    builder.build("A")
    answer = ask(till)
    assert answer.id is not None
    shelf.file(answer.id).unlink()
    assert problem(part(till, answer.id, "bytes=0-9")).code == "snapshot-unknown"
    assert ask(till, answer.id).state == "building"


def test_only_one_worker_builds(server: Server, builder: Builder, shelf: Shelf) -> None:
    stock(server)
    shelf.folder.mkdir()
    with _alone(shelf.folder) as alone:
        assert alone
        assert not builder.build("A")
    assert builder.build("A")


def test_sales_are_taken_while_one_is_being_made(
    server: Server, till: Till, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And aren't in it: it is as of the moment it was begun."""
    stock(server)
    member = acts.member(till)
    till.register(member, acts.profile())
    till.pushed()
    before = till.pulled().cursor
    going_on = builder._going_on

    def selling(rows: Iterator[Any]) -> Iterator[Any]:
        for number, row in enumerate(going_on(rows), 1):
            if number == 5:
                till.append(acts.sale(till, 1, member_id=member.member_id, earned=10))
                till.pushed()
            yield row

    monkeypatch.setattr(builder, "_going_on", selling)
    builder.build("A")
    answer = ask(till)
    assert answer.cursor == before
    assert [row.key for row in till.pulled(answer.cursor).rows] == [str(member.member_id)]


def test_a_snapshot_of_an_earlier_epoch_is_not_given(server: Server, till: Till, builder: Builder) -> None:
    """Not even to who began to fetch it: its rows may be what the restored server forgot."""
    stock(server)
    builder.build("A")
    begun = ask(till)
    with server.acting() as act:
        epoch = recovery.raise_epoch(server, act, 1, "Restored.")
    assert ask(till, begun.id).state == "building"
    assert problem(part(till, begun.id, "bytes=0-9")).code == "snapshot-unknown"
    assert builder.build("A")
    again = ask(till, begun.id)
    assert again.id != begun.id
    assert again.cursor is not None
    assert again.cursor.epoch == epoch > 1
    assert part(till, again.id, "bytes=0-9").status == 206


def test_a_snapshot_of_another_past_is_not_given(server: Server, till: Till, builder: Builder) -> None:
    stock(server)
    builder.build("A")
    with server.acting() as act:
        act.connection.execute(tables.feed_commit.update().values(tag=b"restored"))
    assert ask(till).state == "building"


@pytest.mark.parametrize(
    ("range_", "code"),
    [
        (None, "range-invalid"), ("bytes=5-", "range-invalid"), ("bytes=-5", "range-invalid"),
        ("bytes=5-4", "range-invalid"), ("bytes=0-1,3-4", "range-invalid"), ("lines=0-1", "range-invalid"),
        ("bytes=999999999-9999999999", "range-invalid"), ("bytes=" + "9" * 30 + "-1", "range-invalid"),
    ],
)  # fmt: skip
def test_ranges_that_are_none(server: Server, till: Till, builder: Builder, range_: str | None, code: str) -> None:
    stock(server)
    builder.build("A")
    assert problem(part(till, ask(till).id, range_)).code == code


@pytest.mark.parametrize("name", ["", "x", "..", "../server.db", "5f7a7d3e-6d4b-44a4-9222-db8a809e8d04"])
def test_names_that_are_none(till: Till, name: str) -> None:
    assert problem(part(till, name, "bytes=0-9")).code == "snapshot-unknown"


def test_another_stores_file_and_a_revoked_till(server: Server, enrol: Callable[..., Till], builder: Builder) -> None:
    stock(server)
    till, away = enrol("A", 1), enrol("B", 1)
    builder.build("A")
    id_ = ask(till).id
    assert problem(part(away, id_, "bytes=0-9")).code == "snapshot-unknown"
    assert ask(away).state == "building"
    setup.revoke(server, till.incarnation)
    before = counts(server)
    assert problem(part(till, id_, "bytes=0-9")).code == "device-revoked"
    assert problem(till.send("/v1/snapshot", wire.encode(SnapshotRequest()))).code == "device-revoked"
    assert problem(part(away, id_, "bytes=0-9", "POST")).code == "method-not-allowed"
    assert counts(server) == before


def test_a_part_is_bounded(server: Server, till: Till, builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync_server.snapshots.shelf.PART_BYTES", 1_000)
    stock(server)
    builder.build("A")
    assert len(part(till, ask(till).id, "bytes=0-999999").body) == 1_000


def test_the_thread_builds_when_woken_and_stops_in_the_middle(
    server: Server, till: Till, builder: Builder, shelf: Shelf
) -> None:
    stock(server)
    thread = in_background(builder, shelf)
    thread.start()
    ask(till)
    for _ in range(400):
        if ask(till).state == "ready":
            break
        threading.Event().wait(0.05)
    assert ask(till).state == "ready"
    thread.stop(10)
    with pytest.raises(Stopped):
        builder.build("A")
    assert list(shelf.folder.glob("*.db")) == [shelf.file(ask(till).id or uuid4())]


def test_pulling_tells_how_far_behind_a_till_is(server: Server, till: Till, shelf: Shelf) -> None:
    end = till.pulled().cursor
    stock(server, 0, 15)
    assert [till.pulled(end, limit).behind for limit in (3, 15, 5_000)] == [15, 15, 15]
    assert till.pulled(till.pulled(end).cursor).behind == 0
    stock(server, 100, 30)
    assert till.pulled(end, 3).behind == 2 * FEW + 1
    assert till.pulled(Cursor(end.epoch, 0, b""), 3).behind == 2 * FEW + 1
