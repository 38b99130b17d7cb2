"""A label: how large it is and what stands where on it. It knows no dots and no printer's language.

Lengths are tenths of a millimetre (``dmm``). Boxes don't overlap: some printers overwrite what was there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from drivers.label.bars import Kind, modules
from shared_models.domain.receipt import Align, Language

SMALLEST_DMM: Final = 150
LARGEST_DMM: Final = 1_100
"""The widest head of a desk printer, four inches."""


class LabelError(ValueError):
    """A label that can't be made; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Box:
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Text:
    """Any text: it wraps and shrinks into its box, down to 1.8 mm, and only then ends with ``…``.

    ``size`` is the height of its letters at most. ``struck``: with a line through it. ``inverse``: white on black.
    """

    box: Box
    text: str
    size: int
    align: Align = Align.LEFT
    bold: bool = False
    struck: bool = False
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """An amount as the reader writes it, ``¥1,234.50``: as large as the box allows, whole or not at all."""

    box: Box
    text: str
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Bars:
    """A linear code without its digits, in the middle of its box with the blank that scanners need on both sides."""

    box: Box
    kind: Kind
    data: str


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code (level M), as large as goes into the box."""

    box: Box
    data: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A black line: the box, filled."""

    box: Box


Element: TypeAlias = Text | Price | Bars | Square | Rule


@dataclass(frozen=True, slots=True)
class Label:
    """``language`` decides the shapes of Chinese letters. Raise ``LabelError`` if anything is not on the label."""

    width: int
    height: int
    elements: tuple[Element, ...]
    language: Language

    def __post_init__(self) -> None:
        if not (SMALLEST_DMM <= self.width <= LARGEST_DMM and SMALLEST_DMM <= self.height <= LARGEST_DMM):
            raise LabelError(
                f"A label is {SMALLEST_DMM / 10:g} to {LARGEST_DMM / 10:g} mm wide and high,"
                f" not {self.width / 10:g} × {self.height / 10:g}."
            )
        for element in self.elements:
            box = element.box
            if min(box.left, box.top) < 0 or min(box.width, box.height) < 1:
                raise LabelError("A part of the label begins outside of it or is nothing.")
            if box.left + box.width > self.width or box.top + box.height > self.height:
                raise LabelError("A part of the label ends outside of it.")
            if isinstance(element, Bars):
                modules(element.kind, element.data)

    @property
    def shapes(self) -> Literal["SC", "TC"]:
        return "TC" if self.language == "zh_Hant" else "SC"


def dots(dmm: int, dpi: int) -> int:
    """The nearest dot."""
    return (2 * dmm * dpi + 254) // 508
