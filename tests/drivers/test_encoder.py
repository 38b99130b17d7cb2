"""From a document to a printer's bytes; what they mean is read back by the paper, which doesn't know the encoder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.commands import Kind, Tokenizer
from drivers.printer.encoder import drawer_pulse, encode
from drivers.printer.layout import TextLine, lay_out
from drivers.printer.paper import decode_text, sheets
from drivers.printer.profiles import PROFILES, PrinterProfile
from drivers.printer.sheet import Note, Picture
from shared_models.domain.receipt import (
    Align,
    Barcode,
    Block,
    Cut,
    Document,
    Feed,
    Language,
    Pair,
    Qr,
    Rule,
    Text,
)
from tests.drivers.supermarket import WORDS, receipt
from tests.drivers.test_document import documents

GB80, BIG80, RASTER80, GB58 = (PROFILES[name] for name in ("80mm-gb18030", "80mm-big5", "80mm-raster", "58mm-gb18030"))


def _bytes(
    profile: PrinterProfile, *blocks: Block, language: Language = "zh_Hans", opens_drawer: bool = False
) -> bytes:
    return encode(Document("receipt", language, blocks, opens_drawer), profile)


START = b"\x1b@\x1c.\x1b3\x1e"
NORMAL = b"\x1d!\x00\x1bE\x00\x1ba\x00"


@pytest.mark.parametrize(
    ("block", "wanted"),
    [
        (Text("Hi"), NORMAL + b"Hi\n"),
        (Text("牛奶 2%"), NORMAL + b"\x1c&\xc5\xa3\xc4\xcc\x1c. 2%\n"),
        (Text("¥5 €6"), NORMAL + b"\x1bt\x00\x9d5 \x1bt\x13\xd56\n"),
        (Text("Go", Align.RIGHT, bold=True, scale=2), b"\x1b3<\x1d!\x11\x1bE\x01\x1ba\x02Go\n"),
        (Pair("合计", "1.00"), NORMAL + b"\x1c&\xba\xcf\xbc\xc6\x1c." + b" " * 40 + b"1.00\n"),
        (Rule(), NORMAL + b"\x1bt\x00" + b"\xc4" * 48 + b"\n"),
        (Rule(double=True), NORMAL + b"\x1bt\x00" + b"\xcd" * 48 + b"\n"),
        (Feed(3), b"\x1bd\x03"),
        (Cut(), b"\x1dVB\x00"),
        (
            Barcode("ean13", "6901234567892"),
            b"\x1d!\x00\x1bE\x00\x1ba\x01\x1dhH\x1dw\x03\x1dH\x02\x1dkC\x0d6901234567892",
        ),
        (
            Barcode("code128", "TP{03000127"),
            b"\x1d!\x00\x1bE\x00\x1ba\x01\x1dhH\x1dw\x03\x1dH\x02\x1dkI\x0c{BTP{{{C\x03\x00\x01\x1b",
        ),
        (
            Qr("码"),
            b"\x1d!\x00\x1bE\x00\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1"
            b"\x1d(k\x06\x001P0\xe7\xa0\x81\x1d(k\x03\x001Q0\n",
        ),
    ],
)
def test_exact_bytes(block: Block, wanted: bytes) -> None:
    assert _bytes(GB80, block) == START + wanted


def test_the_drawer_opens_before_the_first_letter() -> None:
    assert _bytes(GB80, Text("x"), opens_drawer=True) == START + b"\x1bp\x0022" + NORMAL + b"x\n"
    assert drawer_pulse(GB80) == b"\x1bp\x0022"


def test_a_printer_without_cutter_feeds_to_the_tear_bar() -> None:
    assert _bytes(GB58, Cut()) == START + b"\x1bd\x05"


def test_each_language_has_its_own_letters_where_the_printer_has_them() -> None:
    assert b"\x1c&" + "應付".encode("big5") + b"\x1c." in _bytes(BIG80, Text("應付"), language="zh_Hant")
    assert b"\x1c&" + "應付".encode("gb18030") + b"\x1c." in _bytes(GB80, Text("應付"), language="zh_Hant")
    assert b"\x1c&" + "李雷".encode("gb18030") + b"\x1c." in _bytes(GB80, Text("Li 李雷"), language="en")


@pytest.mark.parametrize(
    ("profile", "text", "language"),
    [
        (RASTER80, "应付", "zh_Hans"),
        (BIG80, "应付", "zh_Hant"),
        (GB80, "Łódź 𠮷", "en"),
        (GB80, "㐂", "zh_Hans"),
    ],
)
def test_lines_with_letters_the_printer_lacks_are_drawn(profile: PrinterProfile, text: str, language: Language) -> None:
    """Only these lines: what is before and behind stays text."""
    data = _bytes(profile, Text("before"), Text(text), Text(text), Text("behind"), language=language)
    rows = sheets(data, profile.width_dots)[0].rows
    assert [type(row.pieces[0]).__name__ for row in rows] == ["Letter", "Picture", "Letter"]
    picture = rows[1].pieces[0]
    assert isinstance(picture, Picture)
    assert (picture.width, picture.height) == (576, 60)


def test_a_code_too_long_for_bars_becomes_a_square() -> None:
    code = "ABCDEFGH-IJKLMNOP-QRSTUVWX"
    assert f"[QR {code}]" in decode_text(_bytes(GB58, Barcode("code128", code)), width_dots=384)
    assert f"[Code 128 {code[:18]}]" in decode_text(_bytes(GB80, Barcode("code128", code[:18])))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_paper_says_what_the_layout_said(language: Language, profile: PrinterProfile) -> None:
    document = receipt(language)
    charset = profile.charsets_for(language)[0] if profile.charsets else "gb18030"
    data = encode(document, profile)
    (sheet,) = sheets(data, profile.width_dots, charset)
    assert not [piece for row in sheet.rows for piece in row.pieces if isinstance(piece, Note)]
    assert sheet.drawer_pulses == 1
    assert sheet.was_cut is profile.has_cutter
    told = decode_text(data, charset, profile.width_dots)
    native = bool(profile.charsets) and (language, charset) != ("zh_Hans", "big5")
    lines = [line.text for line in lay_out(document, profile.columns) if isinstance(line, TextLine)]
    assert [line for line in lines if (native or line.isascii()) and line.strip() not in told] == []
    assert ("[picture" in told) is not native


@given(documents, st.sampled_from(sorted(PROFILES)))
@settings(max_examples=60, deadline=None)
def test_no_name_can_become_a_command(document: Document, name: str) -> None:
    """Any text, also control characters, and still only the encoder's own commands come out, in whole."""
    profile = PROFILES[name]
    tokenizer = Tokenizer()
    tokens = tokenizer.feed(encode(document, profile))
    assert tokenizer.finish() == []
    assert {token.kind for token in tokens} <= {Kind.TEXT, Kind.COMMAND}
    pulses = [token for token in tokens if token.name == "ESC p"]
    assert len(pulses) == (1 if document.opens_drawer else 0)
    cuts = [token for token in tokens if token.name == "GS V"]
    assert len(cuts) == sum(isinstance(block, Cut) for block in document.blocks) * profile.has_cutter


def test_starting_loads_neither_escpos_nor_pictures() -> None:
    program = (
        "import sys, drivers.printer.device, drivers.printer.encoder, drivers.printer.paper\n"
        "import drivers.scanner.device, drivers.scanner.wedge, drivers.transports.tcp\n"
        "print([name for name in ('escpos', 'PIL', 'qrcode', 'yaml') if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, cwd=Path.cwd()
    )
    assert said.stdout == "[]\n"


def test_encoding_leaves_nothing_in_the_log_on_standard_output_or_on_the_disk(tmp_path: Path) -> None:
    program = (
        "import logging\n"
        "from drivers.printer.encoder import encode\n"
        "from drivers.printer.profiles import PROFILES\n"
        "from tests.drivers.supermarket import receipt\n"
        "for profile in PROFILES.values(): encode(receipt('zh_Hans'), profile)\n"
        "print(logging.getLogger().handlers)"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    assert (said.stdout, said.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == []
