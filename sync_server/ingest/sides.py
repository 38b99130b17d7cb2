"""Side records: the personal data beside facts, checked against what the facts commit to and kept sealed."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from shared_models.domain.facts import SALT_BYTES, Fact, Side, commitment
from shared_models.domain.member import PROFILE_SIDE, MemberRegistered, Profile
from shared_models.domain.retold import FactRetold
from shared_models.orm.server import side as side_table
from shared_models.wire.facts import Payload, decode_profile
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.reading import MAX_TEXT
from sync_server.store import Sealer
from sync_server.store.statements import Row, add

MEMBER_REGISTERED = "member.registered"
MAX_PROFILE_BYTES = 64 * 1024
MAX_PREFERENCES = 100


class Sides:
    """The side records of one batch's new facts. Those of facts we hold already were taken, or erased, before."""

    def __init__(self, sealer: Sealer, incarnation: UUID, sides: Iterable[Side]) -> None:
        self._sealer = sealer
        self._incarnation = incarnation
        self._given: dict[tuple[int, str], Side] = {}
        self._rows: list[Row] = []
        for side in sides:
            self._given.setdefault((side.number, side.name), side)

    def keep_unread(self, fact: Fact) -> None:
        """Keep all side records of a quarantined fact: whoever solves it needs them."""
        for (number, _), side in self._given.items():
            if number == fact.number:
                self._keep(side)

    def profile(self, fact: Fact, payload: MemberRegistered, alerts: Alerts) -> Profile | None:
        """The profile that the fact commits to; ``None``, with an alert, if it is missing or another one."""
        side = self._given.get((fact.number, PROFILE_SIDE))
        member_id = payload.member_id
        if side is None:
            alerts.add("side-missing", "A member was registered without their profile.", fact, member_id)
            return None
        if len(side.salt) != SALT_BYTES or not hmac.compare_digest(commitment(side.salt, side.body), payload.profile):
            alerts.add(
                "side-mismatch", "A profile isn't the one its fact commits to; it was left out.", fact, member_id
            )
            return None
        self._keep(side)
        profile = _read_profile(side.body)
        if profile is None:
            alerts.add("side-unreadable", "A profile can't be read; it was kept as it is.", fact, member_id)
        return profile

    def alert_stray(self, fact: Fact, payload: Payload, alerts: Alerts) -> None:
        """Side records that a readable fact doesn't commit to aren't kept: nobody could say whose they are."""
        registers = isinstance(payload, MemberRegistered) or (
            isinstance(payload, FactRetold) and payload.kind == MEMBER_REGISTERED
        )
        expected = {PROFILE_SIDE} if registers else set()
        for number, name in self._given:
            if number == fact.number and name not in expected:
                alerts.add("side-stray", f"A side record {name!r} belongs to no fact; it was left out.", fact)

    def write(self, act: Act) -> None:
        add(act.connection, side_table, self._rows)

    def _keep(self, side: Side) -> None:
        plain = msgspec.msgpack.encode((side.salt, side.body))
        self._rows.append(
            {
                "incarnation": self._incarnation, "number": side.number, "name": side.name,
                "sealed": self._sealer.seal(plain, side_place(self._incarnation, side.number, side.name)),
            }
        )  # fmt: skip


def kept_sides(sealer: Sealer, connection: Connection, incarnation: UUID, numbers: Sequence[int]) -> list[Side]:
    """The side records kept beside those facts of a device."""
    rows = connection.execute(
        select(side_table).where(side_table.c.incarnation == incarnation, side_table.c.number.in_(numbers))
    )
    sides = []
    for row in rows:
        salt, body = msgspec.msgpack.decode(sealer.open(row.sealed, side_place(incarnation, row.number, row.name)))
        sides.append(Side(row.number, row.name, salt, body))
    return sides


def _read_profile(body: bytes) -> Profile | None:
    """A profile of a size that the pages of every till can hold."""
    if len(body) > MAX_PROFILE_BYTES:
        return None
    try:
        profile = decode_profile(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    texts = (profile.name, profile.phone, profile.birthday, profile.gender, profile.language, *profile.preferences)
    return None if max(map(len, texts)) > MAX_TEXT or len(profile.preferences) > MAX_PREFERENCES else profile


def side_place(incarnation: UUID, number: int, name: str) -> bytes:
    """Where in the database a side record belongs; its plain text is MessagePack ``[salt, body]``."""
    return b"side." + incarnation.bytes + number.to_bytes(8, "big") + name.encode()
