"""The coupon phase: of the coupons presented those that save most, on what all other offers left (CPN-1).

A coupon takes off what the deal of its rule takes off. Groups follow each other as those of deals do. In a group each
piece goes to one coupon. Where several coupons of one kind may follow each other in a sale, that is one choice of the
group, and one coupon of each kind beside the others is another; the choice that saves most is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from shared_models.domain.audience import Setting
from shared_models.domain.basket import BasketLine
from shared_models.domain.basket_offers import basket_offers, lot_of
from shared_models.domain.coupon import Coupon, CouponRefusal, usable
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal, Spend, parts_of
from shared_models.domain.deal_index import DealIndex
from shared_models.domain.limits import NO_LIMITS, UNLIMITED, Used
from shared_models.domain.near_miss import NearMiss
from shared_models.domain.offer import runs
from shared_models.domain.sale import COUPON_PHASE, Adjustment, UsedCoupon

MAX_COUPONS = 20
"""Coupons presented with one sale; more are refused, so that no basket takes long."""

Excluded = Mapping[str, Set[str]]


class OfferedLine(NamedTuple):
    """A line after the phases so far, before tax. ``offered``: an offer made it cheaper. ``left_minor`` is what it
    costs after ``adjustments``."""

    line: BasketLine
    left_minor: int
    offered: bool
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedCoupon:
    """A coupon that stays unused. ``missing_minor`` of money or ``missing_milli`` of goods would have let it count."""

    id: UUID
    rule: str
    why: CouponRefusal
    missing_minor: int = 0
    missing_milli: int = 0


@dataclass(frozen=True, slots=True)
class CouponOffers:
    """``adjustments`` line by line. ``used`` and ``refused`` are all that were presented."""

    adjustments: tuple[tuple[Adjustment, ...], ...]
    used: tuple[UsedCoupon, ...]
    refused: tuple[RefusedCoupon, ...]
    near_misses: tuple[NearMiss, ...]
    optimal: bool


class _Card(NamedTuple):
    """A coupon that may be used, with the rule it is of."""

    coupon: Coupon
    rule: CouponRule

    @property
    def key(self) -> str:
        """Its name as a deal of its own."""
        return f"{self.rule.id}\0{self.coupon.id}"


@dataclass(frozen=True, slots=True)
class _State:
    """What has come of the basket so far. ``used`` by the coupon's key."""

    lines: tuple[OfferedLine, ...]
    found: tuple[tuple[Adjustment, ...], ...]
    applied: Set[str]
    used: Mapping[str, Used] = field(default_factory=dict)
    near: tuple[NearMiss, ...] = ()
    optimal: bool = True

    @property
    def left_minor(self) -> int:
        return sum(line.left_minor for line in self.lines)


def coupon_offers(
    rules: Mapping[str, CouponRule],
    lines: Sequence[OfferedLine],
    setting: Setting,
    applied: Set[str],
    excluded: Excluded,
) -> CouponOffers:
    """``applied`` are the rules that have taken something off already, ``excluded`` those of ``Programme.excluded``."""
    cards, refused = _sorted_out(rules, setting)
    state = _State(tuple(lines), tuple(() for _ in lines), applied)
    for group in _groups(cards):
        played = [_played(state, rounds, setting, excluded) for rounds in _choices(group)]
        state = min(played, key=lambda each: each.left_minor)
    names = {card.key: card for card in cards}
    unused = [card for card in cards if card.key not in state.used]
    refused += [_unused(card, state, excluded) for card in unused]
    near = {miss.rule: miss for miss in state.near if miss.rule not in state.used}
    return CouponOffers(
        adjustments=tuple(
            tuple(replace(each, rule=names[each.rule].rule.id) for each in found) for found in state.found
        ),
        used=tuple(
            UsedCoupon(card.coupon.id, card.rule.id, state.used[card.key].minor)
            for card in cards
            if card.key in state.used
        ),
        refused=tuple(refused),
        near_misses=tuple(replace(miss, rule=names[key].rule.id) for key, miss in near.items()),
        optimal=state.optimal,
    )


def _sorted_out(rules: Mapping[str, CouponRule], setting: Setting) -> tuple[list[_Card], list[RefusedCoupon]]:
    """The coupons that may be used, soonest end first, so that the order of presenting them doesn't matter."""
    cards: list[_Card] = []
    refused: list[RefusedCoupon] = []
    counts: dict[str, int] = {}
    presented = {coupon.id: coupon for coupon in setting.visit.coupons}
    for coupon in sorted(presented.values(), key=lambda each: (each.valid_to, each.id)):
        rule = rules.get(coupon.rule)
        member_id = setting.member.id if setting.member else None
        why = usable(coupon, rule, member_id, setting.visit.sale_id, setting.at.date())
        if why is None:
            assert rule is not None
            why = _not_now(rule, counts.get(rule.id, 0), len(cards), setting)
        if why is not None:
            refused.append(RefusedCoupon(coupon.id, coupon.rule, why))
            continue
        assert rule is not None
        counts[rule.id] = counts.get(rule.id, 0) + 1
        cards.append(_Card(coupon, rule))
    return cards, refused


def _not_now(rule: CouponRule, same: int, taken: int, setting: Setting) -> CouponRefusal | None:
    """``same`` coupons of this rule, and ``taken`` in all, are in play already."""
    deal = rule.deal
    if not runs(deal.valid_from, deal.valid_to, deal.window, deal.audience, setting):
        return CouponRefusal.NOT_HERE_AND_NOW
    if deal.limits != NO_LIMITS:
        left = setting.visit.left.get(rule.id)
        if left is None or left.times <= same or not left.minor:
            return CouponRefusal.LIMIT
        if deal.limits.about_members and setting.member is None:
            return CouponRefusal.LIMIT
    if same >= rule.most_per_sale or taken >= MAX_COUPONS:
        return CouponRefusal.TOO_MANY
    return None


def _groups(cards: Sequence[_Card]) -> list[list[_Card]]:
    groups: dict[str, list[_Card]] = {}
    for card in cards:
        groups.setdefault(card.rule.deal.group, []).append(card)
    ranked = sorted(groups.items(), key=lambda each: (-max(card.rule.deal.priority for card in each[1]), each[0]))
    return [group for _, group in ranked]


def _choices(group: Sequence[_Card]) -> Iterator[list[list[_Card]]]:
    """Each choice is rounds of coupons that are tried together."""
    kinds: dict[str, list[_Card]] = {}
    for card in group:
        kinds.setdefault(card.rule.id, []).append(card)
    yield [[cards[0] for cards in kinds.values()]]
    for _, cards in sorted(kinds.items()):
        if len(cards) > 1:
            yield [[card] for card in cards]


def _played(state: _State, rounds: Sequence[Sequence[_Card]], setting: Setting, excluded: Excluded) -> _State:
    for cards in rounds:
        index = DealIndex((_deal(card, cards, state, setting, excluded) for card in cards), COUPON_PHASE)
        lots = [lot_of(index, each.line, each.left_minor, each.offered) for each in state.lines]
        done = basket_offers(index, [each.line for each in state.lines], lots, setting, state.applied)
        rules = {card.key: card.rule.id for card in cards}
        state = _State(
            lines=tuple(
                line._replace(left_minor=line.left_minor + sum(each.amount_minor for each in more))
                for line, more in zip(state.lines, done.adjustments, strict=True)
            ),
            found=tuple(old + more for old, more in zip(state.found, done.adjustments, strict=True)),
            applied=state.applied | {rules[key] for key in done.uses},
            used={**state.used, **done.uses},
            near=state.near + done.near_misses,
            optimal=state.optimal and done.optimal,
        )
    return state


def _deal(card: _Card, beside: Sequence[_Card], state: _State, setting: Setting, excluded: Excluded) -> Deal:
    """The coupon as a deal of its own, with what its kind may still take off."""
    deal = card.rule.deal
    barred = _barred(card, excluded)
    keys = {other.key for other in beside if other.rule.id in barred and other is not card}
    most = deal.most_minor
    if deal.limits != NO_LIMITS:
        prefix = f"{card.rule.id}\0"
        gone = sum(used.minor for key, used in state.used.items() if key.startswith(prefix))
        left = setting.visit.left[card.rule.id].minor - gone
        most = max(0, left if most is None else min(most, left)) if left < UNLIMITED else most
    excludes = tuple(sorted(barred | keys))
    return replace(deal, id=card.key, group="", limits=NO_LIMITS, most_minor=most, excludes=excludes)


def _barred(card: _Card, excluded: Excluded) -> Set[str]:
    return excluded.get(card.rule.id, frozenset())


def _unused(card: _Card, state: _State, excluded: Excluded) -> RefusedCoupon:
    """Why a coupon that might have been used took nothing off."""
    refused = RefusedCoupon(card.coupon.id, card.rule.id, CouponRefusal.BEATEN)
    deal = card.rule.deal
    goods = [line for line in state.lines if any(part.include(line.line.product) for part in parts_of(deal.terms))]
    wanted = [line for line in goods if not (deal.full_price_only and line.offered)]
    if _barred(card, excluded) & state.applied:
        return replace(refused, why=CouponRefusal.EXCLUDED)
    if not wanted:
        return replace(refused, why=CouponRefusal.FULL_PRICE_ONLY if goods else CouponRefusal.NO_GOODS)
    if isinstance(deal.terms, Spend):
        counted = sum(line.line.quantity_milli if deal.terms.by_quantity else line.left_minor for line in wanted)
        missing = deal.terms.steps[0].threshold - counted
        if missing > 0 and deal.terms.by_quantity:
            return replace(refused, why=CouponRefusal.THRESHOLD, missing_milli=missing)
        if missing > 0:
            return replace(refused, why=CouponRefusal.THRESHOLD, missing_minor=missing)
    return refused


__all__ = ["COUPON_PHASE", "MAX_COUPONS", "CouponOffers", "OfferedLine", "RefusedCoupon", "coupon_offers"]
