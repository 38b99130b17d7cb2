"""Devices' rows, in which the heads of their journals stand: their states and their locks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from shared_models.orm.server import device
from sync_server.server import Server

ACTIVE, FROZEN, RETIRED, REVOKED, SERVER = "active", "frozen", "retired", "revoked", "server"


class UnknownDevice(Exception):
    """No device has this incarnation."""


def lock_device(connection: Connection, incarnation: UUID) -> Row[Any]:
    """The device's row, nobody else's until the transaction ends; raise ``UnknownDevice``."""
    found = connection.execute(
        select(device).where(device.c.incarnation == incarnation).with_for_update()
    ).one_or_none()
    if found is None:
        raise UnknownDevice(incarnation)
    return found


def lock_own(server: Server, connection: Connection) -> Row[Any]:
    """The server's own device of the present epoch, which may have been raised while we waited for the one before."""
    while True:
        incarnation = server.incarnation(connection)
        head = lock_device(connection, incarnation)
        if server.incarnation(connection) == incarnation:
            return head
