"""What the accountant is given to read: the machines' facts, and what they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from shared_models.domain.facts import Fact
from shared_models.domain.member import Profile

CouponOnScreen = tuple[str, UUID | None]
"""A coupon's state, and the sale that used it."""

Pool = tuple[str, str]
"""Kind and key of something that is lent to tills."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a machine says of a member: the points of all lots less the debt, growth and tier."""

    points: int
    growth: int
    tier: str


@dataclass(frozen=True, slots=True)
class PersonOnScreen:
    """Who a till takes a member for: ``id`` is whom they were joined into."""

    id: UUID
    masked_name: str
    last4: str
    consents: tuple[tuple[str, bool], ...]
    aliases: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A member's own row on the server."""

    profile: Profile | None
    consents: tuple[tuple[str, bool], ...]
    alias_of: UUID | None


@dataclass(frozen=True, slots=True)
class CouponState:
    """``is_issued``: somebody told of its issue. ``store_id`` is the only store whose tills know it, if not empty."""

    state: str
    sale_id: UUID | None
    store_id: str
    is_issued: bool


@dataclass(frozen=True, slots=True)
class LeaseRow:
    incarnation: UUID
    kind: str
    key: str
    amount: int
    used: int
    state: str


@dataclass(frozen=True, slots=True)
class Booked:
    """When the server took a fact, and the side record that came with it."""

    received_ms: int
    side: bytes | None


@dataclass(slots=True)
class TillBooks:
    """A till's books: its journal and those it had before, which sales it told the customer were done and, by the
    codes of their receipts, which returns, by lane and receipt number which rewards, what it shows.

    ``is_alone``: nobody copied, lost or put back its disk. ``is_gone``: it never came back, and nobody knows what it
    did unheard. ``held``: what is left of the leases it holds.
    """

    name: str
    incarnation: UUID
    public_key: bytes
    store_id: str
    lane: int
    facts: list[Fact]
    before: list[list[Fact]]
    told: list[UUID]
    told_returns: list[str]
    told_rewards: list[tuple[int, int]]
    unsent: int
    shown: Mapping[UUID, Shown]
    people: Mapping[UUID, PersonOnScreen]
    value: Mapping[UUID, int]
    coupons: Mapping[UUID, CouponOnScreen]
    held: Mapping[UUID, int]
    is_alone: bool = True
    is_gone: bool = False


@dataclass(slots=True)
class ServerBooks:
    """The server's books. ``own`` are its own journals. ``sales`` is receipt code and total of each row, ``returns``
    the same and the state, ``uses`` coupon, sale and why it is disputed, so that a doubled row would be seen; ``moved``
    is id and amount of each movement of cash. ``lots`` is the last day of each lot of points that something is left of,
    ``gifts`` each stock of gifts."""

    facts: Mapping[UUID, list[Fact]]
    own: list[UUID]
    booked: Mapping[tuple[UUID, int], Booked]
    sales: list[tuple[str, int]]
    returns: list[tuple[str, int, str]]
    moved: list[tuple[UUID, int]]
    shown: Mapping[UUID, Shown]
    lots: Mapping[UUID, date]
    people: Mapping[UUID, Person]
    value: Mapping[UUID, int]
    coupons: Mapping[UUID, CouponState]
    uses: list[tuple[UUID, UUID, str]]
    leases: Mapping[UUID, LeaseRow]
    gifts: Mapping[UUID, int]
    quarantined: int
    frozen: int


@dataclass(slots=True)
class Account:
    """The findings. ``state_hash`` is the same for the same seed and nothing else."""

    facts: int = 0
    sales: int = 0
    returns: int = 0
    points_earned: int = 0
    points_redeemed: int = 0
    state_hash: str = ""
    violations: list[str] = field(default_factory=list)
