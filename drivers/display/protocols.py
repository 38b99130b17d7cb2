"""How two families of pole displays are told what to show. Both are pure: two lines in, bytes out.

``CD5220`` is what most displays sold for tills understand, in their own command set (CD5220, also called DSP-800 or
UTC by makers that add to it). ``EPSON`` is the command set of Epson's DM-D series, ESC/POS for displays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

COLUMNS: Final = 20

_ESC, _CLEAR, _CR = b"\x1b", b"\x0c", b"\r"


@dataclass(frozen=True, slots=True)
class DisplayProtocol:
    """``begin`` brings a display that was just switched on, or shows anything, to an empty screen without cursor.

    ``show`` gives the bytes for an upper and a lower line of exactly twenty columns.
    """

    begin: bytes
    show: Callable[[bytes, bytes], bytes]


def _cd5220(upper: bytes, lower: bytes) -> bytes:
    """ESC Q A and ESC Q B write a whole line up to CR."""
    return _ESC + b"QA" + upper + _CR + _ESC + b"QB" + lower + _CR


def _epson(upper: bytes, lower: bytes) -> bytes:
    """US $ x y puts the cursor to a column and a line, both counted from 1."""
    return b"\x1f\x24\x01\x01" + upper + b"\x1f\x24\x01\x02" + lower


CD5220: Final = DisplayProtocol(_ESC + b"@" + _CLEAR + _ESC + b"_\x00", _cd5220)
"""ESC @ initialise, CLR, ESC _ 0 no cursor."""

EPSON: Final = DisplayProtocol(_ESC + b"=\x02" + _ESC + b"@" + _CLEAR + b"\x1f\x43\x00", _epson)
"""ESC = 2 listen although a printer hangs on the same line, ESC @ initialise, CLR, US C 0 no cursor."""

PROTOCOLS: Final = {"cd5220": CD5220, "epson": EPSON}
"""By the name in a till's settings."""
