"""The devices' screen against virtual devices that speak the real bytes: by keyboard alone and by touch alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from drivers.simulators.display import DisplaySimulator
from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scale import Kind, ScaleSimulator
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.serial_line import SerialTransport
from pos_client import settings as till_settings
from pos_client.hardware.equipment import Equipment
from pos_client.presenters.customer import pole_lines
from pos_client.presenters.state import Device, Devices, DeviceStep, DeviceTrial, Screen
from pos_client.settings import Settings
from pos_client.ui.gallery_shop import PIN, code_of
from pos_client.ui.main import ScaleAtScreen
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.ui.conftest import AtTheWindow, OpenStage

WAIT_S = 20
MANAGER, CASHIER = "3", "1"


class Bench:
    """A window before a till with all its devices, each of them virtual."""

    def __init__(self, window: AtTheWindow, dev: Path) -> None:
        self.window = window
        self.dev = dev
        self._open = ExitStack()
        self.printer = self._open.enter_context(PrinterSimulator())
        self.scanner = self._open.enter_context(ScannerSimulator())
        self.display = self._open.enter_context(DisplaySimulator())
        self.scale = self._open.enter_context(ScaleSimulator(Kind.CAS))
        named = dev / "tillpoint"
        named.mkdir(parents=True)
        for name, path in (("display", self.display.path), ("scale", self.scale.path), ("scanner", self.scanner.path)):
            (named / name).symlink_to(path)

    def begin(self, settings: Settings, person: str = MANAGER) -> Equipment:
        """The till with these devices; ``person`` signs in and opens a shift."""
        equipment = self.window.fit(settings, self.dev)

        def fit_scale() -> None:
            weighing = equipment.weighing
            self.window.counter.scale = ScaleAtScreen(weighing, self.window.operations) if weighing else None

        equipment.on_set = lambda: self.window.operations.post(fit_scale)
        self.window.shop.surroundings.listen(lambda: self.window.operations.post(self.window.counter.refresh))
        equipment.start()
        fit_scale()
        for text in (person, PIN, "500"):
            self.window.keys(f"{text}\n")
        return equipment

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not holds():
            assert time.monotonic() < deadline, "it never came to hold"
            QApplication.processEvents()
            self.window.settle()
            time.sleep(0.01)

    @property
    def desk(self) -> Devices:
        found = self.window.counter.state.devices
        assert found is not None
        return found

    def shown(self, name: str) -> str:
        found = self.window.window.findChild(QLabel, name)
        assert found is not None
        return found.text()

    @property
    def said(self) -> str:
        return self.window.counter.state.took_for

    @property
    def problem(self) -> str:
        found = self.window.counter.state.problem
        return found.sentence if found else ""

    def place(self, of: str) -> str:
        return f"serial:{self.dev / 'tillpoint' / of}"

    def saved(self) -> Settings:
        return till_settings.load(self.window.shop.home)

    def row(self, value: str) -> int:
        """The number under which a setting's value stands."""
        return [option.value for option in self.desk.options].index(value) + 1

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def bench(open_window: OpenStage, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(open_window("en"), tmp_path / "dev")
    yield made
    if made.window.equipment is not None:
        made.window.equipment.stop()
    made.close()


def test_by_keyboard_alone(bench: Bench) -> None:
    window = bench.window
    bench.begin(Settings(printer=f"tcp://127.0.0.1:{bench.printer.port}"))
    bench.until(lambda: window.shop.surroundings.printer_state == "ready")
    window.keys(f"{code_of(0)}\n")
    window.key("F5", "F8")
    assert screen_of(window.counter) is Screen.DEVICES

    window.keys("1\n")  # the printer: a test page
    window.keys("1\n")
    bench.until(lambda: bench.said.startswith("Printed."))
    assert bench.printer.wait_for_receipts(1, WAIT_S * 1_000)
    assert b"80mm-gb18030" in bench.printer.receipts[0]

    window.key("Escape", "Down")  # the drawer: with a reason in own words
    window.keys("\n")
    window.keys("1\n")
    assert bench.desk.step is DeviceStep.REASON
    window.keys("Coins jammed\n")
    assert bench.said.startswith("The drawer opens")
    assert bench.printer.wait_for_receipts(2, WAIT_S * 1_000)
    assert b"Coins jammed" in bench.printer.receipts[1]
    assert b"Alex Morgan" in bench.printer.receipts[1]
    assert bench.printer.drawer_pulses == 1
    window.keys("3\n")  # which level of its switch is open
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys("2\n")
    bench.until(lambda: bench.said.startswith("Saved"))
    assert bench.saved().drawer_open_is == "high"
    bench.until(lambda: window.shop.surroundings.drawer_state == "open")
    bench.printer.turn(drawer_open=False)
    bench.until(lambda: window.shop.surroundings.drawer_state == "closed")

    window.key("Escape")  # the scanner: where it is, then a scan
    window.keys("3\n")
    window.keys("1\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys(f"{bench.row(bench.place('scanner'))}\n")
    bench.until(lambda: bench.said.startswith("Saved"))
    assert bench.saved().scanner == bench.place("scanner")
    bench.until(lambda: window.shop.surroundings.scanner_state == "ready")
    bench.scanner.scan(code_of(0), aim="]E0")
    bench.until(lambda: bench.desk.scan is not None)
    assert (bench.shown("scan_text"), bench.shown("scan_symbology")) == (code_of(0), "EAN-13")
    assert bench.shown("scan_meaning") == "Product: Fresh milk 950 ml, ¥12.90"

    window.key("Escape")  # the display
    window.keys("4\n")
    window.keys("2\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys(f"{bench.row(bench.place('display'))}\n")
    bench.until(lambda: bench.said.startswith("Saved"))
    window.keys("1\n")
    assert window.equipment is not None
    window.equipment.show_customer(*pole_lines(window.counter.state, window.counter.language))
    bench.until(lambda: bench.display.lines == ("Tillpoint      12.50", "Total       1,234.50"))

    window.key("F10")  # what was tried isn't left on the display
    assert pole_lines(window.counter.state, window.counter.language)[0].text == "Next counter please"
    window.keys(f"{PIN}\n")
    window.key("F5", "F8")
    window.keys("4\n")

    window.key("Escape")  # the scale, whose line has no parity here
    window.keys("5\n")
    window.keys("3\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys("2\n")
    bench.until(lambda: bench.saved().scale_protocol == "cas" and bench.desk.step is DeviceStep.DEVICE)
    window.keys("2\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys(f"{bench.place('scale')},9600,8N1\n")
    bench.until(lambda: bench.said.startswith("Saved"))
    bench.scale.put(455)
    window.keys("1\n")
    bench.until(lambda: bench.said == "It weighs 0.455 kg")

    window.key("Escape", "Escape")
    assert screen_of(window.counter) is Screen.SALE
    sale = window.counter.state.sale
    assert sale is not None
    assert [line.quantity_milli for line in sale.lines] == [1_000]


def test_an_8217_takes_a_tare_and_goes_back_to_zero(bench: Bench) -> None:
    with ScaleSimulator(Kind.TOLEDO) as scale:
        bench.begin(Settings(scale=f"serial:{scale.path},9600,8N1"), CASHIER)
        window = bench.window
        window.key("F5", "F8")
        window.keys("5\n")
        scale.put(20)
        window.keys("6\n")
        bench.until(lambda: bench.said == "It shows 0 kg")
        assert scale.tare_milli == 20
        scale.put(475)
        window.keys("1\n")
        bench.until(lambda: bench.said == "It weighs 0.455 kg")
        scale.put(0)
        window.keys("5\n")
        bench.until(lambda: bench.said == "It shows 0 kg")
        assert scale.tare_milli == 0
        scale.unplug()
        window.keys("5\n")
        bench.until(lambda: "is not there" in bench.problem)


def test_a_scale_with_keys_of_its_own_has_no_commands(bench: Bench) -> None:
    bench.begin(Settings(scale=f"{bench.place('scale')},9600,8N1", scale_protocol="cas"))
    bench.window.key("F5", "F8")
    bench.window.keys("5\n")
    assert bench.window.counter.device_desk.rows() == (DeviceTrial.WEIGH, "scale", "scale_protocol")


def test_by_touch_alone(bench: Bench) -> None:
    window = bench.window
    bench.begin(Settings(printer=f"tcp://127.0.0.1:{bench.printer.port}"))
    bench.until(lambda: window.shop.surroundings.printer_state == "ready")
    window.touch("more", "devices", "device_list_1", "device_device_1")
    bench.until(lambda: bench.said.startswith("Printed."))
    window.touch("device_device_3")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.touch("device_setting_4")
    bench.until(lambda: bench.said.startswith("Saved"))
    assert bench.saved().printer_profile == "80mm-epson"
    window.touch("device_device_1")
    bench.until(lambda: bench.said.startswith("Printed."))
    assert b"80mm-epson" in bench.printer.receipts[-1]

    window.touch("back", "device_list_2", "device_device_1", "device_reason_3")
    assert bench.printer.wait_for_receipts(3, WAIT_S * 1_000)
    assert bench.printer.drawer_pulses == 1

    window.touch("back", "device_list_3", "device_device_1")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.touch(f"device_setting_{bench.row(bench.place('scanner'))}")
    bench.until(lambda: window.shop.surroundings.scanner_state == "ready")
    bench.scanner.scan("4006381333932", aim="]E0")
    bench.until(lambda: bench.desk.scan is not None)
    scan, sale = bench.desk.scan, window.counter.state.sale
    assert scan is not None
    assert sale is not None
    assert (scan.known, sale.lines) == (False, ())
    window.touch("back", "back")
    assert screen_of(window.counter) is Screen.SALE
    bench.scanner.scan(code_of(0))
    bench.until(lambda: bool(window.counter.state.sale and window.counter.state.sale.lines))


def test_a_cashier_may_look_and_try_but_not_set(bench: Bench) -> None:
    bench.begin(Settings(printer=f"tcp://127.0.0.1:{bench.printer.port}"), CASHIER)
    window = bench.window
    bench.until(lambda: window.shop.surroundings.printer_state == "ready")
    before = (window.shop.home / till_settings.FILE).read_bytes()
    window.touch("more", "devices", "device_list_1", "device_device_1")
    bench.until(lambda: bench.said.startswith("Printed."))
    window.touch("device_device_2")
    assert "a manager's to do" in bench.problem
    window.touch("back", "back", "device_list_2", "device_device_1")
    assert "a manager's to do" in bench.problem
    assert bench.desk.step is DeviceStep.DEVICE
    assert (window.shop.home / till_settings.FILE).read_bytes() == before
    assert bench.printer.drawer_pulses == 0


def test_what_is_wrong_is_said_with_what_to_do(bench: Bench) -> None:
    window, gone = bench.window, str(bench.dev / "gone")
    bench.begin(Settings(scanner=f"serial:{gone}"))
    window.key("F5", "F8")
    window.keys("3\n")
    bench.until(
        lambda: bench.shown("device_remedy") == f"{gone} is not there. Check that it is on and its cable is in."
    )
    window.key("Escape")
    window.keys("1\n")
    window.keys("1\n")
    bench.until(lambda: bench.problem == "No printer is set. Choose where it is first.")
    window.key("Escape")
    window.keys("2\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys(f"{gone}\n")
    bench.until(lambda: "is set to" in bench.problem)
    window.keys("host:99999999\n")
    bench.until(lambda: "can't be there" in bench.problem)
    assert (bench.saved().printer, bench.desk.step) == ("none", DeviceStep.SETTING)
    bench.printer.turn(paper_out=True)
    window.keys(f"127.0.0.1:{bench.printer.port}\n")
    bench.until(lambda: bench.said.startswith("Saved"))
    window.keys("1\n")
    bench.until(lambda: "out of paper" in bench.problem)
    window.key("Escape", "Escape")
    window.keys("2\n")
    window.keys("1\n")
    window.keys("1\n")
    bench.until(lambda: "Open the drawer with its key" in bench.problem)
    assert bench.printer.drawer_pulses == 0


def test_a_device_pulled_out_and_put_back_shows(bench: Bench) -> None:
    window = bench.window
    bench.begin(Settings(scanner=bench.place("scanner")))
    bench.until(lambda: window.shop.surroundings.scanner_state == "ready")
    window.key("F5", "F8")
    window.keys("3\n")
    bench.scanner.unplug()
    bench.until(lambda: "is not there" in bench.shown("device_remedy"))
    bench.scanner.replug()
    bench.until(lambda: bench.shown("device_remedy") == "")
    bench.until(lambda: window.shop.surroundings.scanner_state == "ready")


def test_a_line_that_another_program_has_is_said(bench: Bench) -> None:
    window, other = bench.window, SerialTransport(bench.scanner.path)
    other.open(1_000)
    bench.begin(Settings(scanner=bench.place("scanner")))
    window.key("F5", "F8")
    window.keys("3\n")
    bench.until(lambda: "Another program is using" in bench.shown("device_remedy"))
    other.close()
    bench.until(lambda: bench.shown("device_remedy") == "")


def test_a_line_is_one_devices(bench: Bench) -> None:
    """By whichever of its names."""
    window = bench.window
    bench.begin(Settings(scanner=f"serial:{bench.scanner.path}"))
    window.key("F5", "F8")
    window.keys("4\n")
    window.keys("2\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys(f"{bench.row(bench.place('scanner'))}\n")
    bench.until(lambda: "Another device of this till" in bench.problem)
    assert bench.saved().display == "none"


def test_a_scan_by_keyboard_is_tried_too(bench: Bench) -> None:
    window = bench.window
    bench.begin(Settings())
    window.key("F5", "F8")
    window.hands.type(f"{code_of(2)}\n", gap_ms=5)
    bench.until(lambda: bench.desk.scan is not None)
    assert bench.shown("scan_symbology") == "The scanner doesn't name the symbology"
    assert bench.desk.scan is not None
    assert (bench.desk.scan.text, bench.desk.scan.known) == (code_of(2), True)


def test_while_a_page_prints_a_second_one_is_not_begun(bench: Bench) -> None:
    window = bench.window
    bench.begin(Settings(printer=f"tcp://127.0.0.1:{bench.printer.port}"))
    bench.until(lambda: window.shop.surroundings.printer_state == "ready")
    window.key("F5", "F8")
    window.keys("1\n")
    for _ in range(3):
        window.counter.device_desk.pick(0)
    assert threading.active_count() < 50
    bench.until(lambda: bench.said.startswith("Printed."))
    assert len(bench.printer.receipts) == 1
    assert bench.desk.device is Device.PRINTER


def test_a_scanner_that_types_can_be_had_by_the_till_alone(bench: Bench) -> None:
    """It is offered to the scanner and to nothing else, and what keeps the till from it is said."""
    link = bench.dev / "input" / "by-id" / "usb-Scanner-event-kbd"
    link.parent.mkdir(parents=True)
    (link.parents[1] / "event900").touch()
    link.symlink_to("../event900")
    window, place = bench.window, f"evdev:{link}"
    bench.begin(Settings())
    window.key("F5", "F8")
    window.keys("4\n")
    window.keys("2\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    assert place not in [option.value for option in bench.desk.options]
    window.key("Escape", "Escape")
    window.keys("3\n")
    window.keys("1\n")
    bench.until(lambda: bench.desk.step is DeviceStep.SETTING)
    window.keys(f"{bench.row(place)}\n")
    bench.until(lambda: bench.said.startswith("Saved"))
    assert bench.saved().scanner == place
    bench.until(
        lambda: bench.shown("device_remedy") == f"{link} is no keyboard or scanner. Choose one under /dev/input/by-id."
    )
