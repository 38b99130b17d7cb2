"""Finding members and products among a million of each, against a bare look-up by key in the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pos_client.store.search import Search
from pos_client.store.shop import Shop
from tillpoint.bench import shop, till_files
from tillpoint.bench.measure import Budget, Place, Result, Size, alternately, p99
from tillpoint.bench.till_files import TillFiles

_MOST_MS = 10
_HITS = 20
"""As many as a till's list shows."""

Ask = Callable[[int], object]


def measure(size: Size, place: Place) -> Iterator[Result]:
    files = till_files.prepare(place, size.members, size.products)
    files.read_through()
    parts = files.open()
    known, search = parts.counter.books.shop, parts.counter.books.search
    bare = parts.journal.database.connection
    members, products = f"{files.members:,} members", f"{files.products:,} products"
    for name, what, ask in _member_questions(files, search):
        yield _asked(name, what, members, size.rounds, ask, _bare_member(bare, files.members))
    for name, what, ask in _product_questions(files, search, known):
        yield _asked(name, what, products, size.rounds, ask, _bare_product(bare, files.products))
    parts.close()


def _asked(name: str, what: str, scale: str, rounds: int, ask: Ask, bare: Ask) -> Result:
    ours, limit = alternately(rounds, ask, bare)
    return Result(f"search-{name}", f"{what}, p99", scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))


def _member_questions(files: TillFiles, search: Search) -> Iterator[tuple[str, str, Ask]]:
    """Each asks for somebody else every time, all over the file, and checks that something is found."""
    spread = _spread(files.members)

    def ask(text: Callable[[int], str]) -> Ask:
        def find(round_: int) -> None:
            wanted = text(spread(round_))
            assert search.members(wanted, _HITS), f"nobody found by {wanted}"

        return find

    yield "phone", "member by phone", ask(lambda number: shop.phone(number)[2:])
    yield "suffix", "member by the last four digits of the phone", ask(lambda number: shop.phone(number)[-4:])
    yield "suffix-8", "member by the last eight digits of the phone", ask(lambda number: shop.phone(number)[-8:])
    yield "number", "member by number", ask(shop.member_number)
    yield "name", "member by name", ask(shop.member_name)
    yield "pinyin", "member by pinyin", ask(lambda number: shop.pinyin(shop.member_name(number)))
    yield "pinyin-2", "member by two letters", ask(lambda number: shop.pinyin(shop.member_name(number))[:2])
    yield "initials", "member by initials", ask(lambda number: shop.initials(shop.member_name(number)))


def _product_questions(files: TillFiles, search: Search, known: Shop) -> Iterator[tuple[str, str, Ask]]:
    spread = _spread(files.products)

    def by_code(round_: int) -> None:
        assert known.products_by_code(shop.product_code(spread(round_)))

    def ask(text: Callable[[int], str]) -> Ask:
        def find(round_: int) -> None:
            wanted = text(spread(round_))
            assert search.products(wanted, _HITS), f"no product found by {wanted}"

        return find

    yield "code", "product by barcode", by_code
    yield "two", "product by two characters", ask(lambda number: shop.brand(number))
    yield "three", "product by three characters", ask(lambda number: shop.product_name(number)[:3])
    yield "four", "product by four characters", ask(lambda number: shop.product_name(number)[:4])
    yield "letters", "product by its English name", ask(shop.thing)
    yield "words", "product by two words, rarely together", ask(shop.rare_words)
    yield "product-pinyin", "product by pinyin", ask(lambda number: shop.pinyin(shop.product_name(number)))
    yield "nothing", "product by a word that isn't there", _nothing(search, shop.absent_word)


def _nothing(search: Search, text: Callable[[int], str]) -> Ask:
    def find(round_: int) -> None:
        assert not search.products(text(round_), _HITS)

    return find


def _bare_member(connection: Any, members: int) -> Ask:
    spread = _spread(members)
    sql = "SELECT version, counted, doc FROM replica.member WHERE number = ?"
    return lambda round_: connection.execute(sql, (shop.member_number(spread(round_)),)).fetchone()


def _bare_product(connection: Any, products: int) -> Ask:
    spread = _spread(products)
    sql = "SELECT product_id FROM replica.product_code WHERE code = ?"
    return lambda round_: connection.execute(sql, (shop.product_code(spread(round_)),)).fetchone()


def _spread(count: int) -> Callable[[int], int]:
    """Numbers all over 0 … count - 1."""
    return lambda round_: (round_ * 7_919 + 13) * 104_729 % count
