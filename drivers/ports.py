"""What a device is to the till: states, events, errors that tell a person what to do, and the ports they use.

Times are milliseconds of a monotonic clock, never wall time. Bytes stay bytes below the codecs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from shared_models.domain.text import N_, Words, fill


class Clock(Protocol):
    def monotonic_ms(self) -> int:
        """Milliseconds since some fixed moment; never goes backwards."""


class Transport(Protocol):
    """Carries bytes to and from one device and knows nothing of what they mean.

    Not thread-safe: one thread uses a transport at a time.
    """

    @property
    def name(self) -> str:
        """Where the device is, for people: ``tcp://10.0.0.9:9100``, ``/dev/ttyUSB0``."""

    @property
    def is_open(self) -> bool: ...

    @property
    def is_two_way(self) -> bool:
        """Whether the device can answer. False: ``read`` never gives anything, so that asking is no use."""

    def open(self, timeout_ms: int) -> None:
        """Raises ``DeviceGone``, ``PermissionDenied``, ``DeviceBusy`` or ``Timeout``."""

    def close(self) -> None:
        """Lets go of the device; closing twice is fine. Never raises."""

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:
        """1 to ``max_bytes`` bytes as soon as any are there; ``b""`` if none came in time.

        Raises ``DeviceGone`` when the other side has gone away.
        """

    def write(self, data: bytes, timeout_ms: int) -> None:
        """Hand all of ``data`` to the system.

        ``DeviceGone`` and ``Timeout`` say how much was taken (``written_bytes``). Taken by the system doesn't
        mean arrived at the device.
        """


class ScannerState(StrEnum):
    STOPPED = "stopped"
    CONNECTING = "connecting"
    READY = "ready"
    DISCONNECTED = "disconnected"
    DENIED = "denied"


class PrinterState(StrEnum):
    UNKNOWN = "unknown"  # answers nothing: file, spooler or a one-way cable
    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    READY = "ready"
    PRINTING = "printing"
    PAPER_NEAR_END = "paper_near_end"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    FAULT = "fault"


PRINTER_CAN_PRINT: Final = frozenset({PrinterState.READY, PrinterState.PAPER_NEAR_END, PrinterState.UNKNOWN})
PRINTER_NEEDS_A_HAND: Final = frozenset({PrinterState.PAPER_OUT, PrinterState.COVER_OPEN, PrinterState.FAULT})
PRINTER_AWAY: Final = frozenset({PrinterState.DISCONNECTED, PrinterState.CONNECTING})


class DeviceFault(Exception):
    """Something a person can put right.

    ``code`` names it for programs and logs, ``template`` is the English sentence (a gettext key), ``values`` what it
    speaks of. ``device`` is the transport's name. ``written_bytes``: how much had been handed to the system.
    """

    code: ClassVar[str] = "device_fault"
    template: str = N_("{device} does not work.")

    def __init__(self, device: str, written_bytes: int = 0, **values: str) -> None:
        self.device = device
        self.written_bytes = written_bytes
        self.values = {"device": device, **values}
        super().__init__(fill(self.template, self.values))

    def sentence(self, words: Words) -> str:
        """The sentence in the language of ``words``."""
        return fill(words(self.template), self.values)


class DeviceGone(DeviceFault):
    code = "device_gone"
    template = N_("{device} is not there. Check that it is on and its cable is in.")


class PermissionDenied(DeviceFault):
    """``group`` is the system group that owns the device, or None where there are no groups."""

    code = "permission_denied"

    def __init__(self, device: str, group: str | None) -> None:
        self.group = group
        self.template = (
            N_("The till may not use {device}. Add its user to the group {group} and sign in again.")
            if group
            else N_("The till may not use {device}. Give it the right to.")
        )
        super().__init__(device, group=group or "")


class KeysDenied(PermissionDenied):
    """The rules are for scanners that they know. Who is in the group ``input`` can read every keyboard."""

    code = "keys_denied"

    def __init__(self, device: str, group: str | None) -> None:
        self.group = group
        self.template = N_(
            "The till may not read {device}. Install the devices' rules, or add its user to the group {group}."
        )
        DeviceFault.__init__(self, device, group=group or "input")


class DeviceBusy(DeviceFault):
    code = "device_busy"
    template = N_("Another program is using {device}. Close it.")


class BadLineSettings(DeviceFault):
    code = "bad_line_settings"
    template = N_("{device} can't be set to this speed, these data bits or this parity. Choose others.")


class Timeout(DeviceFault):
    code = "timeout"
    template = N_("{device} does not answer. Switch it off and on.")


class NoRoom(DeviceFault):
    code = "no_room"
    template = N_("There is no room left for {device}. Free some disk space.")


class PaperOut(DeviceFault):
    code = "paper_out"
    template = N_("The receipt printer is out of paper. Put in a new roll.")


class CoverOpen(DeviceFault):
    code = "cover_open"
    template = N_("The receipt printer's cover is open. Close it.")


class PrinterFault(DeviceFault):
    code = "printer_fault"
    template = N_("The receipt printer reports a fault. Clear the paper path, then switch it off and on.")


class CutterStuck(PrinterFault):
    code = "cutter_stuck"
    template = N_(
        "The receipt printer's cutter is stuck. Open the cover, free the paper, close it, then switch the printer off"
        " and on."
    )


class FontMissing(DeviceFault):
    """``device`` is the font's name."""

    code = "font_missing"
    template = N_("The font {device} is missing. Install the package fonts-noto-cjk.")


class FrameFault(StrEnum):
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    UNFINISHED = "unfinished"
    GLUED = "glued"


_FRAME_SENTENCES: Final = {
    FrameFault.TOO_LONG: N_("The scanner sent far more than a code. Scan again."),
    FrameFault.NOT_TEXT: N_("The scanner sent something unreadable. Scan again; check its cable and set-up."),
    FrameFault.UNFINISHED: N_("Only a part of the code arrived. Scan again."),
    FrameFault.GLUED: N_("Two codes arrived as one. Scan them again one by one."),
}


class BadFrame(DeviceFault):
    """Bytes of a scanner that are no scan. Reported as an event, never raised at the reader.

    ``raw`` holds at most the first 64 bytes. ``parts`` holds the codes that ran together if ``why`` is ``GLUED``.
    """

    code = "bad_frame"

    def __init__(self, source: str, why: FrameFault, raw: bytes, parts: tuple[str, ...] = ()) -> None:
        self.template = _FRAME_SENTENCES[why]
        super().__init__(source)
        self.why = why
        self.raw = raw[:64]
        self.parts = parts


class Symbology(StrEnum):
    EAN13 = "ean13"  # also UPC-A and UPC-E sent as 13 digits
    EAN8 = "ean8"
    CODE128 = "code128"
    GS1_128 = "gs1_128"
    GS1_DATABAR = "gs1_databar"
    DATAMATRIX = "datamatrix"
    GS1_DATAMATRIX = "gs1_datamatrix"
    QR = "qr"
    GS1_QR = "gs1_qr"
    CODE39 = "code39"
    CODE93 = "code93"
    CODABAR = "codabar"
    ITF = "itf"
    PDF417 = "pdf417"
    AZTEC = "aztec"
    OTHER = "other"


ELEMENT_STRINGS: Final = frozenset(
    {Symbology.GS1_128, Symbology.GS1_DATABAR, Symbology.GS1_DATAMATRIX, Symbology.GS1_QR}
)
"""The symbologies that carry GS1 application identifiers."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One code as it was read.

    ``text`` is without AIM identifier, prefix and suffix; the character U+001D separates GS1 fields.
    ``symbology`` is None if the scanner didn't say. ``source`` names the device. ``received_ms`` is
    monotonic.
    """

    text: str
    symbology: Symbology | None
    source: str
    received_ms: int

    @property
    def entry(self) -> str:
        """What is entered at the till: the text, after U+001D if the symbol said that it holds GS1 element strings
        (as FNC1 stands at such a symbol's beginning, and isn't sent where an AIM identifier is)."""
        return f"\x1d{self.text}" if self.symbology in ELEMENT_STRINGS else self.text
