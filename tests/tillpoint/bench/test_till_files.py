"""A till's files made in sets hold what pages of the feed would have brought."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_client.store.database import Database, Durability, Files
from pos_client.store.replica import Replica
from pos_client.store.schema import REPLICA, make_current
from shared_models.replica.terms import query, typed_words
from shared_models.wire.messages import Cursor
from tillpoint.bench import shop, till_files
from tillpoint.bench.measure import Place
from tillpoint.bench.till_files import EPOCH

_MEMBERS, _PRODUCTS = 120, 150
_KEY = bytes(32)


@pytest.fixture
def pulled(tmp_path: Path) -> Database:
    """The same shop, applied as pages."""
    database = Files().open(tmp_path / "pulled.db", _KEY, Durability.NORMAL)
    make_current(database, REPLICA)
    replica = Replica(database)
    for kind, count, first in (("member", _MEMBERS, 1), ("product", _PRODUCTS, _MEMBERS + 1)):
        rows = till_files.rows(kind, range(count), first)
        replica.apply(rows, Cursor(epoch=EPOCH, version=first + count - 1, tag=bytes(8)))
    return database


@pytest.fixture
def made(tmp_path: Path) -> Database:
    return till_files.prepare(Place(tmp_path), _MEMBERS, _PRODUCTS).open_replica()


@pytest.mark.parametrize("table", ["member", "product", "product_code", "meta"])
def test_the_rows_are_the_same(made: Database, pulled: Database, table: str) -> None:
    rows = f"SELECT * FROM {table} ORDER BY 1, 2"

    found = made.all(rows)

    assert found
    assert found == pulled.all(rows)


def test_the_indexes_are_the_same(made: Database, pulled: Database) -> None:
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"

    assert made.all(indexes) == pulled.all(indexes)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("member", shop.member_name(7)),
        ("member", shop.pinyin(shop.member_name(11))),
        ("product", shop.brand(3)),
        ("product", shop.product_name(40)),
        ("product", shop.rare_words(17)),
    ],
)
def test_the_same_is_found(made: Database, pulled: Database, table: str, text: str) -> None:
    search = f"SELECT rowid FROM {table}_terms WHERE {table}_terms MATCH ? ORDER BY rowid"
    match = query(typed_words(text))

    found = made.all(search, (match,))

    assert found
    assert found == pulled.all(search, (match,))


def test_prepared_again_the_replica_stays_and_the_journal_is_new(tmp_path: Path) -> None:
    files = till_files.prepare(Place(tmp_path), _MEMBERS, _PRODUCTS)
    made_first = files.replica_path.stat().st_ino
    parts = files.open()
    till_files.start_shift(parts)
    parts.close()

    again = till_files.prepare(Place(tmp_path), _MEMBERS, _PRODUCTS, shop.offers(3, _PRODUCTS))

    assert again.keys == files.keys
    assert again.replica_path.stat().st_ino == made_first
    parts = again.open()
    assert parts.journal.head.number == 0
    assert [offer.id for offer in parts.counter.programme.offers] == ["o0000", "o0001", "o0002"]
    parts.close()


def test_everybody_and_everything_is_told_apart() -> None:
    numbers = range(20_000)

    for identity in (shop.member_id, shop.member_number, shop.phone, shop.product_id, shop.product_code):
        assert len({identity(number) for number in numbers}) == len(numbers)
