"""Labels at the till's window, against a label printer that speaks the real bytes: by keyboard and by touch alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtWidgets import QApplication, QLabel

from drivers.simulators.label import LabelSimulator
from pos_client.presenters.state import Labelling, LabelStep, Screen
from pos_client.settings import Settings, load
from pos_client.ui.gallery_shop import PIN, code_of
from pos_client.ui.labels_page import LabelPicture
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow, OpenStage

WAIT_S = 20
MANAGER = "3"


class Desk:
    """A window before a till whose label printer is virtual."""

    def __init__(self, window: AtTheWindow, dev: Path) -> None:
        self.window = window
        self._dev = dev
        self.printer = LabelSimulator("zpl")
        self.printer.__enter__()
        self.printer.turn(ms_per_label=20)

    def begin(self, **more: str) -> None:
        place: dict[str, Any] = {"label_printer": f"tcp://127.0.0.1:{self.printer.port}", **more}
        self.window.fit(Settings(**place), self._dev).start()
        for text in (MANAGER, PIN, "500"):
            self.window.keys(f"{text}\n")

    @property
    def desk(self) -> Labelling:
        return self.window.counter.label_desk.desk

    @property
    def said(self) -> str:
        return self.window.counter.state.took_for

    @property
    def problem(self) -> str:
        found = self.window.counter.state.problem
        return found.sentence if found else ""

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not holds():
            assert time.monotonic() < deadline, (self.said, self.problem, self.desk.step)
            QApplication.processEvents()
            self.window.settle()
            time.sleep(0.01)

    def shown(self) -> Image.Image:
        self.until(lambda: bool(self.desk.picture))
        picture = self.window.window.findChild(LabelPicture)
        assert picture is not None
        assert picture.isVisible()
        assert not picture.pixmap().isNull()
        return Image.open(BytesIO(self.desk.picture)).convert("1")

    def doubt(self) -> str:
        text = self.window.window.findChild(QLabel, "label_doubt_text")
        assert text is not None
        return text.text() if text.isVisible() else ""

    def came_out(self, count: int) -> Image.Image:
        assert self.printer.wait_for_labels(count, WAIT_S * 1_000)
        assert len(self.printer.labels) == count
        return self.printer.labels[-1].convert("1")


@pytest.fixture
def desk(open_window: OpenStage, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(open_window(getattr(request, "param", "en")), tmp_path / "dev")
    yield made
    if made.window.equipment is not None:
        made.window.equipment.stop()
    made.printer.__exit__(None, None, None)


def code_on(label: Image.Image) -> list[str]:
    large = label.convert("L").resize((label.width * 3, label.height * 3))
    return [found.text for found in zxingcpp.read_barcodes(large)]


def test_by_keyboard_alone(desk: Desk) -> None:
    window = desk.window
    desk.begin()
    window.key("F5", "F8")
    window.keys("6\n")
    window.keys("1\n")
    assert screen_of(window.counter) is Screen.LABELS
    window.keys(f"{code_of(0)}\n")
    preview = desk.shown()
    assert code_on(preview) == [code_of(0)]
    window.keys("3\n")
    desk.until(lambda: desk.said.endswith("3 labels are printed"))
    assert desk.came_out(3).tobytes() == preview.tobytes(), "what was shown is what comes out"

    window.keys("奶\n")  # a part of a name, of several goods; the offer of the second, once
    assert desk.desk.step is LabelStep.CHOICES
    window.key("Down")
    window.keys("\n")
    first = desk.shown()
    window.key("F1")
    desk.until(lambda: bool(desk.desk.picture) and desk.desk.layout == "offer")
    offer = desk.shown()
    assert offer.tobytes() != first.tobytes()
    window.keys("\n")
    desk.until(lambda: desk.said.endswith("1 label is printed"))
    assert desk.came_out(4).tobytes() == offer.tobytes()

    window.key("Escape")
    assert screen_of(window.counter) is Screen.SALE
    assert window.counter.state.sale is not None
    assert window.counter.state.sale.lines == (), "nothing was sold"


def test_by_touch_alone(desk: Desk) -> None:
    window = desk.window
    desk.begin()
    window.touch("more", "devices", "device_list_6", "device_device_2")
    desk.until(lambda: desk.said.startswith("Printed."))
    assert code_on(desk.came_out(1)) == ["6901234567892"]
    window.touch("device_device_1")
    window.touch(*(f"digit_{digit}" for digit in code_of(2)), "enter")
    assert code_on(desk.shown()) == [code_of(2)]
    window.touch("label_layout")
    desk.until(lambda: bool(desk.desk.picture) and desk.desk.layout == "offer")
    window.touch("digit_2", "label_print")
    desk.until(lambda: desk.said.endswith("2 labels are printed"))
    desk.came_out(3)
    window.touch("back")
    assert screen_of(window.counter) is Screen.SALE


def test_a_scan_is_the_next_goods_and_never_sold(desk: Desk) -> None:
    window = desk.window
    desk.begin()
    window.touch("more", "devices", "device_list_6", "device_device_1")
    window.scan(0)
    assert code_on(desk.shown()) == [code_of(0)]
    window.scan(2)
    desk.until(lambda: bool(desk.desk.picture) and code_on(desk.shown()) == [code_of(2)])
    window.counter.scan("4006381333932")
    desk.until(lambda: bool(desk.problem))
    assert desk.desk.goods is not None
    assert window.counter.state.sale is not None
    assert window.counter.state.sale.lines == ()


def test_what_is_in_doubt_is_said_until_somebody_has_looked(desk: Desk) -> None:
    window = desk.window
    desk.begin()
    window.touch("more", "devices", "device_list_6", "device_device_1")
    desk.printer.turn(labels_out=True)
    window.scan(0)
    window.keys("\n")
    desk.until(lambda: "out of labels" in desk.problem)
    assert desk.doubt() == "", "it said so beforehand: surely nothing came out"
    desk.printer.turn(labels_out=False, out_after_labels=1)
    window.key("Escape")
    window.keys("3\n")
    desk.until(lambda: "out of labels" in desk.problem)
    assert "may still come once the printer goes on" in desk.doubt()
    window.key("Escape", "Escape", "Escape")
    assert screen_of(window.counter) is Screen.SALE
    window.touch("more", "devices", "device_list_6", "device_device_1")
    assert "may still come once the printer goes on" in desk.doubt()
    window.key("F8")
    assert desk.doubt() == ""


def test_a_slow_printer_holds_nobody_up_and_gets_one_job(desk: Desk) -> None:
    window = desk.window
    desk.begin()
    desk.printer.turn(ms_per_label=1_500)
    window.touch("more", "devices", "device_list_6", "device_device_1")
    window.scan(0)
    desk.shown()
    began = time.monotonic()
    for _ in range(3):
        window.counter.label_desk.print(1)
    assert desk.said == "Printing labels…"
    assert time.monotonic() - began < 1
    desk.until(lambda: desk.said.endswith("1 label is printed"))
    desk.came_out(1)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"label_printer": "none"}, "No label printer is set."),
        ({"label_size": "20x10"}, "This doesn't fit on a label of 20x10 mm."),
        ({"label_language": "epl"}, "label_language is one of zpl, tspl"),
        ({"label_printer": "tcp://127.0.0.1:9"}, "127.0.0.1:9 is not there"),
    ],
)
def test_what_can_not_be_printed_is_said(desk: Desk, settings: dict[str, str], sentence: str) -> None:
    window = desk.window
    desk.begin(**settings)
    window.touch("more", "devices", "device_list_6", "device_device_1")
    window.scan(0)
    window.keys("2\n")
    desk.until(lambda: sentence in desk.problem)
    assert desk.printer.labels == ()
    window.key("Escape")
    window.keys("1000\n")
    assert desk.problem == "1 to 999 labels can be printed at once."
    window.key("Escape", "Escape")
    window.touch("back")
    assert screen_of(window.counter) is Screen.SALE, "a till with a wrong label printer sells all the same"


def test_the_printer_is_set_at_the_till(desk: Desk) -> None:
    window = desk.window
    desk.begin(label_printer="none")
    window.key("F5", "F8")
    window.keys("6\n")
    window.keys("4\n")
    desk.until(lambda: window.counter.device_desk.desk.setting == "label_language")
    window.keys("1\n")
    desk.until(lambda: desk.said.startswith("Saved"))
    window.keys("3\n")
    desk.until(lambda: window.counter.device_desk.desk.setting == "label_printer")
    window.keys(f"127.0.0.1:{desk.printer.port}\n")
    desk.until(lambda: desk.said.startswith("Saved"))
    assert load(window.shop.home).label_printer == f"tcp://127.0.0.1:{desk.printer.port}"
    window.keys("2\n")
    desk.until(lambda: desk.said.startswith("Printed."))
    assert len(desk.printer.labels) == 1


@pytest.mark.parametrize("desk", ["zh_Hans", "zh_Hant"], indirect=True)
def test_in_the_cashiers_language(desk: Desk) -> None:
    window = desk.window
    desk.begin()
    window.key("F5", "F8")
    window.keys("6\n")
    window.keys("1\n")
    window.keys(f"{code_of(0)}\n")
    desk.shown()
    window.keys("\n")
    desk.until(lambda: bool(desk.said) and "label" not in desk.said)
    desk.came_out(1)
