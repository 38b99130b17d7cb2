"""Labels: what comes out is what was drawn, no name is a command, and no label is claimed that isn't there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.clock import SystemClock
from drivers.label.bars import NotBars, kind_of
from drivers.label.device import LabelPrinter, LabelTimeouts, print_batch
from drivers.label.document import Bars, Box, Label, LabelError, Price, Square, Text, dots
from drivers.label.drawing import bars_left, drawn, picture
from drivers.label.languages import LANGUAGES, Stock, escpos, tspl, zpl
from drivers.label.layouts import SIZES, Goods, offer, shelf
from drivers.label.status import PROTOCOLS, BadStatus, LabelCoverOpen, LabelsOut, LabelStatus, RibbonOut, Tspl, Zpl
from drivers.ports import DeviceFault, DeviceGone, Timeout
from drivers.printer.device import PrinterDevice, PrintResult
from drivers.printer.paper import UnknownCommand, render
from drivers.printer.profiles import PROFILES
from drivers.simulators.label import LabelSimulator
from drivers.simulators.label_press import Job, LabelPress, TsplPress, ZplPress
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.tcp import TcpTransport
from shared_models.domain.receipt import Language
from tests.drivers.label_golden import FOLDER, GOODS, files, texts

if TYPE_CHECKING:
    from PIL.Image import Image

EAN = "6901028075831"
FAST = LabelTimeouts(answer_ms=300, settle_ms=40, look_ms=5, printed_ms=3_000)
HOSTILE = [
    "^XA^FO0,0^FDstolen^FS^XZ~JA",
    'CLS\r\nPRINT 1,99\r\n"\\["]',
    "\x1b!R\x1b@\x10\x04\x01\x00",
    "a" * 200,
    "超" * 200,
    "one two " * 60,
    "مرحبا שלום \u202e\u2067",
    "😀👩‍👩‍👧‍👦 milk \u200b\u200d\ufeff",
    "\n\n\r\n\t\n",
    "",
    "\ud800 lone",
]


def press_of(language: str, dpi: int = 203) -> LabelPress:
    return ZplPress() if language == "zpl" else TsplPress(dpi)


def read_codes(image: Image) -> dict[str, str]:
    large = image.convert("L").resize((image.width * 3, image.height * 3))
    return {found.text: found.format.name for found in zxingcpp.read_barcodes(large)}


@pytest.mark.parametrize("name", sorted(files()))
def test_golden(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == files()[name]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("language", ["zpl", "tspl"])
@pytest.mark.parametrize("name", sorted(SIZES))
def test_what_comes_out_is_what_was_drawn(name: str, language: str, dpi: int) -> None:
    for reader, goods in GOODS.items():
        for label in (shelf(goods, SIZES[name], reader), offer(goods, SIZES[name], reader, texts(reader))):
            press = press_of(language, dpi)
            (job,) = press.feed(LANGUAGES[language](label, Stock(dpi), 3))
            assert press.errors == []
            assert isinstance(job, Job)
            assert job.copies == 3
            expected = picture(label, dpi)
            assert job.picture.size == expected.size
            assert job.picture.convert("1").tobytes() == expected.tobytes()


@pytest.mark.parametrize("dpi", [203, 300])
def test_codes_are_read_back(dpi: int) -> None:
    for code, kind in [(EAN, "EAN13"), ("036000291452", "UPCA"), ("12345670", "EAN8"), ("AB-^~12", "Code128")]:
        for language in ("zpl", "tspl"):
            label = shelf(replace(GOODS["en"], code=code), SIZES["60x40"], "en")
            (job,) = press_of(language, dpi).feed(LANGUAGES[language](label, Stock(dpi), 1))
            assert isinstance(job, Job)
            found = read_codes(job.picture)
            wanted = code if kind != "UPCA" or code in found else "0" + code
            assert wanted in found, (code, found)
    long = "LOT-2026-11-27/ABCDEF-0123456789-XYZ"
    found = read_codes(picture(shelf(replace(GOODS["en"], code=long), SIZES["40x30"], "en"), dpi))
    assert long in found
    assert found[long].startswith("QR")


def test_escpos_shows_the_same_on_paper_and_cuts_each_copy() -> None:
    label = shelf(GOODS["zh_Hans"], SIZES["60x40"], "zh_Hans")
    papers = render(escpos(label, Stock(), 2), 576, strict=True)
    assert len(papers) == 2
    drawn = picture(label, 203)
    found = papers[0].crop((32, 56, 32 + drawn.width, 56 + drawn.height)).point(lambda grey: 255 if grey > 128 else 0)
    assert found.convert("1").tobytes() == drawn.tobytes()
    assert EAN in read_codes(papers[0])
    with pytest.raises(LabelError, match="72 mm"):
        escpos(Label(800, 400, (), "en"), Stock())


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("language", ["zpl", "tspl"])
def test_no_name_is_a_command(name: str, language: str) -> None:
    for size in SIZES.values():
        goods = Goods(name, "¥12.80", EAN, name, name, "¥15.00", "¥10.80")
        for label in (shelf(goods, size, "zh_Hans"), offer(goods, size, "zh_Hans", str)):
            press = press_of(language)
            found = press.feed(LANGUAGES[language](label, Stock(), 1))
            assert press.errors == []
            assert len(found) == 1
            assert isinstance(found[0], Job)
            assert found[0].picture.convert("1").tobytes() == picture(label, 203).tobytes()


@given(name=st.text(max_size=250), code=st.text(max_size=60))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_name_and_code_make_one_label(name: str, code: str) -> None:
    try:
        label = shelf(Goods(name, "$1,234,567.89", code), SIZES["40x30"], "en")
        raw = zpl(label, Stock())
    except LabelError:
        assert len(code.encode()) > 20  # only a code that no square of this size holds
        return
    press = ZplPress()
    assert [type(each) for each in press.feed(raw)] == [Job]
    assert press.errors == []
    text = re.sub(rb"(\^GFA,[0-9,]+)[0-9A-Zg-z,:]*", rb"\1", raw)
    assert len(re.findall(rb"[\^~]", text)) == raw.count(b"^")


@given(minor=st.integers(0, 99_999_999_999), symbol=st.sampled_from(["¥", "$", "NT$", "HK$", "RM "]))
@settings(max_examples=40, deadline=None)
def test_a_price_is_whole_or_refused(minor: int, symbol: str) -> None:
    """All of its ink lies in its box, with blank below, where a comma would be cut."""
    amount = f"{symbol}{minor / 100:,.2f}"
    box = Box(20, 20, 560, 150)
    label = Label(600, 400, (Price(box, amount),), "en")
    piece = drawn(label.elements[0], label, 203)
    assert piece is not None
    assert piece.top >= dots(box.top, 203)
    assert piece.top + piece.ink.height < dots(box.top + box.height, 203)
    assert piece.left > dots(box.left, 203)
    assert piece.left + piece.ink.width <= dots(box.left, 203) + dots(box.width, 203)
    with pytest.raises(LabelError, match="does not fit"):
        picture(Label(600, 400, (Price(Box(0, 0, 20, 100), amount),), "en"), 203)


def test_bad_labels_are_refused() -> None:
    with pytest.raises(LabelError, match="outside"):
        Label(400, 300, (Text(Box(300, 0, 200, 50), "x", 30),), "en")
    with pytest.raises(LabelError):
        Label(40, 300, (), "en")
    with pytest.raises(NotBars):
        Label(400, 300, (Bars(Box(0, 0, 300, 50), "ean13", "6901028075832"),), "en")
    with pytest.raises(LabelError, match="too wide"):
        picture(Label(400, 300, (Bars(Box(0, 0, 100, 50), "ean13", EAN),), "en"), 203)
    with pytest.raises(LabelError):
        picture(Label(400, 300, (Square(Box(0, 0, 100, 100), "x" * 3_000),), "en"), 203)
    with pytest.raises(LabelError, match="no price"):
        picture(Label(400, 300, (Price(Box(0, 0, 200, 100), "free"),), "en"), 203)
    with pytest.raises(LabelError):
        Stock(150)
    with pytest.raises(LabelError):
        tspl(Label(400, 300, (), "en"), Stock(), 0)
    with pytest.raises(LabelError):
        offer(Goods("x", "$1"), SIZES["40x30"], "en", str)
    assert kind_of("纯牛奶") is None
    assert kind_of("") is None


# answers


def test_answers_are_understood() -> None:
    ready = (
        b"\x02030,0,0,0320,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
    )
    assert Zpl().status(ready, "p") == LabelStatus(None, busy=False)
    assert Zpl().status(ready.replace(b"030,0", b"030,1"), "p") == LabelStatus(LabelsOut, busy=False)
    assert Zpl().status(ready.replace(b"000,0,0,0,0,2", b"000,0,1,0,0,2"), "p").problem is LabelCoverOpen
    assert Zpl().status(ready.replace(b"000,0,0,0,0,2", b"000,0,0,1,0,2"), "p").problem is RibbonOut
    assert Zpl().status(ready.replace(b"00000000", b"00000007"), "p").busy
    assert Zpl().status(ready.replace(b"0320,000", b"0320,002"), "p").busy
    for half in range(len(ready)):
        with pytest.raises(BadStatus):
            Zpl().status(ready[:half], "p")
    assert Tspl().status(b"\x00", "p") == LabelStatus(None, busy=False)
    assert Tspl().status(b"\x20", "p") == LabelStatus(None, busy=True)
    assert Tspl().status(b"\x24", "p") == LabelStatus(LabelsOut, busy=True)
    assert Tspl().status(b"\x08", "p").problem is RibbonOut
    assert Tspl().status(b"\x04\x01", "p").problem is LabelCoverOpen


@given(raw=st.binary(max_size=300), language=st.sampled_from(sorted(PROTOCOLS)))
def test_any_answer_is_a_status_or_the_typed_fault(raw: bytes, language: str) -> None:
    protocol = PROTOCOLS[language]
    protocol.whole(raw)
    try:
        found: object = protocol.status(raw, "p")
    except BadStatus as bad:
        found = bad.raw
    assert isinstance(found, LabelStatus) or found == raw[:64]


@given(raw=st.binary(max_size=400), language=st.sampled_from(["zpl", "tspl"]), whole=st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_bytes_leave_the_simulator_standing(raw: bytes, language: str, whole: bool) -> None:
    press = press_of(language)
    if whole:
        press.feed(b"^XA^PW100^LL100\n" if language == "zpl" else b"SIZE 20 mm,20 mm\r\nCLS\r\n")
    for byte in raw:
        press.feed(bytes([byte]))
    press.switch_on()
    label = Label(200, 200, (Price(Box(0, 0, 200, 100), "$1.00"),), "en")
    errors = list(press.errors)
    assert [type(each) for each in press.feed(LANGUAGES[language](label, Stock(), 1))] == [Job]
    assert press.errors == errors


@pytest.mark.parametrize("language", ["zpl", "tspl"])
def test_an_unknown_command_is_reported(language: str) -> None:
    press = press_of(language)
    press.feed({"zpl": b"^XA^PW99^LL99^A0N,30,30^XZ", "tspl": b'SIZE 20 mm,20 mm\r\nCLS\r\nTEXT 0,0,"3"\r\n'}[language])
    assert any("unknown" in error for error in press.errors)


# a printer on the network


@pytest.fixture(params=["zpl", "tspl"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def simulator(language: str) -> Iterator[LabelSimulator]:
    with LabelSimulator(language) as made:
        yield made


@pytest.fixture
def printer(language: str, simulator: LabelSimulator) -> LabelPrinter:
    return LabelPrinter(TcpTransport(simulator.host, simulator.port), PROTOCOLS[language], SystemClock(), FAST)


def batch(language: str, count: int) -> list[bytes]:
    return [
        LANGUAGES[language](Label(300, 200, (Price(Box(0, 0, 300, 150), f"${number}.00"),), "en"), Stock(), 1)
        for number in range(1, count + 1)
    ]


def test_a_batch_is_printed_for_certain(language: str, simulator: LabelSimulator, printer: LabelPrinter) -> None:
    told: list[int] = []
    outcome = print_batch(printer, batch(language, 3), lambda number, _result: told.append(number))
    assert (outcome.printed, outcome.sent, outcome.doubtful, outcome.go_on_with) == (3, 0, None, None)
    assert told == [1, 2, 3]
    assert len(simulator.labels) == 3
    assert simulator.errors == ()


def test_the_roll_ends_in_a_batch(language: str, simulator: LabelSimulator, printer: LabelPrinter) -> None:
    simulator.turn(out_after_labels=2)
    labels = batch(language, 5)
    outcome = print_batch(printer, labels)
    assert isinstance(outcome.problem, LabelsOut)
    assert (outcome.printed, outcome.sent, outcome.doubtful, outcome.go_on_with) == (2, 0, 3, 4)
    assert len(simulator.labels) == 2
    again = print_batch(printer, labels[3:])
    assert isinstance(again.problem, LabelsOut)
    assert (again.printed, again.doubtful, again.go_on_with) == (0, None, 1)
    simulator.turn(labels_out=False)
    assert simulator.wait_for_labels(3, 2_000)
    assert print_batch(printer, labels[3:]).printed == 2
    assert len(simulator.labels) == 5


@pytest.mark.parametrize(
    ("knob", "fault"), [("ribbon_out", RibbonOut), ("cover_open", LabelCoverOpen), ("labels_out", LabelsOut)]
)
def test_nothing_is_sent_to_a_printer_that_cannot(
    language: str, simulator: LabelSimulator, printer: LabelPrinter, knob: str, fault: type[DeviceFault]
) -> None:
    simulator.turn(**{knob: True})
    outcome = print_batch(printer, batch(language, 2))
    assert isinstance(outcome.problem, fault)
    assert (outcome.printed, outcome.doubtful, outcome.go_on_with) == (0, None, 1)
    simulator.turn(**{knob: False})
    assert print_batch(printer, batch(language, 1)).printed == 1
    assert len(simulator.labels) == 1


def test_a_printer_that_never_answers_only_takes(
    language: str, simulator: LabelSimulator, printer: LabelPrinter
) -> None:
    simulator.turn(silent=True)
    outcome = print_batch(printer, batch(language, 2))
    assert (outcome.printed, outcome.sent, outcome.go_on_with) == (0, 2, None)
    assert simulator.wait_for_labels(2, 2_000)


def test_one_that_falls_silent_is_not_believed(language: str, simulator: LabelSimulator, printer: LabelPrinter) -> None:
    simulator.turn(out_after_labels=1, silent_when_stopped=True)
    outcome = print_batch(printer, batch(language, 3))
    assert isinstance(outcome.problem, Timeout)
    assert (outcome.printed, outcome.doubtful, outcome.go_on_with) == (1, 2, 3)


def test_power_cut_at_bytes_of_a_label(language: str, simulator: LabelSimulator, printer: LabelPrinter) -> None:
    (label,) = batch(language, 1)
    asked = len(PROTOCOLS[language].ask)
    for cut in range(1, len(label), len(label) // 6):
        before = len(simulator.labels)
        simulator.turn(power_cut_after_bytes=asked + cut)
        outcome = print_batch(printer, [label])
        assert isinstance(outcome.problem, DeviceGone | Timeout), outcome
        assert (outcome.printed, outcome.sent, outcome.doubtful) == (0, 0, 1)
        assert len(simulator.labels) == before
    simulator.turn(power_cut_after_bytes=None)
    assert print_batch(printer, [label]).printed == 1


def test_a_lost_byte_is_never_a_printed_label_too_many(
    language: str, simulator: LabelSimulator, printer: LabelPrinter
) -> None:
    (label,) = batch(language, 1)
    asked = len(PROTOCOLS[language].ask)
    claimed = 0
    for lost in (0, 3, len(label) // 2, len(label) - 3):
        simulator.switch_off_and_on()
        simulator.turn(lost_byte=asked + lost + 1)
        claimed += print_batch(printer, [label]).printed
    assert claimed <= 4


def test_a_receipt_printer_prints_labels_too() -> None:
    label = shelf(GOODS["en"], SIZES["60x40"], "en")
    with PrinterSimulator() as paper:
        device = PrinterDevice(TcpTransport(paper.host, paper.port), PROFILES["80mm-raster"], SystemClock())
        outcome = print_batch(device, [escpos(label, Stock(), 1)] * 2)
        assert outcome.printed == 2
        paper.turn(paper_out=True)
        stopped = print_batch(device, [escpos(label, Stock(), 1)])
        assert (stopped.printed, stopped.doubtful, stopped.go_on_with) == (0, None, 1)
        assert len(paper.receipts) == 2


def test_outcomes_name_the_results() -> None:
    assert {result.value for result in PrintResult} == {"printed", "sent", "failed"}


@pytest.mark.parametrize("price", ["NT$85", "€6.98", "¥8,069.86", "$0.99"])
@pytest.mark.parametrize("tall", [120, 150])
def test_round_figures_keep_their_tops(price: str, tall: int) -> None:
    """They are a little higher than straight ones: of what is drawn nothing touches the upper edge of its box."""
    label = Label(600, 400, (Price(Box(0, 100, 600, tall), price),), "zh_Hans")
    drawn = picture(label, 203)
    top = dots(100, 203)
    rows = [drawn.crop((0, row, drawn.width, row + 1)).getextrema() for row in (top - 1, top)]
    assert rows == [rows[0]] * 2, "the row above the box is blank, and so is its first"


@pytest.mark.parametrize("reader", sorted(GOODS))
@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("code", [EAN, "AB-12345"])
def test_figures_begin_where_their_bars_do(reader: Language, dpi: int, code: str) -> None:
    """On shelf labels and on offers, wherever the day stands."""
    goods = replace(GOODS[reader], code=code)
    for size in ((600, 400), (700, 380)):
        for label in (shelf(goods, size, reader), offer(goods, size, reader, texts(reader))):
            (bars,) = (each for each in label.elements if isinstance(each, Bars))
            (figures,) = (each for each in label.elements if isinstance(each, Text) and each.text == code)
            ink = drawn(figures, label, dpi)
            assert ink is not None
            assert abs(ink.left - bars_left(bars, dpi)) <= dots(6, dpi)


@pytest.mark.parametrize(("language", "cut"), [("escpos-gap", b""), ("escpos-mark", b"\x1dV\x01")])
def test_a_receipt_printer_finds_the_gap_or_the_black_mark(language: str, cut: bytes) -> None:
    label = shelf(GOODS["en"], SIZES["60x40"], "en")
    raw = LANGUAGES[language](label, Stock(), 2)
    end = b"\x1c(L\x02\x00A0" if language == "escpos-gap" else b"\x1c(L\x02\x00B0" + cut
    assert raw.count(b"\x1c(L\x02\x00C0\x1dv0\x00") == 2
    assert raw.count(end) == 2
    assert raw.endswith(end)
    papers = render(raw, 576, strict=True)
    plain = render(escpos(label, Stock(), 1), 576, strict=True)
    assert [paper.tobytes()[: 640 * 400] for paper in papers] == [plain[0].tobytes()[: 640 * 400]] * 2
    with PrinterSimulator() as paper:
        device = PrinterDevice(TcpTransport(paper.host, paper.port), PROFILES["80mm-raster"], SystemClock())
        assert print_batch(device, [raw, raw]).printed == 2
        assert len(paper.receipts) == 4


def test_a_place_that_no_label_has_is_shown_on_the_paper() -> None:
    for wrong in (b"\x1c(L\x02\x00D0", b"\x1c(L\x02\x00A9", b"text\x1c(L\x02\x00A0", b"\x1c(L\x01\x00A"):
        with pytest.raises(UnknownCommand):
            render(b"\x1b@" + wrong, 576, strict=True)
