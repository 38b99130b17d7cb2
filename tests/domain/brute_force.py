"""A slow, obvious pricer of deals: every way to put pieces into sets, one piece at a time. It shares no code with ours.

A piece is a tuple (product, category, brand, price, quantity in thousandths, sold by the piece, its line). Prices are
exact by ``Fraction``; one place rounds half up. Only the saving of a group of deals is told, because that is what the
rules promise: which of equal choices is taken is the fast pricer's affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations

from shared_models.domain.deal import AmountOff, Bundle, Deal, Each, FixedPrice, Get, Gift, PercentOff, Spend
from shared_models.domain.offer import Benefit, Goods


@dataclass(frozen=True)
class Piece:
    product: str
    category: str
    brand: str
    price: int
    milli: int
    by_the_piece: bool
    offered: bool = False


def half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def belongs(goods: Goods, piece: Piece) -> bool:
    return goods.everything or (
        piece.product in goods.products
        or piece.category in goods.categories
        or (piece.brand != "" and piece.brand in goods.brands)
    )


def reduction(benefit: Benefit, price: int) -> int:
    match benefit:
        case PercentOff(percent):
            return price - half_up(price * (1 - Fraction(percent) / 100))
        case AmountOff(amount_minor):
            return min(price, amount_minor)
        case FixedPrice(price_minor):
            return max(0, price - price_minor)


def piece_reduction(benefit: Benefit, piece: Piece) -> int:
    """Amounts and prices are for one unit of sale, so that a weighed line has them by its weight."""
    match benefit:
        case AmountOff(amount_minor):
            return min(piece.price, half_up(Fraction(amount_minor * piece.milli, 1_000)))
        case FixedPrice(price_minor):
            return max(0, piece.price - half_up(Fraction(price_minor * piece.milli, 1_000)))
    return reduction(benefit, piece.price)


def best_saving(deals: list[Deal], pieces: list[Piece]) -> int:
    """The most that deals of one group, all running, can take off ``pieces``."""
    applications = [
        (number, taken, off, whole)
        for number, deal in enumerate(deals)
        for taken, off, whole in sets_of(deal, pieces)
        if off > 0
    ]
    barred = {
        (one, two)
        for one, first in enumerate(deals)
        for two, second in enumerate(deals)
        if second.id in first.excludes or first.id in second.excludes
    }

    @cache
    def best(free: frozenset[int], at: int, sums: tuple[int, ...], times: tuple[int, ...]) -> int:
        if at == len(applications):
            return sum(
                min(off, deal.most_minor if deal.most_minor is not None else off)
                for off, deal in zip(sums, deals, strict=True)
            )
        most = best(free, at + 1, sums, times)
        number, taken, off, whole = applications[at]
        deal = deals[number]
        limit = 1 if whole else most_sets(deal, pieces)
        allowed = not any(times[other] and (number, other) in barred for other in range(len(deals)))
        if allowed and taken <= free and (limit is None or times[number] < limit):
            more = tuple(each + (off if place == number else 0) for place, each in enumerate(sums))
            again = tuple(each + (place == number) for place, each in enumerate(times))
            most = max(most, best(free - taken, at + 1, more, again))
        return most

    zero = (0,) * len(deals)
    return best(frozenset(range(len(pieces))), 0, zero, zero)


def greedy_saving(deals: tuple[Deal, ...], pieces: list[Piece]) -> int:
    """By priority, then id: each deal takes again and again a set that saves most of what is left.

    Which of equal ones isn't said: of all such choices this is the one that comes out worst.
    """
    ordered = sorted(deals, key=lambda each: (-each.priority, each.id))
    made = [list(sets_of(deal, pieces)) for deal in ordered]

    @cache
    def least(at: int, free: frozenset[int], times: int, sum_off: int, applied: tuple[str, ...]) -> int:
        if at == len(ordered):
            return 0
        deal = ordered[at]
        barred = any(deal.id in other.excludes or other.id in deal.excludes for other in ordered if other.id in applied)
        fits = [each for each in made[at] if each[0] <= free and each[1] > 0]
        most = max((off for _, off, _ in fits), default=0)
        choices = [(taken, whole) for taken, off, whole in fits if off == most]
        if barred or not choices or times == (1 if choices[0][1] else most_sets(deal, pieces)):
            saved = sum_off if deal.most_minor is None else min(sum_off, deal.most_minor)
            return saved + least(at + 1, free, 0, 0, (*applied, deal.id) if times else applied)
        return min(least(at, free - taken, times + 1, sum_off + most, applied) for taken, _ in choices)

    return least(0, frozenset(range(len(pieces))), 0, 0, ())


def most_sets(deal: Deal, pieces: list[Piece]) -> int | None:
    """How many sets of a deal may apply in one sale; a gift's are single pieces."""
    if not isinstance(deal.terms, Gift):
        return deal.most_times
    gift = deal.terms
    counted = [
        piece.milli if gift.by_quantity else piece.price
        for piece in pieces
        if belongs(gift.goods, piece)
        and not belongs(gift.rewards, piece)
        and not (deal.full_price_only and piece.offered)
    ]
    full = sum(counted) // gift.threshold
    most = full if gift.every else min(full, 1)
    return gift.count * (most if deal.most_times is None else min(most, deal.most_times))


def sets_of(deal: Deal, pieces: list[Piece]) -> Iterator[tuple[frozenset[int], int, bool]]:
    """Every single application: the pieces it takes, what it saves, and whether it stands for the whole deal."""
    mine = [place for place, piece in enumerate(pieces) if not (deal.full_price_only and piece.offered)]
    counted = [place for place in mine if pieces[place].by_the_piece]
    match deal.terms:
        case Spend() as spend:
            goods = [place for place in mine if belongs(spend.goods, pieces[place])]
            yield frozenset(goods), spend_saving(deal, spend, [pieces[place] for place in goods]), True
        case Get(rewards=None) as get:
            goods = [place for place in counted if belongs(get.goods, pieces[place])]
            for taken in combinations(goods, get.buy + get.get):
                if get.same and len({pieces[place].product for place in taken}) > 1:
                    continue
                cheapest = sorted(pieces[place].price for place in taken)[: get.get]
                yield frozenset(taken), sum(reduction(get.benefit, price) for price in cheapest), False
        case Get(rewards=Goods() as rewards) as get:
            goods = [place for place in counted if belongs(get.goods, pieces[place])]
            others = [place for place in counted if belongs(rewards, pieces[place])]
            for bought in combinations(goods, get.buy):
                for given in combinations([place for place in others if place not in bought], get.get):
                    off = sum(reduction(get.benefit, pieces[place].price) for place in given)
                    yield frozenset(bought + given), off, False
        case Each(goods=goods_named, benefit=benefit):
            for place in mine:
                if belongs(goods_named, pieces[place]):
                    yield frozenset([place]), piece_reduction(benefit, pieces[place]), False
        case Gift(rewards=rewards, benefit=benefit):
            for place in counted:
                if belongs(rewards, pieces[place]):
                    yield frozenset([place]), piece_reduction(benefit, pieces[place]), False
        case Bundle() as bundle:
            for filled in fillings(bundle, counted, pieces, 0):
                yield filled, sum(pieces[place].price for place in filled) - bundle.price_minor, False


def fillings(bundle: Bundle, free: list[int], pieces: list[Piece], part: int) -> Iterator[frozenset[int]]:
    if part == len(bundle.parts):
        yield frozenset()
        return
    wanted = bundle.parts[part]
    for taken in combinations([place for place in free if belongs(wanted.goods, pieces[place])], wanted.count):
        for rest in fillings(bundle, [place for place in free if place not in taken], pieces, part + 1):
            yield frozenset(taken) | rest


def spend_saving(deal: Deal, spend: Spend, goods: list[Piece]) -> int:
    value = sum(piece.price for piece in goods)
    counted = sum(piece.milli for piece in goods) if spend.by_quantity else value
    tried = [0]
    for step in spend.steps:
        if counted >= step.threshold:
            match step.benefit:
                case PercentOff(percent):
                    tried.append(value - half_up(value * (1 - Fraction(percent) / 100)))
                case AmountOff(amount_minor):
                    times = 1
                    if spend.every:
                        times = counted // step.threshold
                        times = times if deal.most_times is None else min(times, deal.most_times)
                    tried.append(min(value, amount_minor * times))
    return max(tried)
