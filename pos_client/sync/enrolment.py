"""Becoming a device: keys first, then the one-time code, then a journal that knows whose it is.

Each step can be repeated after a crash or a lost answer: the keys are kept, and the same code with the same key gives
the same answer again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.app.ports import Clock, Network, Randomness, Storage
from pos_client.store.database import KEY_BYTES, Durability
from pos_client.store.journal import Identity, make_identity
from pos_client.store.keys import Keys, KeysMissing, KeyStore
from pos_client.store.meta import Meta
from pos_client.store.schema import JOURNAL, make_current
from pos_client.sync.client import Refused, enrol
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_
from shared_models.wire.messages import EnrolAnswer, encode

JOURNAL_FILE: Final = "journal.db"


class AlreadyEnrolled(DomainError):
    code = "already_enrolled"
    template = N_("This till is enrolled already. To set it up anew, choose an empty folder for it.")


class CodeInvalid(DomainError):
    code = "code_invalid"
    template = N_("This code is wrong, used up or too old. Ask head office for a new one.")


def enrol_device(
    home: Path, code: str, key_store: KeyStore, network: Network, storage: Storage, randomness: Randomness,
    clock: Clock, software: str,
) -> Identity:  # fmt: skip
    """Enrol with ``code``. Raise ``AlreadyEnrolled``, ``CodeInvalid``, ``SyncTrouble``, ``Refused``."""
    keys = _keys(key_store, randomness)
    if keys.enrolled and (home / JOURNAL_FILE).exists():
        raise AlreadyEnrolled
    public_key = public_key_of(keys)
    try:
        answer = enrol(network, code, public_key, software)
    except Refused as refused:
        if refused.problem.code == "code-invalid":
            raise CodeInvalid from None
        raise
    storage.remove(home / JOURNAL_FILE)
    identity = _make_journal(home, keys, public_key, answer, storage, clock)
    key_store.save(
        Keys(keys.database, keys.device, pepper=answer.pepper, phone=answer.phone_key, server=answer.server_key)
    )
    return identity


def public_key_of(keys: Keys) -> bytes:
    """The raw Ed25519 public key of the device."""
    return Ed25519PrivateKey.from_private_bytes(keys.device).public_key().public_bytes_raw()


def _keys(key_store: KeyStore, randomness: Randomness) -> Keys:
    """The keys there are, or new ones, kept before anyone hears of them."""
    try:
        return key_store.load()
    except KeysMissing:
        keys = Keys(randomness.secret(KEY_BYTES), randomness.secret(KEY_BYTES))
        key_store.save(keys)
        return keys


def _make_journal(
    home: Path, keys: Keys, public_key: bytes, answer: EnrolAnswer, storage: Storage, clock: Clock
) -> Identity:
    identity = Identity(answer.incarnation, answer.store_id, answer.lane, public_key)
    database = storage.open(home / JOURNAL_FILE, keys.database, Durability.FULL)
    try:
        make_current(database, JOURNAL)
        with database.transaction():
            make_identity(database, identity, answer.receipt_number, answer.z_number)
            meta = Meta(database)
            meta.put("epoch", answer.epoch)
            meta.put("last_contact_ms", clock.now_ms())
            if answer.certificate is not None:
                meta.put("certificate", encode(answer.certificate))
    finally:
        database.close()
    return identity
