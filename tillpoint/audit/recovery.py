"""The facts of a till whose disk is gone or damaged: gathered from what is left, proved one by one, told to the server.

A fact proves itself by its hash and its device's signature, so it is taken from wherever it is found. What a device's
server signed for it to spend (leases) isn't a fact and is never recovered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from pos_client.store.journal import fact_of_row
from pos_client.store.salvage import PageRows, is_proved
from shared_models.domain.facts import Side
from shared_models.wire import fact_file
from shared_models.wire.fact_file import DeviceRecord, Seal
from tillpoint.audit.keys import KeyRing
from tillpoint.audit.sources import Lost, Told, journal_of, read
from tillpoint.errors import CommandError

BATCH_FACTS = 200
BATCH_BYTES = 4 * 1024 * 1024

Numbers: TypeAlias = tuple[int, int]
"""First and last of facts in a row."""


@dataclass(slots=True)
class Found:
    """What was found of one device. ``forked``: numbers under which it signed two facts; ``unproven``: how many aren't
    its."""

    device: DeviceRecord
    facts: dict[int, Told] = field(default_factory=dict)
    unproven: int = 0
    forked: set[int] = field(default_factory=set)

    def runs(self) -> list[Numbers]:
        """The facts without gaps between them, as first and last numbers."""
        numbers = sorted(self.facts)
        breaks = [
            (before, after) for before, after in pairwise(numbers) if after != before + 1 or not self._follows(after)
        ]
        starts = numbers[:1] + [after for _, after in breaks]
        return list(zip(starts, [before for before, _ in breaks] + numbers[-1:], strict=True))

    def missing(self) -> list[Numbers]:
        """Numbers that lie between facts that were found."""
        return [(end + 1, start - 1) for (_, end), (start, _) in pairwise(self.runs()) if start > end + 1]

    def _follows(self, number: int) -> bool:
        return self.facts[number].fact.previous == self.facts[number - 1].fact.hash


@dataclass(slots=True)
class Gathered:
    devices: dict[UUID, Found] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    """``head`` is the server's now, ``new`` how many it lacked. ``stopped`` says why it took no more."""

    head: int
    new: int
    quarantined: tuple[int, ...] = ()
    stopped: str = ""


def gather(paths: list[Path], ring: KeyRing) -> Gathered:
    """Every fact in ``paths`` that its device signed. Held in memory. Raise ``CommandError``."""
    gathered = Gathered()
    for path in paths:
        _gather_from(gathered, path, ring)
    return gathered


def _gather_from(gathered: Gathered, path: Path, ring: KeyRing) -> None:
    from pos_client.store.database import Corrupt, DiskFails, WrongKey

    now: Found | None = None
    try:
        for event in read(path, ring):
            match event:
                case Lost(file=file, why=why, torn=torn):
                    end = " (a write that was cut)" if torn else ""
                    gathered.damage.append(f"{file}: {why}{end}")
                case DeviceRecord():
                    now = gathered.devices.setdefault(event.incarnation, Found(_trusted(event, ring)))
                case Told():
                    assert now is not None, "a device's record comes before its facts"
                    _keep(now, event)
    except (Corrupt, DiskFails, WrongKey) as error:
        journal = journal_of(path)
        if journal is None:
            raise
        gathered.damage.append(f"{path}: the database can't be read as a whole ({error.values.get('why', error.code)})")
        _salvage(gathered, journal, ring)


def _trusted(device: DeviceRecord, ring: KeyRing) -> DeviceRecord:
    """With head office's word for the device's key, if it is at hand."""
    known = ring.device_key(device.incarnation)
    return msgspec.structs.replace(device, public_key=known) if known is not None else device


def _keep(found: Found, told: Told) -> None:
    fact = told.fact
    if not is_proved(fact, found.device.public_key):
        found.unproven += 1
        return
    known = found.facts.get(fact.number)
    if known is None:
        found.facts[fact.number] = told
    elif known.fact.hash != fact.hash:
        found.forked.add(fact.number)
    elif len(known.sides) < len(told.sides):
        found.facts[fact.number] = told


# a damaged journal


def _salvage(gathered: Gathered, journal: Path, ring: KeyRing) -> None:
    """Read the journal's pages one by one. Raise ``CommandError`` if they don't say whose they are."""
    inside = PageRows.read(journal, ring.till(journal).database)
    device = _device(journal, {name: versions[0] for name, versions in inside.meta.items()}, inside.facts, ring)
    found = gathered.devices.setdefault(device.incarnation, Found(device))
    for row in inside.facts:
        fact = fact_of_row(row, device.incarnation)
        _keep(found, Told(fact, inside.sides_of(fact)))


def _device(journal: Path, meta: dict[str, bytes], candidates: list[Any], ring: KeyRing) -> DeviceRecord:
    """Whose journal it is: as it says itself, else the server's device that signed a fact in it."""
    if "incarnation" in meta and len(meta["incarnation"]) == 16:
        incarnation = UUID(bytes=meta["incarnation"])
        public_key = ring.device_key(incarnation) or meta.get("public_key", b"")
        if len(public_key) == 32:
            return DeviceRecord(
                incarnation=incarnation, store_id=meta.get("store_id", b"").decode(errors="replace"),
                lane=_number(meta, "lane"), public_key=public_key,
                first_receipt_number=_number(meta, "first_receipt_number"),
                first_z_number=_number(meta, "first_z_number"),
            )  # fmt: skip
    if not candidates:
        raise CommandError(f"Nothing in {journal} could be read. Is it this till's key?")
    for device in _known_devices(ring):
        if is_proved(fact_of_row(candidates[0], device.incarnation), device.public_key):
            return device
    raise CommandError(f"{journal} no longer says which device's it is. Give --server, which knows its devices.")


def _number(meta: dict[str, bytes], name: str) -> int:
    try:
        return int(meta.get(name, b"0"))
    except ValueError:
        return 0


def _known_devices(ring: KeyRing) -> Iterator[DeviceRecord]:
    from sqlalchemy import select

    from shared_models.orm.server import device

    if ring.server is None:
        return
    with ring.server.reading() as connection:
        for row in connection.execute(select(device)).all():
            yield DeviceRecord(
                incarnation=row.incarnation, store_id=row.store_id, lane=row.lane, public_key=bytes(row.public_key)
            )


# where the facts go


def write(found: Found, ring: KeyRing, out: Path) -> None:
    """All of a device's facts as one sealed file of facts, durable. Raise ``CommandError``."""
    seal = Seal(ring.mirror(found.device.incarnation), found.device.incarnation)
    first = min(found.facts, default=1)
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(fact_file.MAGIC + fact_file.device_record(msgspec.structs.replace(found.device, first=first)))
            for number in sorted(found.facts):
                told = found.facts[number]
                file.write(seal.record(told.fact, told.sides, os.urandom(12)))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CommandError(f"{out} can't be written: {error.strerror}.") from error


def batches(found: Found, head: int) -> Iterator[list[Told]]:
    """From the server's own last fact on, which shows whether it is the same, up to the first gap."""
    number = head if head in found.facts else head + 1
    last = next((last for first, last in found.runs() if first <= number <= last), 0)
    batch: list[Told] = []
    size = 0
    while number <= last:
        told = found.facts[number]
        if batch and (len(batch) == BATCH_FACTS or size + len(told.fact.payload) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(told)
        size += len(told.fact.payload)
        number += 1
    if batch:
        yield batch


def send_to_database(found: Found, ring: KeyRing) -> Sent:
    """Tell the server whose database is open what it lacks, as the device itself would have. Raise ``CommandError``."""
    from sync_server.copies import UnknownDevice, head_of, take_copies

    server = ring.server
    assert server is not None, "a server is open"
    incarnation = found.device.incarnation
    try:
        head = head_of(server, incarnation)
    except UnknownDevice as error:
        raise CommandError(f"This server doesn't know device {incarnation}. Is it another shop's?") from error

    def take(told: list[Told]) -> Sent:
        taken = take_copies(server, incarnation, [one.fact for one in told], _sides_of(told))
        return Sent(taken.head, taken.new, taken.quarantined, taken.stopped)

    return _send(found, head, take)


def send_over_network(found: Found, ring: KeyRing, url: str, ca_file: str) -> Sent:
    """Tell the server over the network with the device's own key, if that is left. Raise ``CommandError``,
    ``SyncTrouble``."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from pos_client.bootstrap import software
    from pos_client.settings import Settings
    from pos_client.sync.client import Client, Refused
    from pos_client.sync.enrolment import public_key_of
    from pos_client.sync.network import HttpNetwork

    assert ring.folder is not None, "the till's keys are there"
    keys = ring.till(ring.folder / "journal.db")
    if public_key_of(keys) != found.device.public_key:
        raise CommandError(f"The keys in {ring.folder} aren't those of device {found.device.incarnation}.")
    defaults = Settings()
    network = HttpNetwork(url, defaults.connect_ms, defaults.read_ms, Path(ca_file) if ca_file else None)
    client = Client(
        network,
        found.device.incarnation,
        Ed25519PrivateKey.from_private_bytes(keys.device).sign,
        software(),
        keys.server,
    )

    def push(told: list[Told]) -> Sent:
        try:
            answer = client.push([one.fact for one in told], _sides_of(told))
        except Refused as refused:
            return Sent(0, 0, stopped=f"the server refused them ({refused.problem.code}): {refused}")
        return Sent(answer.acknowledged, 0, tuple(answer.quarantined))

    try:
        first = push([])
        if first.stopped:
            return first
        return _send(found, first.head, push)
    finally:
        network.close()


def _send(found: Found, head: int, take: Callable[[list[Told]], Sent]) -> Sent:
    now, quarantined = head, set[int]()
    for batch in batches(found, head):
        sent = take(batch)
        if sent.stopped:
            return Sent(now, now - head, tuple(sorted(quarantined)), sent.stopped)
        now = max(now, sent.head)
        quarantined |= {number for number in sent.quarantined if head < number <= now}
    return Sent(now, now - head, tuple(sorted(quarantined)))


def _sides_of(told: list[Told]) -> list[Side]:
    return [side for one in told for side in one.sides]
