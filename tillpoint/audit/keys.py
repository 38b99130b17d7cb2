"""What opens a till's files: the till's own keys, or the server, which can make a mirror's key again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from shared_models.wire.fact_file import mirror_key
from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from pos_client.store.keys import Keys
    from sync_server.server import Server


@dataclass(frozen=True, slots=True)
class KeyRing:
    """``folder``: where a till's keys are; ``server``: an open one."""

    folder: Path | None = None
    server: Server | None = None

    def till(self, beside: Path) -> Keys:
        """The keys of the till whose journal is ``beside``; raise ``KeysMissing``, ``KeysUnreadable``."""
        from pos_client.store.keys import find_keys

        return find_keys(self.folder or beside.parent).load()

    def server_key(self, beside: Path) -> bytes:
        """The server's public key, which signs what it holds: the server's own word, else what the till was told."""
        return self.server.identity.public_key if self.server is not None else self.till(beside).server

    def mirror(self, incarnation: UUID) -> bytes:
        """The key of that device's mirror. Raise ``CommandError`` if nobody here knows it."""
        if self.server is not None:
            pepper = server_pepper(self.server, incarnation)
            if pepper is None:
                raise CommandError(f"This server doesn't know device {incarnation}. Is the mirror another shop's?")
            return mirror_key(pepper, incarnation)
        if self.folder is not None:
            return mirror_key(self.till(self.folder / "journal.db").pepper, incarnation)
        raise CommandError(
            "A mirror is encrypted. Give --server with the server's folder, or --keys with the till's, if it is left."
        )

    def device_key(self, incarnation: UUID) -> bytes | None:
        """The device's public key as head office has it."""
        from sqlalchemy import select

        from shared_models.orm.server import device

        if self.server is None:
            return None
        with self.server.reading() as connection:
            found = connection.scalar(select(device.c.public_key).where(device.c.incarnation == incarnation))
        return bytes(found) if found is not None else None


def server_pepper(server: Server, incarnation: UUID) -> bytes | None:
    from sqlalchemy import select

    from shared_models.orm.server import device
    from sync_server.enrolment import pepper_place

    with server.reading() as connection:
        sealed = connection.scalar(select(device.c.pepper_sealed).where(device.c.incarnation == incarnation))
    return server.sealer.open(bytes(sealed), pepper_place(incarnation)) if sealed else None


@contextmanager
def key_ring(folder: Path | None, server: Path | None, database: str | None) -> Iterator[KeyRing]:
    """``server`` is the folder of a server that is there already, ``database`` its PostgreSQL if it has one."""
    if server is None:
        yield KeyRing(folder)
        return
    from sync_server.main import open_home

    if not (server / "server.db").exists() and database is None:
        raise CommandError(f"There is no server in {server}.")
    opened = open_home(server, database)
    try:
        yield KeyRing(folder, opened)
    finally:
        opened.engine.dispose()
