"""The scanner on a line of its own: each code read goes to whoever shows the entry field."""

from __future__ import annotations

from collections.abc import Callable

from drivers.ports import BadFrame, DeviceFault, Scan, ScannerState, Transport
from drivers.scanner.beeps import BEEPS
from drivers.scanner.device import ScannerDevice
from drivers.scanner.framing import ScanCodec, ScanEvent
from pos_client.app.ports import Clock
from pos_client.app.surroundings import Surroundings
from pos_client.hardware.notices import notice_of


class Scanning:
    """``on_scan`` is called on the scanner's thread. A code read badly shows as the scanner's notice. ``beeps``: a name
    of ``drivers.scanner.beeps.BEEPS``."""

    def __init__(
        self, transport: Transport, codec: ScanCodec, clock: Clock, surroundings: Surroundings,
        on_scan: Callable[[Scan], None], beeps: str = "none",
    ) -> None:  # fmt: skip
        self._surroundings = surroundings
        self._on_scan = on_scan
        self._state = ScannerState.STOPPED
        self._device = ScannerDevice(transport, codec, clock, self._event, self._changed, beeps=BEEPS[beeps])

    def start(self) -> None:
        self._device.start()

    def beep(self, *, good: bool) -> None:
        self._device.beep(good=good)

    def stop(self) -> None:
        self._device.stop()

    def _event(self, event: ScanEvent) -> None:
        match event:
            case Scan():
                self._surroundings.scanner(self._state.value, None)
                self._on_scan(event)
            case BadFrame():
                self._surroundings.scanner(self._state.value, notice_of(event))

    def _changed(self, state: ScannerState, fault: DeviceFault | None) -> None:
        self._state = state
        self._surroundings.scanner(state.value, notice_of(fault))
