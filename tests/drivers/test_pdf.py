"""A document as a PDF: its size, and that its letters are letters."""

from __future__ import annotations

import gc
import re
import zlib
from typing import get_args

import pytest

from drivers.printer.pdf import pdf
from shared_models.domain.receipt import Barcode, Document, Language, Pair, Qr, Rule, Text
from tests.drivers.supermarket import receipt

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4})>")
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj", re.DOTALL)


def _streams(made: bytes) -> list[bytes]:
    found = []
    for packed in _STREAM.findall(made):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            found.append(packed)
    return found


@pytest.mark.parametrize("language", get_args(Language))
def test_a_receipt_is_one_page_whose_text_can_be_copied(language: Language) -> None:
    document = receipt(language)
    made = pdf(document)
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") == 1
    ((width, height),) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made)
    assert float(width) == pytest.approx(80 / 25.4 * 72, abs=0.1)
    assert float(height) > float(width)
    streams = _streams(made)
    letters = {chr(int(code, 16)) for each in streams if b"beginbfchar" in each for _, code in _MAPPED.findall(each)}
    wanted = {char for block in document.blocks if isinstance(block, Text) for char in block.text if char > " "}
    assert wanted <= letters


def test_codes_and_rules_are_drawn_and_letters_are_shown() -> None:
    page = _streams(pdf(Document("receipt", "en", (Qr("AB"), Barcode("ean13", "6901234567892"), Rule(double=True)))))
    (drawn,) = [each for each in page if b" re" in each]
    assert drawn.count(b" re f") > 200
    assert drawn.count(b" l S") == 2
    assert _SHOWN.search(drawn)


def test_a_dot_in_the_name_moves_no_figure() -> None:
    """``·`` is one column on paper and two in the font."""

    def right_of(name: str) -> set[bytes]:
        (drawn,) = [each for each in _streams(pdf(Document("receipt", "en", (Pair(name, "-4.77"),)))) if b"Tj" in each]
        return set(re.findall(rb"BT ([\d.]+) ", drawn))

    assert max(right_of("· a"), key=float) == max(right_of("- a"), key=float)


def test_a_times_sign_stands_amid_its_column() -> None:
    """It is two columns wide in the font: from its column on it would lie at the price and leave a gap before."""
    (drawn,) = [each for each in _streams(pdf(Document("receipt", "en", (Text("2 × 3.00"),)))) if b"Tj" in each]
    two, times, price = (float(each) for each in re.findall(rb"BT ([\d.]+) [\d.]+ Td", drawn))
    column = (price - two) / 4
    assert two + 1.5 * column < times < two + 2 * column, "half of what is more than a column is on either side"


def test_an_empty_document_is_a_page() -> None:
    assert pdf(Document("receipt", "en", ())).startswith(b"%PDF-")


def test_a_name_from_right_to_left_is_joined_and_can_be_copied() -> None:
    made = pdf(
        Document("receipt", "en", (Pair("تمر المدينة 500g", "36.50"), Pair("חלווה", "4.00"), Pair("กิ่ง", "1.00")))
    )
    streams = _streams(made)
    letters = {chr(int(code, 16)) for each in streams if b"beginbfchar" in each for _, code in _MAPPED.findall(each)}
    assert set("تمرالدينة500gחלווה") <= letters
    assert made.count(b"/Type0") >= 4


def test_a_name_takes_no_more_than_its_columns() -> None:
    def right_of(name: str) -> set[bytes]:
        (drawn,) = [each for each in _streams(pdf(Document("receipt", "en", (Pair(name, "-4.77"),)))) if b"Tj" in each]
        return set(re.findall(rb"BT ([\d.]+) ", drawn))

    assert max(right_of("תמר"), key=float) == max(right_of("abc"), key=float)


def test_the_fonts_do_not_stay_in_memory() -> None:
    """60 MB a document would, until the garbage collector's own next pass over all objects."""
    pdf(receipt("en"))
    gc.collect()
    gc.disable()
    try:
        pdf(receipt("en"))
        left = [each for each in gc.get_objects() if type(each).__name__ in {"TTFont", "CFFFontSet"}]
    finally:
        gc.enable()
    assert left == []
