"""A shop's server on each of the two databases, with members, and a bare connection to a copy of its database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from shared_models.domain.member import Profile
from shared_models.domain.programme import default_programme, to_plain
from shared_models.wire.state import StoreDoc
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.ports import system_ports
from sync_server.server import Server, open_server
from sync_server.store import new_keys, open_engine, upgrade
from tillpoint.bench import shop
from tillpoint.bench.cluster import cluster, programs
from tillpoint.bench.device import Device
from tillpoint.bench.measure import Place

POSTGRESQL = "PostgreSQL"
SQLCIPHER = "SQLCipher"
_LANE = 3


@dataclass(frozen=True, slots=True)
class Shop:
    """``bare`` is a connection to a copy of the database after set-up, ``reader`` one to the database itself."""

    database: str
    api: Api
    device: Device
    bare: Any
    reader: Any


@contextmanager
def postgresql(members: int) -> Iterator[Shop | None]:
    """``None`` if PostgreSQL isn't installed."""
    bin_folder = programs()
    if bin_folder is None:
        yield None
        return
    with cluster(bin_folder) as running:
        running.create("ours")

        def copy() -> tuple[Any, Any]:
            running.create("bare", "ours")
            return running.connect("bare"), running.connect("ours")

        with _opened(POSTGRESQL, running.url("ours"), members, copy) as opened:
            yield opened


@contextmanager
def sqlcipher_file(place: Place, members: int) -> Iterator[Shop]:
    ours, bare = place.folder / "server.db", place.folder / "bare-server.db"
    for path in (ours, bare):
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    def copy() -> tuple[Any, Any]:
        shutil.copyfile(ours, bare)
        return _connect(bare), _connect(ours)

    with _opened(SQLCIPHER, f"sqlcipher:///{ours}", members, copy) as opened:
        yield opened


@contextmanager
def _opened(database: str, url: str, members: int, copy: Callable[[], tuple[Any, Any]]) -> Iterator[Shop]:
    keys = new_keys(system_ports().randomness)
    engine = open_engine(url, bytes(32))
    upgrade(engine)
    server = open_server(engine, keys.data, system_ports())
    api = Api(server)
    device = _set_up(server, api, members)
    engine.dispose()
    bare, reader = copy()
    try:
        yield Shop(database, api, device, bare, reader)
    finally:
        bare.close()
        reader.close()
        engine.dispose()


def _set_up(server: Server, api: Api, members: int) -> Device:
    doc = StoreDoc(id=shop.STORE, names={"en": "Bench"}, address=[], currency="CNY", timezone="Asia/Shanghai")
    setup.create_store(server, doc)
    setup.publish_programme(server, to_plain(default_programme()))
    setup.import_members(server, (_new_member(number) for number in range(members)))
    return Device(api, setup.new_enrolment_code(server, shop.STORE, _LANE))


def _new_member(number: int) -> tuple[setup.NewMember, Profile]:
    new = setup.NewMember(
        member_id=shop.member_id(number), number=shop.member_number(number), store_id=shop.STORE, notice_version="1",
        consents=(), source="bench", registered_on=shop.DAY, made_up=True,
    )  # fmt: skip
    return new, Profile(shop.member_name(number), shop.phone(number))


def _connect(path: Path) -> Any:
    connection = sqlcipher.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{bytes(32).hex()}'\"")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
