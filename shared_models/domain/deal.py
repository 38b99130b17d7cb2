"""Deals: offers on several goods together, such as spend-and-save, buy-X-get-Y and bundles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from shared_models.domain.audience import EVERYBODY, Audience, Setting
from shared_models.domain.limits import NO_LIMITS, Limits
from shared_models.domain.offer import ANY_TIME, AmountOff, Benefit, FixedPrice, Goods, PercentOff, Window, runs

MAX_STEPS = 20
MAX_PARTS = 8
MAX_PIECES = 100
MAX_TIMES = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """From ``threshold`` on, ``benefit`` comes off the goods together.

    ``threshold`` is minor units, or thousandths of the unit of sale where the deal counts quantities.
    """

    threshold: int
    benefit: PercentOff | AmountOff


@dataclass(frozen=True, slots=True)
class Spend:
    """Spend-and-save: of the steps reached the one that takes most off. It takes all of its goods or none.

    ``by_quantity`` counts pieces, kg and l instead of money. ``every``: an amount again for each full threshold, which
    then is the only step.
    """

    goods: Goods
    steps: tuple[Step, ...]
    by_quantity: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class Get:
    """Buy ``buy`` pieces and the next ``get`` have ``benefit`` each: 100 % is free, ``FixedPrice`` the price of one.

    Without ``rewards`` all are from ``goods``, and the cheapest of each set have it; with ``same`` a set is of one
    product. With ``rewards`` those pieces are from there. "The second at half price" is buy 1, get 1, 50 %.
    """

    goods: Goods
    buy: int
    get: int
    benefit: Benefit
    same: bool = False
    rewards: Goods | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """``count`` pieces of any of ``goods``."""

    goods: Goods
    count: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """All parts together for ``price_minor``; one part is mix-and-match ("any 3 for ¥10")."""

    parts: tuple[Part, ...]
    price_minor: int


@dataclass(frozen=True, slots=True)
class Each:
    """``benefit`` on each piece by itself, on as many as the deal applies times: "at most 2 at this price" (限购).

    A weighed line counts as one piece, with the benefit on the whole line, as a line offer has it.
    """

    goods: Goods
    benefit: Benefit


@dataclass(frozen=True, slots=True)
class Gift:
    """From ``threshold`` on, ``count`` pieces of ``rewards`` have ``benefit``: a gift (满额赠品), or one more thing for
    little (换购). ``every``: as many again for each full threshold.

    ``threshold`` is as ``Step``'s; ``by_quantity`` as ``Spend``'s. The goods count at the prices that the group found,
    whatever else they take part in, but goods that are among ``rewards`` don't. Only the rewards are used up.
    """

    goods: Goods
    threshold: int
    rewards: Goods
    count: int
    benefit: Benefit
    by_quantity: bool = False
    every: bool = False


Terms: TypeAlias = Spend | Get | Bundle | Each | Gift


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal, valid as an offer is; ``priority`` and ``id`` break ties.

    Deals of one ``group`` compete: a piece takes part in one of them, and the lowest total wins. Groups follow each
    other, the one with the highest priority in it first, and each counts on the prices the one before left. A deal
    applies at most ``most_times`` and takes at most ``most_minor`` off one sale (``None`` for no limit). It never
    applies beside a deal or a line offer that it ``excludes``, nor beside a deal that excludes it. ``full_price_only``
    leaves out goods that a line offer made cheaper. ``limits`` reach over many sales: what they leave comes with the
    visit.
    """

    id: str
    names: Mapping[str, str]
    terms: Terms
    valid_from: date
    valid_to: date | None = None
    window: Window = ANY_TIME
    priority: int = 0
    group: str = ""
    most_times: int | None = None
    most_minor: int | None = None
    excludes: tuple[str, ...] = ()
    full_price_only: bool = False
    audience: Audience = EVERYBODY
    limits: Limits = NO_LIMITS

    @property
    def order(self) -> tuple[int, str]:
        return (-self.priority, self.id)

    def is_live(self, setting: Setting) -> bool:
        """Whether it runs in ``setting``, and its limits leave something."""
        return self.runs(setting) and self.is_left(setting)

    def runs(self, setting: Setting) -> bool:
        """Whether it runs in ``setting``, limits aside."""
        return runs(self.valid_from, self.valid_to, self.window, self.audience, setting)

    def is_left(self, setting: Setting) -> bool:
        """Whether limits leave something: one with limits only if the visit says so, and one that counts members only
        for a member."""
        if self.limits == NO_LIMITS:
            return True
        left = setting.visit.left.get(self.id)
        if left is None or not left.times or not left.minor:
            return False
        return not self.limits.about_members or setting.member is not None


def parts_of(terms: Terms) -> tuple[Goods, ...]:
    """The goods that terms speak of, part by part."""
    match terms:
        case Spend(goods=goods) | Get(goods=goods, rewards=None) | Each(goods=goods):
            return (goods,)
        case Get(goods=goods, rewards=Goods() as rewards) | Gift(goods=goods, rewards=rewards):
            return (goods, rewards)
        case Bundle(parts=parts):
            return tuple(part.goods for part in parts)
    raise AssertionError(terms)


__all__ = [
    "MAX_PARTS",
    "MAX_PIECES",
    "MAX_STEPS",
    "MAX_TIMES",
    "AmountOff",
    "Bundle",
    "Deal",
    "Each",
    "FixedPrice",
    "Get",
    "Gift",
    "Part",
    "PercentOff",
    "Spend",
    "Step",
    "Terms",
    "parts_of",
]
