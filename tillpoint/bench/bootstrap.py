"""A new till until it is ready: the ready-made replica is fetched, checked, synced and switched to; against reading,
hashing and syncing the same file. And how long the server takes to make that file."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from pos_client.app.ports import Response
from pos_client.bootstrap import Parts, assemble, system_ports
from pos_client.settings import Settings
from pos_client.store.database import Files
from pos_client.store.keys import FileKeys
from pos_client.sync.enrolment import enrol_device
from pos_client.system import AtOnce, SystemClock, SystemRandomness
from shared_models.domain.member import Profile
from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm.server import feed, feed_commit
from shared_models.wire.messages import FAR_BEHIND_ROWS
from shared_models.wire.state import ProductDoc, StoreDoc
from sync_server import setup
from sync_server.act import last_version
from sync_server.api.endpoints import Api
from sync_server.ledger.documents import MemberFigures, seal_place, sealed_person
from sync_server.ports import system_ports as server_ports
from sync_server.server import Server, open_server
from sync_server.snapshots import Shelf
from sync_server.snapshots.builder import Builder
from sync_server.store import Keys, open_engine, upgrade, writing
from sync_server.store.statements import add
from tillpoint.bench import shop
from tillpoint.bench.measure import Budget, Place, Result, Size, alternately, median, timed

_TIMES = 1.5
_BUILD_S = 600
_ROUNDS = 5
_BLOCK = 4 * 1024 * 1024
_CHUNK = 10_000
_KEYS = Keys(bytes(32), bytes(range(32)))
"""Of a server whose members are made up."""


def measure(size: Size, place: Place) -> Iterator[Result]:
    folder = place.folder / f"bootstrap-{size.members}-{size.start_products}"
    server = _filled(folder, size)
    shelf = Shelf(server, folder / "snapshots")
    scale = f"{size.members:,} members, {size.start_products:,} products"
    try:
        build_ms = timed(lambda: Builder(server, shelf).build(shop.STORE))
        what = "make the snapshot of a store, in the background"
        yield Result("bootstrap-build", what, scale, build_ms / 1_000, None, "s", Budget(most=_BUILD_S))
        (file,) = shelf.folder.glob("*.db")
        yield _fetched(size, folder, server, shelf, file, f"{scale}, {file.stat().st_size >> 20:,} MiB")
    finally:
        server.engine.dispose()
        shutil.rmtree(shelf.folder, ignore_errors=True)


def _fetched(size: Size, folder: Path, server: Server, shelf: Shelf, file: Path, scale: str) -> Result:
    network = _Here(Api(server, shelf))
    homes = (folder / f"till-{number}" for number in range(100))
    tills: list[tuple[Path, Parts]] = []
    copy = folder / "copy.db"

    def enrol() -> None:
        home = next(homes)
        tills.append((home, _new_till(home, server, network)))

    def ours(_: int) -> None:
        cycle = tills[-1][1].cycle
        assert cycle is not None
        cycle.run()

    def tidy(_: int) -> None:
        home, parts = tills.pop()
        _check(size, parts)
        assert parts.cycle is not None
        parts.cycle.close()
        parts.close()
        shutil.rmtree(home)
        copy.unlink()
        enrol()

    enrol()
    rounds = max(1, min(_ROUNDS, size.rounds // 100))
    got, limit = alternately(rounds, ours, lambda _: _bare(file, copy), after=tidy)
    shutil.rmtree(tills.pop()[0])
    what = "a new till from its first request until it is ready, median"
    return Result("bootstrap", what, scale, median(got) / 1_000, median(limit) / 1_000, "s", Budget(times=_TIMES))


def _bare(file: Path, copy: Path) -> None:
    """Read, hash, write, sync."""
    digest = hashlib.sha256()
    with file.open("rb") as source, copy.open("wb") as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())


def _new_till(home: Path, server: Server, network: _Here) -> Parts:
    """A till that was just enrolled."""
    home.mkdir()
    code = setup.new_enrolment_code(server, shop.STORE, 1)
    enrol_device(home, code, FileKeys(home), network, Files(), SystemRandomness(), SystemClock(), "bench")
    return assemble(home, FileKeys(home), Settings(), system_ports(AtOnce()), network)


def _check(size: Size, parts: Parts) -> None:
    """The till has everybody, and came to them by the file if they are many."""
    last = shop.member_id(size.members - 1)
    assert parts.counter.books.shop.member(last) is not None
    by_file = bool(parts.generations.current.key)
    assert by_file == (size.members + size.start_products > FAR_BEHIND_ROWS)


class _Here:
    """The server in this process: what the network adds isn't ours."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        return self._asked("POST", path, headers, body)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        return self._asked("GET", path, headers, b"")

    def _asked(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        answer = self._api.handle(method, path, headers, body)
        return Response(answer.status, answer.headers, answer.body)


def _filled(folder: Path, size: Size) -> Server:
    """A server whose feed holds everybody and everything; an earlier run's if it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("till-*"):
        shutil.rmtree(left)
    ready = folder / "ready"
    if not ready.exists():
        for path in folder.glob("server.db*"):
            path.unlink()
    engine = open_engine(f"sqlcipher:///{folder / 'server.db'}", _KEYS.database)
    upgrade(engine)
    server = open_server(engine, _KEYS.data, server_ports())
    if not ready.exists():
        _fill(server, size)
        ready.touch()
    return server


def _fill(server: Server, size: Size) -> None:
    """The rows that imports lead to, without their facts."""
    doc = StoreDoc(id=shop.STORE, names={"en": "Bench"}, address=[], currency="CNY", timezone="Asia/Shanghai")
    setup.create_store(server, doc)
    setup.publish_programme(server, to_plain(default_programme()))
    setup.save_staff(server, "c1", shop.STORE, "陈静", "cashier", "135790")
    rows = chain(_products(size.start_products), _members(server, size.members))
    with server.reading() as connection:
        version = last_version(connection)
    while chunk := list(islice(rows, _CHUNK)):
        for version, row in enumerate(chunk, version + 1):  # noqa: B020 - goes on where the last chunk ended
            row["version"] = version
        with writing(server.engine) as connection:
            add(connection, feed, chunk)
            connection.execute(feed_commit.insert().values(last_version=version, tag=bytes(8)))


def _products(count: int) -> Iterator[dict[str, Any]]:
    for product in map(shop.product_doc, range(count)):
        yield _row("product", product.id, None, None, product, None)


def _members(server: Server, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        doc = shop.member_doc(number)
        figures = MemberFigures(
            id=doc.id, number=doc.number, store_id=doc.store_id, tier=doc.tier, growth=doc.growth, lots=doc.lots,
            ordinal=number + 1,
        )  # fmt: skip
        profile = Profile(shop.member_name(number), shop.phone(number), "05-20")
        plain = sealed_person(profile, server.identity.phone_key)
        yield _row(
            "member", str(doc.id), doc.store_id, doc.id, figures, server.sealer.seal(plain, seal_place(str(doc.id)))
        )


def _row(
    kind: str, key: str, store_id: str | None, member_id: object, doc: ProductDoc | MemberFigures, sealed: bytes | None
) -> dict[str, Any]:
    return {
        "kind": kind, "key": key, "version": 0, "store_id": store_id, "member_id": member_id, "deleted": False,
        "doc": msgspec.json.encode(doc), "sealed": sealed,
    }  # fmt: skip
