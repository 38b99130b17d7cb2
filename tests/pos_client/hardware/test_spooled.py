"""The till's print queue over a queue of a real CUPS: what is in doubt is asked about, and nothing comes out twice."""

from __future__ import annotations

import platform
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drivers.clock import SystemClock
from drivers.printer.device import PrinterDevice
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.simulators.printer import PrinterSimulator
from drivers.spooler.cups import CupsQueue
from drivers.spooler.device import SpooledPrinter, SpoolerTimeouts
from drivers.spooler.queue import JobState
from drivers.transports.tcp import TcpTransport
from pos_client.hardware.devices import jobs_of
from pos_client.hardware.printing import Did, Printing, Spare, Station, shown_on
from pos_client.system import AtOnce
from tests.drivers.spooling import Cups
from tests.drivers.test_spooler import until
from tests.pos_client.hardware.test_printing import TIMEOUTS, states
from tests.pos_client.world import MILK, TillAtWork

PROFILE = PROFILES["80mm-gb18030"]
WAIT_MS = 20_000
QUEUE = "till"


@pytest.fixture(scope="module")
def cups() -> Iterator[Cups]:
    with Cups() as made:
        yield made


def spooled(counter: TillAtWork, cups: Cups, passed_on_ms: int = 10_000) -> SpooledPrinter:
    timeouts = SpoolerTimeouts(passed_on_ms=passed_on_ms, trouble_ms=400, ended_ms=1_000, look_ms=20)
    return SpooledPrinter(
        CupsQueue(QUEUE, cups.socket), "Tillpoint receipts 0001", PROFILE, SystemClock(),
        shown_on(counter.parts.surroundings), timeouts,
    )  # fmt: skip


def over(counter: TillAtWork, device: SpooledPrinter, spare: Spare | None = None) -> Printing:
    queue = counter.parts.journal.print_queue
    return Printing(device, lambda document: encode(document, PROFILE), queue, AtOnce(), spare)


def nobodys_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def test_a_receipt_is_sent(counter: TillAtWork, cups: Cups) -> None:
    with PrinterSimulator() as printer:
        cups.add_queue(QUEUE, printer.port)
        counter.sell(MILK.codes[0])
        worker = over(counter, spooled(counter, cups))
        assert [worker.step(), worker.step()] == [Did.PRINTED, Did.NOTHING]
        assert printer.wait_for_receipts(1, WAIT_MS)
        assert b"Fresh milk" in printer.receipts[0]
        assert states(counter) == ["sent"]
        worker.look()
        assert counter.till.status().printer.state == "unknown"


def test_a_printer_that_is_off_leaves_no_doubt_and_the_second_one_takes_over(counter: TillAtWork, cups: Cups) -> None:
    cups.add_queue(QUEUE, nobodys_port())
    counter.sell(MILK.codes[0])
    with PrinterSimulator() as second:
        spare_device = PrinterDevice(TcpTransport(second.host, second.port), PROFILE, SystemClock(), timeouts=TIMEOUTS)
        spare = Spare(Station(spare_device, lambda document: encode(document, PROFILE)), 0, lambda: None)
        worker = over(counter, spooled(counter, cups), spare)
        assert worker.step() is Did.WAITING
        assert states(counter) == ["queued"]
        status = counter.till.status().printer
        assert (status.state, status.doubtful) == ("disconnected", 0)
        assert worker.step() is Did.PRINTED
        assert len(second.receipts) == 1
        assert states(counter) == ["printed"]
        assert cups.waiting(QUEUE) == 0


def test_a_till_killed_before_it_noted_asks_and_takes_back_what_waits(counter: TillAtWork, cups: Cups) -> None:
    """Killed between handing over and noting, while the printer stood: the copy comes out, the receipt doesn't."""
    with PrinterSimulator() as printer:
        cups.add_queue(QUEUE, printer.port)
        printer.turn(paper_out=True)
        before = CupsQueue(QUEUE, cups.socket)
        blocking = before.begin("another program's")
        before.hand_over(blocking, bytes(1 << 20))
        counter.sell(MILK.codes[0])
        queue = counter.parts.journal.print_queue
        job = queue.take()
        assert job is not None
        left = before.begin("Tillpoint receipts 0001")
        before.hand_over(left, encode(job.document, PROFILE))
        assert queue.doubt_interrupted() == 1, "killed here, and started again"
        assert counter.till.status().printer.doubtful == 1
        assert counter.till.print_again() == 1
        worker = over(counter, spooled(counter, cups))
        with ThreadPoolExecutor(1) as pool:
            step = pool.submit(worker.step)
            until(lambda: before.look(left).state is JobState.ENDED)
            assert before.look(left).untouched
            before.cancel(blocking)
            printer.switch_off()
            printer.turn(paper_out=False)
            assert step.result() is Did.PRINTED
        assert printer.wait_for_receipts(1, WAIT_MS)
        until(lambda: cups.waiting(QUEUE) == 0)
        assert [paper.count(b"Fresh milk") for paper in printer.receipts] == [1]
        assert b"COPY" in printer.receipts[0]
        assert states(counter) == ["failed", "sent"]


def test_a_tills_jobs_are_its_own_and_the_same_after_a_start(tmp_path: Path) -> None:
    titles = [
        jobs_of(home, purpose) for home in (tmp_path / "one", tmp_path / "two") for purpose in ("receipts", "spare")
    ]
    assert len(set(titles)) == 4
    assert jobs_of(tmp_path / "two" / ".." / "one", "receipts") == titles[0]
    assert re.fullmatch("Tillpoint receipts [0-9a-f]{8}", titles[0])


def test_tills_with_the_same_folder_on_two_machines_share_a_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tills that were set up alike do: what one finds under its own title, it cancels."""
    titles = set()
    for machine in ("lane-1", "lane-2"):
        monkeypatch.setattr(platform, "node", lambda machine=machine: machine)
        titles.add(jobs_of(tmp_path, "receipts"))
    assert len(titles) == 2
