"""What a visitor may see of a member: the person for some roles, a mask for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from shared_models.domain import phone
from shared_models.domain.member import Profile
from shared_models.wire.facts import decode_profile
from sync_server.head_office.gate import Visitor
from sync_server.ledger.profiles import profile_place
from sync_server.server import Server

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Person:
    """``is_known`` is false once the personal data was erased. ``masked``: this visitor sees a mask, not the person."""

    name: str
    phone: str
    birthday: str
    is_known: bool = True
    masked: bool = False


ERASED = Person("", "", "", is_known=False)


def person(server: Server, visitor: Visitor, row: Row[Any]) -> Person:
    """The person of a member's row (with ``id``, ``sealed``). Nothing is opened for a role that may not see it."""
    if row.sealed is None:
        return ERASED
    if not visitor.sees_people:
        return Person(HIDDEN, HIDDEN, HIDDEN, masked=True)
    profile = _profile(server, row.id, bytes(row.sealed))
    return Person(profile.name, grouped(profile.phone), profile.birthday)


def profile(server: Server, row: Row[Any]) -> Profile:
    """The whole profile of a member's row, empty if it was erased: for who may see it."""
    return _profile(server, row.id, bytes(row.sealed)) if row.sealed is not None else Profile("", "")


def people(server: Server, visitor: Visitor, rows: Sequence[Row[Any]]) -> dict[UUID, Person]:
    return {row.id: person(server, visitor, row) for row in rows}


def phone_hash(server: Server, typed: str) -> bytes:
    """To look a typed number up by; empty if it isn't a phone number."""
    try:
        return phone.keyed_hash(phone.normalise(typed), server.identity.phone_key)
    except phone.BadPhone:
        return b""


def grouped(number: str) -> str:
    """A stored number as people read it: ``+86 138 0013 8000``, others in fours."""
    if number.startswith("86") and len(number) == 13:
        return f"+86 {number[2:5]} {number[5:9]} {number[9:]}"
    return f"+{number}" if number.isdigit() else number


def _profile(server: Server, member_id: UUID, sealed: bytes) -> Profile:
    try:
        return decode_profile(server.sealer.open(sealed, profile_place(member_id)))
    except msgspec.DecodeError:
        return Profile("", "")
