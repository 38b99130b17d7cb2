"""Finds the fonts: the fixed-width Chinese one, where a Chinese character is exactly two Latin letters wide, for paper;
the proportional one for labels; and for letters that it lacks the one of their script."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from drivers.ports import FontMissing

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, Layout

Shapes: TypeAlias = Literal["SC", "TC"]
Face: TypeAlias = Literal["Noto Sans Mono CJK", "Noto Sans CJK"]
File: TypeAlias = tuple[str, int]
"""A font's file, and its number in the file."""
_TIMEOUT_S: Final = 10
_OTHERS: Final = ",".join(
    ("Noto Sans", *(f"Noto Sans {script}" for script in ("Hebrew", "Arabic", "Thai", "Devanagari")), "DejaVu Sans")
)
"""Of package fonts-noto-core; any font of the system that has the letter comes after them."""
_SAMPLES: Final[dict[str, str]] = {}
"""One letter of each script seen, by the script's name: fontconfig is asked once a script."""


@lru_cache(maxsize=64)
def load(shapes: Shapes, *, bold: bool, size_dots: int, face: Face = "Noto Sans Mono CJK") -> FreeTypeFont:
    """With mainland (SC) or Taiwan (TC) shapes. Raises ``FontMissing``."""
    from PIL import ImageFont

    path, index = locate(shapes, bold, face)
    return ImageFont.truetype(path, size_dots, index=index, layout_engine=ImageFont.Layout.BASIC)


def load_fitting(shapes: Shapes, char: str, *, bold: bool, size_dots: int, room_dots: int) -> tuple[FreeTypeFont, int]:
    """The font at this size, or smaller for a character that is wider than its cell, and by how many dots to
    raise it.

    Lines and blocks (U+2500 to U+259F) keep their size: they have to meet their neighbours.
    """
    font = load(shapes, bold=bold, size_dots=size_dots)
    natural = font.getlength(char)
    if natural <= room_dots or "\u2500" <= char <= "\u259f":
        return font, 0
    other = other_for(char, bold=bold)
    if other is not None:  # its ``×`` is made for one cell, not for two
        natural = max(load_file(other, size_dots).getlength(char), 1)
        return load_file(other, min(size_dots, int(size_dots * room_dots / natural))), 0
    smaller = max(int(size_dots * room_dots / natural * 1.1), 4)
    return load(shapes, bold=bold, size_dots=smaller), (size_dots - smaller) * 3 // 8


@lru_cache(maxsize=8)
def locate(shapes: Shapes, bold: bool, face: Face = "Noto Sans Mono CJK") -> File:
    """The font's file and its number in the file, by fontconfig. Raises ``FontMissing``."""
    family = f"{face} {shapes}"
    found = _fc_match(f"{family}:{'bold' if bold else 'regular'}")
    if found is None:
        raise FontMissing(family)
    families, _, rest = found.partition("|")
    index, _, path = rest.partition("|")
    if family not in families:
        raise FontMissing(family)
    return path, int(index)


def other_for(char: str, *, bold: bool) -> File | None:
    """A font for the script of a letter that the Chinese one lacks; ``None`` if no installed one has it."""
    found = _of_letter(_SAMPLES.setdefault(unicodedata.name(char, char).partition(" ")[0], char), bold)
    if found is None or not has(found, char):
        found = _of_letter(char, bold)
    return found if found is not None and has(found, char) else None


@lru_cache(maxsize=8_192)
def has(file: File, char: str) -> bool:
    """Whether the font draws the letter, not the box for one that it lacks."""
    from PIL import ImageFont

    font = load_file(file, 16, ImageFont.Layout.BASIC)
    return bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))


@lru_cache(maxsize=64)
def load_file(file: File, size_dots: int, engine: Layout | None = None) -> FreeTypeFont:
    """Without an ``engine`` it shapes what it draws where the system has FriBiDi (package libfribidi0)."""
    from PIL import ImageFont

    return ImageFont.truetype(
        file[0], size_dots, index=file[1], layout_engine=ImageFont.Layout.RAQM if engine is None else engine
    )


@lru_cache(maxsize=256)
def _of_letter(char: str, bold: bool) -> File | None:
    found = _fc_match(f"{_OTHERS}:charset={ord(char):x}:{'bold' if bold else 'regular'}")
    if found is None:
        return None
    index, _, path = found.partition("|")[2].partition("|")
    return path, int(index)


def _fc_match(pattern: str) -> str | None:
    """Family, number in the file and file of the font that fits best, by fontconfig; ``None`` without it."""
    fc_match = shutil.which("fc-match")
    if fc_match is None:
        return None
    try:
        return subprocess.run(  # noqa: S603 - fixed words, found on the path
            [fc_match, "--format", "%{family}|%{index}|%{file}", pattern],
            capture_output=True,
            check=True,
            text=True,
            timeout=_TIMEOUT_S,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
