"""Confirming a sale durably through the journal, against one bare durable SQLCipher transaction of the same bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pos_client.store.database import Durability, connect
from pos_client.store.journal import Journal
from pos_client.store.open_sales import OpenSales, StoredSale
from pos_client.store.replica import Replica
from shared_models.domain.programme import default_programme
from shared_models.domain.receipt import Document
from shared_models.domain.sale import SaleConfirmed
from shared_models.wire import facts
from shared_models.wire.messages import Cursor
from tillpoint.bench import sales, shop, till_files
from tillpoint.bench.measure import Budget, Place, Result, Samples, Size, alternately, median, p99
from tillpoint.bench.till_files import TillFiles

_TIMES = 2
_MOST_MS = 10
_MEMBERS = 100_000
"""The replica's size here. What confirming costs doesn't depend on it; what pulling does to the disk does a little."""

Prepared = tuple[SaleConfirmed, Document]


def measure(size: Size, place: Place) -> Iterator[Result]:
    files = till_files.prepare(place, min(size.members, _MEMBERS), min(size.products, _MEMBERS))
    journal = files.open_journal()
    bare = BareJournal(place.folder / "bare.db")
    desk = _Desk(journal, bare, files)
    scale = f"{sales.LINES} lines, {files.members:,} members"
    ours, limit = desk.confirm(size.rounds)
    yield Result("confirm", "confirm a sale, median", scale, median(ours), median(limit), "ms", Budget(times=_TIMES))
    yield Result("confirm-p99", "confirm a sale, p99", scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))
    with pulling(files, size.page_rows) as pages:
        ours, limit = desk.confirm(size.rounds)
    scale += f", {pages[0]} pages of {size.page_rows:,} rows meanwhile"
    yield Result("confirm-pull", "the same during a pull, p99", scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))
    journal.database.close()
    bare.close()


class _Desk:
    """Confirms sale after sale in a journal and writes as many bytes the bare way."""

    def __init__(self, journal: Journal, bare: BareJournal, files: TillFiles) -> None:
        self._journal = journal
        self._bare = bare
        self._files = files
        self._open_sales = OpenSales(journal.database)
        self._programme = default_programme()
        self._shift = sales.open_shift(till_files.LANE)
        journal.append(self._shift)

    def confirm(self, rounds: int) -> list[Samples]:
        done = self._journal.head.receipt_number
        prepared = [self._prepare(done + 1 + number) for number in range(rounds + 1)]
        for one, _ in prepared:
            self._open(one)
        sizes = [_bytes(one, receipt) for one, receipt in prepared]
        left = iter(prepared)
        return alternately(
            rounds, lambda _: self._confirm(*next(left)), lambda number: self._bare.write(sizes[number])
        )

    def _prepare(self, number: int) -> Prepared:
        member_id = shop.member_id(number * 7 % self._files.members)
        one = sales.sale(number, self._shift, self._programme, products=self._files.products, member_id=member_id)
        return one, sales.receipt(one, self._programme)

    def _open(self, one: SaleConfirmed) -> None:
        doc = msgspec.json.encode([line.product_id for line in one.lines])
        self._open_sales.save(StoredSale(one.sale_id, "parked", doc), self._journal.next_hlc())

    def _confirm(self, one: SaleConfirmed, receipt: Document) -> None:
        self._journal.append(one, print_document=receipt, ends_sale=one.sale_id)


class BareJournal:
    """One table, one row per transaction: the least that keeps these bytes through a power cut."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._connection: Any = connect(path, bytes(32), Durability.FULL)
        self._connection.execute("CREATE TABLE act (number INTEGER PRIMARY KEY, body BLOB NOT NULL)")

    def write(self, size: int) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO act (body) VALUES (?)", (bytes(size),))
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def _bytes(one: SaleConfirmed, receipt: Document) -> int:
    """What one sale's rows hold: payload, hashes, signature, ids, print job, effect."""
    rest = 16 + 32 + 32 + 64 + 16 + 100
    return len(facts.encode(one)[2]) + len(msgspec.json.encode(receipt.to_plain())) + rest


@contextmanager
def pulling(files: TillFiles, page_rows: int) -> Iterator[list[int]]:
    """Another thread applies pages meanwhile, one after another; the list's one number counts them."""
    stop = threading.Event()
    pages = [0]
    replica = Replica(files.open_replica())
    ready = [_page(files, page_rows, number) for number in range(4)]

    def pull() -> None:
        version = 10_000_000
        while not stop.is_set():
            replica.apply(ready[pages[0] % len(ready)], Cursor(epoch=till_files.EPOCH, version=version, tag=bytes(8)))
            pages[0] += 1
            version += page_rows

    thread = threading.Thread(target=pull, name="puller")
    thread.start()
    try:
        yield pages
    finally:
        stop.set()
        thread.join()
        replica.close()


def _page(files: TillFiles, page_rows: int, number: int) -> list[Any]:
    """Members whose rows changed, spread over the file as they are on a busy day."""
    step = max(1, files.members // page_rows)
    numbers = range(number % step, files.members, step)[:page_rows]
    return till_files.rows("member", numbers, 10_000_000)
