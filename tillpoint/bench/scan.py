"""From a scanner's bytes to the line in the till's view, without Qt's painting, against the same work done bare.

The bare way looks the code up, adds the basket up with the loop of ``price`` and writes the open sale's bytes durably.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drivers.ports import Scan
from drivers.scanner.framing import ScanCodec
from pos_client.app.sale_in_hand import to_doc
from pos_client.app.views import Source
from pos_client.bootstrap import Parts
from pos_client.store.checkpoint import JournalLog
from pos_client.store.database import Files
from tillpoint.bench import shop, till_files
from tillpoint.bench.bare_price import bare_pricer
from tillpoint.bench.confirm import BareJournal
from tillpoint.bench.measure import Budget, Place, Result, Size, alternately, p99
from tillpoint.bench.price import OFFERS
from tillpoint.bench.till_files import TillFiles

LINES = 100
_MOST_MS = 16
_FOLD_EVERY = 10


def measure(size: Size, place: Place) -> Iterator[Result]:
    files = till_files.prepare(place, size.members, size.products, shop.offers(OFFERS, size.products))
    files.read_through()
    parts = files.open()
    log = JournalLog(files.journal_path, files.keys.database, Files())
    bare = BareJournal(place.folder / "bare.db")
    lane = _Lane(parts, files, log, bare)
    ours, limit = alternately(size.rounds, lane.scan, lane.bare, after=lane.take_away)
    scale = f"{files.products:,} products, {LINES} lines, {OFFERS} offers"
    what = "scan to line in the view, p99, without painting"
    yield Result("scan", what, scale, p99(ours), p99(limit), "ms", Budget(most=_MOST_MS))
    parts.till.void_sale()
    log.close()
    parts.close()
    bare.close()


class _Lane:
    """A sale with a member and one line less than ``LINES``; each scan adds another product as the last line."""

    def __init__(self, parts: Parts, files: TillFiles, log: JournalLog, bare: BareJournal) -> None:
        self._till = parts.till
        self._counter = parts.counter
        self._connection: Any = parts.journal.database.connection
        self._products = files.products
        self._log = log
        self._bare_journal = bare
        self._codec = ScanCodec("lane")
        till_files.start_shift(parts)
        parts.till.attach_member(shop.member_id(0))
        for number in range(min(LINES, files.products) - 1):
            parts.till.add_product(shop.product_id(number))
        self._pricer = bare_pricer(parts.counter.programme)
        self._bare_lines = [(line.product, line.quantity_milli) for line in parts.counter.sale.basket.lines]

    def scan(self, round_: int) -> None:
        for event in self._codec.feed(f"{self._code(round_)}\r".encode(), round_):
            assert isinstance(event, Scan)
            entered = self._till.enter(event.text, Source.SCAN)
            assert self._till.sale().lines[-1].line_id == entered.line_id

    def bare(self, round_: int) -> None:
        self._connection.execute(
            "SELECT p.doc FROM replica.product_code AS c JOIN replica.product AS p ON p.id = c.product_id"
            " WHERE c.code = ?",
            (self._code(round_),),
        ).fetchall()
        self._pricer(self._bare_lines)
        self._bare_journal.write(len(to_doc(self._counter.sale)))

    def take_away(self, round_: int) -> None:
        self._till.remove_line(self._till.sale().lines[-1].line_id)
        if round_ % _FOLD_EVERY == 0:
            self._log.fold()

    def _code(self, round_: int) -> str:
        """Of a product that isn't in the basket yet, all over the catalogue."""
        outside = max(1, self._products - LINES)
        return shop.product_code(LINES - 1 + (round_ * 7_919 + 13) * 104_729 % outside)
