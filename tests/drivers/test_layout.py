"""Lines for a width: nothing is too wide, nothing is lost, figures stand under each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.layout import TextLine, cell_widths, lay_out, wrap
from drivers.printer.letters import printable, width_of
from shared_models.domain.receipt import Align, Block, Cell, Columns, Document, Language, Pair, Rule, Text
from tests.drivers.supermarket import WORDS, receipt
from tests.drivers.test_document import documents

texts = st.text(st.characters() | st.sampled_from([*"牛奶，。（）·… abc12.-\n"]), max_size=80)


def _lines(*blocks: Block, columns: int = 32) -> list[str]:
    document = Document("receipt", "zh_Hans", blocks, opens_drawer=False)
    return [line.text for line in lay_out(document, columns) if isinstance(line, TextLine)]


@given(documents, st.sampled_from([32, 42, 48]))
@settings(deadline=None)
def test_no_line_is_wider_than_the_paper(document: Document, columns: int) -> None:
    for line in lay_out(document, columns):
        if isinstance(line, TextLine):
            assert width_of(line.text) * line.scale <= columns
            assert "\n" not in line.text


@given(texts, st.integers(2, 48))
@settings(deadline=None)
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    rows = wrap(text, width)
    assert rows
    assert "".join("".join(rows).split()) == "".join(printable(text).split())
    assert all(width_of(row) <= width for row in rows)


def test_words_stay_whole_and_chinese_breaks_anywhere() -> None:
    assert wrap("Organic Whole Milk 1 l, Family Pack", 16) == ["Organic Whole", "Milk 1 l, Family", "Pack"]
    assert wrap("红富士苹果（山东烟台，一级果）", 10) == ["红富士苹果", "（山东烟", "台，一级", "果）"]
    assert wrap("supercalifragilistic", 8) == ["supercal", "ifragili", "stic"]
    assert wrap("", 8) == [""]
    assert wrap("a\n\nb", 8) == ["a", "", "b"]


def test_a_closing_mark_does_not_begin_a_line_if_its_word_can_come_along() -> None:
    assert wrap("一二三四，五", 8) == ["一二三", "四，五"]


def test_an_indented_reason_stays_indented() -> None:
    assert _lines(Pair("  · 会员日全场九五折再减三元整优惠", "-3.00"), columns=24) == [
        "  · 会员日全场九五",
        "  折再减三元整优惠 -3.00",
    ]


def test_centred_lines_are_balanced() -> None:
    lines = _lines(Text("人民路店 · 上海市黄浦区人民路 88 号", Align.CENTER))
    assert lines == ["人民路店 · 上海市", "黄浦区人民路 88 号"]


@pytest.mark.parametrize("columns", [32, 48])
def test_figures_of_rows_and_pairs_end_at_the_right_edge(columns: int) -> None:
    shares = (3, 2, 3)
    rows = [("2", "15.90", "31.80"), ("1.246kg", "12.80", "15.95"), ("1", "69.90", "1,069.90")]
    blocks: list[Block] = [
        Columns(tuple(Cell(text, Align.RIGHT, share) for text, share in zip(row, shares, strict=True))) for row in rows
    ]
    lines = _lines(*blocks, Pair("小计（6件）", "¥255.55"), columns=columns)
    assert [width_of(line) for line in lines] == [columns] * 4
    ends = [[line.index(text) + len(text) for text in row] for row, line in zip(rows, lines, strict=False)]
    assert ends[0] == ends[1] == ends[2]


def test_a_long_name_wraps_while_its_amount_stays_whole() -> None:
    row = Columns((Cell("光明优倍高品质鲜牛奶", share=1), Cell("¥1,234,567.89", Align.RIGHT, share=1)))
    assert _lines(row, columns=24) == ["光明优倍高 ¥1,234,567.89", "品质鲜牛奶              "]


def test_a_left_side_without_room_gets_lines_of_its_own() -> None:
    assert _lines(Pair("合计", "¥12,345,678.00", bold=True, scale=2), columns=32) == ["合计", "¥12,345,678.00"]
    assert _lines(Pair("x", "y" * 40), columns=32) == ["x", "y" * 32, "y" * 8]


@given(st.lists(st.tuples(st.integers(1, 9), texts, st.sampled_from(Align)), min_size=1, max_size=8))
@settings(deadline=None)
def test_cells_fill_the_line_and_none_vanishes(cells: list[tuple[int, str, Align]]) -> None:
    made = tuple(Cell(text, align, share) for share, text, align in cells)
    widths = cell_widths(made, 48)
    assert sum(widths) + len(widths) - 1 == 48
    assert min(widths) >= 2


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("李雷🎉🎊", "李雷*"),
        ("👨‍👩‍👧 family", "* family"),
        ("a\x1b@\x1dV\x00b", "a@Vb"),
        ("e\u0301", "é"),
        ("a\u200bb\u202ec", "abc"),
        ("tab\there", "tab here"),
        ("\ue000\U0010ffff\ud800", "???"),
        ("\r\nx", "\nx"),
    ],
)
def test_what_no_printer_has_is_replaced(given_text: str, wanted: str) -> None:
    assert printable(given_text) == wanted


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_receipt_of_500_lines_and_of_none(language: Language) -> None:
    item = receipt(language).blocks[6:9]
    many = Document("receipt", language, item * 167, opens_drawer=False)
    assert len(lay_out(many, 32)) >= 500
    assert lay_out(Document("receipt", language, (), opens_drawer=False), 32) == ()
    assert lay_out(Document("receipt", language, (Rule(),), opens_drawer=False), 32) == (Rule(),)
