"""An auditor's check of a journal file: every fact, from the first to the last, without server or till.

It follows ``docs/protocol.md`` by its own arithmetic and not through the code that wrote the file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

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


@dataclass(slots=True)
class _Walk:
    incarnation: bytes
    key: Ed25519PublicKey
    previous: bytes
    receipt: int
    z: int
    number: int = 0
    hlc: int = 0
    sales: int = 0
    erased: int = 0
    problems: list[Problem] = field(default_factory=list)

    def complain(self, number: int, why: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(number, why))


def verify_journal(path: Path, key: bytes, public_key: bytes | None = None) -> Report:
    """Check the journal at ``path``, opened read-only with its database ``key``.

    ``public_key`` is the device's as head office has it; without it the one in the file is taken, which finds damage
    but not a forger. Raise ``WrongKey``, ``NewerDatabase``, ``Corrupt`` if the file can't be read at all.
    """
    database = Database(connect(path, key, Durability.FULL, read_only=True), path)
    try:
        return _verify(database, public_key)
    finally:
        database.close()


def _verify(database: Database, public_key: bytes | None) -> Report:
    found = database.one("PRAGMA user_version")
    if found and found[0] > JOURNAL.format:
        raise NewerDatabase(file=database.path.name)
    if database.one("SELECT 1 FROM sqlite_master WHERE name = 'fact'") is None:
        raise Corrupt(file=database.path.name, why="it is no journal")
    meta = {name: bytes(value) for name, value in database.all("SELECT key, value FROM meta")}
    try:
        incarnation, stated = meta["incarnation"], meta["public_key"]
        first_receipt, first_z = int(meta["first_receipt_number"]), int(meta["first_z_number"])
        checked_by = Ed25519PublicKey.from_public_bytes(public_key or stated)
    except (KeyError, ValueError) as error:
        raise Corrupt(file=database.path.name, why=f"it doesn't say whose it is: {error}") from error
    start = hashlib.sha256(b"tillpoint.chain.1\x00" + incarnation + (public_key or stated)).digest()
    walk = _Walk(incarnation, checked_by, start, first_receipt - 1, first_z - 1)
    for wrong in database.all("PRAGMA cipher_integrity_check"):
        walk.complain(0, f"a page of the file was altered: {wrong[0]}")
    for row in _rows(database):
        _check(walk, row)
        _check_sides(walk, row, database)
    return Report(
        UUID(bytes=incarnation), public_key or stated, walk.number, walk.sales, walk.previous, walk.erased,
        tuple(walk.problems),
    )  # fmt: skip


def _rows(database: Database) -> Iterator[tuple[Any, ...]]:
    after = 0
    while rows := database.all(
        "SELECT number, id, hlc, kind, schema, payload, previous, hash, signature FROM fact"
        " WHERE number > ? ORDER BY number LIMIT ?",
        (after, _PAGE),
    ):
        yield from rows
        after = rows[-1][0]


def _check(walk: _Walk, row: tuple[Any, ...]) -> None:
    number, id_, hlc, kind, schema, payload, previous, hash_, signature = row
    if number != walk.number + 1:
        walk.complain(number, f"facts {walk.number + 1} to {number - 1} are missing")
    if previous != walk.previous:
        walk.complain(number, "it doesn't follow the fact before it")
    if hlc <= walk.hlc:
        walk.complain(number, "its clock doesn't rise")
    name = kind.encode()
    content = b"".join((
        b"tillpoint.fact.1\x00", id_, walk.incarnation, number.to_bytes(8, "big"), hlc.to_bytes(8, "big"),
        schema.to_bytes(2, "big"), len(name).to_bytes(1, "big"), name, hashlib.sha256(payload).digest(), previous,
    ))  # fmt: skip
    if hashlib.sha256(content).digest() != hash_:
        walk.complain(number, "its hash isn't that of its content")
    try:
        head = b"tillpoint.head.1\x00" + walk.incarnation + number.to_bytes(8, "big") + hash_
        walk.key.verify(signature, head)
    except InvalidSignature:
        walk.complain(number, "it isn't signed by the device")
    _check_numbers(walk, number, kind, payload)
    walk.number, walk.hlc, walk.previous = number, hlc, hash_


def _check_numbers(walk: _Walk, number: int, kind: str, payload: bytes) -> None:
    plain = _plain(walk, number, payload)
    if kind == "sale.confirmed":
        walk.sales += 1
        if plain.get("receipt_number") != walk.receipt + 1:
            walk.complain(number, f"receipt {walk.receipt + 1} is missing before it")
        walk.receipt = plain.get("receipt_number", walk.receipt + 1)
    elif kind == "shift.closed":
        if plain.get("z_number") != walk.z + 1:
            walk.complain(number, f"Z report {walk.z + 1} is missing before it")
        walk.z = plain.get("z_number", walk.z + 1)


def _check_sides(walk: _Walk, row: tuple[Any, ...], database: Database) -> None:
    number, kind, payload = row[0], row[3], row[5]
    if kind != "member.registered":
        return
    side = database.one("SELECT salt, body FROM side WHERE number = ? AND name = 'profile'", (number,))
    if side is None:
        walk.erased += 1
        return
    try:
        committed = base64.b64decode(_plain(walk, number, payload).get("profile", ""), validate=True)
    except (binascii.Error, TypeError):
        committed = b""
    if hashlib.sha256(b"tillpoint.side.1\x00" + side[0] + side[1]).digest() != committed:
        walk.complain(number, "its personal data isn't what it commits to")


def _plain(walk: _Walk, number: int, payload: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(payload)
    except ValueError:
        plain = None
    if not isinstance(plain, dict):
        walk.complain(number, "its payload isn't a JSON object")
        return {}
    return plain
