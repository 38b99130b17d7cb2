"""Facts that a version before this one couldn't read: booked when this one can."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, bindparam, literal_column, select
from sqlalchemy.exc import DBAPIError

from shared_models.domain.facts import Fact, Side
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.shift import ShiftClosed
from shared_models.orm.server import counted, device, fact
from shared_models.orm.server import side as side_table
from shared_models.wire.facts import Payload, Undecodable
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.booking import Lane, book
from sync_server.ingest.intake import APPLIED, QUARANTINED, lock_device
from sync_server.ingest.reading import read
from sync_server.ingest.sides import Sides, side_place
from sync_server.server import Server

_IN_QUARANTINE = fact.c.state == literal_column(f"'{QUARANTINED}'")
"""Written out, not bound, so that the index of the few that are is used."""

_log = logging.getLogger(__name__)


def release(server: Server) -> int:
    """Book what can be read by now, in each device's order; how many facts that were.

    Each is an act of its own. One that can't be booked stays in quarantine and keeps none of the others waiting.
    """
    done = 0
    with server.reading() as connection:
        order = select(fact.c.incarnation, fact.c.number).where(_IN_QUARANTINE)
        waiting = connection.execute(order.order_by(fact.c.incarnation, fact.c.number)).all()
    for incarnation, number in waiting:
        try:
            with server.acting() as act:
                done += _release(server, act, incarnation, number)
        except DBAPIError:
            _log.exception("fact %d of device %s can't be booked", number, incarnation)
    if done:
        _log.info("%d facts that an earlier version couldn't read were booked", done)
    return done


def _release(server: Server, act: Act, incarnation: UUID, number: int) -> bool:
    found = lock_device(act.connection, incarnation)
    this = (fact.c.incarnation == incarnation) & (fact.c.number == number)
    row = act.connection.execute(select(fact).where(this, _IN_QUARANTINE)).one_or_none()
    if row is None:
        return False
    one = _fact(row)
    try:
        payload = read(one)
    except Undecodable:
        return False
    later = _counted(act.connection, incarnation, number)
    alerts, lane = Alerts(act, server.ports.ids, incarnation), _lane(found, payload)
    sides = Sides(server.sealer, incarnation, _sides(server, act.connection, incarnation, number))
    book(server, act, incarnation, lane, [(one, payload)], sides, alerts)
    _count_on(act.connection, incarnation, later)
    alerts.add("released", "A fact that an earlier version couldn't read was booked after an update.", one)
    alerts.write()
    act.connection.execute(fact.update().where(this).values(state=APPLIED))
    act.connection.execute(
        device.update()
        .where(device.c.incarnation == incarnation)
        .values(
            receipt_number=max(found.receipt_number, lane.receipt_number), z_number=max(found.z_number, lane.z_number)
        )
    )
    return True


def _fact(row: Row[Any]) -> Fact:
    return Fact(
        row.id, row.incarnation, row.number, row.hlc, row.kind, row.schema, bytes(row.payload), bytes(row.previous),
        bytes(row.hash), bytes(row.signature),
    )  # fmt: skip


def _lane(found: Row[Any], payload: Payload) -> Lane:
    """Where the lane stood before this fact, as far as anybody knows: its numbers were looked at when the facts after
    it came."""
    receipt = payload.receipt_number - 1 if isinstance(payload, SaleConfirmed) else found.receipt_number
    z_number = payload.z_number - 1 if isinstance(payload, ShiftClosed) else found.z_number
    return Lane(found.store_id, found.lane, receipt, z_number)


def _sides(server: Server, connection: Connection, incarnation: UUID, number: int) -> list[Side]:
    rows = connection.execute(
        select(side_table.c.name, side_table.c.sealed).where(
            side_table.c.incarnation == incarnation, side_table.c.number == number
        )
    )
    found = []
    for name, sealed in rows:
        salt, body = msgspec.msgpack.decode(server.sealer.open(sealed, side_place(incarnation, number, name)))
        found.append(Side(number, name, salt, body))
    return found


def _counted(connection: Connection, incarnation: UUID, number: int) -> list[dict[str, object]]:
    """The members that count facts of this device above ``number``."""
    rows = connection.execute(
        select(counted.c.member_id, counted.c.number).where(
            counted.c.incarnation == incarnation, counted.c.number > number
        )
    )
    return [{"member": member_id, "known": known} for member_id, known in rows]


def _count_on(connection: Connection, incarnation: UUID, later: list[dict[str, object]]) -> None:
    """A fact booked late takes away nothing of what a member counted already."""
    if later:
        connection.execute(
            counted.update()
            .where(
                counted.c.incarnation == incarnation,
                counted.c.member_id == bindparam("member"),
                counted.c.number < bindparam("known"),
            )
            .values(number=bindparam("known")),
            later,
        )
