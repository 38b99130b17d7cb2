"""What a printer says of itself: DLE EOT n, GS r n and GS ( H, as Epson's ESC/POS command reference defines them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.ports import CoverOpen, CutterStuck, DeviceFault, PaperOut, PrinterFault, PrinterState

ASK_PRINTER: Final = b"\x10\x04\x01"  # DLE EOT 1
ASK_OFFLINE_CAUSE: Final = b"\x10\x04\x02"  # DLE EOT 2
ASK_ERROR_CAUSE: Final = b"\x10\x04\x03"  # DLE EOT 3
ASK_PAPER: Final = b"\x10\x04\x04"  # DLE EOT 4
ASK_WHEN_PRINTED: Final = b"\x1dr\x01"  # GS r 1: answered when everything before it has been processed

_DRAWER_PIN: Final = 0x04  # of DLE EOT 1: pin 3 of the drawer's connector is high
_CUTTER: Final = 0x08  # of DLE EOT 3
_OFFLINE, _COVER, _PAPER_STOP, _ERROR, _NEAR_END, _PAPER_END = 0x08, 0x04, 0x20, 0x40, 0x0C, 0x60


_SAFE_DIGITS: Final = b"01345789"  # 2 and 6 look like an answer to DLE EOT


def process_id(number: int) -> bytes:
    """Four bytes that name a job in its confirmation; they come round after 4,096 jobs."""
    return bytes(_SAFE_DIGITS[number >> shift & 7] for shift in (9, 6, 3, 0))


def ask_when_printed(process: bytes) -> bytes:
    """GS ( H function 48: the printer sends the process id back when all before has been printed."""
    return b"\x1d(H\x06\x0000" + process


def process_answer(process: bytes) -> bytes:
    return b"\x37\x22" + process + b"\x00"


def is_realtime(byte: int) -> bool:
    """Fixed bits of an answer to DLE EOT: bits 1 and 4 set, 0 and 7 clear."""
    return byte & 0b1001_0011 == 0b0001_0010


def is_printed(byte: int) -> bool:
    """Fixed bits of an answer to GS r: bits 4 and 7 clear."""
    return byte & 0b1001_0000 == 0


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """The answers to DLE EOT 1, 2, 4 and, of a printer with an error, 3; an answer that didn't come is None."""

    printer: int | None
    offline_cause: int | None
    paper: int | None
    error_cause: int | None = None

    @property
    def drawer_pin_high(self) -> bool | None:
        """The level of pin 3 of the drawer's connector, which the drawer's switch pulls; None if it isn't told."""
        return None if self.printer is None else bool(self.printer & _DRAWER_PIN)

    @property
    def state(self) -> PrinterState:
        if self.printer is None and self.offline_cause is None and self.paper is None:
            return PrinterState.UNKNOWN
        cause, paper = self.offline_cause or 0, self.paper or 0
        if cause & _COVER:
            return PrinterState.COVER_OPEN
        if paper & _PAPER_END or cause & _PAPER_STOP:
            return PrinterState.PAPER_OUT
        if cause & _ERROR or (self.printer or 0) & _OFFLINE:
            return PrinterState.FAULT
        return PrinterState.PAPER_NEAR_END if paper & _NEAR_END else PrinterState.READY


_FAULTS: Final[dict[PrinterState, type[CoverOpen] | type[PaperOut] | type[PrinterFault]]] = {
    PrinterState.COVER_OPEN: CoverOpen,
    PrinterState.PAPER_OUT: PaperOut,
    PrinterState.FAULT: PrinterFault,
}


def is_error(offline_cause: int | None) -> bool:
    """Whether DLE EOT 3 has something to say."""
    return bool(offline_cause is not None and offline_cause & _ERROR)


def fault_of(told: PrinterStatus, device: str, written_bytes: int = 0) -> DeviceFault | None:
    """What a person has to do; None if nothing."""
    state = told.state
    if state is PrinterState.FAULT and (told.error_cause or 0) & _CUTTER:
        return CutterStuck(device, written_bytes)
    return _FAULTS[state](device, written_bytes) if state in _FAULTS else None


def state_of(fault: DeviceFault) -> PrinterState:
    """The state a printer is in after this fault: away, unless the printer itself told what is wrong."""
    told = (state for state, kind in _FAULTS.items() if isinstance(fault, kind))
    return next(told, PrinterState.DISCONNECTED)
