"""An auditor's check of a journal file: every fact, from the first to the last, without server or till.

It follows ``docs/protocol.md`` by its own arithmetic and not through the code that wrote the file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.store.damaged_pages import pages_in_log
from pos_client.store.database import Corrupt, Database, Durability, NewerDatabase, connect
from pos_client.store.schema import JOURNAL

_PAGE: Final = 1_000
MOST_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """``number`` is the fact's, 0 for the file as a whole."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """``erased_sides`` counts personal data that was deleted, which is lawful and breaks nothing."""

    incarnation: UUID
    public_key: bytes
    facts: int
    sales: int
    head_hash: bytes
    erased_sides: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


class Chain:
    """The facts of one device, checked one after another. ``start`` is what fact 1 has to follow; facts may begin later
    (``first``) where older ones were left out on purpose: then the first one's word is taken for what was before it.

    ``receipt`` and ``z`` are the last numbers of the lane before these facts, ``None`` if not known.
    """

    def __init__(
        self, incarnation: UUID, public_key: bytes, first: int = 1, receipt: int | None = None, z: int | None = None
    ) -> None:
        self.incarnation = incarnation
        self.public_key = public_key
        self.receipt, self.z = receipt, z
        self.first_receipt: int | None = None
        self.first_z: int | None = None
        self.number, self.hlc = first - 1, 0
        self.facts = self.sales = self.erased = 0
        start = hashlib.sha256(b"tillpoint.chain.1\x00" + incarnation.bytes + public_key).digest()
        self.previous = start if first == 1 else None
        self.problems: list[Problem] = []
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def complain(self, number: int, why: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(number, why))

    def report(self) -> Report:
        return Report(
            self.incarnation, self.public_key, self.facts, self.sales, self.previous or b"", self.erased,
            tuple(self.problems),
        )  # fmt: skip

    def check(self, row: Sequence[Any], sides: Sequence[tuple[str, bytes, bytes]] | None) -> None:
        """The next fact: number, id, hlc, kind, schema, payload, previous, hash, signature; ``sides`` are name, salt
        and body of its side records, ``None`` where they were left out on purpose."""
        number, id_, hlc, kind, schema, payload, previous, hash_, signature = row
        if number != self.number + 1:
            self.complain(number, f"facts {self.number + 1} to {number - 1} are missing")
        if self.previous is not None and previous != self.previous:
            self.complain(number, "it doesn't follow the fact before it")
        if hlc <= self.hlc:
            self.complain(number, "its clock doesn't rise")
        name = kind.encode()
        content = b"".join((
            b"tillpoint.fact.1\x00", id_, self.incarnation.bytes, number.to_bytes(8, "big"), hlc.to_bytes(8, "big"),
            schema.to_bytes(2, "big"), len(name).to_bytes(1, "big"), name, hashlib.sha256(payload).digest(), previous,
        ))  # fmt: skip
        if hashlib.sha256(content).digest() != hash_:
            self.complain(number, "its hash isn't that of its content")
        try:
            head = b"tillpoint.head.1\x00" + self.incarnation.bytes + number.to_bytes(8, "big") + hash_
            self._key.verify(signature, head)
        except InvalidSignature:
            self.complain(number, "it isn't signed by the device")
        plain = self._plain(number, payload)
        self._check_numbers(number, kind, plain)
        if sides is not None and (kind == "member.registered" or plain.get("profile")):
            self._check_profile(number, plain, sides)
        self.facts += 1
        self.number, self.hlc, self.previous = number, hlc, hash_

    def _check_numbers(self, number: int, kind: str, plain: dict[str, Any]) -> None:
        if kind in ("sale.confirmed", "sale.returned", "reward.redeemed"):
            self.sales += kind == "sale.confirmed"
            self.receipt = self._next(number, "receipt", self.receipt, plain.get("receipt_number"))
            self.first_receipt = self.receipt if self.first_receipt is None else self.first_receipt
        elif kind == "shift.closed":
            self.z = self._next(number, "Z report", self.z, plain.get("z_number"))
            self.first_z = self.z if self.first_z is None else self.first_z

    def _next(self, number: int, what: str, before: int | None, found: object) -> int | None:
        """The lane's last number now."""
        if not isinstance(found, int):
            self.complain(number, f"it has no {what} number")
            return None if before is None else before + 1
        if before is not None and found != before + 1:
            self.complain(number, f"{what} {before + 1} is missing before it")
        return found

    def _check_profile(self, number: int, plain: dict[str, Any], sides: Sequence[tuple[str, bytes, bytes]]) -> None:
        found = next(((salt, body) for name, salt, body in sides if name == "profile"), None)
        if found is None:
            self.erased += 1
            return
        try:
            committed = base64.b64decode(plain.get("profile", ""), validate=True)
        except (binascii.Error, TypeError, ValueError):
            committed = b""
        if hashlib.sha256(b"tillpoint.side.1\x00" + found[0] + found[1]).digest() != committed:
            self.complain(number, "its personal data isn't what it commits to")

    def _plain(self, number: int, payload: bytes) -> dict[str, Any]:
        try:
            plain = json.loads(payload)
        except (ValueError, RecursionError):
            plain = None
        if not isinstance(plain, dict):
            self.complain(number, "its payload isn't a JSON object")
            return {}
        return plain


def verify_journal(path: Path, key: bytes, public_key: bytes | None = None, server_key: bytes | None = None) -> Report:
    """Check the journal at ``path``, opened read-only with its database ``key``.

    One whose oldest facts were pruned must have an anchor that is signed with ``server_key``.

    ``public_key`` is the device's as head office has it; without it the one in the file is taken, which finds damage
    but not a forger. Raise ``WrongKey``, ``NewerDatabase``, ``Corrupt`` if the file can't be read at all.
    """
    database = Database(connect(path, key, Durability.FULL, read_only=True), path)
    try:
        return _verify(database, public_key, server_key)
    finally:
        database.close()


def _verify(database: Database, public_key: bytes | None, server_key: bytes | None) -> Report:
    found = database.one("PRAGMA user_version")
    if found and found[0] > JOURNAL.format:
        raise NewerDatabase(file=database.path.name)
    if database.one("SELECT 1 FROM sqlite_master WHERE name = 'fact'") is None:
        raise Corrupt(file=database.path.name, why="it is no journal")
    meta = {name: bytes(value) for name, value in database.all("SELECT key, value FROM meta")}
    try:
        incarnation, stated = UUID(bytes=meta["incarnation"]), meta["public_key"]
        first_receipt, first_z = int(meta["first_receipt_number"]), int(meta["first_z_number"])
        first = pruned_to(database, incarnation, server_key)
        chain = (
            Chain(incarnation, public_key or stated, 1, first_receipt - 1, first_z - 1)
            if first == 1
            else Chain(incarnation, public_key or stated, first)
        )
    except (KeyError, ValueError) as error:
        raise Corrupt(file=database.path.name, why=f"it doesn't say whose it is: {error}") from error
    for wrong in altered_pages(database):
        chain.complain(0, f"a page of the file was altered: {wrong}")
    for row in _rows(database):
        chain.check(row, _sides(database, row))
    return chain.report()


def altered_pages(database: Database) -> list[str]:
    """What SQLCipher says of each page of the file whose authentication doesn't hold.

    It looks past the write-ahead log. A page that is whole there is none of them: the power may have gone while it was
    written back, and the file is only read here.
    """
    told = [str(row[0]) for row in database.all("PRAGMA cipher_integrity_check")]
    logged = pages_in_log(database.path) if told else frozenset[int]()
    found = [(line, re.fullmatch(r"HMAC verification failed for page (\d+)", line)) for line in told]
    return [line for line, page in found if page is None or int(page[1]) not in logged]


def pruned_to(database: Database, incarnation: UUID, server_key: bytes | None) -> int:
    """The number of the first fact if the server signed for all before it, else 1: then they are missing."""
    first = database.one("SELECT min(number) FROM fact")
    kept = database.one("SELECT value FROM meta WHERE key = 'proof'")
    if first is None or first[0] is None or first[0] == 1 or kept is None or server_key is None:
        return 1
    try:
        anchor = msgspec.msgpack.decode(bytes(kept[0]))
        number, hash_ = anchor["acknowledged"], anchor["hash"]
        held = database.one("SELECT hash FROM fact WHERE number = ?", (number,))
        signed = b"tillpoint.ack.1\x00" + incarnation.bytes + number.to_bytes(8, "big") + hash_
        signed += anchor["epoch"].to_bytes(8, "big")
        Ed25519PublicKey.from_public_bytes(server_key).verify(anchor["signature"], signed)
    except (InvalidSignature, msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return 1
    return int(first[0]) if held is not None and bytes(held[0]) == hash_ else 1


def _rows(database: Database) -> Iterator[tuple[Any, ...]]:
    after = 0
    while rows := database.all(
        "SELECT number, id, hlc, kind, schema, payload, previous, hash, signature FROM fact"
        " WHERE number > ? ORDER BY number LIMIT ?",
        (after, _PAGE),
    ):
        yield from rows
        after = rows[-1][0]


def _sides(database: Database, row: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if row[3] not in ("member.registered", "member.edited"):
        return []
    return database.all("SELECT name, salt, body FROM side WHERE number = ?", (row[0],))
