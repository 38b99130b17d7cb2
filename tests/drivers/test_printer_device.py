"""What became of a job: the device against a printer on a real TCP port, with everything that goes wrong there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.clock import SystemClock
from drivers.ports import (
    PRINTER_CAN_PRINT,
    CoverOpen,
    CutterStuck,
    DeviceFault,
    DeviceGone,
    PaperOut,
    PrinterFault,
    PrinterState,
    Timeout,
)
from drivers.printer import status
from drivers.printer.device import PrinterDevice, PrinterTimeouts, PrintResult
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES, Completion, PrinterProfile
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.file import FileTransport
from drivers.transports.serial_line import SerialTransport
from drivers.transports.tcp import TcpTransport
from shared_models.domain.receipt import Cut, Document, Text
from tests.drivers.serial_printer import on_a_line
from tests.drivers.supermarket import receipt

PATIENCE_MS = 20_000
QUICK = PrinterTimeouts(open_ms=5_000, answer_ms=1_000, write_ms=2_000, printed_ms=1_200)
PATIENT = PrinterTimeouts(answer_ms=2_000, printed_ms=PATIENCE_MS)
GB80 = PROFILES["80mm-gb18030"]
JOB = encode(receipt("zh_Hans"), GB80)


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    with PrinterSimulator() as simulator:
        yield simulator


def _device(
    printer: PrinterSimulator, profile: PrinterProfile = GB80, timeouts: PrinterTimeouts = PATIENT
) -> tuple[PrinterDevice, list[tuple[PrinterState, DeviceFault | None]]]:
    states: list[tuple[PrinterState, DeviceFault | None]] = []
    transport = TcpTransport(printer.host, printer.port)
    device = PrinterDevice(transport, profile, SystemClock(), lambda *change: states.append(change), timeouts)
    return device, states


@pytest.mark.parametrize("name", ["80mm-gb18030", "80mm-epson", "58mm-raster"])
def test_printed_is_what_the_printer_says(printer: PrinterSimulator, name: str) -> None:
    profile = PROFILES[name]
    printer.turn(has_cutter=profile.has_cutter)
    job = encode(receipt("zh_Hans"), profile)
    device, states = _device(printer, profile)
    outcome = device.print(job)
    assert (outcome.result, outcome.written_bytes, outcome.total_bytes) == (PrintResult.PRINTED, len(job), len(job))
    assert outcome.problem is None
    assert [state for state, _ in states] == [
        PrinterState.CONNECTING,
        PrinterState.READY,
        PrinterState.PRINTING,
        PrinterState.READY,
    ]
    assert printer.wait_for_receipts(1, PATIENCE_MS)
    assert printer.receipts == (job,)
    assert printer.drawer_pulses == 1


def test_many_jobs_come_out_once_each_and_in_order(printer: PrinterSimulator) -> None:
    device, _ = _device(printer, PROFILES["80mm-epson"])
    jobs = [f"job {number}\n".encode() + b"\x1dV\x00" for number in range(20)]
    assert {device.print(job).result for job in jobs} == {PrintResult.PRINTED}
    assert list(printer.receipts) == jobs


def test_a_slow_printer_is_waited_for(printer: PrinterSimulator) -> None:
    printer.turn(bytes_per_second=20_000)
    device, _ = _device(printer)
    assert device.print(JOB).result is PrintResult.PRINTED
    assert printer.receipts == (JOB,)


@pytest.mark.parametrize(
    ("knob", "kind", "state"),
    [
        ("paper_out", PaperOut, PrinterState.PAPER_OUT),
        ("cover_open", CoverOpen, PrinterState.COVER_OPEN),
        ("jammed", CutterStuck, PrinterState.FAULT),
    ],
)
def test_a_printer_that_cannot_print_is_sent_nothing(
    printer: PrinterSimulator, knob: str, kind: type[DeviceFault], state: PrinterState
) -> None:
    printer.turn(**{knob: True})
    device, states = _device(printer)
    outcome = device.print(JOB)
    assert (outcome.result, outcome.written_bytes, outcome.state) == (PrintResult.FAILED, 0, state)
    assert isinstance(outcome.problem, kind)
    assert not outcome.may_be_on_paper
    assert states[-1][0] is state
    assert isinstance(states[-1][1], kind)
    assert printer.unfinished == b""
    printer.turn(**{knob: False})
    assert device.print(JOB).result is PrintResult.PRINTED
    assert printer.receipts == (JOB,)


@pytest.mark.parametrize("after", [1, 200, len(JOB) - 40])
def test_paper_that_ends_within_a_receipt(printer: PrinterSimulator, after: int) -> None:
    printer.turn(paper_out_after_bytes=after)
    device, _ = _device(printer, timeouts=PrinterTimeouts(answer_ms=500, printed_ms=PATIENCE_MS))
    outcome = device.print(JOB)
    assert outcome.result is PrintResult.FAILED
    assert isinstance(outcome.problem, PaperOut)
    assert outcome.written_bytes == len(JOB)
    assert outcome.may_be_on_paper
    assert printer.receipts == ()
    printer.turn(paper_out=False)
    assert printer.wait_for_receipts(1, PATIENCE_MS), "a printer goes on with its buffer when it has paper again"


def test_the_end_of_the_paper_is_told_before_it_comes(printer: PrinterSimulator) -> None:
    printer.turn(paper_near_end=True)
    device, _ = _device(printer)
    outcome = device.print(JOB)
    assert (outcome.result, outcome.state) == (PrintResult.PRINTED, PrinterState.PAPER_NEAR_END)
    assert device.status() is PrinterState.PAPER_NEAR_END
    assert device.state in PRINTER_CAN_PRINT


def test_a_printer_that_never_answers_is_only_sent_to(printer: PrinterSimulator) -> None:
    printer.turn(silent=True)
    device, _ = _device(printer, timeouts=QUICK)
    outcome = device.print(JOB)
    assert (outcome.result, outcome.state) == (PrintResult.SENT, PrinterState.UNKNOWN)
    assert outcome.written_bytes == len(JOB)
    assert printer.wait_for_receipts(1, PATIENCE_MS)
    assert printer.receipts == (JOB,)


def test_a_printer_that_has_answered_and_is_silent_now_gets_nothing(printer: PrinterSimulator) -> None:
    device, _ = _device(printer, timeouts=QUICK)
    assert device.status() is PrinterState.READY
    printer.turn(silent=True)
    outcome = device.print(JOB)
    assert (outcome.result, outcome.written_bytes) == (PrintResult.FAILED, 0)
    assert isinstance(outcome.problem, Timeout)
    assert device.status() is PrinterState.DISCONNECTED
    printer.turn(silent=False)
    assert device.print(JOB).result is PrintResult.PRINTED


def test_a_model_that_cannot_confirm_is_only_sent_to(printer: PrinterSimulator) -> None:
    profile = PrinterProfile("old", 576, 48, ("gb18030",), "TM-T20II", True, 2, Completion.NONE)
    device, _ = _device(printer, profile)
    outcome = device.print(JOB)
    assert (outcome.result, outcome.state) == (PrintResult.SENT, PrinterState.READY)


@pytest.mark.parametrize("at", [1, 3, 10, 500, 1_024, len(JOB) // 2, len(JOB) - 1, len(JOB) + 8, len(JOB) + 9])
def test_a_cable_cut_at_any_byte_never_passes_for_printed(printer: PrinterSimulator, at: int) -> None:
    """Counted with the nine bytes of the questions before: only with all of the job can it be on paper."""
    printer.turn(cut_cable_after_bytes=at)
    device, states = _device(printer, timeouts=QUICK)
    outcome = device.print(JOB)
    assert outcome.result is PrintResult.FAILED
    assert isinstance(outcome.problem, DeviceGone)
    assert outcome.state is PrinterState.DISCONNECTED
    assert isinstance(states[-1][1], DeviceGone)
    if at < 9:
        assert outcome.written_bytes == 0
    again = device.print(JOB)
    assert again.result is PrintResult.PRINTED


@contextmanager
def _when_printing(printer: PrinterSimulator, act: Callable[[], None]) -> Iterator[None]:
    """Act when the first dot of a receipt is on the paper."""

    def watch() -> None:
        if printer.wait_until(lambda: bool(printer.unfinished), 10_000):
            act()

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    watcher.join()


def test_a_printer_that_falls_silent_after_the_job(printer: PrinterSimulator) -> None:
    printer.turn(bytes_per_second=200)
    device, _ = _device(printer, timeouts=QUICK)
    with _when_printing(printer, lambda: printer.turn(silent=True)):
        outcome = device.print(JOB)
    assert outcome.result is PrintResult.FAILED
    assert isinstance(outcome.problem, Timeout)
    assert outcome.written_bytes == len(JOB)


def test_power_lost_in_the_middle_of_a_receipt(printer: PrinterSimulator) -> None:
    printer.turn(bytes_per_second=200)
    device, _ = _device(printer)
    with _when_printing(printer, printer.switch_off):
        outcome = device.print(JOB)
    assert outcome.result is PrintResult.FAILED
    assert isinstance(outcome.problem, DeviceGone)
    assert printer.receipts == ()


def test_no_printer_at_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
    states: list[PrinterState] = []
    transport = TcpTransport(host, port)
    device = PrinterDevice(transport, GB80, SystemClock(), lambda state, _: states.append(state))
    outcome = device.print(JOB)
    assert (outcome.result, outcome.written_bytes) == (PrintResult.FAILED, 0)
    assert str(outcome.problem) == f"tcp://{host}:{port} is not there. Check that it is on and its cable is in."
    assert [device.status() for _ in range(3)] == [PrinterState.DISCONNECTED] * 3
    assert states == [PrinterState.CONNECTING, PrinterState.DISCONNECTED], "reported once, however often it is tried"


def test_a_file_can_only_be_sent_to(tmp_path: Path) -> None:
    device = PrinterDevice(FileTransport(tmp_path / "job.bin"), GB80, SystemClock())
    outcome = device.print(JOB)
    assert (outcome.result, outcome.state) == (PrintResult.SENT, PrinterState.UNKNOWN)
    assert (tmp_path / "job.bin").read_bytes() == JOB


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    device = PrinterDevice(FileTransport(Path("/dev/full")), GB80, SystemClock())
    outcome = device.print(JOB)
    assert outcome.result is PrintResult.FAILED
    assert str(outcome.problem) == "There is no room left for /dev/full. Free some disk space."


def test_the_drawer_opens_alone(printer: PrinterSimulator) -> None:
    device, _ = _device(printer)
    assert device.open_drawer().result is PrintResult.PRINTED
    assert printer.drawer_pulses == 1
    assert printer.receipts == ()


def test_two_tills_share_a_printer(printer: PrinterSimulator) -> None:
    jobs = [f"till {till} job {number}\n".encode() + b"\x1dV\x00" for till in range(2) for number in range(5)]
    devices = [_device(printer)[0] for _ in range(2)]
    results: list[PrintResult] = []

    def work(till: int) -> None:
        results.extend(devices[till].print(job).result for job in jobs[till * 5 : till * 5 + 5])

    threads = [threading.Thread(target=work, args=(till,)) for till in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [PrintResult.PRINTED] * 10
    assert sorted(printer.receipts) == sorted(jobs)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((None, None, None), PrinterState.UNKNOWN),
        ((0x12, 0x12, 0x12), PrinterState.READY),
        ((0x12, 0x12, 0x1E), PrinterState.PAPER_NEAR_END),
        ((0x1A, 0x32, 0x7E), PrinterState.PAPER_OUT),
        ((0x1A, 0x16, 0x12), PrinterState.COVER_OPEN),
        ((0x1A, 0x52, 0x12), PrinterState.FAULT),
        ((0x1A, None, None), PrinterState.FAULT),
    ],
)
def test_states_from_status_bytes(answers: tuple[int | None, int | None, int | None], state: PrinterState) -> None:
    assert status.PrinterStatus(*answers).state is state


@pytest.mark.parametrize(
    ("error_cause", "kind"),
    [(None, PrinterFault), (0x12, PrinterFault), (0x32, PrinterFault), (0x52, PrinterFault), (0x1A, CutterStuck)],
)
def test_an_error_of_the_cutter_is_called_so(error_cause: int | None, kind: type[DeviceFault]) -> None:
    found = status.fault_of(status.PrinterStatus(0x1A, 0x52, 0x12, error_cause), "printer", 7)
    assert (type(found), found and found.written_bytes) == (kind, 7)


def test_confirmations_cannot_be_taken_for_status() -> None:
    answers = {status.process_answer(status.process_id(number)) for number in range(4_096)}
    assert len(answers) == 4_096
    assert not any(status.is_realtime(byte) for answer in answers for byte in answer)
    assert not any(status.is_printed(byte) and status.is_realtime(byte) for byte in range(256))


RASTER = PROFILES["80mm-raster"]
DRAWN = encode(Document("receipt", "zh_Hans", (*[Text("鲜牛奶")] * 8, Cut())), RASTER)
IN_A_PICTURE = DRAWN.index(b"\x1dv0") + 900
SHORT = [
    encode(Document("receipt", "en", (Text(f"No. {each}"), Cut()), opens_drawer=True), RASTER) for each in range(3)
]


class PulledPlug(SerialTransport):
    """Of the first job so many bytes get out."""

    left: int | None = IN_A_PICTURE

    def write(self, data: bytes, timeout_ms: int) -> None:
        if self.left is None or data.startswith(b"\x10\x04"):
            super().write(data, timeout_ms)
            return
        out = data[: self.left]
        super().write(out, timeout_ms)
        self.left -= len(out)
        if not self.left:
            self.left = None
            self.close()
            raise DeviceGone(self.name, len(out))


def _short_ones_come_out(printer: PrinterSimulator, device: PrinterDevice) -> None:
    for job in SHORT:
        assert device.print(job).problem is None
    assert printer.wait_until(lambda: printer.drawer_pulses == len(SHORT), PATIENCE_MS)
    assert printer.wait_for_receipts(len(SHORT), PATIENCE_MS)
    first, *others = printer.receipts
    assert first.endswith(SHORT[0])
    assert others == SHORT[1:]


def test_receipts_are_not_taken_for_the_rest_of_a_picture(printer: PrinterSimulator) -> None:
    """As a cable was pulled in the middle of one: they came out as dots, and passed for sent."""
    with on_a_line(printer) as path:
        device = PrinterDevice(PulledPlug(path), RASTER, SystemClock(), timeouts=PATIENT)
        outcome = device.print(DRAWN)
        assert (outcome.result, outcome.written_bytes) == (PrintResult.FAILED, IN_A_PICTURE)
        device = PrinterDevice(SerialTransport(path), RASTER, SystemClock(), timeouts=PATIENT, interrupted=True)
        _short_ones_come_out(printer, device)


def test_nor_by_the_device_that_saw_the_job_break_off(printer: PrinterSimulator) -> None:
    with on_a_line(printer) as path:
        device = PrinterDevice(PulledPlug(path), PROFILES["80mm-raster"], SystemClock(), timeouts=PATIENT)
        assert device.print(DRAWN).result is PrintResult.FAILED
        _short_ones_come_out(printer, device)


def test_the_late_word_of_one_receipt_is_not_the_next_ones(printer: PrinterSimulator) -> None:
    """The paper ended in the middle of the first; with a new roll its rest and the next one came, which passed for
    printed while the first was still at it."""
    first, second = (
        encode(Document("receipt", "en", (*[Text(text)] * 30, Cut())), GB80) for text in ("first", "second")
    )
    with on_a_line(printer) as path:
        device = PrinterDevice(SerialTransport(path), GB80, SystemClock(), timeouts=PATIENT)
        printer.turn(paper_out_after_bytes=40)
        assert device.print(first).result is PrintResult.FAILED
        printer.turn(bytes_per_second=400, paper_out=False)
        assert device.print(second).result is PrintResult.PRINTED
        assert [text in paper for text, paper in zip((b"first", b"second"), printer.receipts, strict=True)] == [
            True
        ] * 2
