"""The server without its network: its database, keys, clock, and who it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select

from shared_models.domain.clock import utc
from shared_models.domain.facts import chain_start
from shared_models.domain.programme import Programme, default_programme, from_plain
from shared_models.orm.server import device, meta
from shared_models.orm.server import programme as programme_table
from sync_server.act import Act
from sync_server.ports import Ports
from sync_server.store import Sealer, reading, writing
from sync_server.store.engine import lock

_FOUNDING_LOCK = 0x71_11_00_03
EPOCH = "epoch"
INCARNATION = "incarnation"
_SEALED = "sealed:"
_SIGNING, _PHONE, _NONCE = "signing", "phone", "nonce"


@dataclass(frozen=True, slots=True)
class Identity:
    """``phone_key`` keys the phone hashes, ``nonce_key`` the nonces and enrolment codes; neither leaves sealed storage
    but the phone key, which every enrolled till gets. ``signing_key`` signs the server's own journal, and what tills
    keep as proof."""

    signing_key: Ed25519PrivateKey = field(repr=False)
    phone_key: bytes = field(repr=False)
    nonce_key: bytes = field(repr=False)

    @property
    def public_key(self) -> bytes:
        return self.signing_key.public_key().public_bytes_raw()


class Server:
    """What endpoints, set-up and head office work with. Made by ``open_server``; safe to share between threads."""

    def __init__(self, engine: Engine, sealer: Sealer, ports: Ports, identity: Identity) -> None:
        self.engine = engine
        self.sealer = sealer
        self.ports = ports
        self.identity = identity
        self._programmes: dict[int, Programme] = {}

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def acting(self) -> Iterator[Act]:
        """A transaction that writes; what it published goes into the feed just before the commit."""
        with writing(self.engine) as connection:
            act = Act(connection, self.ports.clock.now_ms())
            yield act
            act.finish(self.ports.randomness)

    def programme(self, connection: Connection) -> Programme:
        """The programme in force today, UTC: of those that have begun the one published last; else the first one, and
        before any was published the default one."""
        found = None
        for version in connection.scalars(select(programme_table.c.version).order_by(programme_table.c.version.desc())):
            found = self._published(connection, version)
            if found.valid_from <= self.today():
                break
        return found or default_programme()

    def today(self) -> date:
        """UTC."""
        return utc(self.ports.clock.now_ms()).date()

    def _published(self, connection: Connection, version: int) -> Programme:
        if version not in self._programmes:
            doc = connection.scalar(select(programme_table.c.doc).where(programme_table.c.version == version))
            self._programmes[version] = from_plain(msgspec.json.decode(doc or b""))
        return self._programmes[version]

    def epoch(self, connection: Connection) -> int:
        """Raised when the server's past changed, so that no till goes on from a cursor of before."""
        return int(connection.execute(select(meta.c.value).where(meta.c.key == EPOCH)).scalar_one())

    def incarnation(self, connection: Connection) -> UUID:
        """The server's own device, whose facts are what the server itself does; another one in each epoch."""
        return UUID(bytes=bytes(connection.execute(select(meta.c.value).where(meta.c.key == INCARNATION)).scalar_one()))

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the server itself signed ``message``, in this life or in one that a backup made it forget."""
        try:
            self.identity.signing_key.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True


def open_server(engine: Engine, data_key: bytes, ports: Ports) -> Server:
    """The server of a migrated database; its first opening makes its identity. Raise ``WrongKey``."""
    sealer = Sealer(data_key, ports.randomness)
    with writing(engine) as connection:
        lock(connection, _FOUNDING_LOCK)
        if connection.scalar(select(meta.c.value).where(meta.c.key == INCARNATION)) is None:
            _found(connection, sealer, ports)
    with reading(engine) as connection:
        return Server(engine, sealer, ports, _identity(connection, sealer))


def _found(connection: Connection, sealer: Sealer, ports: Ports) -> None:
    """Make the server's identity and its own device, whose facts are what the server itself does."""
    incarnation = ports.ids.new()
    secrets = {name: ports.randomness.secret(32) for name in (_SIGNING, _PHONE, _NONCE)}
    rows = [{"key": EPOCH, "value": b"1"}, {"key": INCARNATION, "value": incarnation.bytes}]
    rows += [{"key": _SEALED + name, "value": sealer.seal(secret, _place(name))} for name, secret in secrets.items()]
    connection.execute(meta.insert(), rows)
    public_key = Ed25519PrivateKey.from_private_bytes(secrets[_SIGNING]).public_key().public_bytes_raw()
    add_own_device(connection, incarnation, public_key, ports.clock.now_ms())


def add_own_device(connection: Connection, incarnation: UUID, public_key: bytes, now_ms: int) -> None:
    """A journal, empty yet, for what the server itself does."""
    connection.execute(
        device.insert().values(
            incarnation=incarnation,
            store_id="",
            lane=0,
            public_key=public_key,
            pepper_sealed=b"",
            state="server",
            head_number=0,
            head_hash=chain_start(incarnation, public_key),
            head_hlc=0,
            receipt_number=0,
            z_number=0,
            enrolled_ms=now_ms,
            contact_ms=now_ms,
            pulled_version=0,
            software="",
        )
    )


def _identity(connection: Connection, sealer: Sealer) -> Identity:
    values = {row.key: bytes(row.value) for row in connection.execute(select(meta.c.key, meta.c.value))}
    secrets = {name: sealer.open(values[_SEALED + name], _place(name)) for name in (_SIGNING, _PHONE, _NONCE)}
    return Identity(
        signing_key=Ed25519PrivateKey.from_private_bytes(secrets[_SIGNING]),
        phone_key=secrets[_PHONE],
        nonce_key=secrets[_NONCE],
    )


def _place(name: str) -> bytes:
    return b"meta." + name.encode()
