"""Facts that nobody could read: read again after an update, or dealt with by hand."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from shared_models.domain.administration import FactSolved
from shared_models.domain.facts import Fact
from shared_models.orm.server import device, fact
from shared_models.wire.facts import Payload, Undecodable
from sync_server.act import Act
from sync_server.errors import BadInput
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.booking import Lane, book
from sync_server.ingest.locks import lock_device
from sync_server.ingest.reading import APPLIED, QUARANTINED, read
from sync_server.ingest.server_device import ServerDevice
from sync_server.ingest.sides import Sides, kept_sides
from sync_server.server import Server
from sync_server.store.facts import fact_of

SOLVED = "solved"
LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Unread:
    """A fact kept whole, and what this version says to it: ``why`` is empty if it can be read by now."""

    incarnation: UUID
    store_id: str
    lane: int
    number: int
    kind: str
    schema: int
    bytes: int
    received_ms: int
    why: str


def unread(connection: Connection) -> list[Unread]:
    """All facts in quarantine, by device and number."""
    rows = connection.execute(
        select(fact, device.c.store_id, device.c.lane)
        .join(device, device.c.incarnation == fact.c.incarnation)
        .where(fact.c.state == QUARANTINED)
        .order_by(device.c.store_id, device.c.lane, fact.c.incarnation, fact.c.number)
    )
    return [
        Unread(
            row.incarnation, row.store_id, row.lane, row.number, row.kind, row.schema, len(row.payload),
            row.received_ms, _why(fact_of(row)),
        )
        for row in rows
    ]  # fmt: skip


def read_again(server: Server) -> int:
    """Apply what this version can read of the facts in quarantine, each device's in order; how many that were.

    A fact is applied under the lock of its device and then is in quarantine no more, so it is applied once, however
    many workers try.
    """
    with server.reading() as connection:
        waiting = list(connection.scalars(select(fact.c.incarnation).where(fact.c.state == QUARANTINED).distinct()))
    done = 0
    for incarnation in sorted(waiting):
        with server.acting() as act:
            done += _read_again(server, act, incarnation)
    return done


def solve(server: Server, incarnation: UUID, number: int, note: str) -> None:
    """Head office dealt with a fact by hand: it is kept, never applied, and holds its device up no longer.

    Raise ``BadInput`` if it isn't in quarantine, or without a ``note`` that says what was done.
    """
    if not 0 < len(note.strip()) <= LONGEST_NOTE:
        raise BadInput(f"Say in at most {LONGEST_NOTE} characters what was done about it.")
    with server.acting() as act:
        act.connection.execute(select(device).where(device.c.incarnation == incarnation).with_for_update())
        mine = (fact.c.incarnation == incarnation) & (fact.c.number == number) & (fact.c.state == QUARANTINED)
        if act.connection.scalar(select(fact.c.number).where(mine)) is None:
            raise BadInput(f"Fact {number} of device {incarnation} is not among those that can't be read.")
        act.connection.execute(fact.update().where(mine).values(state=SOLVED))
        ServerDevice(server).record(act, FactSolved(incarnation, number, note.strip()))


def _read_again(server: Server, act: Act, incarnation: UUID) -> int:
    found = lock_device(act.connection, incarnation)
    rows = act.connection.execute(
        select(fact).where(fact.c.incarnation == incarnation, fact.c.state == QUARANTINED).order_by(fact.c.number)
    ).all()
    readable: list[tuple[Fact, Payload]] = []
    for row in rows:
        one = fact_of(row)
        try:
            readable.append((one, read(one)))
        except Undecodable:
            continue
    if not readable:
        return 0
    numbers = [one.number for one, _ in readable]
    alerts = Alerts(act, server.ports.ids, incarnation)
    sides = Sides(server.sealer, incarnation, kept_sides(server.sealer, act.connection, incarnation, numbers))
    lane = Lane(found.store_id, found.lane, found.receipt_number, found.z_number)
    after = book(server, act, incarnation, lane, readable, sides, alerts, told=found.head_number)
    alerts.add("read-again", f"{len(readable)} facts that couldn't be read were read and applied.", readable[-1][0])
    alerts.write()
    ServerDevice(server).follow(act, after)
    act.connection.execute(
        device.update()
        .where(device.c.incarnation == incarnation)
        .values(receipt_number=lane.receipt_number, z_number=lane.z_number)
    )
    act.connection.execute(
        fact.update().where(fact.c.incarnation == incarnation, fact.c.number.in_(numbers)).values(state=APPLIED)
    )
    return len(readable)


def _why(one: Fact) -> str:
    try:
        read(one)
    except Undecodable as error:
        return error.why
    return ""
