"""A member as the till and the server both know one: points in lots, growth, tier; and what facts do to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared_models.domain.months import Month

REGISTERED = "member.registered"
PROFILE_SIDE = "profile"


@dataclass(frozen=True, slots=True)
class Profile:
    """The personal data of a registration: the body of the side record ``profile``.

    ``phone`` is normalised (digits, country code first, see ``phone.normalise``). ``birthday`` is ``MM-DD`` or
    ``YYYY-MM-DD`` or empty. ``preferences`` are category codes.
    """

    name: str
    phone: str
    birthday: str = ""
    gender: str = ""
    language: str = ""
    preferences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberRegistered:
    """Kind ``member.registered``. Who the person is stands in the side record that ``profile`` commits to.

    ``notice_version`` is the privacy notice that was shown, ``consents`` what was agreed to (e.g. ``marketing``),
    ``made_up`` marks people who don't exist.
    """

    member_id: UUID
    number: str
    store_id: str
    profile: bytes
    notice_version: str
    consents: tuple[str, ...]
    source: str
    registered_on: date
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that expire together. Valid through ``expires_on`` (store's business date). ``available_on`` is the first
    day they can be spent, ``None`` at once."""

    id: UUID
    points: int
    expires_on: date
    available_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A member's points. ``lots``: what is left, soonest expiry first, then id; ``debt`` is paid by the next points."""

    lots: tuple[Lot, ...] = ()
    debt: int = 0


@dataclass(frozen=True, slots=True)
class HeldTier:
    """A tier that the figures kept no longer explain: ``tier`` was had in month ``start``, since month ``since``.

    ``forgotten`` is the growth that counted no more.
    """

    tier: str
    since: int
    start: int
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """A tier that somebody gave for a time, first and last day included. ``by`` is who it was."""

    tier: str
    since: date
    until: date
    by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member's tier rests on. ``tier`` is what the figures gave in the newest of ``months``; what it is on a
    day, with grace and grants, says ``tier.evaluate``.

    ``growth`` and ``referrals`` are all there ever were. ``months``: the newest ``tier.MONTHS_KEPT`` with figures, in
    order. ``held`` is where the reckoning begins if it isn't at the first of them.
    """

    tier: str
    growth: int = 0
    referrals: int = 0
    months: tuple[Month, ...] = ()
    held: HeldTier | None = None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What one fact does to one member, on the fact's business date.

    A return has growth, spend and visits below zero, takes ``taken_back`` points that the goods had earned, and gives
    ``given_back`` lots of points that had paid for them; ``bought_on`` is the business date of the sale it undoes,
    ``None`` if that isn't known.
    """

    member_id: UUID
    on: date
    earned: Lot | None = None
    redeemed_points: int = 0
    growth: int = 0
    spend_minor: int = 0
    visits: int = 0
    taken_back: int = 0
    given_back: tuple[Lot, ...] = ()
    bought_on: date | None = None
    interactions: int = 0
    referrals: int = 0
