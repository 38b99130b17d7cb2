"""A page of the feed: read by the server, applied at the till; each against the same rows moved the bare way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from pos_client.store.database import Database, Durability, Files
from pos_client.store.replica import Replica
from shared_models.replica.terms import index_terms, member_text
from shared_models.wire import messages
from shared_models.wire.messages import Cursor
from tillpoint.bench import servers, shop, till_files
from tillpoint.bench.measure import Budget, Place, Result, Size, alternately, median
from tillpoint.bench.servers import Shop
from tillpoint.bench.till_files import EPOCH, TillFiles

_READ_MS = 100
_APPLY_MS = 300
_PAGES = 20
_MEMBERS = 100_000
"""How many the replica holds before the pages come."""


def measure(size: Size, place: Place) -> Iterator[Result]:
    with servers.postgresql(size.page_rows) as opened:
        if opened is not None:
            yield _read(opened, size, "SELECT * FROM feed WHERE version > %s ORDER BY version LIMIT %s")
    with servers.sqlcipher_file(place, size.page_rows) as opened:
        yield _read(opened, size, "SELECT * FROM feed WHERE version > ? ORDER BY version LIMIT ?")
    yield from _applied(size, place)


# the server's side


def _read(opened: Shop, size: Size, bare: str) -> Result:
    request = messages.encode(messages.PullRequest(limit=size.page_rows))
    headers = opened.device.signed("/v1/pull", request)

    def ours(_: int) -> None:
        answer = opened.api.handle("POST", "/v1/pull", headers, request)
        assert answer.status == 200, answer.body

    read, limit = alternately(_pages(size), ours, lambda _: opened.reader.execute(bare, (0, size.page_rows)).fetchall())
    name = f"pull-{opened.database.lower()}"
    what = f"read a page and answer, {opened.database}, median"
    return Result(name, what, f"{size.page_rows:,} rows", median(read), median(limit), "ms", Budget(most=_READ_MS))


# the till's side


def _applied(size: Size, place: Place) -> Iterator[Result]:
    files = till_files.prepare(place, min(size.members, _MEMBERS), min(size.products, _MEMBERS))
    scale = f"{size.page_rows:,} rows, {files.members:,} members"
    apply_ = _Apply(files, place, size)
    for name, what, (ours, limit) in (
        ("apply-new", "apply a page of new members, median", apply_.new()),
        ("apply-changed", "apply a page of changed members, median", apply_.changed()),
    ):
        yield Result(name, what, scale, median(ours), median(limit), "ms", Budget(most=_APPLY_MS))
    apply_.close()


class _Apply:
    """Pages for two copies of one replica: ours goes through ``Replica.apply``, the bare one gets the finished rows."""

    def __init__(self, files: TillFiles, place: Place, size: Size) -> None:
        self._files = files
        self._page_rows = size.page_rows
        self._pages = _pages(size)
        self._databases = [_copy(files, place.folder / name) for name in ("ours.db", "bare.db")]
        self._replica = Replica(self._databases[0])
        self._bare = self._databases[1]

    def new(self) -> list[list[float]]:
        first = self._files.members
        ranges = [range(first + n * self._page_rows, first + (n + 1) * self._page_rows) for n in range(self._pages + 1)]
        pages = [till_files.rows("member", numbers, 10_000_000) for numbers in ranges]
        plain = [_plain_rows(numbers) for numbers in ranges]
        ours, bare = iter(pages), iter(plain)
        return alternately(
            self._pages,
            lambda number: self._replica.apply(next(ours), Cursor(epoch=EPOCH, version=number, tag=bytes(8))),
            lambda _: self._insert(*next(bare)),
        )

    def changed(self) -> list[list[float]]:
        """Members all over the file whose figures changed; their search keys didn't."""
        step = max(1, self._files.members // self._page_rows)
        ranges = [range(n % step, self._files.members, step)[: self._page_rows] for n in range(self._pages)]
        pages = [till_files.rows("member", numbers, 20_000_000) for numbers in ranges]
        plain = [[(row.version, 0, row.doc, number + 1) for row, number in zip(*pair, strict=True)]
                 for pair in zip(pages, ranges, strict=True)]  # fmt: skip
        return alternately(
            self._pages,
            lambda number: self._replica.apply(pages[number], Cursor(epoch=EPOCH, version=number, tag=bytes(8))),
            lambda number: self._update(plain[number]),
        )

    def _insert(self, members: list[tuple[object, ...]], terms: list[tuple[object, ...]]) -> None:
        with self._bare.transaction():
            self._bare.many(
                'INSERT INTO member ("row", id, version, counted, number, phone_hash, last4, phone_reversed, doc)'
                " VALUES (?, ?, 1, 0, ?, ?, ?, ?, ?)",
                members,
            )
            self._bare.many("INSERT INTO member_terms (rowid, terms) VALUES (?, ?)", terms)

    def _update(self, members: Sequence[tuple[object, ...]]) -> None:
        with self._bare.transaction():
            self._bare.many('UPDATE member SET version = ?, counted = ?, doc = ? WHERE "row" = ?', members)

    def close(self) -> None:
        for database in self._databases:
            database.close()
            Files().remove(database.path)


def _copy(files: TillFiles, path: Path) -> Database:
    Files().remove(path)
    shutil.copyfile(files.replica_path, path)
    return Files().open(path, files.keys.database, Durability.NORMAL)


def _plain_rows(numbers: range) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    docs = [shop.member_doc(number) for number in numbers]
    members: list[tuple[object, ...]] = [
        (
            number + 1, doc.id.bytes, doc.number, doc.phone_hash, doc.last4,
            doc.full.phone[::-1] if doc.full else None, msgspec.json.encode(doc),
        )
        for number, doc in zip(numbers, docs, strict=True)
    ]  # fmt: skip
    terms: list[tuple[object, ...]] = [
        (number + 1, index_terms(member_text(doc))) for number, doc in zip(numbers, docs, strict=True)
    ]
    return members, terms


def _pages(size: Size) -> int:
    return max(2, min(_PAGES, size.rounds // 10))
