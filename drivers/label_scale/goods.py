"""What a label scale holds under one number, and texts as it can hold them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared_models.domain.barcode import InStoreRule, LabelValue

INSTEAD: Final = "*"
"""Stands for a letter that the scale has no code for."""


class NotForScale(ValueError):
    """Goods, or a layout of labels, that the scale can't hold; the sentence says why."""


class SoldBy(StrEnum):
    WEIGHT = "kg"
    PIECE = "piece"


@dataclass(frozen=True, slots=True)
class Plu:
    """``number`` is what the assistant keys; ``prefix`` and ``item`` are printed in the label's code.

    ``price_minor`` is for a kilogram or a piece. ``best_before_days`` after the day of the label; 0: none is printed.
    """

    number: int
    item: str
    name: str
    price_minor: int
    by: SoldBy
    prefix: str
    tare_g: int = 0
    best_before_days: int = 0


def layout_of(rule: InStoreRule) -> str:
    """The label's code as makers of scales write it: F prefix, W item, E amount, N weight, C check digit. Raise
    ``NotForScale``."""
    if rule.value_check:
        raise NotForScale(f"Labels under {rule.prefix} have a verifier, which these scales don't print.")
    value = ("N" if rule.value is LabelValue.WEIGHT else "E") * rule.value_digits
    return "FF" + "W" * rule.item_digits + value + "N" * rule.weight_digits + "C"


def number_field(value: int, digits: int, what: str) -> str:
    """Exactly ``digits`` digits. Raise ``NotForScale``: nothing is ever cut off a figure."""
    if not 0 <= value < 10**digits:
        raise NotForScale(f"{what} {value} doesn't fit into {digits} digits")
    return f"{value:0{digits}d}"


def cut(text: str, most_bytes: int, codec: str) -> bytes:
    """``text`` in ``codec``, with ``INSTEAD`` for what that hasn't, no longer than ``most_bytes`` and never ending in
    the middle of a letter. White space becomes a blank, control characters nothing.

    Chinese files are in ``gbk``: the letters of GB 18030 that have one or two bytes, which is all that scales know."""
    kept = b""
    for char in " ".join(text.split()):
        try:
            raw = char.encode(codec) if char.isprintable() else b""
        except UnicodeEncodeError:
            raw = INSTEAD.encode(codec)
        if len(kept) + len(raw) > most_bytes:
            break
        kept += raw
    return kept.rstrip()
