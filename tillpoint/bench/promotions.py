"""Made-up deals, the same each time: those of a shop, and the worst that anyone could type in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from shared_models.domain.deal import Bundle, Deal, Each, Get, Gift, Part, Spend, Step, Terms
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, Goods, Offer, PercentOff
from tillpoint.bench import shop

NAMED, COMPETING = 40, 20
CROWD = 200
_SINCE = date(2026, 1, 1)

Choose = Callable[[Random], Goods]
Make = Callable[[Random, Choose], Terms]


@dataclass(frozen=True, slots=True)
class Names:
    """What goods can be named by."""

    products: Sequence[str]
    categories: Sequence[str]
    brands: Sequence[str]


def shop_names(products: int) -> Names:
    """The names in ``shop``, of so many products."""
    numbers = range(products)
    return Names(
        [shop.product_id(number) for number in numbers],
        sorted({shop.category(number) for number in numbers}),
        sorted({shop.brand(number) for number in numbers}),
    )


def of_a_shop(names: Names) -> tuple[Deal, ...]:
    """Deals of all kinds: 40 name products, a category or a brand, in three groups; 20 want the same goods."""
    random = Random(1)  # noqa: S311 - nothing secret
    named = _named(names)
    same = Goods(categories=tuple(names.categories[::7]))
    makes = tuple(KINDS.values())
    few = [_deal(random, number, makes[number % len(makes)], named, f"g{number % 3}") for number in range(NAMED)]
    more = range(NAMED, NAMED + COMPETING)
    return (*few, *[_deal(random, number, makes[number % len(makes)], lambda _: same, "same") for number in more])


def line_offers(names: Names, count: int) -> tuple[Offer, ...]:
    """Half name products, most others categories, a few brands."""
    random = Random(3)  # noqa: S311 - nothing secret
    named = _named(names)
    return tuple(
        Offer(f"o{number:04}", {}, random.choice((_percent_off(random), AmountOff(10 + number))), named(random), _SINCE)
        for number in range(count)
    )


def _named(names: Names) -> Choose:
    def named(random: Random) -> Goods:
        kind = random.randrange(10)
        if kind < 5:
            return Goods(products=tuple(sorted({random.choice(names.products) for _ in range(8)})))
        if kind < 9:
            return Goods(categories=(random.choice(names.categories),))
        return Goods(brands=(random.choice(names.brands),))

    return named


def worst(names: Names) -> Iterator[tuple[str, tuple[Deal, ...]]]:
    """By name, programmes of 200 deals in one group that all concern every line, or nearly."""
    everything = Goods(everything=True)

    def but(random: Random) -> Goods:
        return replace(everything, but=Goods(categories=(random.choice(names.categories),)))

    for name, make in KINDS.items():
        yield f"{name} on everything", _crowd(make, lambda _: everything)
        yield f"{name} on everything but something", _crowd(make, but)
        yield f"{name} once", tuple(replace(deal, most_times=1) for deal in _crowd(make, lambda _: everything))
    mixed = [deal for make in KINDS.values() for deal in _crowd(make, lambda _: everything)[:: len(KINDS)]][:CROWD]
    mixed = [replace(deal, id=f"x{number:04}") for number, deal in enumerate(mixed)]
    yield "all kinds on everything", tuple(mixed)
    ids = [deal.id for deal in mixed]
    yield "each excludes the next", tuple(replace(deal, excludes=(ids[place - 1],)) for place, deal in enumerate(mixed))
    yield (
        "each excludes all others",
        tuple(replace(deal, excludes=tuple(each for each in ids if each != deal.id)) for deal in mixed),
    )
    yield "with caps", tuple(replace(deal, most_minor=100 + 37 * place) for place, deal in enumerate(mixed))


def _crowd(make: Make, choose: Choose) -> tuple[Deal, ...]:
    random = Random(2)  # noqa: S311 - nothing secret
    return tuple(_deal(random, number, make, choose, "") for number in range(CROWD))


def _deal(random: Random, number: int, make: Make, choose: Choose, group: str) -> Deal:
    return Deal(f"d{number:04}", {}, make(random, choose), _SINCE, priority=random.randrange(3), group=group)


def _spend(random: Random, choose: Choose) -> Terms:
    steps = sorted(random.sample(range(20_00, 400_00, 10_00), 3))
    return Spend(choose(random), tuple(Step(each, AmountOff(each // random.randrange(4, 12))) for each in steps))


def _percent(random: Random, choose: Choose) -> Terms:
    return Spend(choose(random), (Step(random.randrange(0, 50_00), _percent_off(random)),))


def _every(random: Random, choose: Choose) -> Terms:
    step = random.randrange(20_00, 200_00, 5_00)
    return Spend(choose(random), (Step(step, AmountOff(step // random.randrange(4, 12))),), every=True)


def _get(random: Random, choose: Choose) -> Terms:
    benefits: tuple[Benefit, ...] = (
        PercentOff(Decimal(100)),
        _percent_off(random),
        AmountOff(random.randrange(50, 500)),
    )
    return Get(choose(random), random.randrange(1, 4), random.randrange(1, 3), random.choice(benefits))


def _same(random: Random, choose: Choose) -> Terms:
    return Get(choose(random), random.randrange(1, 3), 1, _percent_off(random), same=True)


def _rewards(random: Random, choose: Choose) -> Terms:
    return Get(choose(random), random.randrange(1, 3), 1, _percent_off(random), rewards=choose(random))


def _mix_and_match(random: Random, choose: Choose) -> Terms:
    count = random.randrange(2, 5)
    return Bundle((Part(choose(random), count),), count * random.randrange(10_00, 50_00))


def _bundle(random: Random, choose: Choose) -> Terms:
    parts = (Part(choose(random), 1), Part(choose(random), random.randrange(1, 3)))
    return Bundle(parts, random.randrange(20_00, 120_00))


def _each(random: Random, choose: Choose) -> Terms:
    return Each(choose(random), random.choice((_percent_off(random), FixedPrice(random.randrange(5_00, 80_00)))))


def _gift(random: Random, choose: Choose) -> Terms:
    count = random.randrange(1, 3)
    return Gift(choose(random), random.randrange(20_00, 300_00, 5_00), choose(random), count, _percent_off(random))


def _percent_off(random: Random) -> PercentOff:
    return PercentOff(Decimal(random.randrange(5, 60)))


KINDS: dict[str, Make] = {
    "spend": _spend, "percent": _percent, "every": _every, "get": _get, "same": _same, "rewards": _rewards,
    "mix and match": _mix_and_match, "bundle": _bundle, "each": _each, "gift": _gift,
}  # fmt: skip
