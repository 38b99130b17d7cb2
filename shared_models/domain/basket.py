"""What lies on the counter: lines in the order they came, immutable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared_models.domain.barcode import InStore
from shared_models.domain.catalogue import EACH, WEIGHED, Product
from shared_models.domain.errors import DomainError
from shared_models.domain.marking import UNMARKED, Marking
from shared_models.domain.money import AmountTooLarge, check_amount, round_ratio, scaled
from shared_models.domain.quantity import MAX_QUANTITY_MILLI, ONE_MILLI, BadQuantity, check_quantity
from shared_models.domain.text import N_

MAX_LINES = 999

_of_thousandths = scaled(1, ONE_MILLI)


class BasketFull(DomainError):
    code = "basket_full"
    template = N_("A sale has at most {limit} lines. Take payment for these and start another sale.")


class NoSuchLine(DomainError):
    code = "no_such_line"
    template = N_("This line is no longer in the basket.")


class BadPrice(DomainError):
    code = "bad_price"
    template = N_("{name} has no usable price. Ask the manager to set one.")


class LabelUnreadable(DomainError):
    code = "label_unreadable"
    template = N_("The label of {name} carries no usable price or weight. Weigh it again.")


@dataclass(frozen=True, slots=True)
class BasketLine:
    """``fixed_price_minor`` is the whole line's price from a label. ``line_id`` is never used again in its basket.
    ``weighed``: the quantity is what the till's scale showed, and nobody types another one. Until goods sold by weight
    have been weighed the quantity is 0."""

    line_id: int
    product: Product
    code: str
    quantity_milli: int
    fixed_price_minor: int | None = None
    weighed: bool = False
    marking: Marking = UNMARKED

    @property
    def unweighed(self) -> bool:
        return self.quantity_milli == 0

    @property
    def gross_minor(self) -> int:
        """The price before any discount: the label's, or quantity × unit price, rounded half up."""
        if self.fixed_price_minor is not None:
            return self.fixed_price_minor
        return _of_thousandths(self.product.price_minor * self.quantity_milli)


@dataclass(frozen=True, slots=True)
class Basket:
    """Every change gives a new basket; a refused one raises and leaves the old one as it is."""

    lines: tuple[BasketLine, ...] = ()
    next_line_id: int = 1

    def add(
        self,
        product: Product,
        code: str = "",
        quantity_milli: int | None = None,
        fixed_price_minor: int | None = None,
        marking: Marking = UNMARKED,
    ) -> Basket:
        """Add a line, or raise the quantity of the one that has this product already if it is sold by the piece.

        That line keeps the price it was begun with. ``code`` is what was scanned or typed. Without a quantity it is
        one, but of goods sold by weight none until they are weighed. Raise ``BadQuantity``, ``BadPrice``,
        ``AmountTooLarge``, ``BasketFull``.
        """
        if quantity_milli is None and product.unit in WEIGHED and fixed_price_minor is None:
            return self._append(_priced(BasketLine(self.next_line_id, product, code, 0, marking=marking)))
        quantity_milli = ONE_MILLI if quantity_milli is None else quantity_milli
        if product.unit == EACH and fixed_price_minor is None:
            for line in self.lines:
                alike = line.product.id == product.id and line.marking == marking
                if alike and line.fixed_price_minor is None:
                    check_quantity(quantity_milli, whole=True)
                    return self.change_quantity(line.line_id, line.quantity_milli + quantity_milli)
        line = BasketLine(self.next_line_id, product, code, quantity_milli, fixed_price_minor, marking=marking)
        return self._append(_checked(line))

    def _append(self, line: BasketLine) -> Basket:
        if len(self.lines) >= MAX_LINES:
            raise BasketFull(limit=MAX_LINES)
        return Basket((*self.lines, line), self.next_line_id + 1)

    def add_label(self, product: Product, label: InStore, marking: Marking = UNMARKED) -> Basket:
        """Add what a scale's label says: a weight in grams for goods sold by kilogram, or the price of the whole piece.

        Behind a price alone the quantity is the price divided by the unit price, for goods not sold by the piece. Where
        the label says both, both are kept as it says. Raise ``LabelUnreadable`` too.
        """
        name = product.name_in("")
        if label.weight_g is not None and label.price_minor is not None:
            return self._add_price_and_weight(product, label, label.price_minor, label.weight_g, marking)
        if label.weight_g is not None:
            if product.unit == EACH or label.weight_g <= 0:
                raise LabelUnreadable(name=name)
            return self.add(product, label.code, label.weight_g, marking=marking)
        if not label.price_minor:
            raise LabelUnreadable(name=name)
        quantity_milli = ONE_MILLI
        if product.unit != EACH and product.price_minor > 0:
            weighed = round_ratio(label.price_minor * ONE_MILLI, product.price_minor)
            quantity_milli = min(max(weighed, 1), MAX_QUANTITY_MILLI)
        return self.add(product, label.code, quantity_milli, label.price_minor, marking)

    def _add_price_and_weight(
        self, product: Product, label: InStore, price_minor: int, quantity_milli: int, marking: Marking
    ) -> Basket:
        if price_minor <= 0 or quantity_milli <= 0 or (product.unit == EACH and quantity_milli % ONE_MILLI):
            raise LabelUnreadable(name=product.name_in(""))
        return self.add(product, label.code, quantity_milli, price_minor, marking)

    def change_quantity(self, line_id: int, quantity_milli: int) -> Basket:
        """Raise ``NoSuchLine``, ``BadQuantity``, ``AmountTooLarge``; a line with a price label keeps its one piece."""
        line = self.line(line_id)
        if line.fixed_price_minor is not None and quantity_milli != line.quantity_milli:
            raise LabelQuantityFixed
        if line.weighed and quantity_milli != line.quantity_milli:
            raise WeightFixed
        return self._with(line, _checked(replace(line, quantity_milli=quantity_milli)))

    def weigh(self, line_id: int, quantity_milli: int, unit: str) -> Basket:
        """The quantity becomes what a scale showed, in thousandths of its ``unit``. Raise ``NoSuchLine``,
        ``NotSoldByWeight``, ``BadQuantity``, ``AmountTooLarge``."""
        line = self.line(line_id)
        if line.fixed_price_minor is not None or line.product.unit != unit:
            raise NotSoldByWeight(name=line.product.name_in(""), unit=unit)
        return self._with(line, _checked(replace(line, quantity_milli=quantity_milli, weighed=True)))

    def check_weighed(self) -> None:
        """Raise ``NotWeighed`` for the first line that has no weight yet."""
        for line in self.lines:
            if line.unweighed:
                raise NotWeighed(name=line.product.name_in(""))

    def remove(self, line_id: int) -> Basket:
        """Raise ``NoSuchLine``."""
        gone = self.line(line_id)
        return replace(self, lines=tuple(line for line in self.lines if line is not gone))

    def line(self, line_id: int) -> BasketLine:
        """Raise ``NoSuchLine``."""
        for line in self.lines:
            if line.line_id == line_id:
                return line
        raise NoSuchLine

    def _with(self, old: BasketLine, new: BasketLine) -> Basket:
        return replace(self, lines=tuple(new if line is old else line for line in self.lines))


class LabelQuantityFixed(BadQuantity):
    code = "label_quantity_fixed"
    template = N_("The price of this line comes from its label. Scan each label, or remove the line.")


class WeightFixed(BadQuantity):
    code = "weight_fixed"
    template = N_("The scale weighed this line. Weigh it again, or remove the line.")


class NotWeighed(DomainError):
    code = "not_weighed"
    template = N_("{name} isn't weighed yet. Weigh it, or remove the line.")


class NotSoldByWeight(BadQuantity):
    code = "not_sold_by_weight"
    template = N_("{name} isn't sold by {unit}. Type its quantity.")


def _checked(line: BasketLine) -> BasketLine:
    check_quantity(line.quantity_milli, whole=line.product.unit == EACH)
    return _priced(line)


def _priced(line: BasketLine) -> BasketLine:
    prices = (line.product.price_minor, line.fixed_price_minor or 0)
    if min(prices) < 0:
        raise BadPrice(name=line.product.name_in(""))
    for price_minor in (*prices, line.gross_minor):
        check_amount(price_minor)
    return line


__all__ = [
    "MAX_LINES",
    "AmountTooLarge",
    "BadPrice",
    "Basket",
    "BasketFull",
    "BasketLine",
    "LabelQuantityFixed",
    "LabelUnreadable",
    "NoSuchLine",
    "NotSoldByWeight",
    "NotWeighed",
    "WeightFixed",
]
