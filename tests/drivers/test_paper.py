"""The paper that bytes would make: read by people, by a barcode reader, and fed with rubbish."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.ports import FontMissing
from drivers.printer import fonts
from drivers.printer.commands import Kind, Tokenizer
from drivers.printer.encoder import encode
from drivers.printer.paper import (
    PaperError,
    PaperTooLong,
    UnknownCommand,
    decode_text,
    render,
    render_file,
    sheets,
)
from drivers.printer.profiles import PROFILES, PrinterProfile
from drivers.printer.sheet import Letter, Picture
from shared_models.domain.receipt import Barcode, Document, Language
from tests.drivers.supermarket import CODE, EAN, LINK, WORDS, receipt


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_phone_reads_the_codes_on_the_receipt(language: Language, profile: PrinterProfile) -> None:
    charset = profile.charsets[0] if profile.charsets else "gb18030"
    (paper,) = render(encode(receipt(language), profile), profile.width_dots, charset, strict=True)
    assert paper.width == {384: 464, 576: 640}[profile.width_dots]
    found = zxingcpp.read_barcodes(paper)
    assert sorted(code.text for code in found) == sorted([LINK, CODE])


@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize("data", [EAN, "0012345678905", "9780201379624"])
def test_an_ean_is_read_back(width: int, data: str) -> None:
    profile = PROFILES["58mm-gb18030" if width == 384 else "80mm-gb18030"]
    document = Document("receipt", "en", (Barcode("ean13", data),), opens_drawer=False)
    (paper,) = render(encode(document, profile), width)
    assert [code.text for code in zxingcpp.read_barcodes(paper)] == [data]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=14))
@settings(max_examples=40, deadline=None)
def test_any_code_128_is_read_back(data: str) -> None:
    document = Document("receipt", "en", (Barcode("code128", data),), opens_drawer=False)
    (paper,) = render(encode(document, PROFILES["80mm-gb18030"]), 576)
    assert [code.text for code in zxingcpp.read_barcodes(paper)] == [data]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (b"\x1dkI\x0b{AAB\x01{B01{C", "AB\x0101"),
        (b"\x1dkI\x0a{C{1\x01\x0c\x22{Bx", "0112" + "34x"),
        (b"\x1dkI\x08{Aa", None),
        (b"\x1dkI\x07{BA{S\x0dB", "A\rB"),
        (b"\x1dkD\x0712345670"[:-1], "12345670"),
        (b"\x1dkA\x0b03600029145", "036000291452"),
        (b"\x1dk\x02690123456789\x00", EAN),
    ],
)
def test_codes_as_other_programs_send_them(command: bytes, wanted: str | None) -> None:
    (paper,) = render(b"\x1dh\x60\x1ba\x01" + command, 576)
    read = [code.bytes.decode() for code in zxingcpp.read_barcodes(paper)]
    normal = [text.removeprefix("0") if wanted and len(text) == len(wanted) + 1 else text for text in read]
    assert normal == ([] if wanted is None else [wanted])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (b"\x1dkC\x0d6901234567893", "barcode refused: wrong check digit"),
        (b"\x1dkC\x05hello", "barcode refused: not 13 digits"),
        (b"\x1dkI\x03ABC", "barcode refused: no code set at the start"),
        (b"\x1dkI\x03{C\xc8", "barcode refused: byte C8 is not in code set C"),
        (b"\x1dkE\x04ABCD", "barcode refused: a symbology this paper can't draw"),
        (b"\x1dw\x06\x1dkI\x12{B1234567890ABCDEF", "barcode wider than the paper: 1234567890ABCDEF"),
        (b"\x1d(k\x03\x001Q0", "QR code refused: no data"),
        (b"\x1d(k\x0c\x0f1P0" + b"a" * 3849 + b"\x1d(k\x03\x001Q0", "QR code refused: too many bytes"),
        (b"\x1d(k\x03\x001C\x10\x1d(k\x53\x001P0" + b"a" * 80 + b"\x1d(k\x03\x001Q0", "QR code wider than the paper"),
        (b"\x1bZ", "unknown: 1B 5A"),
        (b"\x01", "unknown: 01"),
        (b"\x1d(k\x04\x001A", "cut off: 1D 28 6B 04 00 31 41"),
        (b"\x1bt\xfe", "unknown code page 254"),
        (b"\x1dv0\x00\xff\x00\x01\x00" + bytes(255), "picture wider than the paper"),
        (b"text\x1b@", "ESC @ dropped an unfinished line"),
        (b"\x1b{\x01", "unknown: 1B 7B 01"),
        (b"\x0c", "unknown: 0C"),
    ],
)
def test_what_cannot_be_printed_is_said_on_the_paper(command: bytes, said: str) -> None:
    data = b"before\n" + command + b"\nafter\n"
    if said.startswith("cut off"):
        data = b"before\n" + command
    assert f"[{said}]" in decode_text(data)
    (paper,) = render(data, 576)
    assert min(paper.crop((40, 56 + 30, 60, 56 + 54)).tobytes()) < 64
    if said.startswith(("unknown", "cut off")):
        with pytest.raises(UnknownCommand, match=r"this paper doesn't know"):
            render(data, 576, strict=True)


def _letters(data: bytes) -> list[Letter]:
    return [piece for row in sheets(data, 576)[0].rows for piece in row.pieces if isinstance(piece, Letter)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1bt\x02caf\x82\n", "café"),
        (b"\x1bt\x10\x80\n", "€"),
        (b"\x1c&" + "牛奶".encode("gb18030") + b"\x1c.\x9d5\n", "牛奶¥5"),
        (b"\x1c&" + "㐂x".encode("gb18030") + b"\n", "㐂x"),
        ("牛".encode("gb18030") + b"\n", "┼ú"),
        (b"\x1c&\xc5\n", "\ufffd"),
        (b"\x1c&\xff\xff\n", "\ufffd"),
    ],
)
def test_letters_by_code_page_and_chinese_mode(data: bytes, text: str) -> None:
    assert "".join(letter.char for letter in _letters(data)) == text


def test_big5_is_the_other_font() -> None:
    data = b"\x1c&" + "應付".encode("big5") + b"\n"
    assert decode_text(data, "big5") == "應付"
    assert decode_text(data, "gb18030") != "應付"


def test_modes_change_letters_and_reset_undoes_them() -> None:
    first, second, third = _letters(b"\x1b!\xb8A\n\x1d!\x12B\n\x1b@C\n")
    assert (first.scale, first.bold, first.underline, first.width) == ((2, 2), True, 1, 24)
    assert (second.scale, second.bold, second.width) == ((2, 3), True, 24)
    assert (third.scale, third.bold, third.underline, third.width) == ((1, 1), False, 0, 12)
    small, inverse, wide = _letters(b"\x1bM\x01a\x1bM\x00\x1dB\x01b\x1dB\x00\x1c&\x1c!\x0c\xc5\xa3\n")
    assert (small.width, small.height, inverse.inverse) == (9, 17, True)
    assert (wide.width, wide.height) == (48, 48)


def test_places_on_the_line() -> None:
    left, tab, moved = _letters(b"a\tb\x1b$\x00\x01c\n")
    assert (left.left, tab.left, moved.left) == (0, 96, 256)
    assert [letter.left for letter in _letters(b"\x1ba\x02ab\n\x1ba\x01c\n")] == [552, 564, 282]
    assert [letter.left for letter in _letters(b"\x1dL\x18\x00\x1dW\x30\x00abcde\n")] == [24, 36, 48, 60, 24]


def test_feeds_in_dots() -> None:
    assert sheets(b"a\n\n\x1bd\x02\x1bJ\x05\x1b3\x3cb\n\x1b2c\n", 576)[0].height == 30 + 30 + 60 + 5 + 60 + 30
    assert sheets(b"\x1d!\x03tall\n", 576)[0].height == 96


def test_a_line_too_long_goes_on_below() -> None:
    assert decode_text(b"x" * 50 + b"\n") == "x" * 48 + "\nxx"


@pytest.mark.parametrize("cut", [b"\x1dV\x00", b"\x1dV\x01", b"\x1dVA\x05", b"\x1dVB\x00", b"\x1bi", b"\x1bm"])
def test_a_cut_begins_a_new_paper(cut: bytes) -> None:
    assert decode_text(b"one" + cut + b"two" + cut + b"three\n") == "one\n[cut]\ntwo\n[cut]\nthree"
    assert len(render(b"one" + cut + b"two" + cut, 384)) == 2


def test_pictures_keep_their_dots() -> None:
    bits = bytes((0b10000001, 0b01000010))
    for command in (
        b"\x1dv0\x00\x01\x00\x02\x00" + bits,
        b"\x1d(L\x0c\x000p0\x01\x011\x08\x00\x02\x00" + bits + b"\x1d(L\x02\x0002",
        b"\x1d8L\x0c\x00\x00\x000p0\x01\x011\x08\x00\x02\x00" + bits + b"\x1d(L\x02\x0002",
    ):
        (sheet,) = sheets(command, 576)
        assert sheet.rows[0].pieces == (Picture(0, 8, 2, bits),)
        assert sheet.height == 2
    (paper,) = render(b"\x1dv0\x00\x01\x00\x02\x00" + bits, 384)
    dots = [[paper.getpixel((40 + x, 56 + y)) == 16 for x in range(8)] for y in range(2)]
    assert dots == [[bit == "1" for bit in f"{row:08b}"] for row in bits]
    columns = b"\x1b*\x21\x02\x00" + b"\x80\x00\x00" + b"\x00\x00\x01" + b"\n"
    picture = sheets(columns, 576)[0].rows[0].pieces[0]
    assert isinstance(picture, Picture)
    assert (picture.width, picture.rows, picture.bits[0], picture.bits[23]) == (2, 24, 0x80, 0x40)


def test_paper_has_an_end() -> None:
    with pytest.raises(PaperTooLong, match="12 m"):
        render(b"\x1b3\xff\x1bd\xff\x1bd\xff", 576)
    with pytest.raises(PaperError, match="dots wide"):
        render(b"x", 0)


def test_without_the_font_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts.load.cache_clear()
    fonts.locate.cache_clear()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FontMissing, match="Install the package fonts-noto-cjk"):
        render(b"x\n\x1b-\x01y\x1b\x7f", 576)


def test_a_file_becomes_one_picture(tmp_path: Path) -> None:
    data = encode(receipt("zh_Hans"), PROFILES["80mm-gb18030"])
    (tmp_path / "two.bin").write_bytes(data + data)
    assert render_file(tmp_path / "two.bin", tmp_path / "two.png") == 2
    with Image.open(tmp_path / "two.png") as picture:
        (single,) = render(data, 576)
        assert picture.size == (640 + 80, 2 * single.height + 3 * 40)
        assert len(zxingcpp.read_barcodes(picture)) == 4
    (tmp_path / "empty.bin").write_bytes(b"\x1b@")
    with pytest.raises(PaperError, match=r"empty\.bin holds nothing"):
        render_file(tmp_path / "empty.bin", tmp_path / "empty.png")


COMMANDS = [
    b"\x1b",
    b"\x1c",
    b"\x1d",
    b"\x10",
    b"\x1d(k",
    b"\x1d(L",
    b"\x1dk",
    b"\x1dv0",
    b"\x1d8L",
    b"\x1b*",
    b"\x1dV",
]
COMMANDS += [b"\x1c&", b"\x1bD", b"\n", b"\x1b$", b"\x1d!", b"\x1dkI\x05{B", b"\x1d(k\x05\x001P0", b"\x1d(k\x03\x001Q0"]
rubbish = st.lists(st.sampled_from(COMMANDS) | st.binary(max_size=8) | st.text(max_size=4).map(str.encode)).map(
    b"".join
)


@given(rubbish, st.integers(1, 20))
@settings(deadline=None)
def test_the_stream_is_taken_apart_and_loses_no_byte(data: bytes, size: int) -> None:
    tokenizer = Tokenizer()
    tokens = [token for at in range(0, len(data), size) for token in tokenizer.feed(data[at : at + size])]
    tokens += tokenizer.finish()
    assert b"".join(token.raw for token in tokens) == data
    whole = Tokenizer()
    at_once = whole.feed(data) + whole.finish()
    assert [t.raw for t in tokens if t.kind is not Kind.TEXT] == [t.raw for t in at_once if t.kind is not Kind.TEXT]


@given(rubbish, st.sampled_from([384, 576]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_rubbish_is_printed_or_refused_and_nothing_else(data: bytes, width: int, strict: bool) -> None:
    try:
        papers = render(data, width, "big5" if strict else "gb18030", strict=strict)
    except PaperError:
        return
    assert all(paper.width == width + (80 if width == 384 else 64) for paper in papers)
    assert isinstance(decode_text(data, width_dots=width), str)
