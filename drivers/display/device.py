"""A pole display at the end of its line. It answers nothing: what was written is all that is known."""

from __future__ import annotations

from typing import Final

from drivers.display.protocols import DisplayProtocol
from drivers.ports import DeviceFault, Transport

WRITE_MS: Final = 500
"""Ninety bytes take a tenth of a second at 9,600 baud."""


class PoleDisplay:
    """Not thread-safe, like its transport."""

    def __init__(self, transport: Transport, protocol: DisplayProtocol) -> None:
        self._transport = transport
        self._protocol = protocol

    @property
    def name(self) -> str:
        return self._transport.name

    def show(self, upper: bytes, lower: bytes) -> None:
        """Two lines of twenty columns, see ``text``. Whatever it showed before, also nothing after it was off, it
        shows these then. Raise a ``DeviceFault``."""
        try:
            if not self._transport.is_open:
                self._transport.open(WRITE_MS)
                self._transport.write(self._protocol.begin, WRITE_MS)
            self._transport.write(self._protocol.show(upper, lower), WRITE_MS)
        except DeviceFault:
            self._transport.close()
            raise

    def clear(self) -> None:
        """Show nothing any more. Raise a ``DeviceFault``."""
        if self._transport.is_open:
            self._transport.write(self._protocol.begin, WRITE_MS)

    def close(self) -> None:
        self._transport.close()
