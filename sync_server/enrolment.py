"""How a till becomes known: a code made for its lane, used once, for one key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, select

from shared_models.domain.administration import DeviceEnrolled, DeviceRevoked
from shared_models.domain.facts import chain_start
from shared_models.orm.server import device, enrolment_code, store
from shared_models.wire.messages import EnrolAnswer, EnrolRequest
from sync_server.act import Act
from sync_server.errors import BadInput
from sync_server.ingest.intake import ACTIVE, REVOKED, SERVER, lock_device
from sync_server.ingest.server_device import ServerDevice
from sync_server.lending import note_declared
from sync_server.ports import Randomness
from sync_server.server import Server

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that can be taken for a digit."""

CODE_LETTERS = 12
_GROUP = 4
_PEPPER_BYTES = 32
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class CodeInvalid(Exception):
    """A code that was never made, has expired, or was used by another till."""


@dataclass(frozen=True, slots=True)
class _Lane:
    receipt_number: int
    z_number: int


def new_code(randomness: Randomness) -> str:
    """Twelve letters, 60 random bits, in groups of four."""
    number = int.from_bytes(randomness.secret(8), "big")
    letters = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(CODE_LETTERS))
    return "-".join(letters[start : start + _GROUP] for start in range(0, CODE_LETTERS, _GROUP))


def create_code(server: Server, store_id: str, lane: int, valid_s: int) -> str:
    """A new code for a lane of a store, stored as a keyed hash only; raise ``BadInput`` for an unknown store."""
    if lane < 1:
        raise BadInput("Lanes are numbered from 1.")
    code = new_code(server.ports.randomness)
    with server.acting() as act:
        if act.connection.scalar(select(store.c.id).where(store.c.id == store_id)) is None:
            raise BadInput(f"There is no store {store_id}. Create it first.")
        act.connection.execute(
            enrolment_code.insert().values(
                code_hash=_code_hash(server, code),
                store_id=store_id,
                lane=lane,
                expires_ms=act.now_ms + valid_s * 1_000,
                incarnation=None,
            )
        )
    return code


def enrol(server: Server, request: EnrolRequest) -> EnrolAnswer:
    """Make a device of a key and a code; the same pair again gets the same answer. Raise ``CodeInvalid``."""
    with server.acting() as act:
        code_hash = _code_hash(server, request.code)
        found = act.connection.execute(
            select(enrolment_code).where(enrolment_code.c.code_hash == code_hash).with_for_update()
        ).one_or_none()
        if found is None:
            raise CodeInvalid("This code is not known. Ask head office for a new one.")
        if found.incarnation is not None:
            return _again(server, act.connection, found.incarnation, request.public_key)
        if found.expires_ms <= act.now_ms:
            raise CodeInvalid("This code has expired. Ask head office for a new one.")
        incarnation = _create_device(server, act, found.store_id, found.lane, request)
        act.connection.execute(
            enrolment_code.update().where(enrolment_code.c.code_hash == code_hash).values(incarnation=incarnation)
        )
        return _answer(server, act.connection, incarnation)


def revoke(server: Server, incarnation: UUID) -> None:
    """From here on the device gets nothing; raise ``UnknownDevice``, or ``BadInput`` for the server's own."""
    with server.acting() as act:
        found = lock_device(act.connection, incarnation)
        if found.state == SERVER:
            raise BadInput("The server's own device can't be revoked.")
        if found.state == REVOKED:
            return
        act.connection.execute(device.update().where(device.c.incarnation == incarnation).values(state=REVOKED))
        ServerDevice(server).record(act, DeviceRevoked(incarnation))


def _create_device(server: Server, act: Act, store_id: str, lane: int, request: EnrolRequest) -> UUID:
    incarnation = server.ports.ids.new()
    pepper = server.ports.randomness.secret(_PEPPER_BYTES)
    before = _lane(act.connection, store_id, lane)
    act.connection.execute(
        device.insert().values(
            incarnation=incarnation,
            store_id=store_id,
            lane=lane,
            public_key=request.public_key,
            pepper_sealed=server.sealer.seal(pepper, pepper_place(incarnation)),
            state=ACTIVE,
            head_number=0,
            head_hash=chain_start(incarnation, request.public_key),
            head_hlc=0,
            receipt_number=before.receipt_number,
            z_number=before.z_number,
            enrolled_ms=act.now_ms,
            contact_ms=act.now_ms,
            pulled_version=0,
            software=request.software,
        )
    )
    note_declared(act, incarnation, server.epoch(act.connection))
    ServerDevice(server).record(act, DeviceEnrolled(incarnation, store_id, lane, request.public_key))
    return incarnation


def _lane(connection: Connection, store_id: str, lane: int) -> _Lane:
    """The last numbers that any incarnation of the lane told us of."""
    row = connection.execute(
        select(
            func.coalesce(func.max(device.c.receipt_number), 0), func.coalesce(func.max(device.c.z_number), 0)
        ).where(device.c.store_id == store_id, device.c.lane == lane)
    ).one()
    return _Lane(row[0], row[1])


def _again(server: Server, connection: Connection, incarnation: UUID, public_key: bytes) -> EnrolAnswer:
    known = connection.scalar(select(device.c.public_key).where(device.c.incarnation == incarnation))
    if known is None or not hmac.compare_digest(bytes(known), public_key):
        raise CodeInvalid("This code was used by another till. Ask head office for a new one.")
    return _answer(server, connection, incarnation)


def _answer(server: Server, connection: Connection, incarnation: UUID) -> EnrolAnswer:
    found = connection.execute(select(device).where(device.c.incarnation == incarnation)).one()
    return EnrolAnswer(
        incarnation=incarnation,
        store_id=found.store_id,
        lane=found.lane,
        server_key=server.identity.public_key,
        phone_key=server.identity.phone_key,
        pepper=server.sealer.open(found.pepper_sealed, pepper_place(incarnation)),
        epoch=server.epoch(connection),
        receipt_number=found.receipt_number,
        z_number=found.z_number,
    )


def pepper_place(incarnation: UUID) -> bytes:
    """Where in the database a device's sealed pepper belongs."""
    return b"device.pepper." + incarnation.bytes


def _code_hash(server: Server, code: str) -> bytes:
    plain = code.upper().translate(_MISREAD)
    return hmac.digest(server.identity.nonce_key, b"enrolment\0" + plain.encode(), hashlib.sha256)
