"""A new replica is switched to while selling goes on, and a crash leaves the old one or the new one."""

from __future__ import annotations

import shutil
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pos_client.store.replica import Replica
from pos_client.store.shop import Shop
from tests.pos_client.store.books import Books, CutFiles, PowerCut, cursor, open_books, product_row, sale
from tests.pos_client.world import MILK, TillAtWork, World, import_member


def replicas(books: Books) -> list[str]:
    return sorted(path.name for path in books.folder.glob("replica-*"))


def fill(replica: Replica, price: int, count: int = 20) -> None:
    replica.apply([product_row(number, price_minor=price) for number in range(count)], cursor(price))


def test_switching_shows_the_new_rows_and_deletes_the_old_file(books: Books) -> None:
    books.generations.start(1)
    puller = books.generations.open_current()
    fill(puller, 1)
    generation, built = books.generations.build(4)
    fill(built, 2)
    shop = Shop(books.database)
    assert shop.products_by_code("6900000000001")[0].price_minor == 1
    built.close()
    puller.close()
    books.generations.switch(generation)
    assert shop.products_by_code("6900000000001")[0].price_minor == 2
    assert shop.catalogue_version() == 2
    assert {name.removesuffix("-wal").removesuffix("-shm") for name in replicas(books)} == {"replica-4-2.db"}


def test_a_till_sells_through_many_switches_by_a_concurrent_puller(books: Books) -> None:
    """The puller writes pages and builds generations on its thread; the cashier always sees whole ones."""
    books.generations.start(1)
    first = books.generations.open_current()
    fill(first, 1)
    first.close()
    ready, switched = threading.Semaphore(0), threading.Semaphore(0)
    built_ones = []

    def pull() -> None:
        for price in range(2, 12):
            generation, built = books.generations.build(1)
            for page in range(5):
                built.apply([product_row(n, price_minor=price) for n in range(page * 4, page * 4 + 4)], cursor(page))
            built.close()
            built_ones.append(generation)
            ready.release()
            assert switched.acquire(timeout=30)

    thread = threading.Thread(target=pull)
    thread.start()
    shop = Shop(books.database)
    sales = 0
    while thread.is_alive():
        prices = {product.price_minor for product in shop.popular_products(20)}
        assert len(prices) == 1
        books.journal.append(sale(books))
        sales += 1
        if ready.acquire(blocking=False):
            books.generations.switch(built_ones[-1])
            assert {product.price_minor for product in shop.popular_products(20)} == {len(built_ones) + 1}
            switched.release()
    thread.join()
    assert books.journal.head.number == sales
    assert books.generations.current.number == 11


def test_a_power_cut_while_switching_leaves_one_whole_generation(template: Path, tmp_path: Path) -> None:
    prices = set()
    for moment in range(1, 3):
        folder = tmp_path / str(moment)
        shutil.copytree(template, folder)
        files = CutFiles(1_000)
        crashing = open_books(folder, files)
        crashing.generations.start(1)
        with closing(crashing.generations.open_current()) as old:
            fill(old, 1)
        generation, built = crashing.generations.build(1)
        fill(built, 2)
        built.close()
        files.left = moment
        with pytest.raises(PowerCut):
            crashing.generations.switch(generation)
        crashing.database.close()

        again = open_books(folder)
        again.generations.start(1)
        products = Shop(again.database).popular_products(50)
        assert len(products) == 20
        prices.add(products[0].price_minor)
        assert len([name for name in replicas(again) if name.endswith(".db")]) == 1
        again.database.close()
    assert prices == {1, 2}


def test_a_half_built_generation_is_deleted_at_start(books: Books) -> None:
    books.generations.start(1)
    _, built = books.generations.build(9)
    fill(built, 2)
    books.database.close()
    again = open_books(books.folder)
    again.generations.start(1)
    assert again.generations.current.file == "replica-1-1.db"
    assert not (books.folder / "replica-9-2.db").exists()
    again.database.close()
    built.close()


@pytest.mark.parametrize("damage", ["start", "garbage", "cut"])
def test_a_damaged_replica_does_not_keep_the_till_from_starting(
    world: World, counter: TillAtWork, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """All that was in it comes again; what was sold here and isn't told yet is in the journal."""
    member = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    counter.sell(MILK.codes[0], member=member)
    counter.close()
    (file,) = counter.home.glob("replica-*.db")
    content = file.read_bytes()
    file.write_bytes({"start": bytes(100) + content[100:], "garbage": b"?" * 9_000, "cut": content[:5_000]}[damage])
    again = world.open("one")
    assert again.till.staff() == ()
    assert "is damaged" in caplog.text
    again.sync()
    again.start_day()
    assert again.balance(member) == 11
    again.sell(MILK.codes[0], member=member)
    again.sync()
    assert again.balance(member) == 22
    assert [path.name for path in again.home.glob("replica-*.db")] == ["replica-1-2.db"]
    again.close()
    world.open("one").close()
