"""What is drawn of a text, from left to right: letters a cell each, and runs in the font of their own script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

from drivers.printer import fonts, scripts
from drivers.printer.layout import Span
from drivers.printer.letters import width_of

_MIRRORED: Final = str.maketrans("()[]{}<>«»‹›（）「」【】《》", ")(][}{><»«›‹）（」「】【》《")


@dataclass(frozen=True, slots=True)
class Piece:
    """``text`` in the order it is read. Without a ``file`` its letters stand in cells, from left to right; with one it
    is shaped whole in that font."""

    text: str
    columns: int
    leftward: bool = False
    file: fonts.File | None = None


def is_plain(text: str, shapes: fonts.Shapes) -> bool:
    """Whether each letter is in the fixed-width font."""
    return text.isascii() or all(_is_plain(char, shapes) for char in text)


def pieces(span: Span, shapes: fonts.Shapes) -> list[Piece]:
    if not span.leftward and is_plain(span.text, shapes):
        return [Piece(span.text, width_of(span.text))]
    return [
        piece for run in scripts.placed(span.text, leftward=span.leftward) for piece in _of_run(run, span.bold, shapes)
    ]


def _of_run(run: scripts.Run, bold: bool, shapes: fonts.Shapes) -> list[Piece]:
    found = list(_split(run, bold, shapes))
    if not run.leftward:
        return found
    return [
        piece if piece.file else Piece(piece.text[::-1].translate(_MIRRORED), piece.columns) for piece in found[::-1]
    ]


def _split(run: scripts.Run, bold: bool, shapes: fonts.Shapes) -> Iterator[Piece]:
    first = next((char for char in run.text if scripts.is_shaped(char)), "")
    main = fonts.other_for(first, bold=bold) if first and run.leftward else None
    files: list[fonts.File | None] = []
    for char in run.text:
        if files and scripts.is_mark(char):
            files.append(files[-1])
        elif main is not None and fonts.has(main, char):
            files.append(main)
        else:
            files.append(None if _is_plain(char, shapes) else fonts.other_for(char, bold=bold))
    for file, group in groupby(zip(files, run.text, strict=True), key=lambda each: each[0]):
        text = "".join(char for _, char in group)
        yield Piece(text, width_of(text), run.leftward and file is not None, file)


@lru_cache(maxsize=8_192)
def _is_plain(char: str, shapes: fonts.Shapes) -> bool:
    return char.isascii() or (not scripts.is_shaped(char) and fonts.has(fonts.locate(shapes, False), char))
