"""A document as a page."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO
from typing import get_args

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from drivers.printer import html
from shared_models.domain.receipt import (
    Align,
    Barcode,
    Cell,
    Columns,
    Cut,
    Document,
    Feed,
    Language,
    Pair,
    Qr,
    Rule,
    Text,
)
from tests.drivers.supermarket import receipt


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.open: list[str] = []
        self.drawn: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "hr", "path"):
            self.open.append(tag)
        values = dict(attrs)
        if tag == "svg":
            self.drawn.append((values["viewbox"] or "", ""))
        if tag == "path":
            self.drawn[-1] = (self.drawn[-1][0], values["d"] or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.said.append(data)


def _read(document: Document, *notes: str) -> _Reader:
    reader = _Reader()
    page = html.page(document, "Receipt", notes)
    page.encode()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("language", get_args(Language))
def test_everything_a_receipt_says_is_on_the_page(language: Language) -> None:
    document = receipt(language)
    said = "".join(_read(document, "A note").said)
    assert "A note" in said
    for block in document.blocks:
        match block:
            case Text(text):
                assert text in said
            case Pair(left, right):
                assert left in said
                assert right in said
            case Columns(cells):
                assert all(cell.text in said for cell in cells)


TEXTS = st.text(max_size=30) | st.sampled_from(
    ["</p><script>alert(1)</script>", '" onload="x', "&amp;", "\ud800", "\x00\x1b"]
)


@given(TEXTS, TEXTS, st.sampled_from(list(Align)), st.integers(1, 4))
def test_no_text_becomes_a_command(first: str, second: str, align: Align, scale: int) -> None:
    blocks = (
        Text(first, align, True, scale), Pair(first, second), Columns((Cell(first, share=3), Cell(second, align))),
        Rule(True), Feed(2), Cut(),
    )  # fmt: skip
    page = html.page(Document("receipt", "en", blocks), second, (first,))
    assert "<script" not in page
    assert "\x00" not in page
    _read(Document("receipt", "en", blocks))


@pytest.mark.parametrize(
    ("block", "meaning"),
    [
        (Qr("https://shop.example/r/AB"), "https://shop.example/r/AB"),
        (Barcode("ean13", "6901234567892"), "6901234567892"),
        (Barcode("code128", "A{b}~ 12"), "A{b}~ 12"),
    ],
)
def test_codes_are_read_back_from_what_is_drawn(block: Qr | Barcode, meaning: str) -> None:
    ((box, path),) = _read(Document("receipt", "en", (block,))).drawn
    _, _, columns, rows = map(int, box.split())
    dot, edge = 4, 40
    picture = Image.new("L", (columns * dot + 2 * edge, rows * dot + 2 * edge), 255)
    draw = ImageDraw.Draw(picture)
    for mark in filter(None, path.split("z")):
        at, _, size = mark.removeprefix("M").partition("h")
        x, y = map(int, at.split())
        high = int(size.partition("v")[2].partition("h")[0])
        draw.rectangle((edge + x * dot, edge + y * dot, edge + (x + 1) * dot - 1, edge + (y + high) * dot - 1), 0)
    picture.save(BytesIO(), "PNG")
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == meaning
