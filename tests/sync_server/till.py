"""A till as far as the server can tell: a key, a chain of facts, and the protocol's bytes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from shared_models.domain.clock import tick
from shared_models.domain.facts import Fact, Side, chain_start, commitment, fact_hash, head_message
from shared_models.domain.ids import uuid7
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.wire import messages as wire
from shared_models.wire.facts import Payload, encode, encode_profile
from shared_models.wire.messages import Cursor, Problem, PullAnswer, PullRequest, PushAnswer, PushRequest, RowMessage
from sync_server.api.endpoints import Api
from sync_server.api.problems import Answer
from tests.sync_server.ports import START_MS, SeededRandomness

Message = TypeVar("Message", bound=Struct)


@dataclass
class Till:
    api: Api
    key: Ed25519PrivateKey
    identity: wire.EnrolAnswer
    facts: list[Fact] = field(default_factory=list)
    sides: list[Side] = field(default_factory=list)
    chance: SeededRandomness = field(default_factory=lambda: SeededRandomness(7))

    @classmethod
    def enrolled(cls, api: Api, code: str, seed: int | None = None) -> Till:
        secret = hashlib.sha256(f"{code}{seed}".encode()).digest()
        key = Ed25519PrivateKey.from_private_bytes(secret)
        answer = api.handle("POST", "/v1/enrol", {}, wire.encode(enrol_request(code, key)))
        return cls(api, key, read(answer, wire.EnrolAnswer), chance=SeededRandomness(int.from_bytes(secret[:4], "big")))

    @property
    def incarnation(self) -> UUID:
        return self.identity.incarnation

    def clone(self) -> Till:
        """The same journal and key on another machine: from here on the two go apart."""
        return replace(self, facts=list(self.facts), sides=list(self.sides), chance=SeededRandomness(12))

    def new_id(self) -> UUID:
        return uuid7(START_MS, self.chance.secret(10))

    def append(self, payload: Payload, sides: Sequence[Side] = ()) -> Fact:
        """Put an act into the journal; nothing is sent."""
        return self.append_raw(*encode(payload), sides)

    def append_raw(self, kind: str, schema: int, payload: bytes, sides: Sequence[Side] = ()) -> Fact:
        last = self.facts[-1] if self.facts else None
        number = len(self.facts) + 1
        start = chain_start(self.incarnation, self.key.public_key().public_bytes_raw())
        fact = self.sealed_fact(
            Fact(
                self.new_id(), self.incarnation, number, tick(last.hlc if last else 0, START_MS), kind, schema, payload,
                last.hash if last else start, b"", b"",
            )
        )  # fmt: skip
        self.facts.append(fact)
        self.sides += [replace(side, number=number) for side in sides]
        return fact

    def sealed_fact(self, fact: Fact) -> Fact:
        """``fact`` with the hash and signature that its content calls for."""
        found = fact_hash(
            id=fact.id, incarnation=fact.incarnation, number=fact.number, hlc=fact.hlc, kind=fact.kind,
            schema=fact.schema, payload=fact.payload, previous=fact.previous,
        )  # fmt: skip
        signature = self.key.sign(head_message(fact.incarnation, fact.number, found))
        return replace(fact, hash=found, signature=signature)

    def register(self, member: MemberRegistered, profile: Profile | None) -> Fact:
        """Register a member; ``None`` forgets the side record."""
        if profile is None:
            return self.append(replace(member, profile=b"\0" * 32))
        side = Side(0, "profile", self.chance.secret(32), encode_profile(profile))
        return self.append(replace(member, profile=commitment(side.salt, side.body)), [side])

    def nonce(self) -> bytes:
        hello = wire.HelloRequest(incarnation=self.incarnation)
        return read(self.api.handle("POST", "/v1/hello", {}, wire.encode(hello)), wire.HelloAnswer).nonce

    def send(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None, nonce: bytes | None = None
    ) -> Answer:
        """Sign ``body`` over a fresh nonce and send it; ``headers`` are added or replaced."""
        nonce = self.nonce() if nonce is None else nonce
        signed = wire.request_message("POST", path, nonce, hashlib.sha256(body).digest())
        own = {
            "Tillpoint-Incarnation": str(self.incarnation),
            "Tillpoint-Nonce": base64.b64encode(nonce).decode(),
            "Tillpoint-Signature": base64.b64encode(self.key.sign(signed)).decode(),
        }
        return self.api.handle("POST", path, {**own, **(headers or {})}, body)

    def batch(self, facts: Sequence[Fact] | None = None, sides: Sequence[Side] | None = None) -> bytes:
        facts = self.facts if facts is None else facts
        sides = self.sides if sides is None else sides
        return wire.encode(
            PushRequest(
                incarnation=self.incarnation,
                facts=[wire.fact_message(fact) for fact in facts],
                sides=[wire.side_message(side) for side in sides],
                software="test 1",
            )
        )

    def push(self, facts: Sequence[Fact] | None = None, sides: Sequence[Side] | None = None) -> Answer:
        """Send facts, by default the whole journal."""
        return self.send("/v1/push", self.batch(facts, sides))

    def pushed(self, facts: Sequence[Fact] | None = None, sides: Sequence[Side] | None = None) -> PushAnswer:
        return read(self.push(facts, sides), PushAnswer)

    def pull(self, cursor: Cursor | None = None, limit: int = wire.MAX_PAGE_ROWS) -> Answer:
        return self.send("/v1/pull", wire.encode(PullRequest(cursor=cursor, limit=limit)))

    def pulled(self, cursor: Cursor | None = None, limit: int = wire.MAX_PAGE_ROWS) -> PullAnswer:
        return read(self.pull(cursor, limit), PullAnswer)

    def rows(self, kind: str, cursor: Cursor | None = None) -> dict[str, RowMessage]:
        """The rows of a kind above ``cursor``, by key."""
        return {row.key: row for row in self.pulled(cursor).rows if row.kind == kind}


def enrol_request(code: str, key: Ed25519PrivateKey) -> wire.EnrolRequest:
    return wire.EnrolRequest(code=code, public_key=key.public_key().public_bytes_raw(), software="test 1")


def read(answer: Answer, type_: type[Message]) -> Message:
    assert answer.status == 200, answer.body
    body = answer.body
    if answer.headers.get("content-encoding") == "zstd":
        body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return wire.decode(body, type_)


def problem(answer: Answer) -> Problem:
    assert answer.status >= 400, answer
    assert answer.headers["content-type"] == "application/problem+json"
    found = wire.decode_problem(answer.body)
    assert found.status == answer.status
    return found
