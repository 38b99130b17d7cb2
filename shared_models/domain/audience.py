"""Whom a rule is for, and what a price may depend on besides goods, rules and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from shared_models.domain.coupon import Coupon
from shared_models.domain.limits import Allowance

TILL = "till"
ONLINE = "online"
CHANNELS = (TILL, ONLINE)


@dataclass(frozen=True, slots=True)
class PricingMember:
    """The buyer. ``birthday`` is ``MM-DD`` or empty; ``first_purchase``: has never bought anything before. ``id`` is
    what personal coupons ask for."""

    tier: str
    birthday: str = ""
    segments: tuple[str, ...] = ()
    first_purchase: bool = False
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Where and with what a basket is paid. ``coupons`` are those presented. ``left`` is what rules with limits have
    left, by the rule's id; a limited rule that isn't in it doesn't apply. ``sale_id`` tells coupons that this very sale
    issued from others."""

    store: str = ""
    channel: str = TILL
    coupons: tuple[Coupon, ...] = ()
    left: Mapping[str, Allowance] = field(default_factory=dict)
    sale_id: UUID | None = None


NOWHERE = Visit()


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a rule may ask about a sale. ``at`` is in the store's zone, ``tier`` the member's as the programme knows
    it."""

    at: datetime
    tier: str | None = None
    member: PricingMember | None = None
    visit: Visit = NOWHERE


class Birthday(StrEnum):
    """``month``: the calendar month of the member's birthday."""

    ANY = ""
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Audience:
    """Each part that is set must hold; an empty one holds for everybody.

    ``tiers``, ``segments``, ``first_purchase`` and ``birthday`` are about a member: nobody else is meant by them.
    """

    members_only: bool = False
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    first_purchase: bool = False
    birthday: Birthday = Birthday.ANY

    def includes(self, setting: Setting, day: date) -> bool:
        """``day`` is the store's calendar day on which the rule's hours began."""
        visit, member = setting.visit, setting.member
        if (self.stores and visit.store not in self.stores) or (self.channels and visit.channel not in self.channels):
            return False
        if member is None:
            return not (self.members_only or self.tiers or self.segments or self.first_purchase or self.birthday)
        return (
            (not self.tiers or setting.tier in self.tiers)
            and (not self.segments or any(each in self.segments for each in member.segments))
            and (not self.first_purchase or member.first_purchase)
            and (not self.birthday or _celebrates(member.birthday, self.birthday, day))
        )


EVERYBODY = Audience()


def _celebrates(birthday: str, when: Birthday, day: date) -> bool:
    """Who was born on 29 February celebrates on the 28th in other years."""
    if when is Birthday.MONTH:
        return birthday[:2] == f"{day:%m}"
    if birthday == "02-29" and not _is_leap(day.year):
        return (day.month, day.day) == (2, 28)
    return birthday == f"{day:%m-%d}"


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
