"""Confirming a sale durably, against one bare durable SQLCipher transaction of the same bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pos_client.app.views import Confirmed
from pos_client.bootstrap import Parts
from pos_client.store.checkpoint import JournalLog
from pos_client.store.database import Durability, Files, connect
from pos_client.store.open_sales import OpenSales, StoredSale
from pos_client.store.replica import Replica
from shared_models.domain.programme import default_programme
from shared_models.domain.receipt import Document
from shared_models.domain.sale import SaleConfirmed
from shared_models.wire import facts
from shared_models.wire.messages import Cursor, RowMessage
from tillpoint.bench import sales, shop, till_files
from tillpoint.bench.measure import Budget, Place, Result, Samples, Size, alternately, median, p99
from tillpoint.bench.till_files import TillFiles

_TIMES = 2
_MOST_MS = 10
_MEMBERS = 100_000
"""The replica's size here: what confirming costs doesn't rest on it."""

_FOLD_EVERY = 10
"""Sales between two foldings of the journal's log, which in a till another thread does after each sync."""

Prepared = tuple[SaleConfirmed, Document]


def measure(size: Size, place: Place) -> Iterator[Result]:
    files = till_files.prepare(place, min(size.members, _MEMBERS), min(size.products, _MEMBERS))
    parts = files.open()
    bare = BareJournal(place.folder / "bare.db")
    log = JournalLog(files.journal_path, files.keys.database, Files())
    till_files.start_shift(parts)
    desk = _Desk(parts, bare, files, log)
    scale = f"{sales.LINES} lines"
    ours, limit = desk.append(size.rounds)
    what = "store a sale durably"
    yield Result("confirm", f"{what}, median", scale, median(ours), median(limit), "ms", Budget(times=_TIMES))
    yield Result("confirm-p99", f"{what}, p99", scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))
    ours, limit = desk.pay(max(1, size.rounds // 4))
    what = "from the cash key to confirmed, p99"
    yield Result("confirm-cash", what, scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))
    with pulling(files, size.page_rows, log) as pages:
        ours, limit = desk.append(size.rounds)
    scale += f", {pages[0]} pages of {size.page_rows:,} rows applied meanwhile"
    what = "store a sale durably during a pull, p99"
    yield Result("confirm-pull", what, scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))
    log.close()
    parts.close()
    bare.close()


class _Desk:
    """Confirms sale after sale in a journal and writes as many bytes the bare way."""

    def __init__(self, parts: Parts, bare: BareJournal, files: TillFiles, log: JournalLog) -> None:
        self._parts = parts
        self._bare = bare
        self._files = files
        self._log = log
        self._programme = default_programme()
        self._open_sales = OpenSales(parts.journal.database)

    def append(self, rounds: int) -> list[Samples]:
        """Sales made beforehand through ``Journal.append``: fact, effect, print job, end of the open sale."""
        done = self._parts.journal.head.receipt_number
        prepared = [self._prepare(done + 1 + number) for number in range(rounds + 1)]
        sizes = [_bytes(one, receipt) for one, receipt in prepared]
        left = iter(prepared)
        return alternately(
            rounds,
            lambda _: self._append(*next(left)),
            lambda number: self._bare.write(sizes[number]),
            after=self._fold,
        )

    def pay(self, rounds: int) -> list[Samples]:
        """The whole act of the till: price, points, receipt, and the same transaction."""
        till = self._parts.till
        due = self._ring_up()

        def confirm(_: int) -> None:
            assert isinstance(till.pay_cash(due), Confirmed)

        def next_sale(number: int) -> None:
            nonlocal due
            self._fold(number)
            due = self._ring_up()

        one, receipt = self._prepare(1)
        size = _bytes(one, receipt)
        samples = alternately(rounds, confirm, lambda _: self._bare.write(size), after=next_sale)
        till.back_to_sale()
        till.void_sale()
        return samples

    def _ring_up(self) -> int:
        """Ten lines and a member; what is due."""
        till = self._parts.till
        number = self._parts.journal.head.receipt_number
        for line in range(sales.LINES):
            till.add_product(shop.product_id((number * 31 + line * 7) % self._files.products))
        till.attach_member(shop.member_id(number * 7 % self._files.members))
        return till.start_payment().due_minor

    def _prepare(self, number: int) -> Prepared:
        member_id = shop.member_id(number * 7 % self._files.members)
        shift = till_files.opened_shift(self._parts)
        one = sales.sale(number, shift, self._programme, products=self._files.products, member_id=member_id)
        doc = msgspec.json.encode(one.lines)
        self._open_sales.save(StoredSale(one.sale_id, "parked", doc), self._parts.journal.next_hlc())
        return one, sales.receipt(one, self._programme)

    def _append(self, one: SaleConfirmed, receipt: Document) -> None:
        self._parts.journal.append(one, print_document=receipt, ends_sale=one.sale_id)

    def _fold(self, number: int) -> None:
        if number % _FOLD_EVERY == 0:
            self._log.fold()


class BareJournal:
    """One table, one row per transaction: the least that keeps these bytes through a power cut."""

    def __init__(self, path: Path) -> None:
        Files().remove(path)
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
def pulling(files: TillFiles, page_rows: int, log: JournalLog) -> Iterator[list[int]]:
    """Another thread applies pages meanwhile, one after another; the list's one number counts them."""
    stop = threading.Event()
    pages = [0]
    replica = Replica(files.open_replica())
    ready = [_page(files, page_rows, number) for number in range(4)]

    def pull() -> None:
        version = 10_000_000
        while not stop.is_set():
            replica.apply(ready[pages[0] % len(ready)], Cursor(epoch=till_files.EPOCH, version=version, tag=bytes(8)))
            log.fold()
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


def _page(files: TillFiles, page_rows: int, number: int) -> list[RowMessage]:
    """Members whose rows changed, spread over the file as they are on a busy day."""
    step = max(1, files.members // page_rows)
    numbers = range(number % step, files.members, step)[:page_rows]
    return till_files.rows("member", numbers, 10_000_000)
