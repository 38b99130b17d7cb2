"""A drawer on a serial or USB line of its own: a small box pulses it at any byte that comes."""

from __future__ import annotations

from typing import Final

from drivers.ports import Transport

_ANY_BYTE: Final = b"\x07"
_OPEN_MS: Final = 1_000
_WRITE_MS: Final = 1_000


class DrawerTrigger:
    """The line is opened for each pulse, so that a box that was plugged in again works at once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def name(self) -> str:
        return self._transport.name

    def look(self) -> None:
        """Whether the line is there, which is opened and sent nothing; raise ``DeviceFault``."""
        try:
            self._transport.open(_OPEN_MS)
        finally:
            self._transport.close()

    def open(self) -> None:
        """Raise ``DeviceFault``. Nothing comes back: whether the drawer opened, nobody knows."""
        try:
            self._transport.open(_OPEN_MS)
            self._transport.write(_ANY_BYTE, _WRITE_MS)
        finally:
            self._transport.close()
