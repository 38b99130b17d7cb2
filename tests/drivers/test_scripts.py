"""Names in scripts that run from right to left, join their letters or pile marks on them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, features

from drivers.printer import fonts, scripts
from drivers.printer.encoder import encode
from drivers.printer.layout import Span, TextLine, lay_out
from drivers.printer.letters import printable, width_of
from drivers.printer.paper import render
from drivers.printer.pieces import Piece, pieces
from drivers.printer.profiles import PROFILES
from drivers.printer.raster import LETTER_DOTS, PITCH_DOTS, picture
from shared_models.domain.receipt import Align, Cell, Columns, Document, Pair, Text

_NAMES = st.text(st.sampled_from("abג דהم حدกิ่कि500.,()-%椰枣 \u200d\u064e\u05b8"), max_size=40)


def _shown(text: str, *, leftward: bool | None = None) -> str:
    """What an eye reads from left to right."""
    runs = scripts.placed(text, leftward=scripts.runs_leftward(text) if leftward is None else leftward)
    return "".join(run.text[::-1] if run.leftward else run.text for run in runs)


def _drawn(text: str, *, bold: bool = False, width: int = 576) -> Image.Image:
    line = TextLine((Span(text, bold, scripts.runs_leftward(text)),))
    return picture([line], width, "SC").convert("L")


def _blobs(image: Image.Image) -> int:
    """How many pieces of ink that don't touch."""
    dots = {(x, y) for x in range(image.width) for y in range(image.height) if not image.getpixel((x, y))}
    found = 0
    while dots:
        found += 1
        edge = [dots.pop()]
        while edge:
            x, y = edge.pop()
            near = {(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & dots
            dots -= near
            edge += near
    return found


def test_pillow_shapes_letters() -> None:
    assert features.check("raqm"), "install libfribidi0"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("תמר 500g", "500g רמת"),
        ("תמר (טרי) 5%", "5% )ירט( רמת"),
        ("Dates תמר", "Dates רמת"),
        ("دبس 椰枣", "椰枣 سبد"),
        ("דג, 20% הנחה!", "!החנה 20% ,גד"),
        ("ขนม 100", "ขนม 100"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_runs_stand_where_the_eye_looks_for_them(text: str, shown: str) -> None:
    assert _shown(text) == shown


@given(_NAMES)
def test_no_letter_is_lost_on_the_way_to_its_place(text: str) -> None:
    kept = printable(text)
    runs = scripts.placed(kept, leftward=scripts.runs_leftward(kept))
    assert sorted("".join(run.text for run in runs)) == sorted(kept)
    found = pieces(Span(kept, leftward=scripts.runs_leftward(kept)), "SC")
    assert sum(piece.columns for piece in found) == width_of(kept)


@given(_NAMES, st.sampled_from([32, 48]))
def test_a_name_takes_its_columns_and_no_more(text: str, columns: int) -> None:
    for line in lay_out(Document("receipt", "en", (Pair(text, "1.00"), Text(text, Align.CENTER))), columns):
        assert isinstance(line, TextLine)
        assert width_of(line.text) <= columns


def test_a_names_direction_stays_its_own() -> None:
    """The amount stands at the right edge, whatever the name is."""
    (line,) = lay_out(Document("receipt", "en", (Pair("תמר", "36.50"),)), 32)
    assert isinstance(line, TextLine)
    assert [(span.text.strip(), span.leftward) for span in line.spans] == [("תמר", True), ("", False), ("36.50", False)]
    both = picture([line], 384, "SC").convert("L")
    alone = picture([TextLine((Span(" " * 27), Span("36.50")))], 384, "SC").convert("L")
    edge = 384 - 5 * LETTER_DOTS
    assert (
        ImageChops.difference(both.crop((edge, 0, 384, PITCH_DOTS)), alone.crop((edge, 0, 384, PITCH_DOTS))).getbbox()
        is None
    )
    assert both.crop((0, 0, 40, PITCH_DOTS)).getextrema()[0] == 0


def test_lines_of_one_name_all_run_its_way() -> None:
    name = "תמר המדבר 100 גרם ABC DEF GHI JKL MNO PQR STU"
    lines = lay_out(Document("receipt", "en", (Text(name),)), 16)
    assert len(lines) > 2
    assert all(isinstance(line, TextLine) and line.spans[0].leftward for line in lines)
    cells = lay_out(Document("receipt", "en", (Columns((Cell(name), Cell("1", Align.RIGHT))),)), 32)
    assert all(isinstance(line, TextLine) and line.spans[0].leftward for line in cells)


def test_arabic_letters_join() -> None:
    assert _blobs(_drawn("محمد")) == 1
    assert _blobs(_drawn("م\u200cح\u200cم\u200cد")) == 4


@pytest.mark.parametrize(("name", "left"), [("אל", True), ("לא", False)])
def test_hebrew_begins_at_the_right(name: str, left: bool) -> None:
    """The lamed is the one that reaches high up."""
    ink = ImageChops.invert(_drawn(name))
    whole = ink.getbbox()
    assert whole is not None
    top = ink.crop((0, 0, ink.width, whole[1] + 3)).getbbox()
    assert top is not None
    assert ((top[0] + top[2]) < (whole[0] + whole[2])) is left


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("char", "אعกकłхΩԱა")
def test_a_letter_that_the_chinese_font_lacks_is_in_another(char: str, bold: bool) -> None:
    (piece,) = pieces(Span(char, bold), "SC")
    if piece.file is None:
        assert fonts.has(fonts.locate("SC", bold), char)
    else:
        assert fonts.has(piece.file, char)
    assert ImageChops.difference(_drawn(char, bold=bold), _drawn("\ue000", bold=bold)).getbbox() is not None


def test_brackets_in_a_cell_are_turned_round() -> None:
    found = pieces(Span("א（ב）", leftward=True), "SC")
    assert [piece.text for piece in found if piece.file is None] == ["（", "）"]
    assert pieces(Span("（", leftward=True), "SC") == [Piece("）", 2)]


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("กิ่ง", "กิ่ง"),
        ("م\u200cح", "م\u200cح"),
        ("a\u200db", "ab"),
        ("x\u0304", "x"),
        ("\u202eabc\u202c", "abc"),
        ("א" + "\u05b8" * 50, "א" + "\u05b8" * 3),
        ("\u05b8א", "א"),
    ],
)
def test_marks_stay_where_a_script_needs_them(given_text: str, kept: str) -> None:
    assert printable(given_text) == kept


@pytest.mark.parametrize("profile", ["58mm-gb18030", "80mm-raster"])
def test_a_long_name_stays_inside_the_paper(profile: str) -> None:
    chosen = PROFILES[profile]
    blocks = (Pair("تمر المدينة المنورة الفاخر ﷽ ﷽ ﷽ " * 5, "36.50"), Text("שוק " * 9, Align.CENTER, scale=2))
    (drawn,) = render(encode(Document("receipt", "en", blocks), chosen), chosen.width_dots, strict=True)
    margin = (drawn.width - chosen.width_dots) // 2
    box = ImageChops.invert(drawn).getbbox()
    assert box is not None
    assert margin <= box[0] < box[2] <= margin + chosen.width_dots
