"""Why a deal took something off, and what a basket lacks for it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from shared_models.domain import reason
from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Spend, Step
from shared_models.domain.deal_live import Live, SpendLive
from shared_models.domain.deal_piles import Left, Taking, count_of
from shared_models.domain.deal_sets import BundleLive, PoolLive
from shared_models.domain.deal_single import GiftLive
from shared_models.domain.near_miss import NearMiss, is_near
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, PercentOff
from shared_models.domain.quantity import ONE_MILLI, print_quantity


def why(deal: Deal, taking: Taking) -> tuple[str, dict[str, str]]:
    """The key of the sentence and its values."""
    match deal.terms:
        case Spend() as spend:
            assert taking.step is not None
            return _of_step(spend, taking.step)
        case Get() as get:
            return _of_get(get)
        case Bundle(parts=parts, price_minor=price):
            count = sum(part.count for part in parts)
            return reason.BUNDLE, {"count": str(count), "price_minor": str(price)}
        case Each(benefit=benefit):
            return of_benefit(benefit)
        case Gift() as gift:
            return _of_gift(gift)


@lru_cache(maxsize=1_024)
def of_benefit(benefit: Benefit) -> tuple[str, dict[str, str]]:
    """The same for a benefit on its own."""
    match benefit:
        case PercentOff(percent):
            return reason.PERCENT_OFF, percent_values(percent)
        case AmountOff(amount_minor):
            return reason.AMOUNT_OFF, {"amount_minor": str(amount_minor)}
        case FixedPrice(price_minor):
            return reason.FIXED_PRICE, {"price_minor": str(price_minor)}


def _of_step(spend: Spend, step: Step) -> tuple[str, dict[str, str]]:
    values = {"from_minor": str(step.threshold)}
    if spend.by_quantity:
        values = {"count": print_quantity(step.threshold)}
    match step.benefit:
        case AmountOff(amount_minor):
            if not step.threshold:
                return reason.WHOLE_AMOUNT, {"off_minor": str(amount_minor)}
            values["off_minor"] = str(amount_minor)
            if spend.every:
                return (reason.EVERY_COUNT_AMOUNT if spend.by_quantity else reason.EVERY_AMOUNT), values
            return (reason.COUNT_AMOUNT if spend.by_quantity else reason.SPEND_AMOUNT), values
        case PercentOff(percent):
            if not step.threshold:
                return reason.PERCENT_OFF, percent_values(percent)
            values |= percent_values(percent)
            return (reason.COUNT_PERCENT if spend.by_quantity else reason.SPEND_PERCENT), values


_GET = (reason.GET_FREE, reason.GET_PERCENT, reason.GET_AMOUNT, reason.GET_PRICE)
_GIFT = (reason.GIFT_FREE, reason.GIFT_PERCENT, reason.GIFT_AMOUNT, reason.GIFT_PRICE)


def _of_get(get: Get) -> tuple[str, dict[str, str]]:
    return _of_pieces(get.benefit, _GET, {"buy": str(get.buy), "get": str(get.get)})


def _of_gift(gift: Gift) -> tuple[str, dict[str, str]]:
    start = {"from": print_quantity(gift.threshold)} if gift.by_quantity else {"from_minor": str(gift.threshold)}
    return _of_pieces(gift.benefit, _GIFT, {**start, "count": str(gift.count)})


def _of_pieces(benefit: Benefit, keys: tuple[str, str, str, str], values: dict[str, str]) -> tuple[str, dict[str, str]]:
    """``keys`` are for free pieces, for a percentage, an amount and a price."""
    free, percentage, amount, price = keys
    match benefit:
        case PercentOff(percent) if percent == 100:
            return free, values
        case PercentOff(percent):
            return percentage, values | percent_values(percent)
        case AmountOff(amount_minor):
            return amount, values | {"amount_minor": str(amount_minor)}
        case FixedPrice(price_minor):
            return price, values | {"price_minor": str(price_minor)}


@lru_cache(maxsize=1_024)
def percent_values(percent: Decimal) -> dict[str, str]:
    """``percent`` off, and the price that is left in tenths as Chinese counts it."""
    return {"percent": _short(percent), "tenths": _short((100 - percent) / 10)}


def _short(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def misses(live: Live, left: Left) -> Iterable[NearMiss]:
    """What would bring the next step or set; ``left`` are the pieces that no deal of the group took."""
    if isinstance(live, SpendLive):
        return _next_step(live)
    if type(live) is PoolLive:
        return _pieces(live.deal, count_of(live.pools[0].piles, left) % live.size, live.size)
    if isinstance(live, BundleLive) and not live.shared:
        sums = [count_of(pool.piles, left) for pool in live.pools]
        return _pieces(live.deal, sum(map(min, live.counts, sums)), sum(live.counts))
    if isinstance(live, GiftLive):
        return _gift(live)
    return ()


def _gift(live: GiftLive) -> Iterable[NearMiss]:
    """A gift that is still to be chosen; else the next threshold."""
    gift, counted = live.gift, live.counted
    free = live.most_times - live.pools[0].count
    if free > 0:
        values = _of_gift(gift)
        return (NearMiss(live.deal.id, 0, free * ONE_MILLI, *values, counted, gift.threshold, choose=True),)
    wanted = (counted // gift.threshold + 1) * gift.threshold
    if live.full >= live.most_full or not is_near(counted, wanted):
        return ()
    missing = wanted - counted
    money, goods = (0, missing) if gift.by_quantity else (missing, 0)
    return (NearMiss(live.deal.id, money, goods, *_of_gift(gift), counted, wanted),)


def _next_step(live: SpendLive) -> Iterable[NearMiss]:
    spend, counted = live.spend, live.counted
    if spend.every:
        (step,) = spend.steps
        full = counted // step.threshold
        if full >= live.most_times:
            return ()
        wanted = (full + 1) * step.threshold
    else:
        above = [step for step in spend.steps if step.threshold > counted]
        if not above:
            return ()
        step = min(above, key=lambda each: each.threshold)
        wanted = step.threshold
    if not is_near(counted, wanted):
        return ()
    missing = wanted - counted
    money, goods = (0, missing) if spend.by_quantity else (missing, 0)
    return (NearMiss(live.deal.id, money, goods, *_of_step(spend, step), counted, wanted),)


def _pieces(deal: Deal, there: int, wanted: int) -> Iterable[NearMiss]:
    if not is_near(there, wanted):
        return ()
    return (NearMiss(deal.id, 0, (wanted - there) * ONE_MILLI, *why(deal, Taking.nothing()), there, wanted),)
