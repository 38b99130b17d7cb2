"""Who asks: nonces that the server needn't remember, and requests signed over them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, select

from shared_models.orm.server import device
from shared_models.wire.messages import INCARNATION_HEADER, NONCE_HEADER, SIGNATURE_HEADER, request_message
from sync_server.api.problems import Refused
from sync_server.enrolment import pepper_place
from sync_server.ingest.locks import SERVER
from sync_server.server import Server

NONCE_VALID_S = 300
_TIME_BYTES, _RANDOM_BYTES, _TAG_BYTES = 8, 8, 16


@dataclass(frozen=True, slots=True)
class Device:
    incarnation: UUID
    store_id: str
    state: str
    public_key: bytes
    pepper_sealed: bytes
    head_number: int
    head_hash: bytes
    pulled_version: int

    def pepper(self, server: Server) -> bytes:
        return server.sealer.open(self.pepper_sealed, pepper_place(self.incarnation))


def find_device(connection: Connection, incarnation: UUID) -> Device:
    """The till with that incarnation; raise ``Refused`` (device-unknown)."""
    found = connection.execute(
        select(device).where(device.c.incarnation == incarnation, device.c.state != SERVER)
    ).one_or_none()
    if found is None:
        raise Refused("device-unknown", "Enrol this till again with a code from head office.")
    return Device(
        incarnation, found.store_id, found.state, bytes(found.public_key), bytes(found.pepper_sealed),
        found.head_number, bytes(found.head_hash), found.pulled_version,
    )  # fmt: skip


def new_nonce(server: Server, incarnation: UUID) -> bytes:
    """The server's time and chance, and a tag by which it knows its own nonce for that device again."""
    stamp = server.ports.clock.now_ms().to_bytes(_TIME_BYTES, "big")
    start = stamp + server.ports.randomness.secret(_RANDOM_BYTES)
    return start + _nonce_tag(server, incarnation, start)


def authenticate(
    server: Server, connection: Connection, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Device:
    """The device that signed this request, body as sent, over a nonce that is still good; raise ``Refused``."""
    try:
        incarnation = UUID(headers[INCARNATION_HEADER])
        nonce = base64.b64decode(headers[NONCE_HEADER], validate=True)
        signature = base64.b64decode(headers[SIGNATURE_HEADER], validate=True)
    except (KeyError, ValueError, binascii.Error) as error:
        raise Refused("bad-message", "The headers that sign a request are missing or unreadable.") from error
    found = find_device(connection, incarnation)
    _check_nonce(server, incarnation, nonce)
    message = request_message(method, path, nonce, hashlib.sha256(body).digest())
    try:
        Ed25519PublicKey.from_public_bytes(found.public_key).verify(signature, message)
    except InvalidSignature as error:
        raise Refused("signature-invalid", "The request isn't signed by this device.") from error
    return found


def _check_nonce(server: Server, incarnation: UUID, nonce: bytes) -> None:
    start, tag = nonce[: _TIME_BYTES + _RANDOM_BYTES], nonce[_TIME_BYTES + _RANDOM_BYTES :]
    if not hmac.compare_digest(tag, _nonce_tag(server, incarnation, start)):
        raise Refused("nonce-expired", "The nonce isn't one of this server's. Say hello again.")
    age_ms = server.ports.clock.now_ms() - int.from_bytes(start[:_TIME_BYTES], "big")
    if not -NONCE_VALID_S * 1_000 <= age_ms <= NONCE_VALID_S * 1_000:
        raise Refused("nonce-expired", "The nonce is too old. Say hello again.")


def _nonce_tag(server: Server, incarnation: UUID, start: bytes) -> bytes:
    return hmac.digest(server.identity.nonce_key, b"nonce\0" + incarnation.bytes + start, hashlib.sha256)[:_TAG_BYTES]
