"""A till of the made-up shop, as far as the server can tell: a key and a chain of facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared_models.domain.clock import tick
from shared_models.domain.facts import SALT_BYTES, Fact, Side, chain_start, commitment, fact_hash, head_message
from shared_models.domain.member import PROFILE_SIDE, MemberRegistered, Profile
from shared_models.orm.server import device
from shared_models.wire.facts import Payload, encode, encode_profile
from shared_models.wire.messages import EnrolRequest
from sync_server import setup
from sync_server.act import last_version
from sync_server.enrolment import enrol
from sync_server.ingest.intake import take
from sync_server.ingest.server_device import ServerDevice
from sync_server.server import Server

SOFTWARE = "tillpoint 0.1.0"


@dataclass(eq=False)
class MadeUpTill:
    server: Server
    key: Ed25519PrivateKey
    incarnation: UUID
    store_id: str
    lane: int
    head: Fact | None = None
    unsent: list[Fact] = field(default_factory=list)
    sides: list[Side] = field(default_factory=list)

    @classmethod
    def enrolled(cls, server: Server, store_id: str, lane: int) -> MadeUpTill:
        key = Ed25519PrivateKey.from_private_bytes(server.ports.randomness.secret(32))
        code = setup.new_enrolment_code(server, store_id, lane)
        request = EnrolRequest(code=code, public_key=key.public_key().public_bytes_raw(), software=SOFTWARE)
        return cls(server, key, enrol(server, request).incarnation, store_id, lane)

    def copied(self) -> MadeUpTill:
        """The same journal on another disk."""
        return replace(self, unsent=list(self.unsent), sides=list(self.sides))

    def append(self, payload: Payload, now_ms: int, sides: Sequence[Side] = ()) -> None:
        """Put an act into the journal; nothing is sent."""
        kind, schema, body = encode(payload)
        number = self.head.number + 1 if self.head else 1
        previous = self.head.hash if self.head else chain_start(self.incarnation, self._public_key())
        hlc, fact_id = tick(self.head.hlc if self.head else 0, now_ms), self.server.ports.ids.new()
        digest = fact_hash(
            id=fact_id, incarnation=self.incarnation, number=number, hlc=hlc, kind=kind, schema=schema, payload=body,
            previous=previous,
        )  # fmt: skip
        signature = self.key.sign(head_message(self.incarnation, number, digest))
        self.head = Fact(fact_id, self.incarnation, number, hlc, kind, schema, body, previous, digest, signature)
        self.unsent.append(self.head)
        self.sides += [replace(side, number=number) for side in sides]

    def register(self, fact: MemberRegistered, profile: Profile) -> None:
        body, salt = encode_profile(profile), self.server.ports.randomness.secret(SALT_BYTES)
        side = Side(0, PROFILE_SIDE, salt, body)
        self.append(replace(fact, profile=commitment(salt, body)), self.server.ports.clock.now_ms(), [side])

    def push(self) -> None:
        """Have the server take what it doesn't have."""
        with self.server.acting() as act:
            taken = take(self.server, act, self.incarnation, self.unsent, self.sides, SOFTWARE)
            ServerDevice(self.server).follow(act, taken.after)
        self.unsent, self.sides = [], []

    def pulled(self) -> None:
        """Be up to date with the shop's state."""
        with self.server.acting() as act:
            newest = last_version(act.connection)
            act.connection.execute(
                device.update().where(device.c.incarnation == self.incarnation).values(pulled_version=newest)
            )

    def _public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()
