"""Pages of the feed, applied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from msgspec.json import Decoder, encode

from pos_client.store.replica import Replica
from pos_client.store.search import Search
from pos_client.store.shop import Shop
from shared_models.domain.programme import default_programme, to_plain
from shared_models.wire.messages import RowMessage
from tests.pos_client.store.books import MEMBER, Books, cursor, gone, member_row, product_row


@pytest.fixture
def replica(books: Books) -> Iterator[Replica]:
    books.generations.start(1)
    replica = books.generations.open_current()
    yield replica
    replica.close()


def names(books: Books, text: str) -> list[str]:
    return [product.id for product in Search(books.database, Shop(books.database), b"k" * 32).products(text, 20)]


def test_a_page_and_its_cursor_are_one(books: Books, replica: Replica) -> None:
    assert replica.cursor() is None
    replica.apply([product_row(1)], cursor(7))
    assert replica.cursor() == cursor(7)
    bad = RowMessage("member", "no uuid", 1, 0, False, b"{}")
    with pytest.raises(ValueError, match="hexadecimal"):
        replica.apply([product_row(2), bad], cursor(8))
    assert replica.cursor() == cursor(7)
    assert Shop(books.database).product("P2") is None


def test_a_changed_product_loses_its_old_codes_and_names(books: Books, replica: Replica) -> None:
    replica.apply([product_row(1, "鲜牛奶")], cursor(1))
    replica.apply([product_row(1, "全脂奶", codes=["42"], version=2)], cursor(2))
    shop = Shop(books.database)
    assert shop.products_by_code("6900000000001") == []
    assert [product.id for product in shop.products_by_code("42")] == ["P1"]
    assert (names(books, "鲜牛"), names(books, "全脂")) == ([], ["P1"])


def test_a_deleted_row_is_found_by_nothing(books: Books, replica: Replica) -> None:
    replica.apply([product_row(1), product_row(2), member_row(0)], cursor(1))
    replica.apply([gone("product", "P1"), gone("member", str(MEMBER)), gone("product", "never there")], cursor(2))
    shop = Shop(books.database)
    assert shop.product("P1") is None
    assert shop.products_by_code("6900000000001") == []
    assert names(books, "鲜牛奶") == ["P2"]
    assert shop.member(MEMBER) is None
    assert Search(books.database, shop, b"k" * 32).members("wf", 5) == []


def test_two_products_with_one_code_are_both_known(books: Books, replica: Replica) -> None:
    replica.apply([product_row(1, codes=["77"]), product_row(2, codes=["77"])], cursor(1))
    assert [product.id for product in Shop(books.database).products_by_code("77")] == ["P1", "P2"]
    replica.apply([gone("product", "P1")], cursor(2))
    assert [product.id for product in Shop(books.database).products_by_code("77")] == ["P2"]


def test_the_most_sold_come_first_and_moving_up_moves_up(books: Books, replica: Replica) -> None:
    replica.apply([product_row(n, rank=9 - n) for n in range(5)], cursor(1))
    assert names(books, "鲜牛奶") == ["P4", "P3", "P2", "P1", "P0"]
    replica.apply([product_row(0, rank=0, version=2)], cursor(2))
    assert names(books, "鲜牛奶") == ["P0", "P4", "P3", "P2", "P1"]


def test_a_thousand_products_of_one_rank_all_find_a_place(books: Books, replica: Replica) -> None:
    replica.apply([product_row(n, rank=0) for n in range(1_000)], cursor(1))
    replica.apply([product_row(5_000, rank=1)], cursor(2))
    assert books.database.one("SELECT count(*), count(DISTINCT row) FROM replica.product") == (1_001, 1_001)


def test_a_document_that_this_version_cannot_read_never_sells_at_an_old_price(books: Books, replica: Replica) -> None:
    replica.apply([product_row(1)], cursor(1))
    newer = RowMessage("product", "P1", 2, 0, False, b'{"id": "P1", "price": {"amount": 5}}')
    unknown = RowMessage("weather", "today", 3, 0, False, b'{"rain": true}')
    replica.apply([newer, unknown], cursor(3))
    assert Shop(books.database).product("P1") is None
    kept = books.database.all("SELECT kind, doc FROM replica.document ORDER BY kind")
    assert kept == [("product", newer.doc), ("weather", unknown.doc)]


def test_an_unreadable_programme_leaves_the_last_one_in_force(books: Books, replica: Replica) -> None:
    shop = Shop(books.database)
    assert shop.programme() == default_programme()
    replica.apply([RowMessage("programme", "current", 5, 0, False, b'{"format": 99}')], cursor(5))
    assert shop.programme() == default_programme()


def test_the_programme_to_come_takes_over_on_its_day(books: Books, replica: Replica) -> None:
    """Without a connection, and back again if the clock is set back."""
    today = [date(2026, 11, 30)]
    shop = Shop(books.database, lambda: today[0])

    def held(key: str, version: int, since: date) -> RowMessage:
        return RowMessage("programme", key, version, 0, False, encode(to_plain(default_programme(version, since))))

    first, second = date(2026, 1, 1), date(2026, 12, 1)
    replica.apply([held("current", 1, first), held("next", 2, second)], cursor(5))
    assert shop.programme().version == 1
    today[0] = second
    assert shop.programme().version == 2
    today[0] = date(2026, 11, 30)
    assert shop.programme().version == 1
    replica.apply([held("current", 3, first)], cursor(6))  # a later one, in force at once
    today[0] = second
    assert shop.programme().version == 3


def test_rows_of_kinds_and_forms_to_come_are_kept_and_used_after_an_update(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old till knows neither gift cards nor members; the new one opens its file without asking the server."""
    rows = [
        RowMessage("gift_card", "g1", 3, 2, False, b'{"balance":5,  "of_tomorrow":[1]}'),
        member_row(4, points=30),
        product_row(1, of_tomorrow={"a": 1}),
    ]
    books.generations.start(1)
    with monkeypatch.context() as old:
        old.setattr("pos_client.store.replica._MEMBER", _of_before())
        replica = books.generations.open_current()
        replica.apply(rows, cursor(9))
        replica.apply([member_row(5, points=40, version=10)], cursor(10))
        replica.close()
    shop = Shop(books.database)
    assert shop.member(MEMBER) is None
    kept = "SELECT kind, version, counted, doc FROM replica.document ORDER BY kind"
    assert books.database.all(kept) == [
        ("gift_card", 3, 2, rows[0].doc), ("member", 10, 5, member_row(5, points=40).doc),
    ]  # fmt: skip
    assert books.database.all("SELECT doc FROM replica.product") == [(rows[2].doc,)]
    books.database.detach("replica")
    books.generations.start(1)
    member = shop.member(MEMBER)
    assert member is not None
    assert (member.version, member.account.lots[0].points) == (10, 40)
    assert books.database.one("SELECT counted FROM replica.member") == (5,)
    assert books.database.all(kept) == [("gift_card", 3, 2, rows[0].doc)]
    assert Search(books.database, shop, b"k" * 32).members("wf", 5)


def _of_before() -> Decoder[object]:
    """Of a version that knew documents of another form only."""
    return Decoder(type=dict[str, int])


def test_a_row_whose_count_nobody_noted_is_asked_for_again(books: Books) -> None:
    """A version before that column was installed again for a while."""
    books.generations.start(1)
    replica = books.generations.open_current()
    replica.apply([product_row(1)], cursor(9))
    replica._database.run(
        "INSERT INTO document (kind, \"key\", version, doc) VALUES ('member', ?, 1, ?)", (str(MEMBER), b"{}")
    )
    replica.close()
    books.database.detach("replica")
    books.generations.start(1)
    replica = books.generations.open_current()
    assert replica.cursor() is None
    replica.apply([product_row(1), member_row(2)], cursor(9))
    replica.close()
    assert books.database.all("SELECT kind FROM replica.document") == []


@pytest.mark.parametrize("doc", [b"{}", b"", b"\xff", b"[" * 5_000, b'{"timezone":"../x"}'])
@pytest.mark.parametrize("kind", ["store", "staff"])
def test_a_store_or_person_that_cannot_be_read_leaves_the_one_before(
    books: Books, replica: Replica, kind: str, doc: bytes
) -> None:
    store = {"id": "A", "names": {}, "address": [], "currency": "CNY", "timezone": "Asia/Shanghai"}
    person = {"id": "A", "name": "Ann", "role": "cashier", "salt": "AA==", "verifier": "AA=="}
    good = encode(store if kind == "store" else person)
    replica.apply([RowMessage(kind, "A", 1, 0, False, good)], cursor(1))
    replica.apply([RowMessage(kind, "A", 2, 0, False, doc)], cursor(2))
    shop = Shop(books.database)
    assert (shop.store() if kind == "store" else shop.staff_member("A")) is not None
    replica.take_up()
    assert books.database.all("SELECT kind, doc FROM replica.document ORDER BY kind") == [
        (f"later:{kind}", doc), (kind, good)
    ]  # fmt: skip
    replica.apply([RowMessage(kind, "A", 3, 0, False, good)], cursor(3))
    assert books.database.all("SELECT kind, version FROM replica.document") == [(kind, 3)]
