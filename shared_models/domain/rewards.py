"""What points buy besides money off a bill: goods, coupons, services, draws, a tier (DESK-2, DESK-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared_models.domain.audience import EVERYBODY, Audience, Setting
from shared_models.domain.errors import DomainError
from shared_models.domain.limits import NO_LIMITS, Allowance, Limits
from shared_models.domain.offer import Window, runs
from shared_models.domain.text import N_


class RewardRefused(DomainError):
    """A reward that can't be had now. The subclasses say why."""

    code = "reward_refused"
    template = N_("This reward can't be had.")


class RewardNotNow(RewardRefused):
    code = "reward_not_now"
    template = N_("{name} can't be had here and now by this member. Offer another reward.")


class TooFewPoints(RewardRefused):
    code = "too_few_points"
    template = N_("{missing} points are missing for {name}.")


class RewardsUsedUp(RewardRefused):
    code = "rewards_used_up"
    template = N_("No more of {name} can be had. Offer another reward.")


class RewardKind(StrEnum):
    """``goods``: a product from the store's gift stock; ``coupon``: a kind of coupon; ``tier``: a grant of a tier."""

    GOODS = "goods"
    COUPON = "coupon"
    SERVICE = "service"
    DRAW = "draw"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class Reward:
    """``what`` names the product, kind of coupon, service, draw or tier. ``limits`` reach over all stores."""

    id: str
    names: Mapping[str, str]
    kind: RewardKind
    what: str
    points: int
    valid_from: date
    valid_to: date | None = None
    audience: Audience = EVERYBODY
    limits: Limits = NO_LIMITS

    @property
    def limited_as(self) -> str:
        """What its limits are counted under: a deal may have the same id."""
        return f"reward:{self.id}"


def is_on(reward: Reward, on: date) -> bool:
    """Whether ``on`` is one of its days."""
    return reward.valid_from <= on and (reward.valid_to is None or on <= reward.valid_to)


def claim(reward: Reward, times: int, balance: int, left: Allowance | None, setting: Setting, name: str) -> int:
    """The points that ``times`` of ``reward`` cost a member with ``balance`` spendable points.

    ``left`` is what the reward's limits leave, ``None`` if nobody could count; ``name`` is for the sentence. Raise
    ``RewardRefused``; nothing is spent then.
    """
    if times < 1:
        raise ValueError("a claim is for at least one")
    if setting.member is None or not runs(reward.valid_from, reward.valid_to, Window(), reward.audience, setting):
        raise RewardNotNow(name=name)
    if reward.limits != NO_LIMITS and (left is None or left.times < times):
        raise RewardsUsedUp(name=name)
    cost = reward.points * times
    if cost > balance:
        raise TooFewPoints(name=name, missing=cost - balance)
    return cost
