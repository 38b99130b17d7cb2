"""The outsider's journal and the arithmetic that docs/protocol.md asks of a till. Imports nothing of Tillpoint."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def uuid7() -> UUID:
    random = int.from_bytes(os.urandom(10), "big")
    value = time.time_ns() // 1_000_000 << 80 | 7 << 76 | (random >> 68 & 0xFFF) << 64
    return UUID(int=value | 2 << 62 | random & (1 << 62) - 1)


def to_json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def receipt_code() -> str:
    random, check, text = int.from_bytes(os.urandom(10), "big"), 0, ""
    for shift in range(75, -1, -5):
        value = random >> shift & 31
        text, check = text + CROCKFORD[value], (check ^ value) << 1
        check ^= 0b100101 if check & 32 else 0
    return text + CROCKFORD[check]


def member_number() -> str:
    body = f"9{int.from_bytes(os.urandom(8), 'big') % 10**14:014}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def after_sale(account: tuple[list[Any], int], sale: dict[str, Any]) -> tuple[list[Any], int]:
    """Lots and debt after a sale of that member."""
    lots, debt, missing = [], account[1], sale["member"]["redeemed_points"]
    for lot_id, points, expires_on in sorted(account[0], key=lambda lot: (lot[2], lot[0])):
        taken = min(missing, points) if expires_on >= sale["business_date"] else 0
        missing -= taken
        lots.append([lot_id, points - taken, expires_on])
    debt += missing
    if earned := sale["member"]["earned"]:
        paid = min(debt, earned["points"])
        debt -= paid
        lots.append([earned["lot_id"], earned["points"] - paid, earned["expires_on"]])
    return [lot for lot in lots if lot[1]], debt


def genesis(incarnation: UUID, public_key: bytes) -> bytes:
    return sha256(b"tillpoint.chain.1\0", incarnation.bytes, public_key)


def commitment(salt: bytes, body: bytes) -> bytes:
    return sha256(b"tillpoint.side.1\0", salt, body)


@dataclass
class Fact:
    """A fact in the order of a push message: ``previous``, ``hash`` and ``signature`` follow from the rest."""

    number: int
    id: UUID
    hlc: int
    kind: str
    schema: int
    payload: bytes
    previous: bytes
    hash: bytes = b""
    signature: bytes = b""

    def seal(self, incarnation: UUID, key: Ed25519PrivateKey) -> Fact:
        number, kind = self.number.to_bytes(8, "big"), self.kind.encode()
        header = (
            self.id.bytes + incarnation.bytes + number + self.hlc.to_bytes(8, "big") + self.schema.to_bytes(2, "big")
        )
        digest = hashlib.sha256(self.payload).digest()
        self.hash = sha256(b"tillpoint.fact.1\0", header, bytes([len(kind)]), kind, digest, self.previous)
        self.signature = key.sign(b"tillpoint.head.1\0" + incarnation.bytes + number + self.hash)
        return self

    def row(self) -> list[object]:
        return [self.number, str(self.id), self.hlc, self.kind, self.schema, self.payload, self.previous, self.hash,
                self.signature]  # fmt: skip


@dataclass
class Journal:
    incarnation: UUID
    key: Ed25519PrivateKey
    facts: list[Fact] = field(default_factory=list)
    sides: list[list[Any]] = field(default_factory=list)

    def append(self, kind: str, payload: dict[str, Any], *sides: tuple[str, bytes, bytes]) -> Fact:
        last = self.facts[-1] if self.facts else None
        previous = last.hash if last else genesis(self.incarnation, self.key.public_key().public_bytes_raw())
        number = last.number + 1 if last else 1
        hlc = max(time.time_ns() // 1_000_000 << 16, last.hlc + 1 if last else 0)
        fact = Fact(number, uuid7(), hlc, kind, 1, to_json(payload), previous).seal(self.incarnation, self.key)
        self.facts.append(fact)
        self.sides += [[number, name, salt, body] for name, salt, body in sides]
        return fact
