"""What label printers answer when asked how they are: ~HS of ZPL II, ESC ! ? of TSPL.

Both are pure: bytes in, a status or a typed fault out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Protocol

from drivers.ports import DeviceFault, PrinterState
from shared_models.domain.text import N_

LONGEST: Final = 256
"""No answer is longer."""


class LabelsOut(DeviceFault):
    code = "labels_out"
    template = N_("The label printer is out of labels. Put in a new roll.")


class RibbonOut(DeviceFault):
    code = "ribbon_out"
    template = N_("The label printer's ribbon is at its end. Put in a new one.")


class LabelCoverOpen(DeviceFault):
    code = "label_cover_open"
    template = N_("The label printer's cover is open. Close it.")


class LabelPrinterPaused(DeviceFault):
    code = "label_printer_paused"
    template = N_("The label printer is paused. Press its pause key.")


class LabelPrinterFault(DeviceFault):
    code = "label_printer_fault"
    template = N_("The label printer reports a fault. Clear the path of the labels, then switch it off and on.")


class BadStatus(DeviceFault):
    """``raw`` holds at most the first 64 bytes."""

    code = "bad_status"
    template = N_("The answer of {device} can't be read. Check that label_language is the one that it speaks.")

    def __init__(self, device: str, raw: bytes, written_bytes: int = 0) -> None:
        super().__init__(device, written_bytes)
        self.raw = raw[:64]


_STATES: Final[dict[type[DeviceFault], PrinterState]] = {
    LabelsOut: PrinterState.PAPER_OUT,
    LabelCoverOpen: PrinterState.COVER_OPEN,
    RibbonOut: PrinterState.FAULT,
    LabelPrinterPaused: PrinterState.FAULT,
    LabelPrinterFault: PrinterState.FAULT,
}


def state_of(fault: DeviceFault) -> PrinterState:
    """The state a label printer is in after this fault: away, unless it told itself what is wrong."""
    return _STATES.get(type(fault), PrinterState.DISCONNECTED)


@dataclass(frozen=True, slots=True)
class LabelStatus:
    """``problem``: what a person has to put right first. ``busy``: something is still to be printed."""

    problem: type[DeviceFault] | None
    busy: bool


class LabelProtocol(Protocol):
    """``ask`` is answered at once, out of turn. ``shows_waiting``: ``busy`` also tells what was received and hasn't
    begun yet; without it a printer that isn't busy may not have begun."""

    @property
    def ask(self) -> bytes: ...

    @property
    def shows_waiting(self) -> bool: ...

    def whole(self, answer: bytes) -> bool:
        """Whether nothing more belongs to this answer."""

    def status(self, answer: bytes, device: str) -> LabelStatus:
        """Raise ``BadStatus``."""


class Zpl:
    """Three lines, each STX … ETX CR LF.

    The first: settings, paper out, pause, length, formats waiting, buffer full, diagnostic, format not whole, …; the
    second: settings, –, head up, ribbon out, thermal transfer, mode, width, label waiting to be taken, labels left, ….
    """

    ask = b"~HS"
    shows_waiting = True

    _LINE: Final = re.compile(rb"\x02([^\x02\x03]{0,80})\x03\r\n")
    _FIRST: Final = 12
    _SECOND: Final = 11

    def whole(self, answer: bytes) -> bool:
        return answer.count(b"\x03") >= 3 and answer.endswith(b"\n")

    def status(self, answer: bytes, device: str) -> LabelStatus:
        lines = self._LINE.findall(answer)
        if len(lines) != 3 or self._LINE.sub(b"", answer):
            raise BadStatus(device, answer)
        first, second = (line.split(b",") for line in lines[:2])
        if len(first) != self._FIRST or len(second) != self._SECOND or not all(map(_is_number, first + second)):
            raise BadStatus(device, answer)
        flags: tuple[tuple[bytes, type[DeviceFault]], ...] = (
            (second[2], LabelCoverOpen),
            (first[1], LabelsOut),
            (second[3], RibbonOut),
            (first[9], LabelPrinterFault),
            (first[11], LabelPrinterFault),
            (first[2], LabelPrinterPaused),
        )
        problem = next((fault for flag, fault in flags if int(flag)), None)
        return LabelStatus(problem, any(map(int, (first[4], first[7], second[8]))))


class Tspl:
    """One byte: 01 head open, 02 jam, 04 out of labels, 08 out of ribbon, 10 pause, 20 printing, 80 another fault.

    A picture may hold the question by chance; of several answers the last counts, as it is the newest.
    """

    ask = b"\x1b!?"
    shows_waiting = False

    _PRINTING: Final = 0x20
    _FLAGS: Final[tuple[tuple[int, type[DeviceFault]], ...]] = (
        (0x01, LabelCoverOpen),
        (0x04, LabelsOut),
        (0x08, RibbonOut),
        (0x82, LabelPrinterFault),
        (0x10, LabelPrinterPaused),
    )
    _UNUSED: Final = 0x40

    def whole(self, answer: bytes) -> bool:
        return len(answer) >= 1

    def status(self, answer: bytes, device: str) -> LabelStatus:
        if not answer or any(byte & self._UNUSED for byte in answer):
            raise BadStatus(device, answer)
        problem = next((fault for flag, fault in self._FLAGS if answer[-1] & flag), None)
        return LabelStatus(problem, bool(answer[-1] & self._PRINTING))


PROTOCOLS: Final[dict[str, LabelProtocol]] = {"zpl": Zpl(), "tspl": Tspl()}


def _is_number(field: bytes) -> bool:
    return field.isdigit() and len(field) <= 8
