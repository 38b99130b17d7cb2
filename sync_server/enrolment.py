"""How a till becomes known: a code made for its lane, used once, for one key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import structs
from sqlalchemy import Connection, Row, select

from shared_models.domain.administration import DeviceEnrolled, DeviceRetired, DeviceRevoked
from shared_models.domain.facts import chain_start
from shared_models.orm.server import device, enrolment_code, store
from shared_models.wire.facts import Payload
from shared_models.wire.messages import (
    AgainRequest,
    Certificate,
    EnrolAnswer,
    EnrolRequest,
    Predecessor,
    again_message,
    certificate_message,
    succession_message,
)
from sync_server.act import Act
from sync_server.errors import BadInput
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.declarations import note_declared
from sync_server.ingest.locks import ACTIVE, FROZEN, RETIRED, REVOKED, SERVER, lock_device
from sync_server.ingest.server_device import ServerDevice
from sync_server.ports import Randomness
from sync_server.recovery import raise_epoch
from sync_server.server import Server

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that can be taken for a digit."""

CODE_LETTERS = 12
_GROUP = 4
_PEPPER_BYTES = 32
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class CodeInvalid(Exception):
    """A code that was never made, has expired, or was used by another till."""


class ForgedCertificate(Exception):
    """A certificate that this server didn't sign, or that somebody else than its device shows."""


RECEIPT_ROOM, Z_ROOM = 10_000, 100
"""How many numbers a lane leaves out when the device before may have used some that nobody knows of."""

_MOST_NUMBER = 10**12


@dataclass(frozen=True, slots=True)
class _Lane:
    """Numbers to go on above; ``known`` if none of them may be missing. ``before`` is the device shown to be the one
    before, ``newest_ms`` when the lane's newest was enrolled."""

    receipt_number: int
    z_number: int
    known: bool = True
    before: Row[Any] | None = None
    newest_ms: int = 0


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
        _shut_out(server, act, incarnation)


def _shut_out(server: Server, act: Act, incarnation: UUID) -> None:
    found = lock_device(act.connection, incarnation)
    if found.state == SERVER:
        raise BadInput("The server's own device can't be revoked.")
    if found.state == REVOKED:
        return
    act.connection.execute(device.update().where(device.c.incarnation == incarnation).values(state=REVOKED))
    ServerDevice(server).record(act, DeviceRevoked(incarnation))


def enrol_again(server: Server, request: AgainRequest) -> int:
    """Take a device in again that was enrolled after the backup that this server was restored from; return the epoch.

    A device that is known stays as it is. Raise ``ForgedCertificate``.
    """
    shown = request.certificate
    _check_certificate(server, request)
    with server.acting() as act:
        if act.connection.scalar(select(device.c.incarnation).where(device.c.incarnation == shown.incarnation)):
            return server.epoch(act.connection)
        _lock_lane(act.connection, shown.store_id, shown.lane)
        why = f"Lane {shown.lane} of store {shown.store_id} has a till that was enrolled after the backup."
        epoch = raise_epoch(server, act, shown.epoch, why)
        lane = _Lane(shown.receipt_number, shown.z_number)
        _add_device(
            server, act, shown.incarnation, shown.store_id, shown.lane, shown.public_key, request.pepper,
            shown.enrolled_ms, lane, request.software,
        )  # fmt: skip
        alerts = Alerts(act, server.ports.ids, shown.incarnation)
        alerts.add("enrolled-again", "A till enrolled after the backup is back. Revoke it if it was revoked since.")
        alerts.write()
    return epoch


def _check_certificate(server: Server, request: AgainRequest) -> None:
    shown = request.certificate
    try:
        message = certificate_message(shown)
        whole = len(shown.public_key) == len(request.pepper) == _PEPPER_BYTES and server.signed(
            message, shown.signature
        )
        if not whole:
            raise ForgedCertificate
        key = Ed25519PublicKey.from_public_bytes(shown.public_key)
        key.verify(request.signature, again_message(message, request.pepper))
    except (InvalidSignature, OverflowError, ValueError) as error:
        raise ForgedCertificate from error


def _create_device(server: Server, act: Act, store_id: str, lane: int, request: EnrolRequest) -> UUID:
    incarnation = server.ports.ids.new()
    before = _lane(act.connection, store_id, lane, request)
    enrolled_ms = max(act.now_ms, before.newest_ms + 1)
    pepper = _pepper(server, before.before)
    _add_device(
        server, act, incarnation, store_id, lane, request.public_key, pepper, enrolled_ms, before, request.software
    )
    note_declared(act, incarnation, server.epoch(act.connection))
    if not before.known:
        message = (
            f"Lane {lane} of store {store_id} goes on with receipt {before.receipt_number + 1}: which numbers below it "
            "the till before used isn't known."
        )
        alerts = Alerts(act, server.ports.ids, incarnation)
        alerts.add("numbers-unknown", message)
        alerts.write()
    return incarnation


def _add_device(
    server: Server, act: Act, incarnation: UUID, store_id: str, lane: int, public_key: bytes, pepper: bytes,
    enrolled_ms: int, before: _Lane, software: str,
) -> None:  # fmt: skip
    """One lane has one device: the one enrolled last. The others are retired."""
    others = _lock_lane(act.connection, store_id, lane)
    act.connection.execute(
        device.insert().values(
            incarnation=incarnation,
            store_id=store_id,
            lane=lane,
            public_key=public_key,
            pepper_sealed=server.sealer.seal(pepper, pepper_place(incarnation)),
            state=ACTIVE,
            head_number=0,
            head_hash=chain_start(incarnation, public_key),
            head_hlc=0,
            receipt_number=before.receipt_number,
            z_number=before.z_number,
            enrolled_ms=enrolled_ms,
            contact_ms=act.now_ms,
            pulled_version=0,
            software=software,
            receipt_start=before.receipt_number,
            z_start=before.z_number,
            handed_over=before.known,
        )
    )
    in_order = sorted(
        [(other.enrolled_ms, other.incarnation, other.state) for other in others] + [(enrolled_ms, incarnation, ACTIVE)]
    )
    newest = in_order[-1][1]
    retiring = [one for _, one, state in in_order[:-1] if state in (ACTIVE, FROZEN)]
    act.connection.execute(device.update().where(device.c.incarnation.in_(retiring)).values(state=RETIRED))
    acts: list[Payload] = [DeviceEnrolled(incarnation, store_id, lane, public_key)]
    acts += [DeviceRetired(one, newest) for one in retiring]
    ServerDevice(server).record_all(act, [(one, ()) for one in acts])


def _lock_lane(connection: Connection, store_id: str, lane: int) -> Sequence[Row[Any]]:
    """The lane's devices, in the order of their incarnations."""
    of_lane = select(device).where(device.c.store_id == store_id, device.c.lane == lane)
    return connection.execute(of_lane.order_by(device.c.incarnation).with_for_update()).all()


def _lane(connection: Connection, store_id: str, lane: int, request: EnrolRequest) -> _Lane:
    """Which numbers the lane goes on above, without using one twice.

    They are those that any of its devices told us of, or that the last one's own journal shows. Without that journal,
    whole, the last device may have used more than it told, unless it never got so far as to know who may sign in: the
    lane then leaves room.
    """
    devices = _lock_lane(connection, store_id, lane)
    receipt = max((one.receipt_number for one in devices), default=0)
    z = max((one.z_number for one in devices), default=0)
    newest_ms = max((one.enrolled_ms for one in devices), default=0)
    shown, before = request.predecessor, None
    if shown is not None:
        before = next((one for one in devices if one.incarnation == shown.incarnation), None)
        if before is None or not _succeeds(before, shown, request.public_key):
            raise CodeInvalid("This code is for another lane than the till's own. Ask head office for a new one.")
        receipt, z = max(receipt, shown.receipt_number), max(z, shown.z_number)
    whole_id = shown.incarnation if shown is not None and shown.whole else None
    if all(one.incarnation == whole_id or _is_told(one, devices) for one in devices):
        return _Lane(receipt, z, True, before, newest_ms)
    return _Lane(receipt + RECEIPT_ROOM, z + Z_ROOM, False, before, newest_ms)


def _pepper(server: Server, before: Row[Any] | None) -> bytes:
    """A new one, or that of the device before: its till goes on with the verifiers that it has."""
    if before is None:
        return server.ports.randomness.secret(_PEPPER_BYTES)
    return server.sealer.open(before.pepper_sealed, pepper_place(before.incarnation))


def _is_told(one: Row[Any], devices: Sequence[Row[Any]]) -> bool:
    """Whether nothing that a device did can be missing below the lane's numbers: it never worked, or the one that came
    after it has left room for that already."""
    later = [other for other in devices if (other.enrolled_ms, other.incarnation) > (one.enrolled_ms, one.incarnation)]
    return one.pulled_version == 0 or bool(later)


def _succeeds(before: Row[Any], shown: Predecessor, public_key: bytes) -> bool:
    if not (0 <= shown.receipt_number <= _MOST_NUMBER and 0 <= shown.z_number <= _MOST_NUMBER):
        return False
    message = succession_message(shown.incarnation, shown.receipt_number, shown.z_number, public_key)
    try:
        Ed25519PublicKey.from_public_bytes(bytes(before.public_key)).verify(shown.signature, message)
    except InvalidSignature:
        return False
    return True


def _again(server: Server, connection: Connection, incarnation: UUID, public_key: bytes) -> EnrolAnswer:
    known = connection.scalar(select(device.c.public_key).where(device.c.incarnation == incarnation))
    if known is None or not hmac.compare_digest(bytes(known), public_key):
        raise CodeInvalid("This code was used by another till. Ask head office for a new one.")
    return _answer(server, connection, incarnation)


def _answer(server: Server, connection: Connection, incarnation: UUID) -> EnrolAnswer:
    found = connection.execute(select(device).where(device.c.incarnation == incarnation)).one()
    epoch = server.epoch(connection)
    certificate = Certificate(
        incarnation=incarnation,
        store_id=found.store_id,
        lane=found.lane,
        public_key=bytes(found.public_key),
        enrolled_ms=found.enrolled_ms,
        epoch=epoch,
        receipt_number=found.receipt_start,
        z_number=found.z_start,
        signature=b"",
    )
    signature = server.identity.signing_key.sign(certificate_message(certificate))
    return EnrolAnswer(
        incarnation=incarnation,
        store_id=found.store_id,
        lane=found.lane,
        server_key=server.identity.public_key,
        phone_key=server.identity.phone_key,
        pepper=server.sealer.open(found.pepper_sealed, pepper_place(incarnation)),
        epoch=epoch,
        receipt_number=found.receipt_start,
        z_number=found.z_start,
        certificate=structs.replace(certificate, signature=signature),
    )


def pepper_place(incarnation: UUID) -> bytes:
    """Where in the database a device's sealed pepper belongs."""
    return b"device.pepper." + incarnation.bytes


def _code_hash(server: Server, code: str) -> bytes:
    plain = code.upper().translate(_MISREAD)
    return hmac.digest(server.identity.nonce_key, b"enrolment\0" + plain.encode(), hashlib.sha256)
