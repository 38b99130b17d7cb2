"""From a scanner's bytes to scans.

The contract:

- CR, LF, TAB and ETX each end a frame; STX begins one. Empty frames are nothing, so CR LF ends one frame, not
  two, and a scanner that sends ``STX code CR ETX`` sends one scan.
- A frame is UTF-8 text of printable characters; U+001D, the GS1 field separator, is allowed. Anything else in
  a frame makes the whole frame one ``BadFrame(NOT_TEXT)``.
- More than ``max_bytes`` without an end: one ``BadFrame(TOO_LONG)``; everything up to the next end is
  skipped.
- STX within a frame: what came before it is ``BadFrame(UNFINISHED)``, and the new frame counts.
- An AIM identifier at the start is taken off and names the symbology.
- Codes without an end between them: if each carries its AIM identifier (``]E0`` and 13 digits, ``]E4`` and
  8), they are taken apart. If the frame has no identifier and is made of two or more valid EAN-13, it is
  ``BadFrame(GLUED)``, not a scan: taking it apart would now and then sell a wrong item.
- ``flush`` after a silence: what is there without an end is ``BadFrame(UNFINISHED)``, or a scan if
  ``suffixless``.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from drivers.ports import BadFrame, FrameFault, Scan, Symbology
from drivers.scanner.aim import IDENTIFIER, identify
from drivers.scanner.glued import marked_pieces, plain_pieces

ScanEvent: TypeAlias = Scan | BadFrame

STX: Final = 0x02
_ENDS: Final = frozenset(b"\r\n\t\x03")
LONGEST_CODE_BYTES: Final = 4_296  # the most characters a QR code can hold (ISO/IEC 18004)


class ScanCodec:
    """Keeps the frame that has begun. One per connection; ``source`` is copied to its scans."""

    def __init__(self, source: str, *, max_bytes: int = LONGEST_CODE_BYTES, suffixless: bool = False) -> None:
        self._source = source
        self._max_bytes = max_bytes
        self._suffixless = suffixless
        self._frame = bytearray()
        self._skipping = False

    @property
    def is_waiting(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._frame) or self._skipping

    def feed(self, data: bytes, at_ms: int) -> list[ScanEvent]:
        events: list[ScanEvent] = []
        for byte in data:
            if byte in _ENDS:
                events += self._end(at_ms)
            elif byte == STX:
                events += self._unfinished()
            elif self._skipping:
                continue
            elif len(self._frame) >= self._max_bytes:
                events.append(self._bad(FrameFault.TOO_LONG))
                self._frame.clear()
                self._skipping = True
            else:
                self._frame.append(byte)
        return events

    def flush(self, at_ms: int) -> list[ScanEvent]:
        """The line has been silent long enough that no more of this frame will come."""
        return self._end(at_ms) if self._suffixless else self._unfinished()

    def reset(self) -> None:
        """Forget what has begun: the line was cut."""
        self._begin()

    def _begin(self) -> None:
        self._frame.clear()
        self._skipping = False

    def _unfinished(self) -> list[ScanEvent]:
        events: list[ScanEvent] = [self._bad(FrameFault.UNFINISHED)] if self._frame else []
        self._begin()
        return events

    def _end(self, at_ms: int) -> list[ScanEvent]:
        raw = bytes(self._frame)
        self._begin()
        if not raw:
            return []
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return [self._bad(FrameFault.NOT_TEXT, raw)]
        if not text.replace("\x1d", "").isprintable() or IDENTIFIER.fullmatch(text):
            return [self._bad(FrameFault.NOT_TEXT, raw)]
        if pieces := marked_pieces(text):
            return [self._scan(*identify(piece), at_ms) for piece in pieces]
        code, symbology = identify(text)
        if symbology is None and (parts := plain_pieces(code)):
            return [BadFrame(self._source, FrameFault.GLUED, raw, parts)]
        return [self._scan(code, symbology, at_ms)]

    def _scan(self, text: str, symbology: Symbology | None, at_ms: int) -> Scan:
        return Scan(text, symbology, self._source, at_ms)

    def _bad(self, why: FrameFault, raw: bytes | None = None) -> BadFrame:
        return BadFrame(self._source, why, bytes(self._frame) if raw is None else raw)
