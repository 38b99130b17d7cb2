"""Facts from wherever they are kept: a till's journal, a mirror, a recovered file, an export of the server's."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from shared_models.domain.facts import HASH_BYTES, MAX_PAYLOAD_BYTES, Fact, Side
from shared_models.wire import fact_file
from shared_models.wire.fact_file import BadFile, Damage, DeviceRecord, Seal, WrongMirrorKey
from tillpoint.audit.keys import KeyRing
from tillpoint.errors import CommandError

JOURNAL_FILE = "journal.db"
_PAGE = 200
_MOST = 2**63


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with its side records. ``received_ms`` and ``state`` as the server has them, else 0 and empty."""

    fact: Fact
    sides: list[Side]
    received_ms: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """What can't be read, and where. ``torn``: the end of a file that was still being written."""

    file: str
    why: str
    torn: bool = False


Event: TypeAlias = DeviceRecord | Told | Lost
"""A ``DeviceRecord`` says whose the facts are that follow, until the next one."""


def read(path: Path, ring: KeyRing) -> Iterator[Event]:
    """Everything in a till's folder, a journal, a mirror's place, one device's folder in it, or a file of facts.

    Holds little in memory. Raise ``CommandError``, ``WrongKey``, ``Corrupt``, ``KeysMissing``.
    """
    journal = journal_of(path)
    if journal is not None:
        yield from _journal(journal, ring)
        return
    files = fact_files(path)
    if not files:
        raise CommandError(f"{path} holds no journal, no mirror and no file of facts.")
    for file in files:
        yield from _facts(file, ring)


def journal_of(path: Path) -> Path | None:
    """The journal that ``path`` names, itself or its folder."""
    if path.is_dir():
        return path / JOURNAL_FILE if (path / JOURNAL_FILE).is_file() else None
    return path if path.is_file() and not is_fact_file(path) else None


def fact_files(path: Path) -> list[Path]:
    """The files of facts below ``path``, a device's together and in order."""
    if path.is_file():
        return [path] if is_fact_file(path) else []
    return sorted(path.glob("*.facts")) or sorted(path.glob("*/*.facts"))


def is_fact_file(path: Path) -> bool:
    """By its beginning or, if that is damaged, its name."""
    with path.open("rb") as file:
        return file.read(len(fact_file.MAGIC)) == fact_file.MAGIC or path.suffix == ".facts"


def altered_pages(path: Path, ring: KeyRing) -> list[str]:
    """Of a journal: the pages whose authentication doesn't hold."""
    from pos_client.store import verify
    from pos_client.store.database import Database, Durability, connect

    journal = journal_of(path)
    if journal is None:
        return []
    database = Database(connect(journal, ring.till(journal).database, Durability.FULL, read_only=True), journal)
    try:
        return verify.altered_pages(database)
    finally:
        database.close()


def _journal(path: Path, ring: KeyRing) -> Iterator[Event]:
    from pos_client.store.database import Corrupt, Database, Durability, NewerDatabase, connect
    from pos_client.store.journal import SELECT_FACTS, fact_of_row, read_identity, sides_between
    from pos_client.store.meta import Meta
    from pos_client.store.schema import JOURNAL
    from pos_client.store.verify import pruned_to

    database = Database(connect(path, ring.till(path).database, Durability.FULL, read_only=True), path)
    try:
        found = database.one("PRAGMA user_version")
        if found and found[0] > JOURNAL.format:
            raise NewerDatabase(file=path.name)
        if database.one("SELECT 1 FROM sqlite_master WHERE name = 'fact'") is None:
            raise Corrupt(file=path.name, why="it is no journal")
        identity, meta = read_identity(database), Meta(database)
        after = pruned_to(database, identity.incarnation, ring.server_key(path)) - 1
        yield DeviceRecord(
            incarnation=identity.incarnation, store_id=identity.store_id, lane=identity.lane,
            public_key=identity.public_key, first=after + 1,
            first_receipt_number=meta.number("first_receipt_number"), first_z_number=meta.number("first_z_number"),
        )  # fmt: skip
        while rows := database.all(SELECT_FACTS + " WHERE number > ? ORDER BY number LIMIT ?", (after, _PAGE)):
            sides = sides_between(database, rows[0][0], rows[-1][0])
            for row in rows:
                yield Told(fact_of_row(row, identity.incarnation), [one for one in sides if one.number == row[0]])
            after = rows[-1][0]
    finally:
        database.close()


def _facts(path: Path, ring: KeyRing) -> Iterator[Event]:
    device: DeviceRecord | None = None
    seal: Seal | None = None
    with path.open("rb") as file:
        size = file.seek(0, 2)
        for found in fact_file.records(file):
            if isinstance(found, Damage):
                torn = found.start + found.count == size
                yield Lost(path.name, f"{found.count} bytes from byte {found.start} on are damaged", torn)
                continue
            try:
                if found.kind == fact_file.DEVICE:
                    device, seal = _device(found.body), None
                    yield device
                elif device is None:
                    yield Lost(path.name, "it doesn't say whose facts these are")
                elif found.kind == fact_file.SEALED:
                    seal = seal or Seal(ring.mirror(device.incarnation), device.incarnation)
                    yield _told(seal.open(found.body), device)
                elif found.kind == fact_file.PLAIN:
                    yield _told(found.body, device)
            except (BadFile, WrongMirrorKey) as error:
                yield Lost(path.name, str(error))


def _device(body: bytes) -> DeviceRecord:
    device = fact_file.read_device(body)
    if len(device.public_key) != 32:
        raise BadFile("a device's public key has another length")
    return device


def _told(body: bytes, device: DeviceRecord) -> Told:
    fact, sides, record = fact_file.read_fact(body, device.incarnation)
    whole = (
        1 <= fact.number < _MOST
        and 0 <= fact.hlc < _MOST
        and 0 <= fact.schema < 2**16
        and 0 < len(fact.kind.encode("utf-8", "surrogatepass")) < 256
        and len(fact.payload) <= MAX_PAYLOAD_BYTES
        and len(fact.previous) == len(fact.hash) == HASH_BYTES
    )
    if not whole:
        raise BadFile(f"fact {fact.number} isn't one of this format")
    return Told(fact, sides, record.received_ms, record.state)


def unwrapped(told: Told) -> Told:
    """The fact itself, if another device of its lane told it in its place (kind ``fact.retold``)."""
    if told.fact.kind != "fact.retold":
        return told
    try:
        plain = json.loads(told.fact.payload)
        fact = replace(
            told.fact, incarnation=UUID(plain["incarnation"]), number=int(plain["number"]), hlc=int(plain["hlc"]),
            kind=str(plain["kind"]), payload=base64.b64decode(plain["payload"], validate=True),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return told
    return replace(told, fact=fact)
