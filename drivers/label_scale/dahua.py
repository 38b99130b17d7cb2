"""The text protocol of Dahua TM label scales (上海大华, TM-15H, TM-30…), TCP port 4001: pure, bytes in and out.

A line each way, one at a time. ``!0V`` and the fields of a PLU → ``0v``, its number, ``a`` and the first digit of its
code. ``!0U`` and a number → ``0u`` and what the scale holds there, or nothing but the number and ``a``. Lines to the
scale end with CR LF, its answers with CR LF ETX.

By the maker's interface description (接口协议) as several public programs and translations tell it; ``!0U`` by one
recording of a TM-30F alone. What a scale answers to a PLU that it refuses is told nowhere.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.label_scale.goods import INSTEAD, NotForScale, Plu, SoldBy, layout_of, number_field
from shared_models.domain.barcode import InStoreRule

MOST: Final = 4_000
"""The highest PLU number."""
NAME_LETTERS: Final = 32
LONGEST: Final = 1_024
"""No answer is longer."""

LAYOUTS: Final = frozenset({"FFWWWWWEEEEEC", "FFWWWWWNNNNNC", "FFWWWWWEEEEENNNNNC"})
"""Those of the scale's layouts that a till reads too."""

_BLANK: Final = b"\xa1\xa1"
_LATIN_ROW: Final = 0xA3
_BY: Final = {SoldBy.WEIGHT: "0", SoldBy.PIECE: "1"}
_END: Final = re.compile(rb"\r\n\x03|\r\r\n")
_HELD: Final = re.compile(
    r"0u(?P<number>\d{4})A(?P<code>\d{7})(?P<price>\d{6})(?P<by>[01])\d{6}(?P<days>\d{3})(?P<prefix>\d\d)\d{15}"
    r"(?P<tare>\d{5})\d{28}B(?P<name>\d*)C\d*D\d*E",
    re.ASCII,
)


def check(rule: InStoreRule) -> str:
    """The layout that the scale has to be set to for labels of ``rule``. Raise ``NotForScale``."""
    layout = layout_of(rule)
    if layout not in LAYOUTS:
        raise NotForScale(f"The scale has no layout {layout}; it has {', '.join(sorted(LAYOUTS))}.")
    return layout


def download(plu: Plu) -> bytes:
    """The line that has the scale hold ``plu`` in place of whatever it had under that number. Raise ``NotForScale``."""
    if not 1 <= plu.number <= MOST:
        raise NotForScale(f"PLU number {plu.number} isn't 1 to {MOST}")
    fields = (
        "!0V", number_field(plu.number, 4, "PLU number"), "A",
        _code(plu), number_field(plu.price_minor, 6, "The price"), _BY[plu.by], "000000",
        number_field(plu.best_before_days, 3, "The days"), plu.prefix, "00", "0" * 13,
        number_field(plu.tare_g, 5, "The tare"), "00", "00" * 13,
        "B", _places(plu.name), "CDE\r\n",
    )  # fmt: skip
    return "".join(fields).encode()


def answered(buffer: bytes) -> tuple[str, bytes] | None:
    """The first whole answer without its end, and the bytes after it; ``None`` if there is none yet."""
    end = _END.search(buffer)
    return (buffer[: end.start()].decode("latin-1"), buffer[end.end() :]) if end else None


def acknowledges(answer: str, plu: Plu) -> bool:
    return answer in (f"0v{plu.number:04d}a{_code(plu)[0]}", f"0v{plu.number:04d}a")


def of_another(answer: str, line: bytes) -> bool:
    """Whether it is the answer to another line than ``line``: one that came late."""
    found = re.fullmatch(r"0([uv][0-9]{4})[aA].*", answer)
    return found is not None and found[1] != line[2:7].decode().lower()


def ask(number: int) -> bytes:
    return f"!0U{number:04d}A\r\n".encode()


def is_empty(answer: str, number: int) -> bool:
    """Whether it says that there is nothing under ``number``."""
    return answer == f"0u{number:04d}a"


def held(answer: str) -> Plu | None:
    """What the scale says that it holds, with the name as it has it; ``None`` if that isn't what it says."""
    found = _HELD.fullmatch(answer)
    if found is None:
        return None
    by = SoldBy.WEIGHT if found["by"] == "0" else SoldBy.PIECE
    return Plu(
        int(found["number"]), found["code"], _letters(found["name"]), int(found["price"]), by, found["prefix"],
        int(found["tare"]), int(found["days"]),
    )  # fmt: skip


def as_held(plu: Plu) -> Plu:
    """``plu`` as ``held`` gives it back."""
    return Plu(
        plu.number, _code(plu), _letters(_places(plu.name)), plu.price_minor, plu.by, plu.prefix, plu.tare_g,
        plu.best_before_days,
    )  # fmt: skip


def _code(plu: Plu) -> str:
    """Seven digits, of which the label shows the last five."""
    if not (plu.item.isascii() and plu.item.isdigit() and len(plu.item) == 5):
        raise NotForScale(f"item number {plu.item} isn't of five digits")
    return plu.item.zfill(7)


def _places(name: str) -> str:
    """区位码: row and place of each letter in GB 2312, two digits each; Latin letters stand in row 3."""
    letters = [_pair(char) for char in " ".join(name.split())]
    return "".join(f"{byte - 0xA0:02d}" for byte in b"".join(letters[:NAME_LETTERS]))


def _pair(char: str) -> bytes:
    if char == " ":
        return _BLANK
    if "!" <= char <= "~":
        return bytes([_LATIN_ROW, ord(char) + 0x80])
    try:
        raw = char.encode("gb2312")
    except UnicodeEncodeError:
        raw = b""
    return raw if len(raw) == 2 else _pair(INSTEAD)


def _letters(places: str) -> str:
    pairs = [
        (int(places[at : at + 2]) + 0xA0, int(places[at + 2 : at + 4]) + 0xA0) for at in range(0, len(places) - 3, 4)
    ]
    return "".join(_letter(row, place) for row, place in pairs).strip()


def _letter(row: int, place: int) -> str:
    if row == _LATIN_ROW:
        return chr(place - 0x80)
    if (row, place) == tuple(_BLANK):
        return " "
    return bytes([row, place]).decode("gb2312", errors="replace")
