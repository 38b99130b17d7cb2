"""From a document to lines of a width: wrapping, columns, alignment. Knows columns, not dots or bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from drivers.printer import scripts
from drivers.printer.letters import columns_of, printable, width_of
from shared_models.domain.receipt import (
    Align,
    Barcode,
    Block,
    Cell,
    Columns,
    Cut,
    Document,
    Feed,
    Logo,
    Pair,
    Qr,
    Rule,
    Text,
)

_CLOSING: Final = frozenset("，。、；：？！）」』】》〉”’％,.;:?!)]}%")
_SIGNS: Final = frozenset("%‰")
"""They stay with their figure, also behind a blank."""
_GAP: Final = 1
_NARROWEST: Final = 2  # columns: one Chinese character


@dataclass(frozen=True, slots=True)
class Span:
    """``text`` in the order it is read. ``leftward``: the paragraph it is of runs from right to left."""

    text: str
    bold: bool = False
    leftward: bool = False


@dataclass(frozen=True, slots=True)
class TextLine:
    """``spans`` are at most the paper's columns divided by ``scale`` wide, all together."""

    spans: tuple[Span, ...]
    align: Align = Align.LEFT
    scale: int = 1

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


Line: TypeAlias = TextLine | Rule | Barcode | Qr | Logo | Feed | Cut


def lay_out(document: Document, columns: int) -> tuple[Line, ...]:
    return tuple(line for block in document.blocks for line in _lines(block, columns))


def _lines(block: Block, columns: int) -> Iterator[Line]:
    match block:
        case Text():
            wrapped = balanced if block.align is Align.CENTER else wrap
            for row, leftward in _rows(block.text, columns // block.scale, wrapped):
                yield TextLine((Span(row, block.bold, leftward),), block.align, block.scale)
        case Pair():
            yield from _pair(block, columns // block.scale)
        case Columns():
            yield from _row(block.cells, columns)
        case _:
            yield block


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns; at least one. Breaks at spaces, between Chinese characters, else
    anywhere.

    A closing mark doesn't begin a line if the character before it can move down with it.
    """
    return [line for part in printable(text).split("\n") for line in _wrap_one(part, width)]


def _rows(text: str, width: int, wrapped: Callable[[str, int], list[str]]) -> list[tuple[str, bool]]:
    """The lines, each with whether its paragraph runs from right to left."""
    return [(row, scripts.runs_leftward(part)) for part in printable(text).split("\n") for row in wrapped(part, width)]


def balanced(text: str, width: int) -> list[str]:
    """As ``wrap``, in as many lines, but of lengths as even as can be: for centred text."""
    return [line for part in printable(text).split("\n") for line in _balanced_one(part, width)]


def _balanced_one(text: str, width: int) -> list[str]:
    lines = _wrap_one(text, width)
    for narrower in range(width - 1, width // 2, -1):
        tried = _wrap_one(text, narrower)
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def _wrap_one(text: str, width: int) -> list[str]:
    """Spaces at the beginning indent all lines, by at most a quarter of the width."""
    rest = text.strip(" ")
    indent = " " * min(len(text) - len(text.lstrip(" ")), width // 4)
    room = width - len(indent)
    lines: list[str] = []
    while width_of(rest) > room:
        end = _break_at(rest, room)
        lines.append(indent + rest[:end].rstrip(" "))
        rest = rest[end:].lstrip(" ")
    return [*lines, indent + rest] if rest or not lines else lines


def _break_at(text: str, width: int) -> int:
    """How many characters of ``text`` go on this line: the last good break that fits, or all that fit."""
    used = 0
    fits = 0
    for char in text:
        used += columns_of(char)
        if used > width:
            break
        fits += 1
    fits = max(fits, 1)
    for end in range(fits, 0, -1):
        if _may_break(text, end):
            return end
    return fits


def _may_break(text: str, end: int) -> bool:
    before, after = text[end - 1], text[end]
    if after in _CLOSING or text[end:].lstrip(" ")[:1] in _SIGNS:
        return False
    return " " in (before, after) or columns_of(before) == 2 or columns_of(after) == 2


def _pair(pair: Pair, width: int) -> Iterator[TextLine]:
    right = " ".join(printable(pair.right).split("\n"))
    right_leftward = scripts.runs_leftward(right)
    left_width = width - width_of(right) - _GAP
    if left_width < width // 4:
        for row, leftward in _rows(pair.left, width, wrap):
            yield TextLine((Span(row, pair.bold, leftward),), Align.LEFT, pair.scale)
        for row in wrap(right, width):
            yield TextLine((Span(row, pair.bold, right_leftward),), Align.RIGHT, pair.scale)
        return
    rows = _rows(pair.left, left_width, wrap)
    for row, leftward in rows[:-1]:
        yield TextLine((Span(row, pair.bold, leftward),), Align.LEFT, pair.scale)
    last, leftward = rows[-1]
    between = " " * (width - width_of(last) - width_of(right))
    spans = (Span(last, pair.bold, leftward), Span(between, pair.bold), Span(right, pair.bold, right_leftward))
    yield TextLine(spans, Align.LEFT, pair.scale)


def _row(cells: tuple[Cell, ...], columns: int) -> Iterator[TextLine]:
    widths = cell_widths(cells, columns)
    stacks = [_rows(cell.text, width, wrap) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, stacks))
    for place in range(height):
        spans: list[Span] = []
        for cell, width, stack in zip(cells, widths, stacks, strict=True):
            text, leftward = stack[place] if place < len(stack) else ("", False)
            if spans:
                spans.append(Span(" " * _GAP))
            spans += _aligned(Span(text, cell.bold, leftward), width, cell.align)
        yield TextLine(tuple(spans))


def cell_widths(cells: tuple[Cell, ...], columns: int) -> list[int]:
    """The cells' widths in columns, with a gap of one between them.

    By share; then a right-aligned cell whose text doesn't fit takes what it lacks from the widest of the
    others.
    """
    room = columns - _GAP * (len(cells) - 1)
    shares = sum(cell.share for cell in cells)
    edges = [0]
    for cell in cells:
        edges.append(edges[-1] + cell.share)
    widths = [room * right // shares - room * left // shares for left, right in pairwise(edges)]
    for place in range(len(cells)):
        _widen(widths, place, _NARROWEST, _NARROWEST)
    for place, cell in enumerate(cells):
        if cell.align is Align.RIGHT:
            longest = max(map(width_of, printable(cell.text).split("\n")))
            _widen(widths, place, longest, 2 * _NARROWEST)
    return widths


def _widen(widths: list[int], place: int, wanted: int, least: int) -> None:
    """Give one cell what it lacks, column by column from the widest of the others, down to ``least``."""
    others = [other for other in range(len(widths)) if other != place]
    while others and widths[place] < wanted:
        giver = max(others, key=widths.__getitem__)
        if widths[giver] <= least:
            return
        widths[giver] -= 1
        widths[place] += 1


def _aligned(span: Span, width: int, align: Align) -> list[Span]:
    """The span with blanks beside it, ``width`` columns together."""
    room = width - width_of(span.text)
    left = {Align.LEFT: 0, Align.CENTER: room // 2, Align.RIGHT: room}[align]
    blanks = (Span(" " * left, span.bold), span, Span(" " * (room - left), span.bold))
    return [each for each in blanks if each.text]
