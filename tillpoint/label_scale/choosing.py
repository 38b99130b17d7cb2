"""From the catalogue to what a scale holds: which goods, under which numbers. Whatever isn't taken is said by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.label_scale.goods import NotForScale, Plu, SoldBy
from shared_models.domain.barcode import InStoreRule, LabelValue
from shared_models.domain.catalogue import EACH, KILOGRAM, WEIGHED, Product
from tillpoint.errors import CommandError
from tillpoint.listed import rows_of

_COLUMNS: Final = ("item", "plu", "tare_g", "days")


class _NoNumber(NotForScale):
    """Weighed at the checkout, then."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the catalogue doesn't hold. ``number``: the PLU number, if it isn't the item number."""

    number: int | None = None
    tare_g: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """``wrong``: it ought to be on the scale."""

    name: str
    why: str
    wrong: bool = True


@dataclass(frozen=True, slots=True)
class Chosen:
    """``plus`` by number."""

    plus: tuple[Plu, ...]
    left_out: tuple[LeftOut, ...]


def rule_of(rules: Sequence[InStoreRule], wanted: str) -> InStoreRule:
    """The rule that ``wanted`` names as ``prefix/digits``; without it the only one of price and weight. Raise
    ``CommandError``."""
    named = {f"{rule.prefix}/{rule.digits}": rule for rule in rules}
    if wanted:
        if wanted not in named:
            raise CommandError(f"The programme's in_store has no {wanted}. It has {', '.join(named) or 'none'}.")
        return named[wanted]
    both = [rule for rule in rules if rule.value is LabelValue.PRICE_AND_WEIGHT]
    if len(both) != 1:
        raise CommandError(f"Say which code the labels have, with --code or label_scale_code: {', '.join(named)}.")
    return both[0]


def choose(
    products: Iterable[Product], rule: InStoreRule, language: str, details: Mapping[str, Detail],
    fits: Callable[[Plu], object], categories: Sequence[str] = (),
) -> Chosen:  # fmt: skip
    """The goods sold by weight, and those by the piece that have an item number of the rule. ``fits`` raises
    ``NotForScale`` for what the scale can't hold. ``details`` by item number."""
    plus: list[Plu] = []
    left_out: list[LeftOut] = []
    for product in products:
        if categories and product.category not in categories:
            continue
        try:
            plu = _plu(product, rule, language, details)
            if plu is not None:
                fits(plu)
                plus.append(plu)
        except NotForScale as why:
            left_out.append(LeftOut(product.name_in(language), str(why), not isinstance(why, _NoNumber)))
    return _without_doubles(plus, left_out)


def _plu(product: Product, rule: InStoreRule, language: str, details: Mapping[str, Detail]) -> Plu | None:
    item = next((code for code in product.codes if _is_item(code, rule)), None)
    if item is None:
        if product.unit in WEIGHED:
            raise _NoNumber(f"it has no item number of {rule.item_digits} digits")
        return None
    if product.unit not in (KILOGRAM, EACH):
        raise NotForScale(f"it is sold by {product.unit}, the scale weighs in kg")
    if product.unit == EACH and rule.value is LabelValue.WEIGHT:
        raise NotForScale("it is sold by the piece, and labels of a weight alone are for goods by weight")
    if product.price_minor <= 0:
        raise NotForScale("it has no price")
    detail = details.get(item, Detail())
    return Plu(
        detail.number if detail.number is not None else int(item), item, product.name_in(language), product.price_minor,
        SoldBy.PIECE if product.unit == EACH else SoldBy.WEIGHT, rule.prefix, detail.tare_g, detail.days,
    )  # fmt: skip


def _is_item(code: str, rule: InStoreRule) -> bool:
    return len(code) == rule.item_digits and code.isascii() and code.isdigit()


def _without_doubles(plus: Sequence[Plu], left_out: list[LeftOut]) -> Chosen:
    """Of two goods with one number neither is taken: a label of the one could be sold as the other."""
    items, numbers = Counter(plu.item for plu in plus), Counter(plu.number for plu in plus)
    kept = []
    for plu in sorted(plus, key=lambda plu: plu.number):
        if items[plu.item] > 1:
            left_out.append(LeftOut(plu.name, f"item number {plu.item} is that of other goods too"))
        elif numbers[plu.number] > 1:
            left_out.append(LeftOut(plu.name, f"PLU number {plu.number} is that of other goods too"))
        else:
            kept.append(plu)
    return Chosen(tuple(kept), tuple(left_out))


def details_of(path: Path | None) -> dict[str, Detail]:
    """A CSV file with a line of names of columns: item, and if wanted plu, tare_g, days. Raise ``CommandError``."""
    return dict(_listed(path)) if path is not None else {}


def _listed(path: Path) -> Iterator[tuple[str, Detail]]:
    for line, cells in rows_of(path, _COLUMNS):
        figures = [cells[name] for name in ("plu", "tare_g", "days")]
        if not cells["item"] or not all(each.isascii() and (not each or each.isdigit()) for each in figures):
            raise CommandError(f"{path}, line {line}: an item number, and whole numbers.")
        plu, tare_g, days = figures
        yield cells["item"], Detail(int(plu) if plu else None, int(tare_g or 0), int(days or 0))
