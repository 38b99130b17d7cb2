"""A recorded sale priced again from its own inputs: does the same arithmetic give the same figures?

A record says nothing of the buyer's birthday and earlier purchases, which some offers ask for. So a sale agrees if any
answer to these questions gives its figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared_models.domain import earning
from shared_models.domain.audience import PricingMember, Setting, Visit
from shared_models.domain.basket import Basket
from shared_models.domain.money import Rounding, round_ratio
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme_rules import Programme
from shared_models.domain.reprice import kept_basket
from shared_models.domain.sale import SaleConfirmed

Prices = Mapping[str, int]
"""By product: minor units for one unit."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``total_minor`` is before cash rounding; ``lines`` are gross, net and tax of each; ``points`` what the sale
    earned before caps over several sales, 0 without a member."""

    total_minor: int
    lines: tuple[tuple[int, int, int], ...]
    points: int
    growth: int


def told(sale: SaleConfirmed) -> Figures:
    """The figures that the customer was told."""
    member = sale.member
    return Figures(
        sale.total_minor - sale.rounding_minor,
        tuple((line.gross_minor, line.net_minor, line.tax_minor) for line in sale.lines),
        member.earned.points if member and member.earned else 0,
        member.growth if member else 0,
    )


def agrees(sale: SaleConfirmed, programme: Programme, at: datetime) -> Figures | None:
    """``None`` if the programme, at ``at`` in the store's zone, gives the sale's figures; else what it gives."""
    said, first = told(sale), None
    for found in _possible(sale, programme, at, {}):
        if _same(said, found, programme):
            return None
        first = first or found
    return first


def at_other_terms(sale: SaleConfirmed, programme: Programme, at: datetime, prices: Prices) -> Figures:
    """What the sale would have come to under ``programme``, with other ``prices`` of some products. Where an offer asks
    for more than the record says, the answer by which the sale agrees with its own programme isn't known either: that
    of a buyer without a birthday who has bought before is taken."""
    return next(_possible(sale, programme, at, prices))


def _same(said: Figures, found: Figures, programme: Programme) -> bool:
    """Caps over several sales may have left less of the points."""
    capped = programme.earn.most_per_day is not None or programme.earn.most_per_month is not None
    if capped and said.points <= found.points:
        found = replace(found, points=said.points)
    return said == found


def _possible(sale: SaleConfirmed, programme: Programme, at: datetime, prices: Prices) -> Iterator[Figures]:
    basket = _basket(sale, prices)
    for buyer in _buyers(sale, at):
        visit = Visit(store=sale.store_id, sale_id=sale.sale_id)
        priced = price(basket, programme, buyer, at, visit)
        yield _figures(sale, priced, programme, buyer, Setting(at, _tier(programme, buyer), buyer, visit))


def _figures(
    sale: SaleConfirmed, priced: PricedBasket, programme: Programme, buyer: PricingMember | None, setting: Setting
) -> Figures:
    tier = _tier(programme, buyer)
    lines = earning.earn_lines(priced, sale.payments, programme, tier, setting)
    points = growth = 0
    if tier is not None:
        earned = earning.earned(lines, programme, tier, sale.business_date, sale.sale_id)
        points = earned.points if earned else 0
        paid = max(0, priced.total_minor - sum(line.by_points_minor for line in lines))
        growth = round_ratio(paid * programme.earn.growth, programme.money.unit_minor, Rounding.DOWN)
    return Figures(
        priced.total_minor,
        tuple((line.gross_minor, line.net_minor, line.tax_minor) for line in priced.lines),
        points,
        min(growth, earning.MAX_POINTS),
    )


def _tier(programme: Programme, buyer: PricingMember | None) -> str | None:
    return programme.tier(buyer.tier).code if buyer else None


def _buyers(sale: SaleConfirmed, at: datetime) -> Iterator[PricingMember | None]:
    member, tier = sale.member, sale.inputs.tier
    if member is None or tier is None:
        yield None
        return
    for birthday in ("", _day(at.date()), _same_month(at.date())):
        for is_first in (False, True):
            yield PricingMember(tier, birthday, (), is_first, member.id)


def _day(on: date) -> str:
    return f"{on:%m-%d}"


def _same_month(on: date) -> str:
    return f"{on:%m}-{'01' if on.day != 1 else '02'}"


def _basket(sale: SaleConfirmed, prices: Prices) -> Basket:
    basket = kept_basket(sale, {line.number: line.quantity_milli for line in sale.lines})
    if not prices:
        return basket
    lines = [
        replace(line, product=replace(line.product, price_minor=prices.get(line.product.id, line.product.price_minor)))
        for line in basket.lines
    ]
    return replace(basket, lines=tuple(lines))
