"""What a sale and other acts earn.

Of each line counts what is paid for it by tenders that earn, tax included and net of discounts. Its points are that,
in units of currency, × the rule's points × the tier's multiplier × the multipliers of its bonuses (multiplied with each
other, at most ``most_multiplier``), + the bonuses' extra points for each unit, if anything that earns was paid for it.
This is exact. Only their sum over the sale is rounded, once and down, and then capped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact, localcontext
from uuid import UUID

from shared_models.domain import expiry
from shared_models.domain.audience import Setting
from shared_models.domain.earn_rules import ActRule, EarnBonus, EarnRule, NotEarning, RedeemRule
from shared_models.domain.money import MAX_AMOUNT_MINOR, Rounding, round_minor, share
from shared_models.domain.pricing import PricedBasket, PricedLine
from shared_models.domain.programme_rules import Programme
from shared_models.domain.quantity import ONE_MILLI
from shared_models.domain.sale import Payment, PaymentState, PointsEarned, TenderKind

MAX_POINTS = MAX_AMOUNT_MINOR
"""What one sale can earn under any rule, so that every sum of points can be counted."""

_EXACT = Context(prec=1_000, traps=[Inexact])
_SHARE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class LineEarned:
    """``by_points_minor``: what points paid of the line; ``base_minor``: what of it counts; ``points``: exact, before
    rounding and caps."""

    by_points_minor: int
    base_minor: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class EarnedBefore:
    """The points that the member's sales have earned so far on the business day and in its calendar month."""

    day: int = 0
    month: int = 0


NONE_BEFORE = EarnedBefore()


@dataclass(frozen=True, slots=True)
class Reward:
    """What an act earns."""

    points: int = 0
    growth: int = 0


NOTHING = Reward()


def earn_lines(
    priced: PricedBasket,
    payments: Sequence[Payment],
    programme: Programme,
    tier: str | None,
    setting: Setting | None = None,
) -> tuple[LineEarned, ...]:
    """Line by line, for a member of ``tier``; without one no points. ``setting`` is the one the basket was priced in;
    without it no bonus runs."""
    running = [each for each in programme.earn.bonuses if setting is not None and each.is_live(setting)]
    multiplier = programme.tier(tier).earn_multiplier if tier is not None else Decimal(0)
    found = []
    with localcontext(_EXACT):
        for line, by_points, base in zip(priced.lines, *_bases(priced, payments, programme, tier), strict=True):
            points = Decimal(0)
            if base and tier is not None:
                bonuses = [each for each in running if each.goods.include(line.product)]
                per_minor = multiplier / programme.money.unit_minor
                points = _points(base, line, programme.earn, per_minor, bonuses)
            found.append(LineEarned(by_points, base, points))
    return tuple(found)


def earned(
    lines: Iterable[LineEarned],
    programme: Programme,
    tier: str,
    on: date,
    lot_id: UUID,
    before: EarnedBefore = NONE_BEFORE,
) -> PointsEarned | None:
    """The lot that a sale with these ``lines`` earns on business date ``on``, rounded down once; ``None`` for none."""
    base, exact = 0, Decimal(0)
    with localcontext(_EXACT):
        for line in lines:
            base += line.base_minor
            exact += line.points
    points = capped(round_minor(exact, Rounding.DOWN), programme.earn, before)
    if not points:
        return None
    lot = expiry.lot(lot_id, points, on, programme.earn)
    return PointsEarned(lot.id, points, lot.expires_on, base, programme.tier(tier).earn_multiplier, lot.available_on)


def capped(points: int, rule: EarnRule, before: EarnedBefore) -> int:
    """What the caps leave of a sale's ``points``."""
    room = [MAX_POINTS]
    if rule.most_per_sale is not None:
        room.append(rule.most_per_sale)
    if rule.most_per_day is not None:
        room.append(rule.most_per_day - before.day)
    if rule.most_per_month is not None:
        room.append(rule.most_per_month - before.month)
    return max(0, min(points, *room))


def reward(acts: Iterable[ActRule], act: str, done: int) -> Reward:
    """What ``act`` earns a member who has done it ``done`` times since ``Period.start`` of the rule's period; nothing
    if no rule knows it."""
    for rule in acts:
        if rule.act == act:
            return Reward(rule.points, rule.growth) if rule.most is None or done < rule.most else NOTHING
    return NOTHING


def _points(
    base_minor: int, line: PricedLine, rule: EarnRule, per_minor: Decimal, bonuses: Sequence[EarnBonus]
) -> Decimal:
    """``per_minor`` is the tier's multiplier for one minor unit. Every figure ends, so that nothing is rounded."""
    factor = Decimal(1)
    for bonus in bonuses:
        factor *= bonus.multiplier
    extra = Decimal(sum(bonus.extra for bonus in bonuses) * line.quantity_milli) / ONE_MILLI
    return _plain(base_minor * rule.points * per_minor * min(factor, rule.most_multiplier) + extra)


def _plain(value: Decimal) -> Decimal:
    """The same number, written without needless zeros and without a power of ten."""
    short = value.normalize()
    _, _, exponent = short.as_tuple()
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def _bases(
    priced: PricedBasket, payments: Sequence[Payment], programme: Programme, tier: str | None
) -> tuple[list[int], list[int]]:
    """Line by line what points paid, and what counts: what is left of it by them and by other tenders that don't earn,
    which are shared over what points left."""
    rule = programme.earn
    bills = [max(0, priced.payable_minor(line)) for line in priced.lines]
    by_points = _by_points(
        priced.lines, bills, _tendered(payments, (NotEarning.POINTS,)), programme.redeem.for_tier(tier)
    )
    left = [bill - part for bill, part in zip(bills, by_points, strict=True)]
    others = _tendered(payments, [kind for kind in rule.base_excludes if kind is not NotEarning.POINTS])
    gone = share(min(others, sum(left)), left)
    counted = left if NotEarning.POINTS in rule.base_excludes else bills
    return by_points, [
        0 if line.product.category in rule.excluded_categories else here - part
        for line, here, part in zip(priced.lines, counted, gone, strict=True)
    ]


def _tendered(payments: Iterable[Payment], kinds: Collection[NotEarning]) -> int:
    """What was paid by any of ``kinds``, in minor units."""
    paid = 0
    for each in payments:
        if each.state is not PaymentState.CAPTURED:
            continue
        match each.kind:
            case TenderKind.POINTS | TenderKind.VOUCHER:
                paid += each.amount_minor if NotEarning(each.kind.value) in kinds else 0
            case TenderKind.STORED_VALUE:
                paid += each.bonus_minor if NotEarning.STORED_VALUE_BONUS in kinds else 0
                paid += each.amount_minor - each.bonus_minor if NotEarning.STORED_VALUE in kinds else 0
    return paid


def _by_points(lines: Sequence[PricedLine], bills: Sequence[int], paid_minor: int, rule: RedeemRule) -> list[int]:
    """What points paid of each line: in proportion to how much of it they may pay.

    A till of other rules may have taken more; then it is shared over the goods that points may pay at all, and if it is
    more than those cost, over all. No line gets more than it costs.
    """
    shares = [int(rule.share_of(line.product.category).scaleb(_SHARE_DIGITS)) for line in lines]
    allowed = [bill * part for bill, part in zip(bills, shares, strict=True)]
    if paid_minor * 10**_SHARE_DIGITS <= sum(allowed):
        return share(paid_minor, allowed)
    payable = [bill if part else 0 for bill, part in zip(bills, shares, strict=True)]
    weights = payable if paid_minor <= sum(payable) else bills
    return share(min(paid_minor, sum(weights)), weights)


__all__ = [
    "MAX_POINTS",
    "NONE_BEFORE",
    "NOTHING",
    "EarnedBefore",
    "LineEarned",
    "Reward",
    "capped",
    "earn_lines",
    "earned",
    "reward",
]
