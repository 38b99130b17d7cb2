"""The devices, how far each is in step, and what waits for review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, literal, select, tuple_

from shared_models.orm import server as tables

ONLINE_WITHIN_MS = 3 * 60_000
AWAY_AFTER_MS = 24 * 60 * 60_000
REVIEW_PAGE = 50

_DEVICE = tables.device.c
SERVER = "server"
OUT_OF_USE = ("retired", "revoked")


class Sync(StrEnum):
    """How a device stands with us. Being offline is a state, not a fault; a day of it deserves a look."""

    IN_STEP = "in_step"
    BEHIND = "behind"
    OFFLINE = "offline"
    AWAY = "away"
    NEVER = "never"
    FROZEN = "frozen"
    RETIRED = "retired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Device:
    """``behind`` is how many versions the feed has moved on since its last pull. Times in Unix milliseconds."""

    incarnation: UUID
    store_id: str
    lane: int
    state: str
    sync: Sync
    facts: int
    behind: int
    contact_ms: int
    enrolled_ms: int
    software: str
    receipt_number: int
    z_number: int
    key: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """Receipts from ``first`` on, all below ``goes_on_with``, that a lane's lost till may have used and never told."""

    store_id: str
    lane: int
    first: int
    goes_on_with: int


def gaps(connection: Connection) -> list[Gap]:
    """What isn't known of lanes whose till was lost: it gets smaller as what was lost is told after all."""
    found = []
    lost = select(_DEVICE.store_id, _DEVICE.lane, _DEVICE.receipt_start).where(_DEVICE.handed_over.is_(False))
    sale = tables.sale.c
    for row in connection.execute(lost.order_by(_DEVICE.store_id, _DEVICE.lane, _DEVICE.enrolled_ms)).all():
        of_lane = (sale.store_id == row.store_id) & (sale.lane == row.lane)
        known = connection.scalar(
            select(func.max(sale.receipt_number)).where(of_lane, sale.receipt_number <= row.receipt_start)
        )
        found.append(Gap(row.store_id, row.lane, (known or 0) + 1, row.receipt_start + 1))
    return found


def all_devices(connection: Connection, now_ms: int, store_id: str = "") -> list[Device]:
    """All tills by store and lane, those in use first."""
    newest = connection.execute(select(func.max(tables.feed_commit.c.last_version))).scalar() or 0
    statement = select(*tables.device.columns).where(_DEVICE.state != SERVER)
    if store_id:
        statement = statement.where(_DEVICE.store_id == store_id)
    rows = connection.execute(statement.order_by(_DEVICE.store_id, _DEVICE.lane, _DEVICE.enrolled_ms.desc()))
    devices = [_device(row, newest, now_ms) for row in rows]
    return sorted(devices, key=lambda device: (device.store_id, device.state in OUT_OF_USE, device.lane))


def one(connection: Connection, incarnation: UUID, now_ms: int) -> Device | None:
    return next((d for d in all_devices(connection, now_ms) if d.incarnation == incarnation), None)


def lent(connection: Connection) -> dict[UUID, dict[str, int]]:
    """What devices hold of what they were lent, by kind: each may have spent it already."""
    lease = tables.lease.c
    rows = connection.execute(
        select(lease.incarnation, lease.kind, func.sum(lease.amount - lease.used).label("left"))
        .where(lease.state == "open", lease.amount > lease.used)
        .group_by(lease.incarnation, lease.kind)
        .order_by(lease.incarnation, lease.kind)
    )
    held: dict[UUID, dict[str, int]] = {}
    for row in rows:
        held.setdefault(row.incarnation, {})[row.kind] = int(row.left)
    return held


def _device(row: Row[Any], newest: int, now_ms: int) -> Device:
    behind = max(0, newest - row.pulled_version)
    return Device(
        row.incarnation, row.store_id, row.lane, row.state, _sync(row, behind, now_ms), row.head_number, behind,
        row.contact_ms, row.enrolled_ms, row.software, row.receipt_number, row.z_number, bytes(row.public_key),
    )  # fmt: skip


def _sync(row: Row[Any], behind: int, now_ms: int) -> Sync:
    if row.state == "revoked":
        return Sync.REVOKED
    if row.state == "retired":
        return Sync.RETIRED
    if row.state == "frozen":
        return Sync.FROZEN
    if row.contact_ms == 0:
        return Sync.NEVER
    silent_ms = now_ms - row.contact_ms
    if silent_ms > AWAY_AFTER_MS:
        return Sync.AWAY
    if silent_ms > ONLINE_WITHIN_MS:
        return Sync.OFFLINE
    return Sync.BEHIND if behind else Sync.IN_STEP


def alerts(
    connection: Connection, after: tuple[int, UUID] | None = None, limit: int = REVIEW_PAGE
) -> Sequence[Row[Any]]:
    """Newest first, those older than the alert ``after`` (its ``at_ms`` and id), with their lane, sale and member."""
    alert, sale, member = tables.alert.c, tables.sale.c, tables.member.c
    statement: Select[Any] = select(
        *tables.alert.columns, _DEVICE.store_id, _DEVICE.lane, sale.sale_id, sale.receipt_number,
        member.number.label("member_number"),
    ).select_from(
        tables.alert.outerjoin(tables.device, _DEVICE.incarnation == alert.incarnation)
        .outerjoin(tables.sale, (sale.incarnation == alert.incarnation) & (sale.number == alert.number))
        .outerjoin(tables.member, member.id == alert.member_id)
    )  # fmt: skip
    if after is not None:
        edge = tuple_(literal(after[0], alert.at_ms.type), literal(after[1], alert.id.type))
        statement = statement.where(tuple_(alert.at_ms, alert.id) < edge)
    return connection.execute(statement.order_by(alert.at_ms.desc(), alert.id.desc()).limit(limit)).all()


def alerts_since(connection: Connection, since_ms: int) -> int:
    return connection.execute(
        select(func.count()).select_from(tables.alert).where(tables.alert.c.at_ms >= since_ms)
    ).scalar_one()
