"""The drawer's switch, read through the printer, and drawers with a trigger of their own."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator

import pytest

from drivers.clock import SystemClock
from drivers.drawer.sensor import DrawerState, OpenIs, drawer_state
from drivers.drawer.trigger import DrawerTrigger
from drivers.ports import DeviceGone, PrinterState
from drivers.printer.device import PrinterDevice, PrintResult
from drivers.printer.profiles import PROFILES
from drivers.printer.status import PrinterStatus
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.serial_line import SerialSettings, SerialTransport
from drivers.transports.tcp import TcpTransport


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    with PrinterSimulator() as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("pin_high", "open_is", "state"),
    [
        (True, OpenIs.HIGH, DrawerState.OPEN), (False, OpenIs.HIGH, DrawerState.CLOSED),
        (True, OpenIs.LOW, DrawerState.CLOSED), (False, OpenIs.LOW, DrawerState.OPEN),
        (None, OpenIs.HIGH, DrawerState.UNKNOWN), (None, OpenIs.LOW, DrawerState.UNKNOWN),
        (True, OpenIs.NONE, DrawerState.UNKNOWN), (False, OpenIs.NONE, DrawerState.UNKNOWN),
    ],
)  # fmt: skip
def test_which_level_is_open_is_set(pin_high: bool | None, open_is: OpenIs, state: DrawerState) -> None:
    assert drawer_state(pin_high, open_is) is state


@pytest.mark.parametrize(("byte", "high"), [(0x12, False), (0x16, True), (0x1E, True), (0x1A, False), (None, None)])
def test_bit_2_of_the_first_status_byte_is_the_pin(byte: int | None, high: bool | None) -> None:
    status = PrinterStatus(byte, 0x12, 0x12)
    assert status.drawer_pin_high is high
    assert (status.state is PrinterState.FAULT) == (byte in (0x1A, 0x1E)), "an open drawer is no fault of the printer"


@pytest.mark.parametrize("low", [False, True])
def test_a_pulse_opens_it_and_a_hand_closes_it(printer: PrinterSimulator, low: bool) -> None:
    printer.turn(drawer_open_is_low=low)
    told: list[bool | None] = []
    device = PrinterDevice(
        TcpTransport(printer.host, printer.port), PROFILES["80mm-gb18030"], SystemClock(), on_pin=told.append
    )
    device.status()
    assert device.open_drawer().result is PrintResult.PRINTED
    device.status()
    printer.turn(drawer_open=False)
    assert device.print(b"text\n\x1dV\x00").result is PrintResult.PRINTED
    printer.stop()
    device.status()
    assert told == ([True, False, True, None] if low else [False, True, False, None])


def test_an_open_drawer_disturbs_no_job(printer: PrinterSimulator) -> None:
    """Its bit comes in every answer, also between the question for the job's end and the word that it is printed."""
    printer.turn(drawer_open=True, bytes_per_second=20_000)
    for profile in ("80mm-gb18030", "80mm-epson"):
        device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILES[profile], SystemClock())
        for number in range(3):
            job = f"job {number} of {profile}\n".encode() * 50 + b"\x1dV\x00"
            assert device.print(job).result is PrintResult.PRINTED
            assert printer.receipts[-1] == job
        assert device.drawer_pin_high is True


def test_a_printer_without_a_drawer_pulls_the_pin_nowhere(printer: PrinterSimulator) -> None:
    printer.turn(has_drawer=False)
    device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILES["80mm-gb18030"], SystemClock())
    device.open_drawer()
    device.status()
    assert device.drawer_pin_high is False


def test_any_byte_opens_a_drawer_with_a_trigger_of_its_own() -> None:
    master, slave = pty.openpty()
    try:
        trigger = DrawerTrigger(SerialTransport(os.ttyname(slave), SerialSettings()))
        for _ in range(2):
            trigger.open()
            assert len(os.read(master, 16)) == 1
    finally:
        os.close(slave)
        os.close(master)


def test_a_trigger_that_is_pulled_out_is_said() -> None:
    trigger = DrawerTrigger(SerialTransport("/dev/ttyUSB-none", SerialSettings()))
    with pytest.raises(DeviceGone):
        trigger.open()
