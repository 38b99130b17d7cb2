"""Finds the Chinese fonts: the fixed-width one, where a Chinese character is exactly two Latin letters wide, for paper;
the proportional one for labels."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from drivers.ports import FontMissing

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Shapes: TypeAlias = Literal["SC", "TC"]
Face: TypeAlias = Literal["Noto Sans Mono CJK", "Noto Sans CJK"]
_TIMEOUT_S: Final = 10


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
    smaller = max(int(size_dots * room_dots / natural * 1.1), 4)
    return load(shapes, bold=bold, size_dots=smaller), (size_dots - smaller) * 3 // 8


@lru_cache(maxsize=8)
def locate(shapes: Shapes, bold: bool, face: Face = "Noto Sans Mono CJK") -> tuple[str, int]:
    """The font's file and its number in the file, by fontconfig. Raises ``FontMissing``."""
    family = f"{face} {shapes}"
    fc_match = shutil.which("fc-match")
    if fc_match is None:
        raise FontMissing(family)
    pattern = f"{family}:{'bold' if bold else 'regular'}"
    try:
        found = subprocess.run(  # noqa: S603 - fixed words, found on the path
            [fc_match, "--format", "%{family}|%{index}|%{file}", pattern],
            capture_output=True,
            check=True,
            text=True,
            timeout=_TIMEOUT_S,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise FontMissing(family) from error
    families, _, rest = found.partition("|")
    index, _, path = rest.partition("|")
    if family not in families:
        raise FontMissing(family)
    return path, int(index)
