"""Which devices have shown a server that was restored what it had lent them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, exists, func, select

from shared_models.orm.server import device, lease_declaration
from sync_server.act import Act
from sync_server.ingest.locks import ACTIVE, FROZEN
from sync_server.store.statements import put

_FIRST_EPOCH = 1


def undeclared(connection: Connection, epoch: int) -> int:
    """How many devices in use haven't shown their leases in this epoch. The first one needs no showing."""
    if epoch == _FIRST_EPOCH:
        return 0
    shown = exists().where(lease_declaration.c.incarnation == device.c.incarnation, lease_declaration.c.epoch == epoch)
    count = select(func.count()).select_from(device).where(device.c.state.in_((ACTIVE, FROZEN)), ~shown)
    return connection.scalar(count) or 0


def note_declared(act: Act, incarnation: UUID, epoch: int) -> None:
    """The device holds nothing that the server doesn't know of."""
    row = {"incarnation": incarnation, "epoch": epoch, "at_ms": act.now_ms}
    put(act.connection, lease_declaration, [row])
