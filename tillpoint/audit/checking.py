"""Chains, signatures and the lanes' numbers, over any number of files."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from pos_client.store.database import Corrupt
from pos_client.store.verify import Chain
from shared_models.wire.fact_file import DeviceRecord
from tillpoint.audit.keys import KeyRing
from tillpoint.audit.showing import payload_of
from tillpoint.audit.sources import Event, Lost, Told, altered_pages, read, unwrapped

ENROLLED = "device.enrolled"


@dataclass(slots=True)
class Checked:
    """One device's facts in one place. ``vouched``: its key is what head office or the server's own chain has.
    ``retold``: the receipts and Z reports of the device before it that it told in that one's place."""

    device: DeviceRecord
    place: str
    chain: Chain
    vouched: bool
    retold: dict[str, set[int]] = field(default_factory=dict)

    @property
    def begins_at(self) -> int:
        return self.device.first

    @property
    def ok(self) -> bool:
        return not self.chain.problems


@dataclass(slots=True)
class Verdict:
    """``lanes`` are problems between the incarnations of a lane, ``torn`` ends of files that were being written."""

    devices: list[Checked] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(one.ok for one in self.devices) and not self.files and not self.lanes


def check(paths: list[Path], ring: KeyRing, public_key: bytes | None) -> Verdict:
    """Check all of ``paths``. ``public_key`` is head office's word for the device or, of an export, for the server."""
    verdict = Verdict()
    for path in paths:
        _check_place(verdict, path, read(path, ring), ring, public_key)
    verdict.lanes += _between(verdict.devices)
    return verdict


def _check_place(
    verdict: Verdict, path: Path, events: Iterator[Event], ring: KeyRing, public_key: bytes | None
) -> None:
    """In an export the server's own device comes first: ``public_key`` is its, and its chain names the tills' keys."""
    here: dict[UUID, Checked] = {}
    enrolled: dict[UUID, bytes] = {}
    now: Checked | None = None
    for event in _until_damage(verdict, path, events):
        match event:
            case Lost(file=file, why=why, torn=torn):
                (verdict.torn if torn else verdict.files).append(f"{file}: {why}")
            case DeviceRecord():
                if event.incarnation not in here:
                    of_export = any(not is_till(one.device) for one in here.values())
                    given = None if of_export and is_till(event) else public_key
                    known = enrolled.get(event.incarnation) or ring.device_key(event.incarnation) or given
                    here[event.incarnation] = _begin(event, str(path), known)
                now = here[event.incarnation]
            case Told():
                assert now is not None, "a device's record comes before its facts"
                _check_fact(now, event)
                if event.fact.kind == ENROLLED and not is_till(now.device):
                    enrolled |= _enrolment(event)
    for line in altered_pages(path, ring):
        verdict.files.append(f"{path}: a page of the file was altered: {line}")
    verdict.devices += here.values()


def _until_damage(verdict: Verdict, path: Path, events: Iterator[Event]) -> Iterator[Event]:
    """A journal that can be read no further is told like every other damage."""
    try:
        yield from events
    except Corrupt as error:
        verdict.files.append(f"{path}: it can be read no further ({error.values['why']})")


def _begin(device: DeviceRecord, place: str, known: bytes | None) -> Checked:
    """Numbers of a lane that stood before the first fact are known only of a chain's beginning."""
    whole = device.first == 1
    receipt, z = device.first_receipt_number - 1, device.first_z_number - 1
    chain = Chain(
        device.incarnation, known or device.public_key, device.first, receipt if whole and receipt >= 0 else None,
        z if whole and z >= 0 else None,
    )  # fmt: skip
    return Checked(device, place, chain, known is not None)


def _check_fact(now: Checked, told: Told) -> None:
    fact = told.fact
    sides = [(one.name, one.salt, one.body) for one in told.sides] if now.device.sides else None
    row = (
        fact.number, fact.id.bytes, fact.hlc, fact.kind, fact.schema, fact.payload, fact.previous, fact.hash,
        fact.signature,
    )  # fmt: skip
    now.chain.check(row, sides)
    inner = unwrapped(told)
    if inner is not told:
        plain = payload_of(inner)
        for what, name in (("receipt", "receipt_number"), ("Z report", "z_number")):
            if isinstance(plain.get(name), int):
                now.retold.setdefault(what, set()).add(plain[name])


def is_till(device: DeviceRecord) -> bool:
    """And not the server's own device."""
    return device.lane > 0


def _enrolment(told: Told) -> dict[UUID, bytes]:
    try:
        plain: dict[str, Any] = json.loads(told.fact.payload)
        return {UUID(plain["incarnation"]): base64.b64decode(plain["public_key"], validate=True)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _between(devices: list[Checked]) -> list[str]:
    """Receipt and Z numbers from one incarnation of a lane to the next."""
    lanes: dict[tuple[str, int], dict[UUID, Checked]] = {}
    for one in devices:
        if is_till(one.device):
            incarnations = lanes.setdefault((one.device.store_id, one.device.lane), {})
            known = incarnations.get(one.device.incarnation)
            if known is None or known.chain.facts < one.chain.facts:
                incarnations[one.device.incarnation] = one
    return [line for (store, lane), found in lanes.items() for line in _gaps(store, lane, list(found.values()))]


def _gaps(store: str, lane: int, found: list[Checked]) -> Iterator[str]:
    ordered = sorted(found, key=lambda one: (one.device.enrolled_ms, one.device.first_receipt_number))
    receipts = [(one, one.chain.first_receipt, one.chain.receipt) for one in ordered]
    reports = [(one, one.chain.first_z, one.chain.z) for one in ordered]
    for what, numbers in (("receipt", receipts), ("Z report", reports)):
        used = [(one, first, last) for one, first, last in numbers if first is not None and last is not None]
        if used and used[0][0].device.enrolled_ms and used[0][0].begins_at == 1 and used[0][1] != 1:
            yield f"store {store}, lane {lane}: {what} 1 is missing"
        for (before, _, last), (after, begins, _) in pairwise(used):
            missing = _first_missing(last + 1, begins, after.retold.get(what, set()))
            if missing is not None or begins <= last:
                said = f"{begins} was used twice" if missing is None else f"{missing} is missing"
                devices = f"{before.device.incarnation} and {after.device.incarnation}"
                yield f"store {store}, lane {lane}: {what} {said} between devices {devices}"


def _first_missing(first: int, end: int, retold: set[int]) -> int | None:
    """The first number from ``first`` on and below ``end`` that wasn't told again either."""
    number = first
    while number < end and number in retold:
        number += 1
    return number if number < end else None
