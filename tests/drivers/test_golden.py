"""The goldens of ``golden/``, and that nothing a paper says is lost on the way to the print."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import pytest
import zxingcpp

from drivers.printer.encoder import encode
from drivers.printer.layout import TextLine, lay_out
from drivers.printer.paper import decode_text, render, sheets
from drivers.printer.profiles import PROFILES
from drivers.printer.sheet import Letter, Note, Square
from shared_models.domain.receipt import Columns, Document, Language, Pair, Qr, Text
from shared_models.domain.sale import PaymentState, SaleConfirmed
from tests.drivers import golden
from tests.drivers.papers import PAPERS
from tests.drivers.papers.goods import EVERYDAY, MILK, goods
from tests.drivers.papers.selling import paper, sold

_AMOUNT = re.compile(r"-?\d[\d,]*\.\d\d\b")
DRAWN = ("names-long", "deals", "return-part", "full-width-marks", "supermarket")
"""Of the papers that are drawn in the suite; ``--all`` draws every one."""


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_is_as_it_was(name: str) -> None:
    kept = (golden.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert golden.file_of(name) == kept


@pytest.fixture(scope="module")
def pictures() -> Mapping[str, str]:
    """The kept sums by the picture's name."""
    drawn_with, *lines = golden.PICTURES.read_text(encoding="utf-8").splitlines()
    if drawn_with != golden.drawn_with():
        pytest.skip(f"other fonts or libraries draw here: {golden.drawn_with()}")
    return {name: total for total, name in (line.split("  ") for line in lines)}


@pytest.mark.parametrize("name", PAPERS)
def test_a_picture_is_as_it_was(name: str, pictures: Mapping[str, str]) -> None:
    for line in golden.pictures_of(name):
        total, picture = line.split("  ")
        assert pictures[picture] == total, picture


def test_no_golden_is_left_of_a_paper_that_is_gone() -> None:
    assert {each.stem for each in golden.FOLDER.glob("*.txt")} == set(PAPERS)


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_every_amount_of_the_document_is_read_on_the_paper(name: str, language: Language) -> None:
    wanted = _amounts(golden.document(name, language))
    for width in golden.WIDTHS:
        dots = golden.profile_of(language, width).width_dots
        text = golden.text(name, language, width)
        missing = Counter(wanted)
        missing.subtract(_AMOUNT.findall(text))
        assert min(missing.values(), default=0) >= 0
        # a line with a letter that the printer lacks is a picture whole, its amount with it
        assert missing.total() == 0 or "[picture" in text
        papers = golden.papers(name, language, width)
        pieces = [piece for sheet in papers for row in sheet.rows for piece in row.pieces]
        assert not [piece for piece in pieces if isinstance(piece, Note)]
        assert all(0 <= piece.left <= piece.left + piece.width <= dots for piece in pieces if isinstance(piece, Letter))


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_a_sales_figures_are_all_on_its_receipt(language: Language) -> None:
    sale = sold(EVERYDAY, language, tier="gold", tendered_minor=200_00)
    text = decode_text(
        encode(paper(sale, language), golden.profile_of(language, "58mm")), golden.charset_of(language), 384
    )
    found = _AMOUNT.findall(text)
    for minor in _figures(sale):
        assert f"{minor / 100:.2f}" in found


@pytest.mark.parametrize("width", golden.WIDTHS)
@pytest.mark.parametrize("name", ["deals", "names-right-to-left", "z-report-short"])
@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_a_printer_without_letters_prints_the_same_lines_in_the_same_places(
    name: str, language: Language, width: str
) -> None:
    document, raster = golden.document(name, language), PROFILES[f"{width}-raster"]
    native = sheets(golden.data(name, language, width), raster.width_dots, golden.charset_of(language))
    drawn = sheets(encode(document, raster), raster.width_dots)
    assert [sheet.height for sheet in drawn] == [sheet.height for sheet in native]
    assert [row.top for sheet in drawn for row in sheet.rows if isinstance(row.pieces[0], Square)] == [
        row.top for sheet in native for row in sheet.rows if isinstance(row.pieces[0], Square)
    ]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("width", golden.WIDTHS)
def test_the_picture_follows_the_paper(name: str, width: str) -> None:
    """Ink where a row has letters, none outside the printable width; codes are read back from the picture."""
    language: Language = "zh_Hans"
    dots = golden.profile_of(language, width).width_dots
    (drawn,) = render(golden.data(name, language, width), dots, strict=True)
    (sheet,) = [each for each in sheets(golden.data(name, language, width), dots) if not each.is_blank]
    margin = (drawn.width - dots) // 2
    for row in sheet.rows:
        inked = any(isinstance(piece, Letter) and piece.char != " " for piece in row.pieces)
        band = drawn.crop((0, 56 + row.top, drawn.width, 56 + row.top + row.height))
        ink = band.point(lambda level: 255 - level).getbbox()
        assert not inked or ink is not None
        assert ink is None or (ink[0] >= margin - 2 and ink[2] <= margin + dots + 2)
    codes = [block.data for block in golden.document(name, language).blocks if isinstance(block, Qr)]
    assert set(codes) <= {code.text for code in zxingcpp.read_barcodes(drawn)}


@pytest.mark.parametrize("columns", [32, 48])
def test_five_thousand_lines_are_laid_out_whole(columns: int) -> None:
    blocks = tuple(Pair(f"{MILK.names['zh_Hans']} {number}", f"{number}.90") for number in range(5_000))
    lines = [line for line in lay_out(Document("receipt", "zh_Hans", blocks), columns) if isinstance(line, TextLine)]
    ends = [line.text.rsplit(" ", 1)[-1] for line in lines]
    assert [end for end in ends if end.endswith(".90")] == [f"{number}.90" for number in range(5_000)]


def test_exact_cash_needs_no_line_for_change() -> None:
    said = [block.left for block in paper(sold(goods(MILK), "en"), "en").blocks if isinstance(block, Pair)]
    assert "Cash" in said
    assert "Change" not in said


def test_a_member_reads_what_is_missing_to_the_next_tier() -> None:
    said = {
        block.left: block.right for block in golden.document("member-points", "en").blocks if isinstance(block, Pair)
    }
    assert [left for left in said if left.endswith("missing to Gold")]
    top = [block.left for block in golden.document("member-top-tier", "en").blocks if isinstance(block, Pair)]
    assert not [left for left in top if "missing to" in left]


def _amounts(document: Document) -> list[str]:
    texts: list[str] = []
    for block in document.blocks:
        match block:
            case Text(text=text):
                texts.append(text)
            case Pair(left=left, right=right):
                texts += [left, right]
            case Columns(cells=cells):
                texts += [cell.text for cell in cells]
            case _:
                pass
    return [amount for text in texts for amount in _AMOUNT.findall(text)]


def _figures(sale: SaleConfirmed) -> list[int]:
    lines = [line.gross_minor for line in sale.lines]
    off = [each.amount_minor for line in sale.lines for each in line.adjustments]
    taxes = [minor for tax in sale.taxes for minor in (tax.base_minor, tax.tax_minor)]
    paid = [each.tendered_minor for each in sale.payments if each.state is PaymentState.CAPTURED]
    change = [each.change_minor for each in sale.payments if each.change_minor]
    return [*lines, *off, *taxes, *paid, *change, sale.total_minor]
