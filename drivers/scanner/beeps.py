"""What a scanner on a line is told after a read, so that it sounds as the till judged it.

Datalogic: the host commands of the Magellan guides (01 sounds the good-read tone whatever the scanner is set to, F says
"not on file"; a Magellan 800i reads no more until it gets E). Honeywell: SYN BEL CR beeps once. BEL: Zebra's "Beep on
<BEL>" and the like, once or three times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_HONEYWELL: Final = b"\x16\x07\r"


@dataclass(frozen=True, slots=True)
class Beeps:
    """Bytes for the scanner; none where it can't be told."""

    good: bytes = b""
    bad: bytes = b""


BEEPS: Final[Mapping[str, Beeps]] = {
    "none": Beeps(),
    "datalogic": Beeps(b"\x01", b"FE"),
    "honeywell": Beeps(_HONEYWELL, 3 * _HONEYWELL),
    "bel": Beeps(b"\x07", b"\x07\x07\x07"),
}
"""By the name in the till's settings."""
