from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm import server as tables
from shared_models.wire.messages import Cursor, RowMessage
from shared_models.wire.pin import pin_hash, verifier
from shared_models.wire.state import ProductDoc, StaffDoc, StoreDoc
from sync_server import feed, setup
from sync_server.act import FeedRow
from sync_server.api.endpoints import Api
from sync_server.server import Server, open_server
from sync_server.store import Keys, open_engine, reading, upgrade
from tests.sync_server import acts
from tests.sync_server.conftest import store_doc
from tests.sync_server.ports import seeded_ports
from tests.sync_server.tables import rows
from tests.sync_server.till import Till, problem


def product(number: int, price_minor: int = 100) -> ProductDoc:
    return ProductDoc(
        id=f"P{number}", codes=[f"{number:013}"], names={"zh_Hans": "牛奶"}, price_minor=price_minor, tax="standard",
        category="milk",
    )  # fmt: skip


def all_pages(till: Till, cursor: Cursor | None = None, limit: int = 3) -> tuple[list[RowMessage], Cursor]:
    found: list[RowMessage] = []
    while True:
        page = till.pulled(cursor, limit)
        found += page.rows
        assert len(page.rows) <= limit
        assert cursor is None or page.cursor.version >= cursor.version
        cursor = page.cursor
        if not page.more:
            return found, cursor


def test_pages_hold_every_row_once_in_version_order(server: Server, till: Till) -> None:
    setup.import_products(server, [product(number) for number in range(20)])
    found, cursor = all_pages(till)
    versions = [row.version for row in found]
    assert versions == sorted(set(versions))
    assert {row.key for row in found if row.kind == "product"} == {f"P{number}" for number in range(20)}
    assert all_pages(till, cursor) == ([], cursor)


def test_a_row_that_changes_moves_forward(server: Server, till: Till) -> None:
    setup.import_products(server, [product(number) for number in range(5)])
    _, cursor = all_pages(till)
    setup.import_products(server, [product(3, 250)])
    found, later = all_pages(till, cursor)
    assert [(row.key, msgspec.json.decode(row.doc)["price_minor"]) for row in found] == [("P3", 250)]
    assert later.version > cursor.version
    assert later.tag != cursor.tag


def test_a_cursor_inside_a_transaction_has_its_tag(server: Server, till: Till) -> None:
    setup.import_products(server, [product(number) for number in range(9)])
    first = till.pulled(limit=5)
    assert first.more
    assert first.cursor.tag in [tag for (tag,) in rows(server, tables.feed_commit, "tag")]
    assert till.pulled(first.cursor, limit=5).rows[0].version > first.cursor.version


def test_documents_bound_a_page(till: Till, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.import_products(server, [product(number) for number in range(9)])
    monkeypatch.setattr(feed, "MAX_PAGE_BYTES", 1)
    page = till.pulled()
    assert (len(page.rows), page.more) == (1, True)
    found, _ = all_pages(till, limit=1)
    assert {f"P{number}" for number in range(9)} <= {row.key for row in found}


@pytest.mark.parametrize("limit", [-5, 0, 10**9])
def test_a_limit_is_held_to_reason(till: Till, limit: int) -> None:
    assert till.pulled(limit=limit).rows


def test_the_feed_of_one_store_is_not_that_of_another(server: Server, enrol: Callable[..., Till]) -> None:
    setup.save_staff(server, "ann", "A", "Ann", "cashier", "1234", "en")
    setup.save_staff(server, "ben", "B", "Ben", "manager", "567890")
    one, other, away = enrol("A", 1), enrol("A", 2), enrol("B", 1)
    assert [list(till.rows("staff")) for till in (one, other, away)] == [["ann"], ["ann"], ["ben"]]
    assert [list(till.rows("store")) for till in (one, other, away)] == [["A"], ["A"], ["B"]]
    assert list(one.rows("programme")) == ["current"]
    docs = [msgspec.json.decode(till.rows("staff")["ann"].doc, type=StaffDoc) for till in (one, other)]
    for doc, till in zip(docs, (one, other), strict=True):
        assert (doc.name, doc.role, doc.language) == ("Ann", "cashier", "en")
        assert doc.verifier == verifier(till.identity.pepper, pin_hash("1234", doc.salt))
    assert docs[0].verifier != docs[1].verifier
    page = one.pulled()
    assert page.rows[-1].version < page.cursor.version, "rows of other stores are passed over"


def test_an_unchanged_store_row_reads_back(till: Till) -> None:
    doc = msgspec.json.decode(till.rows("store")["A"].doc, type=StoreDoc)
    assert doc == store_doc("A")


def test_the_programme_in_force_is_sent_whole(till: Till) -> None:
    assert msgspec.json.decode(till.rows("programme")["current"].doc) == to_plain(default_programme())


def test_deleted_rows_come_without_a_document(server: Server, till: Till) -> None:
    with server.acting() as act:
        act.publish(FeedRow("product", "P9", b"{}", deleted=True))
    assert till.rows("product")["P9"].doc == b""
    assert till.rows("product")["P9"].deleted


def test_counted_is_each_rows_and_each_devices_own(enrol: Callable[..., Till]) -> None:
    """The page-wide number that this replaces would say 3 for all rows of the page."""
    one, two = enrol("A", 1), enrol("A", 2)
    early, late = acts.member(one, "M1"), acts.member(one, "M2")
    one.register(early, acts.profile())
    one.register(late, acts.profile("王芳", "8613900139000"))
    one.append(acts.sale(one, 1, member_id=late.member_id, earned=10))
    one.pushed()
    assert {key: row.counted for key, row in one.rows("member").items()} == {
        str(early.member_id): 1, str(late.member_id): 3,
    }  # fmt: skip
    cursor = two.pulled().cursor
    two.append(acts.sale(two, 1, member_id=early.member_id, earned=10))
    two.pushed()
    assert {key: row.counted for key, row in one.rows("member", cursor).items()} == {str(early.member_id): 1}
    assert {key: row.counted for key, row in two.rows("member").items()} == {
        str(early.member_id): 1, str(late.member_id): 0,
    }  # fmt: skip


def test_the_answer_tells_the_devices_head(till: Till) -> None:
    till.append(acts.sale(till, 1))
    till.pushed()
    assert till.pulled().acknowledged == 1


@pytest.mark.parametrize("field", ["epoch", "version", "tag", "beyond any number"])
def test_a_cursor_of_another_past_is_unknown(till: Till, field: str) -> None:
    good = till.pulled().cursor
    wrong = {
        "epoch": Cursor(good.epoch + 1, good.version, good.tag),
        "version": Cursor(good.epoch, good.version + 1, good.tag),
        "tag": Cursor(good.epoch, good.version, b"\0" * 8),
        "beyond any number": Cursor(good.epoch, 2**63, good.tag),
    }[field]
    refused = problem(till.pull(wrong))
    assert (refused.code, refused.status, refused.epoch) == ("cursor-unknown", 409, good.epoch)
    assert till.pulled(good).rows == []


def test_a_restored_backup_is_noticed_by_the_tag(tmp_path: Path, keys: Keys) -> None:
    """The same version was drawn twice: before the backup was restored and after."""
    live, backup = tmp_path / "server.db", tmp_path / "backup.db"

    def run(seed: int) -> Server:
        return open_server(open_engine(f"sqlcipher:///{live}", keys.database), keys.data, seeded_ports(seed))

    engine = open_engine(f"sqlcipher:///{live}", keys.database)
    upgrade(engine)
    engine.dispose()
    server = run(1)
    setup.create_store(server, store_doc("A"))
    till = Till.enrolled(Api(server), setup.new_enrolment_code(server, "A", 1))
    server.engine.dispose()
    shutil.copy(live, backup)

    server = run(2)
    till.api = Api(server)
    setup.create_store(server, store_doc("A"))
    forgotten = till.pulled().cursor
    server.engine.dispose()
    shutil.copy(backup, live)

    server = run(3)
    till.api = Api(server)
    assert problem(till.pull(forgotten)).code == "cursor-unknown"
    setup.create_store(server, store_doc("A"))
    fresh = till.pulled().cursor
    assert (fresh.epoch, fresh.version) == (forgotten.epoch, forgotten.version)
    assert problem(till.pull(forgotten)).code == "cursor-unknown"
    server.engine.dispose()


def test_an_empty_feed_answers_version_0(tmp_path: Path, keys: Keys) -> None:
    engine = open_engine(f"sqlcipher:///{tmp_path / 'server.db'}", keys.database)
    upgrade(engine)
    server = open_server(engine, keys.data, seeded_ports())
    reader = feed.Reader(UUID(int=1), "A", b"pepper")
    with reading(engine) as connection:
        page = feed.page(connection, server.sealer, reader, None, 10, 1)
        assert page == feed.Page([], Cursor(1, 0, b""), more=False)
        assert feed.page(connection, server.sealer, reader, page.cursor, 10, 1) == page
    engine.dispose()
