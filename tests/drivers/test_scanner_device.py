"""A scanner on a real pseudo-terminal: scans, unplugging, replugging."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from drivers.clock import SystemClock
from drivers.ports import BadFrame, DeviceFault, DeviceGone, FrameFault, Scan, ScannerState, Symbology
from drivers.scanner.beeps import BEEPS
from drivers.scanner.device import ScannerDevice
from drivers.scanner.framing import ScanCodec, ScanEvent
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.serial_line import SerialTransport

PATIENCE_S = 10
MILK = "6901234567892"


@dataclass
class Desk:
    scanner: ScannerSimulator
    device: ScannerDevice
    events: queue.Queue[ScanEvent] = field(default_factory=queue.Queue)
    states: queue.Queue[tuple[ScannerState, DeviceFault | None]] = field(default_factory=queue.Queue)

    def state(self) -> ScannerState:
        return self.states.get(timeout=PATIENCE_S)[0]

    def event(self) -> ScanEvent:
        return self.events.get(timeout=PATIENCE_S)


@contextmanager
def desk(beeps: str = "none") -> Iterator[Desk]:
    with ScannerSimulator() as scanner:
        events: queue.Queue[ScanEvent] = queue.Queue()
        states: queue.Queue[tuple[ScannerState, DeviceFault | None]] = queue.Queue()
        device = ScannerDevice(
            SerialTransport(scanner.path),
            ScanCodec("desk"),
            SystemClock(),
            events.put,
            lambda state, fault: states.put((state, fault)),
            beeps=BEEPS[beeps],
            silence_ms=30,
            backoff_ms=(10, 20),
        )
        device.start()
        device.start()
        try:
            yield Desk(scanner, device, events, states)
        finally:
            device.stop()
            device.stop()


def _scan(event: ScanEvent) -> tuple[str, Symbology | None, str]:
    assert isinstance(event, Scan)
    return event.text, event.symbology, event.source


def test_scans_arrive_in_order_and_none_is_dropped() -> None:
    with desk() as at:
        assert [at.state(), at.state()] == [ScannerState.CONNECTING, ScannerState.READY]
        codes = [f"SKU-{number:04d}" for number in range(300)]
        for code in codes:
            at.scanner.scan(code)
        assert [_scan(at.event())[0] for _ in codes] == codes
        at.scanner.scan(MILK, "\r\n", "]E0")
        assert _scan(at.event()) == (MILK, Symbology.EAN13, "desk")
    assert at.device.state is ScannerState.STOPPED
    assert at.state() is ScannerState.STOPPED


def test_a_scanner_comes_back_after_it_was_pulled_out_in_the_middle_of_a_code() -> None:
    with desk() as at:
        assert [at.state(), at.state()] == [ScannerState.CONNECTING, ScannerState.READY]
        for _ in range(3):
            at.scanner.scan(MILK)
            assert _scan(at.event())[0] == MILK
            at.scanner.send(b"69012")
            at.scanner.unplug()
            state, fault = at.states.get(timeout=PATIENCE_S)
            assert state is ScannerState.DISCONNECTED
            assert isinstance(fault, DeviceGone)
            at.scanner.replug()
            assert at.state() is ScannerState.READY
        at.scanner.scan(MILK)
        events = []
        while not isinstance(event := at.event(), Scan):
            events.append(event)
        assert event.text == MILK
        assert all(isinstance(bad, BadFrame) and bad.why is FrameFault.UNFINISHED for bad in events)


def test_half_a_code_is_said_after_a_silence() -> None:
    with desk() as at:
        assert [at.state(), at.state()] == [ScannerState.CONNECTING, ScannerState.READY]
        at.scanner.send(b"69012")
        event = at.event()
        assert isinstance(event, BadFrame)
        assert event.why is FrameFault.UNFINISHED


def test_a_scanner_that_is_not_there_is_said_once() -> None:
    states: queue.Queue[ScannerState] = queue.Queue()
    device = ScannerDevice(
        SerialTransport("/dev/tillpoint-no-such-scanner"),
        ScanCodec("desk"),
        SystemClock(),
        lambda event: None,
        lambda state, fault: states.put(state),
        backoff_ms=(1,),
    )
    device.start()
    assert [states.get(timeout=PATIENCE_S), states.get(timeout=PATIENCE_S)] == [
        ScannerState.CONNECTING,
        ScannerState.DISCONNECTED,
    ]
    device.stop()
    assert states.get(timeout=PATIENCE_S) is ScannerState.STOPPED
    assert states.empty()


def heard(at: Desk, count: int) -> bytes:
    deadline = time.monotonic() + PATIENCE_S
    while len(at.scanner.heard) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    return at.scanner.heard


@pytest.mark.parametrize(
    ("beeps", "good", "bad"),
    [
        ("none", b"", b""),
        ("datalogic", b"\x01", b"FE"),
        ("honeywell", b"\x16\x07\r", b"\x16\x07\r\x16\x07\r\x16\x07\r"),
        ("bel", b"\x07", b"\x07\x07\x07"),
    ],
)
def test_a_scanner_is_told_what_became_of_its_code(beeps: str, good: bytes, bad: bytes) -> None:
    with desk(beeps) as at:
        assert [at.state(), at.state()] == [ScannerState.CONNECTING, ScannerState.READY]
        at.scanner.scan(MILK)
        at.event()
        at.device.beep(good=True)
        assert heard(at, len(good)) == good
        at.device.beep(good=False)
        assert heard(at, len(good + bad)) == good + bad
        at.scanner.send(b"\xff\xff\r")
        assert isinstance(at.event(), BadFrame)
        assert heard(at, len(good + bad + bad)) == good + bad + bad


def test_what_was_to_be_said_of_a_code_of_before_is_not_said_after_the_scanner_was_away() -> None:
    with desk("datalogic") as at:
        assert [at.state(), at.state()] == [ScannerState.CONNECTING, ScannerState.READY]
        at.scanner.unplug()
        assert at.state() is ScannerState.DISCONNECTED
        at.device.beep(good=False)
        at.scanner.replug()
        assert at.state() is ScannerState.READY
        at.device.beep(good=True)
        assert heard(at, 1) == b"\x01"
