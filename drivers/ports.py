"""What a device is to the till: states, events, errors that tell a person what to do, and the ports they use.

Times are milliseconds of a monotonic clock, never wall time. Bytes stay bytes below the codecs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Protocol


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

    ``str()`` is one English sentence; ``code`` is stable, for translations.
    """

    code: ClassVar[str] = "device_fault"

    def __init__(self, device: str, sentence: str, written_bytes: int = 0) -> None:
        super().__init__(sentence)
        self.device = device
        self.written_bytes = written_bytes


class DeviceGone(DeviceFault):
    code = "device_gone"

    def __init__(self, device: str, written_bytes: int = 0) -> None:
        super().__init__(device, f"{device} is not there; check that it is on and its cable is in.", written_bytes)


class PermissionDenied(DeviceFault):
    """``group`` is the system group that owns the device, or None where there are no groups."""

    code = "permission_denied"

    def __init__(self, device: str, group: str | None) -> None:
        remedy = f"add the till's user to the group {group!r} and sign in again" if group else "check its rights"
        super().__init__(device, f"The system does not let the till use {device}; {remedy}.")
        self.group = group


class DeviceBusy(DeviceFault):
    code = "device_busy"

    def __init__(self, device: str) -> None:
        super().__init__(device, f"Another program is using {device}; close it first.")


class Timeout(DeviceFault):
    code = "timeout"

    def __init__(self, device: str, written_bytes: int = 0) -> None:
        super().__init__(device, f"{device} does not answer; switch it off and on, then try again.", written_bytes)


class PaperOut(DeviceFault):
    code = "paper_out"

    def __init__(self, device: str, written_bytes: int = 0) -> None:
        super().__init__(device, "The receipt printer is out of paper; put in a new roll.", written_bytes)


class CoverOpen(DeviceFault):
    code = "cover_open"

    def __init__(self, device: str, written_bytes: int = 0) -> None:
        super().__init__(device, "The receipt printer's cover is open; close it.", written_bytes)


class PrinterFault(DeviceFault):
    code = "printer_fault"

    def __init__(self, device: str, written_bytes: int = 0) -> None:
        super().__init__(
            device,
            "The receipt printer reports a fault; clear the paper path, switch it off and on.",
            written_bytes,
        )


class FontMissing(DeviceFault):
    code = "font_missing"

    def __init__(self, family: str) -> None:
        super().__init__(family, f"The font {family} is missing; install the package fonts-noto-cjk.")


class FrameFault(StrEnum):
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    UNFINISHED = "unfinished"
    GLUED = "glued"


class BadFrame(DeviceFault):
    """Bytes of a scanner that are no scan. Reported as an event, never raised at the reader.

    ``raw`` holds at most the first 64 bytes. ``parts`` holds the codes that ran together when ``why`` is
    ``GLUED``.
    """

    code = "bad_frame"
    _SENTENCES: ClassVar[dict[FrameFault, str]] = {
        FrameFault.TOO_LONG: "The scanner sent far more than a code; scan again.",
        FrameFault.NOT_TEXT: "The scanner sent something unreadable; scan again, check its cable and set-up.",
        FrameFault.UNFINISHED: "Only a part of the code arrived; scan again.",
        FrameFault.GLUED: "Two codes arrived as one; scan them again one by one.",
    }

    def __init__(self, source: str, why: FrameFault, raw: bytes, parts: tuple[str, ...] = ()) -> None:
        super().__init__(source, self._SENTENCES[why])
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
