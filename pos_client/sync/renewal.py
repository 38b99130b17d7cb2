"""Setting a till up anew: its lane goes on in a new journal, under a new key.

Needed when the journal was copied, rolled back or damaged, when the lane has another till by now, or when the server
doesn't know this one any more. Nothing is lost: the old file is kept aside, and the new journal tells again what the
server doesn't have of it. Each step can be repeated after a crash or a lost answer.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.app.ports import Clock, Ids, Network, Randomness, Storage
from pos_client.store.database import KEY_BYTES, Corrupt, Database, Durability, WrongKey
from pos_client.store.generations import Generation, Generations
from pos_client.store.journal import Identity, Journal, make_identity
from pos_client.store.keys import Keys, KeyStore
from pos_client.store.meta import Meta
from pos_client.store.outbox import Standing
from pos_client.store.salvage import Salvaged, Wreck, salvage
from pos_client.store.schema import JOURNAL, make_current
from pos_client.sync.client import Refused, enrol
from pos_client.sync.enrolment import JOURNAL_FILE, CodeInvalid, public_key_of
from shared_models.domain.facts import MAX_PAYLOAD_BYTES, Fact
from shared_models.domain.member import PROFILE_SIDE
from shared_models.domain.retold import FactRetold
from shared_models.wire.facts import Undecodable, decode
from shared_models.wire.messages import EnrolAnswer, Predecessor, encode, succession_message

NEW_FILE: Final = "journal-new.db"
UUID_BYTES: Final = 16
_RETOLD: Final = "fact.retold"
_LONGEST_RETOLD_BYTES: Final = MAX_PAYLOAD_BYTES // 2
"""What fits into another fact's payload, as base64 text."""

_NEXT_KEY: Final = "next_device_key"
_KEPT: Final = {
    "shift": (
        "id, cashier_id, business_date, opened_number, closed_number, float_minor, cash_minor, takings_minor, sales"
    ),
    "open_sale": "id, state, doc, changed_hlc",
    "print_job": "number, fact_number, state, attempts, message, document",
    "payment_attempt": "id, sale_id, kind, state, amount_minor, reference",
    "sign_in_attempt": "staff_id, failures, locked_until_ms",
}
"""What a lane takes along into its new journal, beside the facts: an open shift goes on, with its figures."""

_LATER: Final = ("returns, refunds_minor", "paid_in_minor, paid_out_minor, dropped_minor, openings")
"""Figures of a shift that the journal of an older version lacks, by the version that brought them."""

_OWN: Final = {
    "own_member": "number, member_id, doc, phone_hash, last4, phone_reversed, terms",
    "own_edit": "number, member_id, doc, phone_hash, phone_reversed, terms",
}
"""What is kept of a fact, by its number, until the server's rows have it."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """``retold`` facts of the old journal are told again, ``missing`` can't be. ``aside`` is where it lies now."""

    identity: Identity
    retold: int
    missing: int
    aside: str


@dataclass(frozen=True, slots=True)
class _Old:
    """What is known of the journal so far."""

    identity: Identity | None
    salvaged: Salvaged
    receipt_number: int
    z_number: int
    whole: bool
    forgotten: bool = False


def renew_device(
    home: Path, code: str, key_store: KeyStore, network: Network, storage: Storage, randomness: Randomness,
    clock: Clock, ids: Ids, software: str, *, damaged: bool, replica: Generation | None,
) -> Renewed:  # fmt: skip
    """Enrol with ``code`` as a new incarnation of this till's lane; the till isn't running meanwhile.

    ``damaged``: its journal doesn't hold. ``replica`` is the generation to go on with: it must count all that the
    server has of the old journal. Raise ``CodeInvalid``, ``SyncTrouble``, ``Refused``, ``DiskFull``.
    """
    settle(home, key_store, storage)
    keys = key_store.load()
    path = home / JOURNAL_FILE
    wreck = Wreck(lambda: storage.open(path, keys.database, Durability.FULL), path, keys.database, damaged=damaged)
    try:
        old = _read_old(wreck, public_key_of(keys))
        device_key = _next_key(home, keys, storage, randomness)
        new_keys = Keys(keys.database, device_key)
        public_key = public_key_of(new_keys)
        try:
            answer = enrol(network, code, public_key, software, _predecessor(old, keys, public_key))
        except Refused as refused:
            if refused.problem.code == "code-invalid":
                raise CodeInvalid from None
            raise
        identity = _make(home, new_keys, public_key, answer, storage, clock, ids, old, wreck, replica)
    finally:
        wreck.close()
    new_keys = Keys(keys.database, device_key, pepper=answer.pepper, phone=answer.phone_key, server=answer.server_key)
    key_store.save(new_keys)
    aside = settle(home, key_store, storage)
    return Renewed(identity, len(old.salvaged.facts), old.salvaged.missing, aside)


def settle(home: Path, key_store: KeyStore, storage: Storage) -> str:
    """Finish a renewal that was interrupted after its keys were saved; the name of the old journal, if it was.

    From the moment the keys are those of the new journal, it is complete and the only one to go on with.
    """
    new, current = home / NEW_FILE, home / JOURNAL_FILE
    if not new.exists():
        return ""
    keys = key_store.load()
    database = storage.open(new, keys.database, Durability.FULL)
    try:
        meta = Meta(database)
        if database.one("SELECT 1 FROM sqlite_master WHERE name = 'meta'") is None:
            return ""
        if not keys.enrolled or meta.blob("public_key") != public_key_of(keys):
            return ""
        aside = meta.text("aside")
        with database.transaction():
            database.run("DELETE FROM meta WHERE key = ?", (_NEXT_KEY,))
        database.one("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()
    if current.exists():
        for suffix in ("-wal", "-shm", ""):
            part = current.with_name(current.name + suffix)
            if part.exists():
                part.rename(home / (aside + suffix))
    for suffix in ("-wal", "-shm"):
        new.with_name(new.name + suffix).unlink(missing_ok=True)
    new.rename(current)
    return aside


def _read_old(wreck: Wreck, own_key: bytes) -> _Old:
    """Of a damaged page's versions the one that loses nothing counts; ``own_key`` if none says which key it has."""
    incarnation, public_key = wreck.value("incarnation") or b"", wreck.value("public_key") or own_key
    receipt_number, z_number = max(_numbers(wreck, "receipt_number")), max(_numbers(wreck, "z_number"))
    if len(incarnation) != UUID_BYTES or len(public_key) != len(own_key):
        return _Old(None, Salvaged([], [], 0), receipt_number, z_number, whole=False)
    store_id = (wreck.value("store_id") or b"").decode(errors="replace")
    identity = Identity(UUID(bytes=incarnation), store_id, max(_numbers(wreck, "lane")), public_key)
    standing = (wreck.value("standing") or b"").decode(errors="replace")
    forgotten = standing == Standing.UNKNOWN  # a server that doesn't know us has nothing of ours
    after = 0 if forgotten else min(_numbers(wreck, "acknowledged"))
    salvaged = _tellable(salvage(wreck, identity.incarnation, public_key, after))
    rolled_back = max(_numbers(wreck, "rolled_back"))
    whole = not (wreck.damaged or forgotten or salvaged.missing or rolled_back)
    return _Old(identity, salvaged, receipt_number, z_number, whole, forgotten)


def _numbers(wreck: Wreck, name: str) -> list[int]:
    """At least one."""
    return [int(one) for one in wreck.values(name) if one.isdigit()] or [0]


def _tellable(salvaged: Salvaged) -> Salvaged:
    """Without what a fact can't hold. Only garbage is so large."""
    facts = [fact for fact in salvaged.facts if len(fact.payload) <= _LONGEST_RETOLD_BYTES]
    return Salvaged(facts, salvaged.sides, salvaged.missing + len(salvaged.facts) - len(facts))


def _next_key(home: Path, keys: Keys, storage: Storage, randomness: Randomness) -> bytes:
    """The new journal's key, kept before anyone hears of it; what else an interrupted renewal left is made anew."""
    path = home / NEW_FILE
    device_key: bytes | None = None
    if path.exists():
        try:
            database = storage.open(path, keys.database, Durability.FULL)
        except (Corrupt, WrongKey):
            database = None
        if database is not None:
            try:
                if database.one("SELECT 1 FROM sqlite_master WHERE name = 'meta'") is not None:
                    device_key = Meta(database).blob(_NEXT_KEY)
            finally:
                database.close()
        if device_key is not None:
            return device_key
        storage.remove(path)
    device_key = randomness.secret(KEY_BYTES)
    database = storage.open(path, keys.database, Durability.FULL)
    try:
        make_current(database, JOURNAL)
        with database.transaction():
            Meta(database).put(_NEXT_KEY, device_key)
    finally:
        database.close()
    return device_key


def _predecessor(old: _Old, keys: Keys, public_key: bytes) -> Predecessor | None:
    if old.identity is None or old.forgotten or public_key_of(keys) != old.identity.public_key:
        return None
    message = succession_message(old.identity.incarnation, old.receipt_number, old.z_number, public_key)
    return Predecessor(
        incarnation=old.identity.incarnation,
        receipt_number=old.receipt_number,
        z_number=old.z_number,
        whole=old.whole,
        signature=Ed25519PrivateKey.from_private_bytes(keys.device).sign(message),
    )


def _make(
    home: Path, keys: Keys, public_key: bytes, answer: EnrolAnswer, storage: Storage, clock: Clock, ids: Ids,
    old: _Old, wreck: Wreck, replica: Generation | None,
) -> Identity:  # fmt: skip
    """Fill the new journal, from the start: nobody uses it before its keys are saved."""
    identity = Identity(answer.incarnation, answer.store_id, answer.lane, public_key)
    before = old.identity
    same_lane = before is not None and (before.store_id, before.lane) == (answer.store_id, answer.lane)
    receipt, z = answer.receipt_number, answer.z_number
    if same_lane:
        receipt, z = max(receipt, old.receipt_number), max(z, old.z_number)
    database = storage.open(home / NEW_FILE, keys.database, Durability.FULL)
    try:
        with database.transaction():
            _empty(database)
            make_identity(database, identity, receipt, z)
            meta = Meta(database)
            meta.put("epoch", answer.epoch)
            meta.put("last_contact_ms", clock.now_ms())
            meta.put("aside", f"journal-{before.incarnation if before else answer.incarnation}-old.db")
            if answer.certificate is not None:
                meta.put("certificate", encode(answer.certificate))
            for table, columns in _KEPT.items():
                _fill(database, table, columns, wreck.rows(table, columns))
            for columns in _LATER:
                sets = ", ".join(f"{name} = ?" for name in columns.split(", "))
                database.many(f"UPDATE shift SET {sets} WHERE id = ?", wreck.rows("shift", f"{columns}, id"))  # noqa: S608 - our own names
        if replica is not None and same_lane:
            _take_along(home, keys, storage, database, replica)
        journal = Journal(database, Ed25519PrivateKey.from_private_bytes(keys.device).sign, clock, ids)
        _retell(journal, old, wreck)
    finally:
        database.close()
    return identity


def _empty(database: Database) -> None:
    for table in ("fact", "side", "effect", "value_effect", "own_receipt", "lease", *_OWN, *_KEPT):
        database.run(f"DELETE FROM {table}")  # noqa: S608 - our own names
    database.run("DELETE FROM meta WHERE key <> ?", (_NEXT_KEY,))


def _fill(database: Database, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(columns.split(", ")))
    database.many(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - our own names


def _retell(journal: Journal, old: _Old, wreck: Wreck) -> None:
    """Each fact that the server doesn't have, as a fact of the new journal, with its side records and effects."""
    beside = {side.number: side for side in old.salvaged.sides if side.name == PROFILE_SIDE}
    own = {(table, columns): {row[0]: row[1:] for row in wreck.rows(table, columns)} for table, columns in _OWN.items()}
    for fact in old.salvaged.facts:
        side = beside.get(fact.number)
        sides = [(side.name, side.salt, side.body)] if side else []
        told = journal.append(_as_told_first(fact), sides=sides)
        for (table, columns), rows in own.items():
            if fact.number in rows:
                with journal.database.transaction():
                    _fill(journal.database, table, columns, [(told.number, *rows[fact.number])])


def _as_told_first(fact: Fact) -> FactRetold:
    """A fact that was told for another journal already is told again as that journal's."""
    if fact.kind == _RETOLD:
        with suppress(Undecodable):
            payload = decode(fact)
            if isinstance(payload, FactRetold):
                return payload
    return FactRetold.of(fact)


def _take_along(home: Path, keys: Keys, storage: Storage, database: Database, replica: Generation) -> None:
    """Go on with the server's state as the old journal knew it, in a copy that counts nothing of the new one yet."""
    generation = Generation(replica.epoch, replica.number + 1, replica.key)
    storage.remove(home / generation.file)
    shutil.copy(home / replica.file, home / generation.file)
    copy = storage.open(home / generation.file, generation.key or keys.database, Durability.NORMAL)
    try:
        with copy.transaction():
            for table in ("member", "value_row", "document"):
                copy.run(f"UPDATE {table} SET counted = 0 WHERE counted > 0")  # noqa: S608 - our own names
        copy.one("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        copy.close()
    with database.transaction():
        Generations.point(database, generation)
