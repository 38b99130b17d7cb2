"""A server that was restored from an older backup: how it finds out, and what it begins anew.

A till shows what the server once signed: an acknowledgement, or the certificate of its enrolment. If the server holds
less than that, it forgot. It then raises its epoch: cursors and leases of before are no longer believed, and tills tell
again what it lacks. Nothing but the server's own signature makes it do so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from shared_models.domain.administration import EpochRaised
from shared_models.orm.server import device, fact, meta
from shared_models.wire.messages import Acknowledgement, acknowledgement_message
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.locks import RETIRED, REVOKED, SERVER, lock_own
from sync_server.ingest.server_device import ServerDevice
from sync_server.server import EPOCH, INCARNATION, Server, add_own_device
from sync_server.store.statements import put

RAISED = "epoch_raised_ms"
_MOST = 2**63 - 1
_HASH_BYTES, _SIGNATURE_BYTES = 32, 64


@dataclass(frozen=True, slots=True)
class Device:
    """How far the server holds a device's facts."""

    incarnation: UUID
    head_number: int
    head_hash: bytes


@dataclass(frozen=True, slots=True)
class Recovery:
    """The last raised epoch. ``silent``: devices in use that haven't been heard since, by store and lane."""

    epoch: int
    since_ms: int
    heard: list[Row[Any]]
    silent: list[Row[Any]]


def acknowledge(server: Server, incarnation: UUID, number: int, hash_: bytes, epoch: int) -> bytes:
    """Sign that the server holds a device's facts up to ``number``. Only after that is committed."""
    return server.identity.signing_key.sign(acknowledgement_message(incarnation, number, hash_, epoch))


def forgot(server: Server, connection: Connection, found: Device, proof: Acknowledgement) -> bool:
    """Whether ``proof``, shown by the device ``found``, says that the server held more of it, or something else."""
    if not (
        0 <= proof.acknowledged <= _MOST
        and 0 <= proof.epoch <= _MOST
        and len(proof.hash) == _HASH_BYTES
        and len(proof.signature) == _SIGNATURE_BYTES
    ):
        return False
    epoch = server.epoch(connection)
    if proof.epoch < epoch or (proof.epoch == epoch and _holds(connection, found, proof)):
        return False
    message = acknowledgement_message(found.incarnation, proof.acknowledged, proof.hash, proof.epoch)
    return server.signed(message, proof.signature)


def raise_epoch(server: Server, act: Act, proven: int, why: str) -> int:
    """Begin a new epoch unless that was done since epoch ``proven``; return the present one.

    An epoch is the Unix time in seconds of its beginning, or one more than any known: two that were begun after
    restoring the same backup twice are different. The server's own journal begins anew, since others may hold facts of
    the old one that the server forgot, under numbers that it would use again.
    """
    head = lock_own(server, act.connection)
    before = server.epoch(act.connection)
    if proven < before:
        return before
    epoch = max(proven + 1, act.now_ms // 1_000)
    incarnation = server.ports.ids.new()
    add_own_device(act.connection, incarnation, server.identity.public_key, act.now_ms)
    put(act.connection, meta, [
        {"key": EPOCH, "value": str(epoch).encode()},
        {"key": INCARNATION, "value": incarnation.bytes},
        {"key": RAISED, "value": str(act.now_ms).encode()},
    ])  # fmt: skip
    raised = EpochRaised(epoch, before, head.incarnation, head.head_number, bytes(head.head_hash))
    ServerDevice(server).record(act, raised)
    alerts = Alerts(act, server.ports.ids, incarnation)
    alerts.add("epoch-raised", why)
    alerts.write()
    return epoch


def recovery(server: Server, connection: Connection) -> Recovery | None:
    """Who has been heard since the epoch was raised last; ``None`` if it never was."""
    raised = connection.scalar(select(meta.c.value).where(meta.c.key == RAISED))
    if raised is None:
        return None
    since_ms = int(raised)
    in_use = select(device).where(device.c.state.not_in((SERVER, REVOKED, RETIRED)))
    rows = connection.execute(in_use.order_by(device.c.store_id, device.c.lane)).all()
    return Recovery(
        server.epoch(connection),
        since_ms,
        [row for row in rows if row.contact_ms >= since_ms],
        [row for row in rows if row.contact_ms < since_ms],
    )


def _holds(connection: Connection, found: Device, proof: Acknowledgement) -> bool:
    if proof.acknowledged > found.head_number:
        return False
    if proof.acknowledged == found.head_number:
        return found.head_hash == proof.hash
    if proof.acknowledged == 0:
        return True
    held = connection.scalar(
        select(fact.c.hash).where(fact.c.incarnation == found.incarnation, fact.c.number == proof.acknowledged)
    )
    return held is not None and bytes(held) == proof.hash
