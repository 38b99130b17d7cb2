"""Two codes that arrived without anything between them."""

from __future__ import annotations

import re
from typing import Final

from shared_models.domain.barcode import is_ean13

_LENGTH: Final = 13
_MARKED: Final = re.compile(r"(?:\]E0\d{13}|\]E4\d{8}){2,}")
_PIECE: Final = re.compile(r"\]E0\d{13}|\]E4\d{8}")


def marked_pieces(text: str) -> tuple[str, ...]:
    """Several EAN codes each with its AIM identifier: where one ends is certain. Empty if it isn't that."""
    return tuple(_PIECE.findall(text)) if _MARKED.fullmatch(text) else ()


def plain_pieces(text: str) -> tuple[str, ...]:
    """Two or more valid EAN-13 in a row of digits. Empty if it isn't that.

    This is a suspicion, not a certainty: one in a hundred Code 128 labels of 26 digits looks the same.
    """
    if len(text) < 2 * _LENGTH or len(text) % _LENGTH or not (text.isascii() and text.isdigit()):
        return ()
    pieces = tuple(text[at : at + _LENGTH] for at in range(0, len(text), _LENGTH))
    return pieces if all(map(is_ean13, pieces)) else ()
