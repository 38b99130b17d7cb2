"""A till's folder with a journal and a replica of any size, made in sets.

The rows are those that pages of the feed lead to; only the way there is shorter (a test compares the two).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.bootstrap import Parts, assemble, system_ports
from pos_client.settings import Settings
from pos_client.store.database import Database, Durability, Files
from pos_client.store.generations import Generation
from pos_client.store.journal import Identity, make_identity
from pos_client.store.keys import FileKeys, Keys
from pos_client.store.meta import Meta
from pos_client.store.schema import JOURNAL, REPLICA, make_current
from pos_client.system import AtOnce
from shared_models.domain.offer import Offer
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.shift import ShiftOpened
from shared_models.replica.terms import index_terms, member_text, product_text
from shared_models.wire import pin, state
from shared_models.wire.messages import RowMessage
from tillpoint.bench import shop
from tillpoint.bench.measure import Place

CASHIER: Final = "c1"
PIN: Final = "135790"
LANE: Final = 3
EPOCH: Final = 1
_CHUNK: Final = 10_000
_BLOCK_BYTES: Final = 1 << 24
_ROW_STEP: Final = 256
"""The distance of two products' row numbers: room for late ones of the same rank (``Replica``)."""


@dataclass(frozen=True, slots=True)
class TillFiles:
    """A till's folder that is ready to be opened, and what it was made of."""

    home: Path
    keys: Keys
    members: int
    products: int

    @property
    def journal_path(self) -> Path:
        return self.home / "journal.db"

    @property
    def replica_path(self) -> Path:
        return self.home / Generation(EPOCH, 1).file

    def open(self) -> Parts:
        """The till as it is wired in the shop, without its threads."""
        return assemble(self.home, FileKeys(self.home), Settings(), system_ports(AtOnce()), None)

    def read_through(self) -> None:
        """Have the system hold the replica in its cache, as after the first minutes of a day."""
        with self.replica_path.open("rb") as file:
            while file.read(_BLOCK_BYTES):
                pass

    def open_replica(self) -> Database:
        """The puller's side."""
        return Files().open(self.replica_path, self.keys.database, Durability.NORMAL)


def prepare(place: Place, members: int, products: int, offers: Sequence[Offer] = ()) -> TillFiles:
    """A till with an empty journal. The replica is the one an earlier run left, if there is one of this size."""
    home = place.folder / f"till-{members}-{products}"
    keys = _keys(home)
    files = TillFiles(home, keys, members, products)
    ready = home / "ready"
    if not ready.exists():
        Files().remove(files.replica_path)
        _fill(files)
        ready.touch()
    database = files.open_replica()
    with database.transaction():
        _put_documents(database, keys, offers)
    database.close()
    Files().remove(files.journal_path)
    _make_journal(files)
    return files


def start_shift(parts: Parts) -> None:
    """Sign the cashier in and open a shift."""
    parts.till.sign_in(CASHIER, PIN)
    parts.till.open_shift(200_00)


def opened_shift(parts: Parts) -> ShiftOpened:
    """The fact of the shift that is open."""
    shift = parts.journal.shifts.current()
    assert shift is not None
    return ShiftOpened(shift.id, shop.STORE, LANE, CASHIER, shift.business_date, "CNY", shift.float_minor)


def rows(kind: str, numbers: Sequence[int], first_version: int) -> list[RowMessage]:
    """The feed's rows of these members or products."""
    docs = [shop.member_doc(number) if kind == "member" else shop.product_doc(number) for number in numbers]
    return [
        RowMessage(kind, str(doc.id), version, 0, False, msgspec.json.encode(doc))
        for version, doc in enumerate(docs, first_version)
    ]


def _keys(home: Path) -> Keys:
    store = FileKeys(home)
    if (home / "ready").exists():
        return store.load()
    home.mkdir(parents=True, exist_ok=True)
    server = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    keys = Keys(os.urandom(32), os.urandom(32), os.urandom(32), shop.PHONE_KEY, server)
    store.save(keys)
    return keys


def _make_journal(files: TillFiles) -> None:
    database = Files().open(files.journal_path, files.keys.database, Durability.FULL)
    make_current(database, JOURNAL)
    public_key = Ed25519PrivateKey.from_private_bytes(files.keys.device).public_key().public_bytes_raw()
    identity = Identity(UUID(int=0x0193_7F00_0000_7000_8000_0000_0000_0001), shop.STORE, LANE, public_key)
    with database.transaction():
        make_identity(database, identity, 0, 0)
        Meta(database).put("epoch", EPOCH)
        Meta(database).put("replica", files.replica_path.name)
    database.close()


def _fill(files: TillFiles) -> None:
    """All rows, then the secondary indexes, in one transaction without a log: an interrupted file is made anew."""
    database = files.open_replica()
    make_current(database, REPLICA)
    database.one("PRAGMA journal_mode = OFF")
    database.run("PRAGMA synchronous = OFF")
    indexes = database.all("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    with database.transaction():
        for name, _ in indexes:
            database.run(f"DROP INDEX {name}")
        for numbers in _chunks(files.members):
            _insert_members(database, numbers)
        for numbers in _chunks(files.products):
            _insert_products(database, numbers, first_version=files.members + 1)
        for _, sql in indexes:
            database.run(sql)
        version = files.members + files.products
        Meta(database).put("cursor", f"{EPOCH} {version} {bytes(8).hex()}")
    database.one("PRAGMA journal_mode = WAL")
    database.close()


def _insert_members(database: Database, numbers: Sequence[int]) -> None:
    docs = [shop.member_doc(number) for number in numbers]
    database.many(
        'INSERT INTO member ("row", id, version, counted, number, phone_hash, last4, phone_reversed, doc)'
        " VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)",
        [
            (
                number + 1, doc.id.bytes, number + 1, doc.number, doc.phone_hash, doc.last4,
                doc.full.phone[::-1] if doc.full else None, msgspec.json.encode(doc),
            )
            for number, doc in zip(numbers, docs, strict=True)
        ],
    )  # fmt: skip
    database.many(
        "INSERT INTO member_terms (rowid, terms) VALUES (?, ?)",
        [(number + 1, index_terms(member_text(doc))) for number, doc in zip(numbers, docs, strict=True)],
    )


def _insert_products(database: Database, numbers: Sequence[int], first_version: int) -> None:
    docs = [shop.product_doc(number) for number in numbers]
    places = [(doc.rank + 1) * _ROW_STEP for doc in docs]
    database.many(
        'INSERT INTO product ("row", id, version, doc) VALUES (?, ?, ?, ?)',
        [
            (place, doc.id, first_version + number, msgspec.json.encode(doc))
            for place, number, doc in zip(places, numbers, docs, strict=True)
        ],
    )
    codes = [(code, doc.id) for doc in docs for code in doc.codes]
    database.many("INSERT INTO product_code (code, product_id) VALUES (?, ?)", codes)
    database.many(
        "INSERT INTO product_terms (rowid, terms) VALUES (?, ?)",
        [(place, index_terms(product_text(doc))) for place, doc in zip(places, docs, strict=True)],
    )


def _put_documents(database: Database, keys: Keys, offers: Sequence[Offer]) -> None:
    """The store, its cashier and the programme with ``offers``."""
    salt = bytes(pin.SALT_BYTES)
    programme = replace(default_programme(), offers=tuple(offers))
    docs = {
        ("store", shop.STORE): msgspec.json.encode(
            state.StoreDoc(
                id=shop.STORE, names={"zh_Hans": "南京路店", "en": "Nanjing Road"}, address=["南京路 1 号"],
                currency="CNY", timezone="Asia/Shanghai",
            )
        ),
        ("staff", CASHIER): msgspec.json.encode(
            state.StaffDoc(
                id=CASHIER, name="陈静", role="cashier", salt=salt,
                verifier=pin.verifier(keys.pepper, pin.pin_hash(PIN, salt)),
            )
        ),
        ("programme", "current"): msgspec.json.encode(to_plain(programme)),
    }  # fmt: skip
    database.many(
        'INSERT OR REPLACE INTO document (kind, "key", version, doc) VALUES (?, ?, ?, ?)',
        [(kind, key, 1, doc) for (kind, key), doc in docs.items()],
    )


def _chunks(count: int) -> Iterator[range]:
    for first in range(0, count, _CHUNK):
        yield range(first, min(count, first + _CHUNK))
