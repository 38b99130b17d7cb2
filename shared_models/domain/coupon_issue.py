"""Issuing coupons: by hand, in bulk, at events, and by a sale for the next purchase (CPN-1).

The ids are made before, so that a job that is run again issues nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_code import CouponCode, ForgedCoupon
from shared_models.domain.coupon_rules import CouponRule, IssuedBy
from shared_models.domain.expiry import days_later
from shared_models.domain.text import N_


class NotIssued(StrEnum):
    """``NO_MEMBER``: it needs an owner, or one whose coupons can be counted. ``OVER``: nothing is left of its days."""

    QUANTITY = "quantity"
    PER_MEMBER = "per_member"
    NO_MEMBER = "no_member"
    OVER = "over"


NOT_ISSUED_TEXTS: dict[NotIssued, str] = {
    NotIssued.QUANTITY: N_("All coupons of this kind have been given out."),
    NotIssued.PER_MEMBER: N_("This member has had all coupons of this kind."),
    NotIssued.NO_MEMBER: N_("This kind of coupon is for members only. Choose a member."),
    NotIssued.OVER: N_("This kind of coupon is over. Choose another one or make it run longer."),
}


class Recipient(NamedTuple):
    """``member_id`` is ``None`` for a coupon in nobody's name."""

    coupon_id: UUID
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class SoFar:
    """Coupons of one rule issued so far: their number, those to each of the recipients, and which of the ids at hand
    are among them. Those that were cancelled count as issued."""

    total: int = 0
    by_member: Mapping[UUID, int] = field(default_factory=dict)
    ids: Set[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Batch:
    """``coupons`` are new; ``left_out`` says why others got none. Who had theirs before is in neither."""

    coupons: tuple[Coupon, ...]
    left_out: tuple[tuple[Recipient, NotIssued], ...]


def window(rule: CouponRule, on: date) -> tuple[date, date] | None:
    """First and last day of a coupon issued on ``on`` (store's calendar), within the days of its deal; ``None`` if
    nothing is left of them."""
    first = days_later(on, rule.issue.start_days)
    last = days_later(first, rule.issue.valid_days - 1)
    first, last = max(first, rule.deal.valid_from), min(last, rule.deal.valid_to or date.max)
    return (first, last) if first <= last else None


def issue(
    rule: CouponRule, recipients: Iterable[Recipient], on: date, so_far: SoFar, issued_by: UUID | None = None
) -> Batch:
    """A coupon for each of ``recipients`` in turn, as long as the rule's limits last; ``issued_by`` is the sale."""
    days, total, counts, seen = window(rule, on), so_far.total, dict(so_far.by_member), set(so_far.ids)
    coupons: list[Coupon] = []
    left_out: list[tuple[Recipient, NotIssued]] = []
    for each in recipients:
        if each.coupon_id in seen:
            continue
        why = _why_not(rule, each.member_id, total, counts)
        if days is None or why is not None:
            left_out.append((each, why or NotIssued.OVER))
            continue
        seen.add(each.coupon_id)
        total += 1
        if each.member_id is not None:
            counts[each.member_id] = counts.get(each.member_id, 0) + 1
        coupons.append(Coupon(each.coupon_id, rule.id, *days, each.member_id, issued_by=issued_by))
    return Batch(tuple(coupons), tuple(left_out))


def by_sale(
    rule: CouponRule, sale_id: UUID, paid_minor: int, recipient: Recipient, on: date, so_far: SoFar
) -> Coupon | None:
    """The coupon that a sale of ``paid_minor`` brings for a later purchase: one from ``Issue.from_minor`` on, however
    much more it is."""
    if rule.issue.by is not IssuedBy.SALE or paid_minor < rule.issue.from_minor:
        return None
    return next(iter(issue(rule, [recipient], on, so_far, sale_id).coupons), None)


def by_code(rule: CouponRule, code: CouponCode) -> Coupon:
    """The coupon that a short code of ``rule`` stands for, as far as somebody knows who can't ask the server: it is
    nobody's, unused, and good on all days of its deal.

    Serial numbers count from 0. Raise ``ForgedCoupon`` for one that is never issued; whether the code is genuine is
    checked before (``CouponCode.check``).
    """
    if code.number != rule.number or (rule.issue.quantity is not None and code.serial >= rule.issue.quantity):
        raise ForgedCoupon
    return Coupon(code.coupon_id, rule.id, rule.deal.valid_from, rule.deal.valid_to or date.max)


def _why_not(rule: CouponRule, member_id: UUID | None, total: int, counts: Mapping[UUID, int]) -> NotIssued | None:
    limits = rule.issue
    if member_id is None and (rule.personal or limits.per_member is not None):
        return NotIssued.NO_MEMBER
    if limits.quantity is not None and total >= limits.quantity:
        return NotIssued.QUANTITY
    if member_id is not None and limits.per_member is not None and counts.get(member_id, 0) >= limits.per_member:
        return NotIssued.PER_MEMBER
    return None
