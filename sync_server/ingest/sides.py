"""Side records: the personal data beside facts, checked against what the facts commit to and kept sealed."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from shared_models.domain.facts import SALT_BYTES, Fact, Side, commitment
from shared_models.domain.member import PROFILE_SIDE, MemberRegistered, Profile
from shared_models.domain.profile_edit import MemberEdited, ProfileChange
from shared_models.domain.retold import FactRetold
from shared_models.orm.server import side as side_table
from shared_models.wire.facts import Payload, decode_change, decode_profile
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.reading import MAX_TEXT
from sync_server.store import Sealer
from sync_server.store.statements import Row, add

_ABOUT_PEOPLE = frozenset({"member.registered", "member.edited"})
MAX_PROFILE_BYTES = 64 * 1024
MAX_PREFERENCES = 100

_UNREADABLE = "A profile can't be read; it was kept as it is."


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
        body = self._committed(fact, payload.member_id, payload.profile, alerts)
        profile = _read_profile(body) if body is not None else None
        if body is not None and profile is None:
            alerts.add("side-unreadable", _UNREADABLE, fact, payload.member_id)
        return profile

    def change(self, fact: Fact, payload: MemberEdited, alerts: Alerts) -> ProfileChange | None:
        """The changed fields that the fact commits to; ``None`` if it changes none or, with an alert, they can't be
        had."""
        if payload.profile is None:
            return None
        body = self._committed(fact, payload.member_id, payload.profile, alerts)
        change = _read_change(body) if body is not None else None
        if body is not None and change is None:
            alerts.add("side-unreadable", _UNREADABLE, fact, payload.member_id)
        return change

    def _committed(self, fact: Fact, member_id: UUID, committed: bytes, alerts: Alerts) -> bytes | None:
        """The body of the fact's side record, which is kept."""
        side = self._given.get((fact.number, PROFILE_SIDE))
        if side is None:
            alerts.add("side-missing", "A fact about a person came without their profile.", fact, member_id)
            return None
        if len(side.salt) != SALT_BYTES or not hmac.compare_digest(commitment(side.salt, side.body), committed):
            alerts.add(
                "side-mismatch", "A profile isn't the one its fact commits to; it was left out.", fact, member_id
            )
            return None
        self._keep(side)
        return side.body

    def alert_stray(self, fact: Fact, payload: Payload, alerts: Alerts) -> None:
        """Side records that a readable fact doesn't commit to aren't kept: nobody could say whose they are."""
        is_about_person = isinstance(payload, MemberRegistered | MemberEdited) and payload.profile is not None
        may_be = isinstance(payload, FactRetold) and payload.kind in _ABOUT_PEOPLE
        expected = {PROFILE_SIDE} if is_about_person or may_be else set()
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
    return profile if _is_modest(profile) else None


def _read_change(body: bytes) -> ProfileChange | None:
    if len(body) > MAX_PROFILE_BYTES:
        return None
    try:
        change = decode_change(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return change if _is_modest(change.over(Profile("", ""))) else None


def _is_modest(profile: Profile) -> bool:
    texts = (profile.name, profile.phone, profile.birthday, profile.gender, profile.language, *profile.preferences)
    return max(map(len, texts)) <= MAX_TEXT and len(profile.preferences) <= MAX_PREFERENCES


def side_place(incarnation: UUID, number: int, name: str) -> bytes:
    """Where in the database a side record belongs; its plain text is MessagePack ``[salt, body]``."""
    return b"side." + incarnation.bytes + number.to_bytes(8, "big") + name.encode()
