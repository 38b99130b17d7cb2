"""Taking one batch of a device's facts, in one transaction, under the lock of the device's head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy import Row as Found

from shared_models.domain.clock import MAX_DRIFT_MS, wall_ms
from shared_models.domain.facts import Fact, Side
from shared_models.orm.server import device, fact, forked_fact
from shared_models.wire.facts import Payload, Undecodable
from shared_models.wire.messages import fact_message
from sync_server.act import Act
from sync_server.ingest.after import After
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.booking import Lane, book
from sync_server.ingest.chain import Forked, Head, new_facts
from sync_server.ingest.locks import ACTIVE, FROZEN, REVOKED, lock_device
from sync_server.ingest.reading import APPLIED, QUARANTINED, read
from sync_server.ingest.sides import Sides
from sync_server.server import Server
from sync_server.store.statements import Row, add, add_missing


@dataclass(frozen=True, slots=True)
class Taken:
    """The device's head after the batch, and its state. ``forked``: this number came as another fact, and nothing was
    taken; ``froze`` if it is the first such number. ``after`` is what the server has to say then
    (``ServerDevice.follow``)."""

    acknowledged: int
    hash: bytes
    state: str
    new: int = 0
    quarantined: tuple[int, ...] = ()
    forked: int | None = None
    froze: bool = False
    after: After = field(default_factory=After)


def take(
    server: Server, act: Act, incarnation: UUID, facts: Sequence[Fact], sides: Sequence[Side], software: str = ""
) -> Taken:
    """Take what is new of ``facts``; or raise ``Gap``, ``BrokenChain``, ``ForgedFact``, ``UnknownDevice``.

    A fork freezes the device and is reported by the answer, so that the caller commits it.
    """
    found = lock_device(act.connection, incarnation)
    head = Head(incarnation, bytes(found.public_key), found.head_number, bytes(found.head_hash))
    try:
        fresh = new_facts(head, facts, _held(act.connection, head, facts))
    except Forked as fork:
        froze = _freeze(server, act, found, fork.fact)
        return Taken(head.number, head.hash, found.state, forked=fork.fact.number, froze=froze)
    if not fresh:
        _touch(act, incarnation, {"software": software} if software else {})
        return Taken(head.number, head.hash, found.state)
    alerts = Alerts(act, server.ports.ids, incarnation)
    if found.state == REVOKED:
        alerts.add("after-revocation", f"A revoked device told {len(fresh)} facts.", fresh[-1])
    _doubt_clock(found.head_hlc, fresh, act.now_ms, alerts)
    held_sides = Sides(server.sealer, incarnation, sides)
    readable, unread = _take_all(act, fresh, held_sides, alerts)
    lane = Lane(found.store_id, found.lane, found.receipt_number, found.z_number)
    after = book(server, act, incarnation, lane, readable, held_sides, alerts)
    held_sides.write(act)
    alerts.write()
    last = fresh[-1]
    changes = {
        "head_number": last.number, "head_hash": last.hash, "head_hlc": last.hlc,
        "receipt_number": lane.receipt_number, "z_number": lane.z_number,
    }  # fmt: skip
    _touch(act, incarnation, changes | ({"software": software} if software else {}))
    return Taken(last.number, last.hash, found.state, len(fresh), unread, after=after)


def quarantined(connection: Connection, incarnation: UUID, limit: int) -> list[int]:
    """The first facts of a device that are kept whole because nobody can read them yet."""
    unread = select(fact.c.number).where(fact.c.incarnation == incarnation, fact.c.state == QUARANTINED)
    return list(connection.scalars(unread.order_by(fact.c.number).limit(limit)))


def _doubt_clock(last_hlc: int, fresh: Sequence[Fact], now_ms: int, alerts: Alerts) -> None:
    """Say it once of a clock that goes ahead: a till's facts stay there, in order, until time has caught up."""
    latest_ms = now_ms + MAX_DRIFT_MS
    ahead = next((one for one in fresh if wall_ms(one.hlc) > latest_ms), None)
    if ahead is not None and wall_ms(last_hlc) <= latest_ms:
        hours = (wall_ms(ahead.hlc) - now_ms) // 3_600_000
        alerts.add("clock", f"The till's clock was {hours} hours ahead. Its times count as those of arrival.", ahead)


def _held(connection: Connection, head: Head, facts: Sequence[Fact]) -> dict[int, bytes]:
    """Hashes of the facts that the server has under the batch's numbers, which should follow its first one."""
    if not facts or facts[0].number > head.number:
        return {}
    rows = connection.execute(
        select(fact.c.number, fact.c.hash).where(
            fact.c.incarnation == head.incarnation,
            fact.c.number.between(facts[0].number, min(facts[0].number + len(facts) - 1, head.number)),
        )
    )
    return {row.number: bytes(row.hash) for row in rows}


def _take_all(
    act: Act, fresh: Sequence[Fact], sides: Sides, alerts: Alerts
) -> tuple[list[tuple[Fact, Payload]], tuple[int, ...]]:
    """Store facts as they come, and read them meanwhile; those that can be read, and the numbers of the others."""
    readable: list[tuple[Fact, Payload]] = []
    quarantined: list[int] = []

    def rows() -> Iterator[Row]:
        for one in fresh:
            payload = _read(one, sides, alerts)
            if payload is None:
                quarantined.append(one.number)
            else:
                readable.append((one, payload))
            yield _row(one, act.now_ms, APPLIED if payload is not None else QUARANTINED)

    add(act.connection, fact, rows())
    return readable, tuple(quarantined)


def _read(one: Fact, sides: Sides, alerts: Alerts) -> Payload | None:
    try:
        payload = read(one)
    except Undecodable as error:
        sides.keep_unread(one)
        alerts.add("quarantined", str(error)[:1_000].replace("\0", " "), one)
        return None
    sides.alert_stray(one, payload, alerts)
    return payload


def _row(one: Fact, now_ms: int, state: str) -> Row:
    return {
        "incarnation": one.incarnation, "number": one.number, "id": one.id, "hlc": one.hlc, "kind": one.kind,
        "schema": one.schema, "payload": one.payload, "previous": one.previous, "hash": one.hash,
        "signature": one.signature, "received_ms": now_ms, "state": state,
    }  # fmt: skip


def _freeze(server: Server, act: Act, found: Found[Any], forked: Fact) -> bool:
    """Keep the evidence and grant the device nothing more; what was accepted stays. Whether it is the first one."""
    evidence = {
        "incarnation": found.incarnation, "number": forked.number, "hash": forked.hash,
        "body": msgspec.msgpack.encode(fact_message(forked)), "received_ms": act.now_ms,
    }  # fmt: skip
    add_missing(act.connection, forked_fact, [evidence])
    if found.frozen_at is not None:
        return False
    alerts = Alerts(act, server.ports.ids, found.incarnation)
    alerts.add(
        "forked", f"Two different facts {forked.number} exist: this till's journal was copied or restored.", forked
    )
    alerts.write()
    state = {"state": FROZEN} if found.state == ACTIVE else {}
    _touch(act, found.incarnation, {"frozen_at": forked.number, **state})
    return True


def _touch(act: Act, incarnation: UUID, changes: dict[str, Any]) -> None:
    """Note contact with a device, and what else became known of it."""
    act.connection.execute(
        device.update().where(device.c.incarnation == incarnation).values(contact_ms=act.now_ms, **changes)
    )
