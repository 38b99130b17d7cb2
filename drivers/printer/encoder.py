"""From a document to the bytes of one printer model, by way of python-escpos.

python-escpos takes a quarter of a second to load: it is imported when the first document is encoded, not
before.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from drivers.printer import logo
from drivers.printer.layout import Line, TextLine, lay_out
from drivers.printer.letters import columns_of
from drivers.printer.profiles import PrinterProfile
from drivers.printer.raster import PITCH_DOTS, harmless, picture
from shared_models.domain.receipt import Align, Barcode, Cut, Document, Feed, Language, Logo, Qr, Rule

if TYPE_CHECKING:
    from PIL.Image import Image

_CHINESE_ON: Final = b"\x1c&"  # FS &
_CHINESE_OFF: Final = b"\x1c."  # FS .
_PICTURE_ROWS: Final = PITCH_DOTS * 8
_TEAR_LINES: Final = 5  # from the head to the tear bar
_QUIET_MODULES: Final = 20
_BAR_DOTS: Final = 72
_BELOW_LOGO_DOTS: Final = 14
_PAIRS: Final = re.compile(r"(?P<pairs>^(?:\d\d){2,}|(?:\d\d){3,}|(?:\d\d){2,}$)|(?P<one>.)")


def encode(document: Document, profile: PrinterProfile) -> bytes:
    """The whole job: reset, drawer pulse if asked for, the lines, the cut. The same document gives the same
    bytes.

    Raises ``FontMissing`` if letters must be drawn and the font isn't installed.
    """
    writer = _Writer(profile, document.language)
    if document.opens_drawer:
        writer.open_drawer()
    lines = lay_out(document, profile.columns)
    for drawn, group in groupby(lines, key=writer.must_be_drawn):
        if drawn:
            writer.drawn([line for line in group if isinstance(line, TextLine)])
        else:
            for line in group:
                writer.line(line)
    return writer.data()


def drawer_pulse(profile: PrinterProfile) -> bytes:
    """ESC p, 100 ms on and off. Empty if the model has no drawer."""
    if profile.drawer_pin is None:
        return b""
    return b"\x1bp" + (b"\x00" if profile.drawer_pin == 2 else b"\x01") + bytes((50, 50))


def rest_of_a_command(profile: PrinterProfile) -> bytes:
    """What ends any command of ``encode``'s that a job broke off in, and means nothing between commands: NULs, as many
    as the largest piece of a picture has bytes."""
    return bytes(profile.width_dots // 8 * _PICTURE_ROWS)


class _Writer:
    def __init__(self, profile: PrinterProfile, language: Language) -> None:
        self._escpos = _dummy(profile.escpos_name)
        self._profile = profile
        self._charsets = profile.charsets_for(language)
        self._shapes: Any = "TC" if language == "zh_Hant" else "SC"
        self._out = bytearray()
        self._style: tuple[Align, bool, int] | None = None
        self._pitch_dots = 0
        self._escpos.hw("INIT")
        self._take()
        self._out += _CHINESE_OFF
        self._pitch(PITCH_DOTS)

    def data(self) -> bytes:
        return bytes(self._out)

    def open_drawer(self) -> None:
        self._out += drawer_pulse(self._profile)

    def must_be_drawn(self, line: Line) -> bool:
        return isinstance(line, TextLine) and not all(map(self._has, set(line.text)))

    def line(self, line: Line) -> None:
        match line:
            case TextLine():
                self._text(line)
            case Rule():
                self._set(Align.LEFT, bold=False, scale=1)
                self._letters(("═" if line.double else "─") * self._profile.columns)
                self._out += b"\n"
            case Barcode():
                self._barcode(line)
            case Qr():
                self._qr(line.data)
            case Logo():
                self._logo(line)
            case Feed():
                self._pitch(PITCH_DOTS)
                self._out += b"\x1bd" + bytes((line.lines,))
            case Cut():
                self._cut()

    def drawn(self, lines: Sequence[TextLine]) -> None:
        self._set(Align.LEFT, bold=False, scale=1)
        self._image(picture(lines, self._profile.width_dots, self._shapes))

    def _text(self, line: TextLine) -> None:
        self._pitch(PITCH_DOTS * line.scale)
        for span in line.spans:
            self._set(line.align, bold=span.bold, scale=line.scale)
            self._letters(span.text)
        self._out += b"\n"

    def _letters(self, text: str) -> None:
        """Runs of single-byte letters by code page, runs of Chinese as double bytes between FS & and FS ."""
        for codec, group in groupby(text, key=self._codec):
            run = "".join(group)
            if codec in self._charsets:
                self._out += _CHINESE_ON + run.encode(codec) + _CHINESE_OFF
            else:
                if codec != "ascii":
                    self._escpos.magic.force_encoding(codec.upper())
                    self._take()
                self._out += run.encode(codec)

    def _codec(self, char: str) -> str:
        codec = self._codec_or_none(char)
        if codec is None:
            raise AssertionError(f"{char!r} should have been drawn")
        return codec

    def _has(self, char: str) -> bool:
        return self._codec_or_none(char) is not None

    def _codec_or_none(self, char: str) -> str | None:
        if " " <= char <= "~":
            return "ascii"
        wide = columns_of(char) == 2
        for codec in self._charsets if wide else self._profile.code_pages:
            try:
                if len(char.encode(codec)) == (2 if wide else 1):
                    return codec
            except UnicodeEncodeError:
                continue
        return None

    def _barcode(self, code: Barcode) -> None:
        if code.symbology == "ean13":
            kind, data, modules = 67, code.data.encode(), 95
        else:
            data, symbols = _code128(code.data)
            kind, modules = 73, 11 * (symbols + 1) + 13
        dots = min(self._profile.width_dots // (modules + _QUIET_MODULES), 3)
        if dots < 2:  # too long to be read as bars on this paper; a QR code of the same text isn't
            self._qr(code.data)
            return
        self._set(Align.CENTER, bold=False, scale=1)
        # GS h, GS w, GS H 2 (characters below), GS k: python-escpos' own call prints to standard output
        self._out += b"\x1dh" + bytes((_BAR_DOTS,)) + b"\x1dw" + bytes((dots,)) + b"\x1dH\x02"
        self._out += b"\x1dk" + bytes((kind, len(data))) + data

    def _qr(self, data: str) -> None:
        from escpos.escpos import QR_ECLEVEL_M
        from qrcode import QRCode
        from qrcode.constants import ERROR_CORRECT_M

        measure = QRCode(error_correction=ERROR_CORRECT_M)
        measure.add_data(data)
        modules = measure.best_fit() * 4 + 17 + 8
        dots = max(2, min(6, self._profile.width_dots * 2 // 3 // modules))
        self._set(Align.CENTER, bold=False, scale=1)
        self._escpos.qr(data, ec=QR_ECLEVEL_M, size=dots, native=True)
        self._take()
        self._out += b"\n"

    def _logo(self, code: Logo) -> None:
        image = logo.image(code)
        if image is not None:
            self._set(Align.CENTER, bold=False, scale=1)
            self._image(image)
            self._out += b"\x1bJ" + bytes((_BELOW_LOGO_DOTS,))

    def _cut(self) -> None:
        if self._profile.has_cutter:
            self._escpos.cut(mode="PART", feed=False)
            self._take()
        else:
            self._pitch(PITCH_DOTS)
            self._out += b"\x1bd" + bytes((_TEAR_LINES,))

    def _image(self, image: Image) -> None:
        self._escpos.image(image, impl="bitImageRaster", fragment_height=_PICTURE_ROWS)
        self._out += harmless(self._escpos.output)
        self._escpos.clear()

    def _set(self, align: Align, *, bold: bool, scale: int) -> None:
        if self._style == (align, bold, scale):
            return
        self._style = (align, bold, scale)
        self._escpos.set(align=align.value, bold=bold, custom_size=True, width=scale, height=scale)
        self._take()

    def _pitch(self, dots: int) -> None:
        if dots != self._pitch_dots:
            self._pitch_dots = dots
            self._escpos.line_spacing(dots)
            self._take()

    def _take(self) -> None:
        self._out += self._escpos.output
        self._escpos.clear()


def _dummy(escpos_name: str) -> Any:
    return _dummy_class()(profile=escpos_name)


@cache
def _dummy_class() -> Any:
    """Load python-escpos, and undo what it does to the process: a handler on the root logger, a folder in /tmp."""
    root = logging.getLogger()
    handlers = set(root.handlers)
    from escpos import capabilities
    from escpos.printer import Dummy

    for handler in set(root.handlers) - handlers:
        root.removeHandler(handler)
    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return Dummy


def _code128(text: str) -> tuple[bytes, int]:
    """The data as GS k takes it, and its symbols: set C (two digits a symbol) where that is shorter, else set B."""
    data = bytearray()
    symbols = 0
    current = ""
    for run in _PAIRS.finditer(text):
        wanted = "C" if run["pairs"] else "B"
        if wanted != current:
            current = wanted
            data += b"{" + wanted.encode()
            symbols += 1
        if run["pairs"]:
            pairs = run["pairs"]
            data += bytes(int(pairs[at : at + 2]) for at in range(0, len(pairs), 2))
            symbols += len(pairs) // 2
        else:
            data += b"{{" if run["one"] == "{" else run["one"].encode()
            symbols += 1
    return bytes(data), symbols
