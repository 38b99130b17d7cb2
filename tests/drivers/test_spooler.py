"""Printers behind a queue of a real CUPS, which the simulated printer stands behind: sent at best, never twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.clock import SystemClock
from drivers.ports import (
    CoverOpen,
    DeviceFault,
    DeviceGone,
    PaperOut,
    PermissionDenied,
    PrinterFault,
    PrinterState,
    Timeout,
)
from drivers.printer.device import PrintResult
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.printer.trial import trial_document
from drivers.simulators.printer import PrinterSimulator
from drivers.spooler import ipp
from drivers.spooler.cups import CupsQueue, queues
from drivers.spooler.device import SpooledPrinter, SpoolerTimeouts
from drivers.spooler.ipp import BadIpp, Operation, Tag
from drivers.spooler.queue import JobGivenUp, JobSeen, JobState, QueueBusy, QueueMissing, QueueStopped, SpoolerAway
from drivers.spooler.windows import seen
from tests.drivers.spooling import Cups

TITLE = "Tillpoint receipts 0001"
PROFILE = PROFILES["80mm-gb18030"]
FAST = SpoolerTimeouts(passed_on_ms=4_000, trouble_ms=600, ended_ms=1_000, look_ms=20)
PAGE = encode(trial_document(PROFILE.name), PROFILE)


@pytest.fixture(scope="module")
def cups() -> Iterator[Cups]:
    with Cups() as made:
        yield made


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    with PrinterSimulator() as simulator:
        yield simulator


@pytest.fixture
def queue(cups: Cups, printer: PrinterSimulator, request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.name[-40:].strip("[]")
    cups.add_queue(name, printer.port)
    yield name
    cups.run("lpadmin", "-x", name)


def spooled(cups: Cups, queue: str, title: str = TITLE, timeouts: SpoolerTimeouts = FAST) -> SpooledPrinter:
    return SpooledPrinter(CupsQueue(queue, cups.socket), title, PROFILE, SystemClock(), timeouts=timeouts)


def until(holds: Callable[[], bool], what: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, what()
        time.sleep(0.01)


class Hoarder:
    """A printer that takes a connection and reads only so many bytes."""

    def __init__(self, count: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.port: int = self.listener.getsockname()[1]
        self.got = b""
        self._count = count
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._hold)
        self._thread.start()

    def _hold(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self._held.append(line)
            while len(self.got) < self._count and (some := line.recv(1)):
                self.got += some

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for line in (self.listener, *self._held):
            line.close()


def test_a_whole_job_goes_through_the_queue_as_it_is_and_is_at_best_sent(
    cups: Cups, queue: str, printer: PrinterSimulator
) -> None:
    device = spooled(cups, queue)
    assert device.status() is PrinterState.UNKNOWN
    outcome = device.print(PAGE)
    assert (outcome.result, outcome.written_bytes, outcome.problem) == (PrintResult.SENT, len(PAGE), None)
    assert device.state is PrinterState.UNKNOWN
    assert printer.wait_for_receipts(1, 10_000)
    assert printer.receipts == (PAGE,)
    assert device.open_drawer().result is PrintResult.SENT
    assert printer.wait_until(lambda: printer._drawer_pulses == 1, 10_000)


def test_the_queues_are_listed(cups: Cups, queue: str, tmp_path: Path) -> None:
    assert [(each.place, each.what) for each in queues(cups.socket)] == [(f"cups:{queue}", "Till 1")]
    assert queues(tmp_path / "no socket") == ()


def test_a_printer_that_is_off_has_nothing_and_the_job_is_taken_back(cups: Cups, queue: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cups.add_queue(queue, port)
    device = spooled(cups, queue)
    outcome = device.print(PAGE)
    assert isinstance(outcome.problem, DeviceGone)
    assert (outcome.result, outcome.written_bytes, outcome.may_be_on_paper) == (PrintResult.FAILED, 0, False)
    assert cups.waiting(queue) == 0
    assert device.status() is PrinterState.DISCONNECTED, "an idle queue doesn't know: it is tried"
    assert cups.waiting(queue) == 0
    with PrinterSimulator(port) as back:
        assert device.status() is PrinterState.UNKNOWN
        assert device.print(PAGE).result is PrintResult.SENT
        assert back.wait_for_receipts(1, 10_000)
        assert [paper.count(PAGE) for paper in back.receipts] == [1], "printed once, though it was tried three times"


@pytest.mark.parametrize("count", [0, 700])
def test_a_printer_that_stops_in_the_middle_leaves_doubt_and_no_job(cups: Cups, queue: str, count: int) -> None:
    hoarder = Hoarder(count)
    cups.add_queue(queue, hoarder.port)
    page = PAGE + bytes(4 << 20)  # more than the sockets between take
    timeouts = SpoolerTimeouts(passed_on_ms=1_000 - len(page), trouble_ms=600, look_ms=20)
    device = spooled(cups, queue, timeouts=timeouts)
    outcome = device.print(page)
    hoarder.close()
    assert isinstance(outcome.problem, Timeout)
    assert outcome.may_be_on_paper
    assert cups.waiting(queue) == 0, "what could be printed twice is gone"
    assert device.state is PrinterState.DISCONNECTED
    assert hoarder.got == page[:count]


def test_a_stopped_queue_and_one_that_takes_no_jobs_get_none(cups: Cups, queue: str, printer: PrinterSimulator) -> None:
    device = spooled(cups, queue)
    for stop, go_on in (("cupsdisable", "cupsenable"), ("cupsreject", "cupsaccept")):
        cups.run(stop, queue)
        assert device.status() is PrinterState.DISCONNECTED
        outcome = device.print(PAGE)
        assert isinstance(outcome.problem, QueueStopped)
        assert not outcome.may_be_on_paper
        assert cups.waiting(queue) == 0
        cups.run(go_on, queue)
    assert device.print(PAGE).result is PrintResult.SENT
    assert printer.wait_for_receipts(1, 10_000)
    assert printer.receipts == (PAGE,)


def test_a_job_behind_others_is_taken_back_untouched(cups: Cups, queue: str) -> None:
    hoarder = Hoarder()
    cups.add_queue(queue, hoarder.port)
    other = CupsQueue(queue, cups.socket)
    big = other.begin("another program's")
    other.hand_over(big, bytes(4 << 20))
    timeouts = SpoolerTimeouts(passed_on_ms=300 - len(PAGE), look_ms=20)
    outcome = spooled(cups, queue, timeouts=timeouts).print(PAGE)
    assert isinstance(outcome.problem, QueueBusy)
    assert not outcome.may_be_on_paper
    assert cups.waiting(queue) == 1
    other.cancel(big)
    until(lambda: cups.waiting(queue) == 0)
    hoarder.close()


@pytest.mark.parametrize(
    ("says", "fault", "state"),
    [
        ("media-empty-error", PaperOut, PrinterState.PAPER_OUT),
        ("cover-open", CoverOpen, PrinterState.COVER_OPEN),
        ("media-jam-warning", PrinterFault, PrinterState.FAULT),
        ("offline-report", DeviceGone, PrinterState.DISCONNECTED),
    ],
)
def test_what_the_printer_tells_its_queue_is_said(
    cups: Cups, queue: str, printer: PrinterSimulator, says: str, fault: type[DeviceFault], state: PrinterState
) -> None:
    cups.add_troubled_queue(queue, says)
    device = spooled(cups, queue)
    outcome = device.print(PAGE)
    assert type(outcome.problem) is fault
    assert outcome.may_be_on_paper, "whoever stands between may have passed something on"
    assert device.state is state
    assert cups.waiting(queue) == 0
    cups.add_queue(queue, printer.port)
    assert device.print(PAGE).result is PrintResult.SENT
    assert printer.wait_for_receipts(1, 10_000)
    assert printer.receipts == (PAGE,)


def test_what_somebody_cancels_is_no_print(cups: Cups, queue: str) -> None:
    hoarder = Hoarder()
    cups.add_queue(queue, hoarder.port)
    outcomes: list[object] = []
    device = spooled(cups, queue, timeouts=SpoolerTimeouts(passed_on_ms=20_000, look_ms=20))
    thread = threading.Thread(target=lambda: outcomes.append(device.print(bytes(4 << 20)).problem))
    thread.start()
    until(lambda: cups.waiting(queue) == 1)
    cups.run("cancel", "-a", queue)
    thread.join(20)
    hoarder.close()
    assert [type(each) for each in outcomes] == [JobGivenUp]


def test_a_till_that_was_killed_cancels_first_what_it_left_in_the_queue(
    cups: Cups, queue: str, printer: PrinterSimulator
) -> None:
    printer.turn(paper_out=True)
    killed = CupsQueue(queue, cups.socket)
    blocking = killed.begin("another program's")
    killed.hand_over(blocking, bytes(1 << 20))
    others = killed.begin("Tillpoint receipts 0002")
    killed.hand_over(others, PAGE)
    killed.hand_over(killed.begin(TITLE), PAGE)
    assert killed.begin(TITLE), "and one that it was just about to hand over"
    assert len(killed.left(TITLE)) == 2
    device = spooled(cups, queue, timeouts=SpoolerTimeouts(passed_on_ms=300 - len(PAGE), look_ms=20))
    assert isinstance(device.print(PAGE).problem, QueueBusy)
    assert killed.left(TITLE) == ()
    assert killed.left("Tillpoint receipts 0002") == (others,)
    killed.cancel(blocking)
    printer.switch_off()
    printer.turn(paper_out=False)
    assert printer.wait_for_receipts(1, 10_000)
    until(lambda: cups.waiting(queue) == 0)
    assert [paper.count(PAGE) for paper in printer.receipts] == [1], "of three times only the other till's"


class Deaf:
    """A queue that loses its answers from a call on: what it was asked it has done all the same."""

    def __init__(self, queue: CupsQueue, deaf_after: str) -> None:
        self._queue = queue
        self._deaf_after = deaf_after
        self.is_deaf = False

    @property
    def name(self) -> str:
        return self._queue.name

    def _answered(self, call: str, work: Callable[[], Any]) -> Any:
        answer = None if self.is_deaf else work()
        self.is_deaf = self.is_deaf or call == self._deaf_after
        if self.is_deaf:
            raise SpoolerAway(self.name)
        return answer

    def check(self) -> None:
        self._answered("check", self._queue.check)

    def left(self, title: str) -> tuple[int, ...]:
        found: tuple[int, ...] = self._answered("left", lambda: self._queue.left(title))
        return found

    def begin(self, title: str) -> int:
        job: int = self._answered("begin", lambda: self._queue.begin(title))
        return job

    def hand_over(self, job: int, data: bytes) -> None:
        self._answered("hand_over", lambda: self._queue.hand_over(job, data))

    def look(self, job: int) -> JobSeen:
        found: JobSeen = self._answered("look", lambda: self._queue.look(job))
        return found

    def cancel(self, job: int) -> None:
        self._answered("cancel", lambda: self._queue.cancel(job))


@pytest.mark.parametrize(
    ("lost", "doubtful"), [("check", False), ("left", False), ("begin", False), ("hand_over", True), ("look", True)]
)
def test_a_lost_answer_is_never_a_second_print(
    cups: Cups, queue: str, printer: PrinterSimulator, lost: str, doubtful: bool
) -> None:
    """The printer stands still; the answer to one question is lost, and with it all that follow."""
    hoarder = Hoarder()
    cups.add_queue(queue, hoarder.port)
    page = PAGE + bytes(4 << 20)
    deaf = Deaf(CupsQueue(queue, cups.socket), lost)
    device = SpooledPrinter(deaf, TITLE, PROFILE, SystemClock(), timeouts=FAST)
    outcome = device.print(page)
    assert isinstance(outcome.problem, SpoolerAway)
    assert outcome.may_be_on_paper is doubtful
    cups.add_queue(queue, printer.port)
    deaf.is_deaf, deaf._deaf_after = False, ""
    assert device.print(PAGE).result is PrintResult.SENT
    assert printer.wait_for_receipts(1, 10_000)
    hoarder.close()
    assert cups.waiting(queue) == 0
    assert printer.receipts == (PAGE,)


def test_no_queue_and_no_cups(cups: Cups, tmp_path: Path) -> None:
    outcome = spooled(cups, "nobodys").print(PAGE)
    assert isinstance(outcome.problem, QueueMissing)
    assert not outcome.may_be_on_paper
    away = SpooledPrinter(CupsQueue("till", tmp_path / "none"), TITLE, PROFILE, SystemClock(), timeouts=FAST)
    assert isinstance(away.print(PAGE).problem, SpoolerAway)
    assert away.status() is PrinterState.DISCONNECTED


def test_who_may_not_print_is_told(cups: Cups, queue: str, tmp_path: Path) -> None:
    cups.run("lpadmin", "-p", queue, "-u", "allow:nobody-else")
    outcome = spooled(cups, queue).print(PAGE)
    assert isinstance(outcome.problem, PermissionDenied)
    assert not outcome.may_be_on_paper


# IPP's bytes


def answer_of(status: int, *attributes: tuple[int, str, bytes]) -> bytes:
    parts = [b"\x02\x00", status.to_bytes(2, "big"), b"\x00\x00\x00\x01\x01\x04"]
    for tag, name, value in attributes:
        parts += [bytes((tag,)), len(name).to_bytes(2, "big"), name.encode(), len(value).to_bytes(2, "big"), value]
    return b"".join([*parts, b"\x03"])


def test_an_answer_is_read() -> None:
    raw = answer_of(
        0, (Tag.ENUM, "job-state", (9).to_bytes(4, "big")),
        (Tag.KEYWORD, "reasons", b"none"), (Tag.KEYWORD, "", b"two"),
        (0x13, "time-at-processing", b""), (Tag.BOOLEAN, "yes", b"\x01"), (Tag.NAME, "name", "收银".encode()),
    )  # fmt: skip
    found = ipp.answer(raw)
    assert found.went_well
    assert found.groups == (
        {},
        {"job-state": (9,), "reasons": ("none", "two"), "time-at-processing": (None,), "yes": (1,), "name": ("收银",)},
    )
    assert not ipp.answer(answer_of(0x0406)).went_well
    for end in range(len(raw)):
        with pytest.raises(BadIpp):
            ipp.answer(raw[:end])


def test_a_request_is_as_the_standard_writes_it() -> None:
    assert ipp.request(Operation.CANCEL_JOB, [(Tag.URI, "printer-uri", "ipp://x"), (Tag.INTEGER, "job-id", 7)]) == (
        b"\x02\x00\x00\x08\x00\x00\x00\x01\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x02en"
        b"\x45\x00\x0bprinter-uri\x00\x07ipp://x"
        b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x07\x03"
    )


@given(raw=st.binary(max_size=200), whole=st.booleans())
def test_any_bytes_are_an_answer_or_the_typed_error(raw: bytes, whole: bool) -> None:
    try:
        found: object = ipp.answer(b"\x02\x00\x00\x00\x00\x00\x00\x01" + raw if whole else raw)
    except BadIpp as bad:
        found = bad
    assert isinstance(found, ipp.Answer | BadIpp)


@given(reply=st.binary(max_size=200))
def test_any_reply_is_a_typed_fault(reply: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever listens on the socket: no printing thread dies of it."""
    path = tmp_path_factory.mktemp("s") / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(4)

        def serve() -> None:
            line, _ = listener.accept()
            with line:
                line.settimeout(5)
                line.recv(65_536)
                line.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(DeviceFault):
            CupsQueue("till", path).begin(TITLE)
        thread.join()


# what Windows says


def test_windows_flags() -> None:
    assert seen(0).state is JobState.WAITING
    assert seen(0x10).state is JobState.AT_WORK
    assert seen(0x80).state is JobState.DONE
    assert seen(0x1000 | 0x10).state is JobState.DONE
    assert seen(0x4).state is JobState.ENDING
    assert seen(0x40 | 0x10).trouble is PaperOut
    assert seen(0x400).trouble is CoverOpen
    assert seen(0x20).trouble is DeviceGone
    assert not any(seen(1 << bit).untouched for bit in range(14))
