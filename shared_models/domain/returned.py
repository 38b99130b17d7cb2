"""How much of a sale has come back: what the records say so far, and what a quantity of its goods is worth.

Each figure is a function of the quantities that have come back in all. A return gives the difference between two of its
values, so splitting one return into many, in any order, gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias
from uuid import UUID

from shared_models.domain.money import Rounding, currency_of, round_ratio
from shared_models.domain.refund import by_line, captured, payable
from shared_models.domain.return_record import Refund, SaleReturned
from shared_models.domain.sale import SaleConfirmed, SaleLine, TenderKind


class Worth(NamedTuple):
    """An amount and its tax, inside it or on top of it as the sale says."""

    net_minor: int
    tax_minor: int


Quantities: TypeAlias = Mapping[int, int]
"""Thousandths by the number of the sale's line."""

Reprice: TypeAlias = Callable[[Quantities], Mapping[int, Worth]]
"""The price of what is kept, line by line, under the sale's own programme, moment, member and visit."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """The sums of a sale's returns. ``uses`` is times and minor units by rule."""

    quantities: Quantities
    worth: Mapping[int, Worth]
    refunds: Mapping[UUID, Refund]
    taken_back: int
    growth: int
    coupons: frozenset[UUID]
    uses: Mapping[str, tuple[int, int]]


def so_far(sale: SaleConfirmed, records: Iterable[SaleReturned]) -> SoFar:
    """Add up the returns of ``sale``; one that is there twice counts once. ``ValueError`` for another sale's."""
    quantities = {line.number: 0 for line in sale.lines}
    worth = {line.number: Worth(0, 0) for line in sale.lines}
    refunds = {payment.id: Refund(payment.kind, payment.id, 0) for payment in captured(sale)}
    uses: dict[str, tuple[int, int]] = {}
    returns = {record.return_id: record for record in records}.values()
    for record in returns:
        if record.sale_id != sale.sale_id:
            raise ValueError(f"return {record.return_id} isn't of sale {sale.sale_id}")
        for line in record.lines:
            quantities[line.number] += line.quantity_milli
            net, tax = worth[line.number]
            worth[line.number] = Worth(net + line.net_minor, tax + line.tax_minor)
        for refund in record.refunds:
            if refund.payment_id is not None:
                refunds[refund.payment_id] = _add(refunds[refund.payment_id], refund)
        for use in record.uses:
            times, minor = uses.get(use.rule, (0, 0))
            uses[use.rule] = (times + use.times, minor + use.minor)
    members = [record.member for record in returns if record.member is not None]
    return SoFar(
        quantities=quantities,
        worth=worth,
        refunds=refunds,
        taken_back=sum(member.taken_back for member in members),
        growth=sum(member.growth for member in members),
        coupons=frozenset(coupon for record in returns for coupon in record.coupons),
        uses=uses,
    )


def all_back(sale: SaleConfirmed, back: Quantities) -> bool:
    return all(back[line.number] >= line.quantity_milli for line in sale.lines)


def worth_back(sale: SaleConfirmed, back: Quantities, reprice: Reprice | None = None) -> dict[int, Worth]:
    """What has to have been given back by line once ``back`` has come back.

    Without ``reprice`` each line's share, rounded down. With it what was paid less the price of what is kept, which is
    below zero on lines that cost more by themselves.
    """
    if reprice is None:
        return {line.number: _share(line, min(back[line.number], line.quantity_milli)) for line in sale.lines}
    kept = {line.number: line.quantity_milli - back[line.number] for line in sale.lines}
    kept = {number: quantity_milli for number, quantity_milli in kept.items() if quantity_milli > 0}
    prices = reprice(kept) if kept else {}
    found = {}
    for line in sale.lines:
        price = prices[line.number] if line.number in kept else Worth(0, 0)
        found[line.number] = Worth(line.net_minor - price.net_minor, line.tax_minor - price.tax_minor)
    return found


def sum_payable(sale: SaleConfirmed, worth: Mapping[int, Worth]) -> int:
    """What the amounts come to with tax."""
    on_top = not sale.prices_include_tax
    return sum(net + (tax if on_top else 0) for net, tax in worth.values())


def paid_by_points(sale: SaleConfirmed, worth: Mapping[int, Worth]) -> int:
    """What points had paid of ``worth``, rounded down by line; 0 if the lines don't say."""
    if not by_line(sale):
        return 0
    found = 0
    for line in sale.lines:
        whole, back = payable(sale, line), sum_payable(sale, {line.number: worth[line.number]})
        found += line.by_points_minor * back // whole if whole else 0
    return found


def points_kept(sale: SaleConfirmed, back: Quantities) -> int:
    """How many of the points granted the kept units earned: their exact points, rounded down once.

    Records of older versions don't say what a line earned; there the points are the lines' by net amount.
    """
    earned = sale.member.earned if sale.member else None
    if earned is None:
        return 0
    exact = sum((Fraction(line.points) * _kept(line, back) for line in sale.lines), Fraction(0))
    if not any(line.points for line in sale.lines):
        nets = sum(line.net_minor for line in sale.lines)
        kept = sum((line.net_minor * _kept(line, back) for line in sale.lines), Fraction(0))
        exact = earned.points * kept / (nets or 1)
    return min(earned.points, round_ratio(exact.numerator, exact.denominator, Rounding.DOWN))


def growth_kept(sale: SaleConfirmed, refunds: Iterable[Refund], back_minor: int, growth: int) -> int:
    """The growth of what stays paid, net of points, at ``growth`` per unit of currency, rounded down once."""
    if sale.member is None:
        return 0
    by_points = sum(each.amount_minor for each in captured(sale) if each.kind is TenderKind.POINTS)
    points_back = sum(refund.amount_minor for refund in refunds if refund.kind is TenderKind.POINTS)
    left = sum(payable(sale, line) for line in sale.lines) - back_minor - (by_points - points_back)
    unit_minor = currency_of(sale.currency).unit_minor
    return min(sale.member.growth, round_ratio(max(0, left) * growth, unit_minor, Rounding.DOWN))


def coupons_back(sale: SaleConfirmed, back: Quantities, rules: frozenset[str]) -> tuple[UUID, ...]:
    """The coupons of ``rules`` on whose goods nothing is kept; one that took nothing off waits for the whole sale."""
    return tuple(coupon.id for coupon in sale.coupons if coupon.rule in rules and _unused(sale, back, coupon.rule))


def uses_back(sale: SaleConfirmed, back: Quantities, times: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Times and minor units that each limited rule has got back. ``times`` is how often the sale used each."""
    found = {}
    for rule, used in times.items():
        minor = 0
        for line in sale.lines:
            off = -sum(each.amount_minor for each in line.adjustments if each.rule == rule)
            minor += off * min(back[line.number], line.quantity_milli) // line.quantity_milli
        found[rule] = (used if _unused(sale, back, rule) else 0, minor)
    return found


def _unused(sale: SaleConfirmed, back: Quantities, rule: str) -> bool:
    on = [line for line in sale.lines if any(each.rule == rule for each in line.adjustments)]
    return all(back[line.number] >= line.quantity_milli for line in on or sale.lines)


def _share(line: SaleLine, back_milli: int) -> Worth:
    if back_milli == line.quantity_milli:
        return Worth(line.net_minor, line.tax_minor)
    net = line.net_minor * back_milli // line.quantity_milli
    # By amount and not by quantity, so that nothing with tax is given back where no money is.
    return Worth(net, line.tax_minor * net // line.net_minor if line.net_minor else 0)


def _kept(line: SaleLine, back: Quantities) -> Fraction:
    return Fraction(max(0, line.quantity_milli - back[line.number]), line.quantity_milli)


def _add(one: Refund, other: Refund) -> Refund:
    return Refund(
        one.kind,
        one.payment_id,
        one.amount_minor + other.amount_minor,
        one.points + other.points,
        one.bonus_minor + other.bonus_minor,
    )
