"""Two registrations that may be one person: linked for review, joined after a check, parted again. And what the shop
gives a person once.

Facts of the server's own device.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared_models.domain.member import Lot

REGISTER = "register"
"""The act whose rule in the programme is the welcome gift."""


class Check(StrEnum):
    """How it was found out that two members are one person."""

    DESK = "desk"


@dataclass(frozen=True, slots=True)
class MembersLinked:
    """Kind ``members.linked``: two members that may be one person, ``why`` says by what (``phone``). Nothing changes
    for either until somebody has looked."""

    first: UUID
    second: UUID
    why: str


@dataclass(frozen=True, slots=True)
class MembersJoined:
    """Kind ``members.joined``: ``gone`` is the same person as ``kept`` and from here on shown as that. ``on`` is the
    day whose points can pay the other's debt."""

    kept: UUID
    gone: UUID
    on: date
    by: str
    how: Check
    note: str = ""


@dataclass(frozen=True, slots=True)
class MembersParted:
    """Kind ``members.parted``: two different people, who were linked or joined. Each has again what is their own."""

    first: UUID
    second: UUID
    on: date
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class MemberRewarded:
    """Kind ``member.rewarded``: what an act without a purchase earned the member, or the taking back of it."""

    member_id: UUID
    act: str
    on: date
    lot: Lot | None = None
    growth: int = 0
    taken_back: int = 0
