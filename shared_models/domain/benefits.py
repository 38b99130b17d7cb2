"""What members are entitled to besides prices and points: services, and goods that only they may buy (TIER-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from shared_models.domain.audience import EVERYBODY, Audience, Setting
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import name_in
from shared_models.domain.errors import DomainError
from shared_models.domain.offer import Goods, Window, runs
from shared_models.domain.text import N_


class GoodsNotForBuyer(DomainError):
    code = "goods_not_for_buyer"
    template = N_("{name} is sold only to those it is reserved for: {rule}. Find the member first, or remove the line.")


@dataclass(frozen=True, slots=True)
class Service:
    """A service such as free wrapping, delivery within a day, an adviser, early entry or priority at the desk.

    For bills from ``from_minor`` on; at most ``per_month`` times in a calendar month for one member, ``None`` for any.
    """

    id: str
    names: Mapping[str, str]
    valid_from: date
    valid_to: date | None = None
    audience: Audience = EVERYBODY
    from_minor: int = 0
    per_month: int | None = None


class Entitlement(NamedTuple):
    """``left`` is how often it may still be claimed this month, ``None`` for any number."""

    service: Service
    left: int | None


@dataclass(frozen=True, slots=True)
class Reserved:
    """Goods that only ``audience`` may buy while the rule runs: exclusive goods, or a launch with early access."""

    id: str
    names: Mapping[str, str]
    goods: Goods
    audience: Audience
    valid_from: date
    valid_to: date | None = None
    window: Window = field(default_factory=Window)


def entitlements(
    services: Iterable[Service], setting: Setting, bill_minor: int, claimed: Mapping[str, int]
) -> Iterator[Entitlement]:
    """The services that the buyer of this bill may claim now; ``claimed`` counts this month's claims by service."""
    for service in services:
        left = None if service.per_month is None else service.per_month - claimed.get(service.id, 0)
        if bill_minor < service.from_minor or (left is not None and left <= 0):
            continue
        if runs(service.valid_from, service.valid_to, Window(), service.audience, setting):
            yield Entitlement(service, left)


def check_buyer(rules: Iterable[Reserved], basket: Basket, setting: Setting) -> None:
    """Raise ``GoodsNotForBuyer`` for the first line that this buyer may not buy here and now."""
    closed = [
        rule
        for rule in rules
        if runs(rule.valid_from, rule.valid_to, rule.window, EVERYBODY, setting)
        and not runs(rule.valid_from, rule.valid_to, rule.window, rule.audience, setting)
    ]
    for line in basket.lines:
        for rule in closed:
            if rule.goods.include(line.product):
                raise GoodsNotForBuyer(name=line.product.name_in(""), rule=name_in(rule.names, "") or rule.id)
