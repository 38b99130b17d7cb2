"""How shelf and price labels look, on any size from 38 × 25 mm: everything is placed by the label's own measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.label.bars import QUIET, kind_of, modules
from drivers.label.document import Bars, Box, Element, Label, LabelError, Price, Rule, Square, Text
from shared_models.domain.receipt import Align, Language
from shared_models.domain.text import N_, Words

SIZES: Final = {"40x30": (400, 300), "60x40": (600, 400), "70x38": (700, 380)}
"""Width and height of labels that are sold everywhere, in tenths of a millimetre."""

_MODULE_UM: Final = 255
"""What a bar's module takes at least, at 203 and at 300 dpi."""

_MEMBER: Final = N_("Member price")
_WAS: Final = N_("Was")


@dataclass(frozen=True, slots=True)
class Goods:
    """What a label says, with amounts as the reader writes them.

    ``unit_price`` is for comparing, e.g. ``¥12.80/kg``. ``was`` is a price that doesn't hold any more, ``member`` one
    for members alone, of the tier ``member_tier`` if not of all. What is empty isn't there.
    """

    name: str
    price: str
    code: str = ""
    unit_price: str = ""
    day: str = ""
    was: str = ""
    member: str = ""
    member_tier: str = ""


def check_size(size: tuple[int, int]) -> None:
    """Raise ``LabelError``."""
    if size[0] < 380 or size[1] < 250:
        raise LabelError("A shelf label is 38 × 25 mm or larger.")


def shelf(goods: Goods, size: tuple[int, int], language: Language) -> Label:
    """Name above, price large on the right, unit price, code and date below. Raise ``LabelError``."""
    place = _Place(size, goods, language, bars=18)
    top = place.name()
    left = place.margin
    if goods.unit_price:
        wide, high = place.inner * 30 // 100, place.small * 13 // 10
        place.add(Text(Box(left, place.foot_top - place.gap - high, wide, high), goods.unit_price, place.small))
        left += wide
    place.add(Price(Box(left, top, place.right - left, place.bottom(left) - top), goods.price, Align.RIGHT))
    place.foot()
    return place.label()


def offer(goods: Goods, size: tuple[int, int], language: Language, words: Words) -> Label:
    """What is paid now, above it what was paid before, struck out; on the right what members pay. Raise ``LabelError``
    if it is neither an offer nor has a price for members."""
    if not (goods.was or goods.member):
        raise LabelError("A label of an offer says a price that was, a price for members, or both.")
    place = _Place(size, goods, language, bars=13)
    top = place.name()
    left, wide = place.margin, place.inner
    if goods.member:
        column = wide * 56 // 100
        _member(place, Box(place.right - column, top, column, place.bottom(place.right - column) - top), words)
        wide -= column + 2 * place.gap
    line = place.small * 14 // 10
    above = f"{words(_WAS)} {goods.was}" if goods.was else goods.unit_price
    if above:
        place.add(Text(Box(left, top, wide, line), above, place.small * 11 // 10, struck=bool(goods.was)))
        top += line + place.gap // 2
    align = Align.LEFT if goods.member else Align.RIGHT
    place.add(Price(Box(left, top, wide, place.foot_top - place.gap - top), goods.price, align))
    place.foot()
    return place.label()


def _member(place: _Place, box: Box, words: Words) -> None:
    caption = min(place.small * 16 // 10, box.height * 30 // 100)
    words_of = place.goods.member_tier or words(_MEMBER)
    black = Box(box.left, box.top, box.width, caption)
    place.add(Text(black, words_of, caption * 8 // 10, Align.CENTER, bold=True, inverse=True))
    below = caption + place.gap
    place.add(Price(Box(box.left, box.top + below, box.width, box.height - below), place.goods.member, Align.RIGHT))


class _Place:
    """The parts that all labels share, for one size. ``bars``: the code's height in hundredths of the label's."""

    def __init__(self, size: tuple[int, int], goods: Goods, language: Language, bars: int) -> None:
        self._width, self._height = size
        check_size(size)
        self.goods = goods
        self._language: Language = language
        self._elements: list[Element] = []
        self.margin = 20
        self.inner = self._width - 2 * self.margin
        self.right = self._width - self.margin
        self.gap = max(8, self._height // 32)
        self.small = max(20, self._height * 7 // 100)
        self._bars_high = max(40, self._height * bars // 100)
        self._figures = self._height - self.margin - self.small
        self.foot_top = self._figures - self.small // 10 - self._bars_high
        self._kind = kind_of(goods.code)
        self._code_wide = self._room_of_code()

    def add(self, element: Element) -> None:
        self._elements.append(element)

    def label(self) -> Label:
        return Label(self._width, self._height, tuple(self._elements), self._language)

    def bottom(self, left: int) -> int:
        """Where what begins at ``left`` has to end: above the code, or beside it above the day."""
        beside = left >= self.margin + self._code_wide
        return (self._figures if beside else self.foot_top) - self.gap

    def name(self) -> int:
        """The name in at most two lines with a rule below; gives where the rest begins."""
        letters = self._height * 11 // 100
        high = letters * 22 // 10
        self.add(Text(Box(self.margin, self.margin - 4, self.inner, high), self.goods.name, letters, bold=True))
        top = self.margin - 4 + high + self.gap // 3
        self.add(Rule(Box(self.margin, top, self.inner, 3)))
        return top + 3 + self.gap

    def foot(self) -> None:
        """The code with its figures below from where its bars begin, the day on the right."""
        code, day = self.goods.code, self.goods.day
        day_wide = self.inner * 34 // 100 if day else 0
        if day:
            self.add(
                Text(Box(self.right - day_wide, self._figures, day_wide, self.small), day, self.small, Align.RIGHT)
            )
        if self._kind is not None:
            self.add(Bars(Box(self.margin, self.foot_top, self._code_wide, self._bars_high), self._kind, code))
            left = QUIET * _MODULE_UM // 100
            wide = min(self._code_wide, self.inner - day_wide) - left
            self.add(Text(Box(self.margin + left, self._figures, wide, self.small), code, self.small))
        elif code:
            side = self._height - self.margin - self.foot_top
            self.add(Square(Box(self.margin, self.foot_top, side, side), code))
            left = self.margin + side + self.gap
            below = Box(left, self.foot_top, self.margin + self._code_wide - left, self._figures - self.foot_top)
            self.add(Text(below, code, self.small))

    def _room_of_code(self) -> int:
        """A code too wide for bars becomes a square with its letters on the right."""
        if self._kind is not None:
            wide = (len(modules(self._kind, self.goods.code)) + 2 * QUIET) * _MODULE_UM // 100 + 2
            if wide <= self.inner:
                return wide
            self._kind = None
        return self.inner if self.goods.code else 0
