"""AIM symbology identifiers (ISO/IEC 15424): ``]``, a letter for the family, a modifier."""

from __future__ import annotations

import re
from typing import Final

from drivers.ports import Symbology

IDENTIFIER: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")

_EXACT: Final = {
    "]E4": Symbology.EAN8,
    "]C1": Symbology.GS1_128,
    "]d2": Symbology.GS1_DATAMATRIX,
    "]Q3": Symbology.GS1_QR,
}
_FAMILY: Final = {
    "E": Symbology.EAN13,
    "C": Symbology.CODE128,
    "e": Symbology.GS1_DATABAR,
    "d": Symbology.DATAMATRIX,
    "Q": Symbology.QR,
    "A": Symbology.CODE39,
    "G": Symbology.CODE93,
    "F": Symbology.CODABAR,
    "I": Symbology.ITF,
    "L": Symbology.PDF417,
    "z": Symbology.AZTEC,
}


def identify(text: str) -> tuple[str, Symbology | None]:
    """The text without a leading identifier, and what the identifier says. No identifier: None.

    ``]E3`` is an EAN-13 with a supplement of 2 or 5 digits, as magazines have: which issue it is sells nothing.
    """
    if not IDENTIFIER.match(text):
        return text, None
    identifier, rest = text[:3], text[3:]
    if identifier == "]E3":
        rest = rest[:13]
    symbology = _EXACT.get(identifier) or _FAMILY.get(identifier[1], Symbology.OTHER)
    return rest, symbology
