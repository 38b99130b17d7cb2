"""The print queue and a printer that runs out of paper, is switched off, or says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.clock import SystemClock
from drivers.ports import DeviceFault
from drivers.printer.device import PrinterDevice, PrinterTimeouts, PrintOutcome
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.file import FileTransport
from drivers.transports.tcp import TcpTransport
from pos_client.app.refusals import NothingToPrint
from pos_client.app.surroundings import Surroundings
from pos_client.hardware.printing import Did, Printing, Spare, Station, shown_on
from pos_client.store.database import DiskFails
from pos_client.system import AtOnce
from shared_models.domain.receipt import Barcode, Cut, Document, Text
from tests.pos_client.world import BREAD, CASHIER, MANAGER, MILK, PIN, TillAtWork, World

PROFILE = PROFILES["80mm-gb18030"]
TIMEOUTS = PrinterTimeouts(open_ms=500, answer_ms=200, write_ms=500, printed_ms=2_000)
WAIT_MS = 20_000


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    with PrinterSimulator() as simulator:
        yield simulator


def printing(counter: TillAtWork, printer: PrinterSimulator) -> Printing:
    device = PrinterDevice(
        TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), shown_on(counter.parts.surroundings), TIMEOUTS
    )
    return over(counter, device)


def over(counter: TillAtWork, device: PrinterDevice) -> Printing:
    return Printing(device, lambda document: encode(document, PROFILE), counter.parts.journal.print_queue, AtOnce())


def states(counter: TillAtWork) -> list[str]:
    return [state for (state,) in counter.parts.journal.database.all("SELECT state FROM print_job ORDER BY number")]


def test_each_sale_is_on_paper_once_and_in_order(counter: TillAtWork, printer: PrinterSimulator) -> None:
    counter.sell(MILK.codes[0])
    counter.sell(BREAD.codes[0])
    worker = printing(counter, printer)
    assert [worker.step() for _ in range(3)] == [Did.PRINTED, Did.PRINTED, Did.NOTHING]
    assert printer.wait_for_receipts(2, WAIT_MS)
    assert ["鲜牛奶".encode("gb18030") in paper for paper in printer.receipts] == [False, False]
    assert [b"Fresh milk" in paper for paper in printer.receipts] == [True, False]
    assert [b"Bread" in paper for paper in printer.receipts] == [False, True]
    assert printer.drawer_pulses == 2
    assert states(counter) == ["printed", "printed"]
    assert counter.till.status().printer.state == "ready"


@pytest.mark.parametrize("trouble", ["paper_out", "cover_open"])
def test_a_job_waits_for_paper_and_a_closed_cover(counter: TillAtWork, printer: PrinterSimulator, trouble: str) -> None:
    printer.turn(**{trouble: True})
    counter.sell(MILK.codes[0])
    worker = printing(counter, printer)
    assert [worker.step() for _ in range(3)] == [Did.WAITING] * 3
    status = counter.till.status().printer
    assert (status.state, status.waiting, status.doubtful) == (trouble, 1, 0)
    assert status.notice is not None
    assert status.notice.code == trouble
    assert printer.receipts == ()
    printer.turn(**{trouble: False})
    assert worker.step() is Did.PRINTED
    assert printer.wait_for_receipts(1, WAIT_MS)
    assert states(counter) == ["printed"]


def test_a_job_waits_for_a_printer_that_is_away(counter: TillAtWork, printer: PrinterSimulator) -> None:
    worker = printing(counter, printer)
    printer.stop()
    counter.sell(MILK.codes[0])
    assert [worker.step() for _ in range(2)] == [Did.WAITING] * 2
    assert states(counter) == ["queued"]
    assert counter.till.status().printer.state == "disconnected"


def test_a_receipt_cut_off_in_the_middle_is_doubtful_and_not_printed_twice(
    counter: TillAtWork, printer: PrinterSimulator
) -> None:
    counter.sell(MILK.codes[0])
    printer.turn(paper_out_after_bytes=40)
    worker = printing(counter, printer)
    assert worker.step() is Did.WAITING
    assert states(counter) == ["doubtful"]
    assert counter.till.status().printer.doubtful == 1
    printer.turn(paper_out=False, paper_out_after_bytes=None)
    printer.switch_off()
    assert worker.step() is Did.NOTHING
    counter.till.print_again()
    assert worker.step() is Did.PRINTED
    assert printer.wait_for_receipts(1, WAIT_MS)
    assert b"COPY" in printer.receipts[-1]
    assert states(counter) == ["failed", "printed"]
    assert counter.till.status().printer.doubtful == 0


def test_every_doubtful_receipt_is_printed_again_and_not_only_the_last(
    counter: TillAtWork, printer: PrinterSimulator
) -> None:
    worker = printing(counter, printer)
    for code in (MILK.codes[0], BREAD.codes[0]):
        counter.sell(code)
        printer.turn(paper_out_after_bytes=40)
        assert worker.step() is Did.WAITING
        printer.turn(paper_out=False)
        printer.switch_off()
    assert states(counter) == ["doubtful", "doubtful"]
    before = len(printer.receipts)
    assert counter.till.print_again() == 2
    assert [worker.step() for _ in range(3)] == [Did.PRINTED, Did.PRINTED, Did.NOTHING]
    assert printer.wait_for_receipts(before + 2, WAIT_MS)
    milk, bread = printer.receipts[-2:]
    assert b"Fresh milk" in milk
    assert b"COPY" in milk
    assert b"Bread" in bread
    assert b"COPY" in bread
    assert states(counter) == ["failed", "failed", "printed", "printed"]


def test_a_copy_that_failed_too_is_printed_again_as_it_was(counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    queue = counter.parts.journal.print_queue
    copies = []
    for _ in range(3):
        job = queue.take()
        assert job is not None
        copies.append(job.document)
        assert queue.doubt_interrupted() == 1
        assert counter.till.print_again() == 1
    original, copy, again = copies
    assert len(copy.blocks) == len(original.blocks) + 2
    assert again == copy


def test_what_somebody_saw_on_paper_is_not_printed_again(counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    assert counter.parts.journal.print_queue.take() is not None
    assert counter.parts.journal.print_queue.doubt_interrupted() == 1
    assert counter.till.status().printer.doubtful == 1
    counter.till.came_out()
    assert counter.till.status().printer.doubtful == 0
    assert states(counter) == ["sent"]


def test_a_receipt_without_paper_opens_the_drawer_and_is_printed_when_asked_for(
    counter: TillAtWork, printer: PrinterSimulator
) -> None:
    counter.parts.journal.print_queue.paperless = True
    counter.sell(MILK.codes[0])
    worker = printing(counter, printer)
    assert [worker.step() for _ in range(2)] == [Did.PRINTED, Did.NOTHING]
    assert printer.drawer_pulses == 1
    assert not any(printer.receipts)
    assert counter.till.print_again() == 1
    assert [worker.step() for _ in range(2)] == [Did.PRINTED, Did.NOTHING]
    assert printer.wait_for_receipts(1, WAIT_MS)
    assert b"Fresh milk" in printer.receipts[0]
    assert b"COPY" not in printer.receipts[0]
    assert printer.drawer_pulses == 1
    assert counter.till.print_again() == 1
    assert worker.step() is Did.PRINTED
    assert printer.wait_for_receipts(2, WAIT_MS)
    assert b"COPY" in printer.receipts[1]


def test_a_drawer_that_did_not_open_does_not_open_later(counter: TillAtWork, printer: PrinterSimulator) -> None:
    counter.parts.journal.print_queue.paperless = True
    printer.turn(cover_open=True)
    counter.sell(MILK.codes[0])
    worker = printing(counter, printer)
    assert worker.step() is Did.WAITING
    printer.turn(cover_open=False)
    assert worker.step() is Did.NOTHING
    counter.sell(MILK.codes[0])
    assert counter.parts.journal.print_queue.take() is not None
    assert counter.parts.journal.print_queue.doubt_interrupted() == 0, "there is nothing to look for on paper"
    assert printer.drawer_pulses == 0
    assert counter.till.status().printer.doubtful == 0


def test_a_bare_opening_that_did_not_come_does_not_come_later(counter: TillAtWork, printer: PrinterSimulator) -> None:
    """The cover was opened after the till had last looked. The slip waits, the drawer doesn't."""
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    counter.parts.surroundings.printer_state = "ready"
    printer.turn(cover_open=True)
    counter.till.open_drawer("count")
    worker = printing(counter, printer)
    assert worker.step() is Did.WAITING
    printer.turn(cover_open=False)
    assert worker.step() is Did.PRINTED
    assert printer.wait_for_receipts(1, WAIT_MS)
    assert printer.drawer_pulses == 0


class _Watch:
    """A clock that goes by hand."""

    now_ms = 0

    def monotonic_ms(self) -> int:
        return self.now_ms


def test_a_second_printer_takes_over_and_gives_back(counter: TillAtWork, printer: PrinterSimulator) -> None:
    watch, told = _Watch(), []
    device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), timeouts=TIMEOUTS)
    with PrinterSimulator() as second:
        other = PrinterDevice(TcpTransport(second.host, second.port), PROFILE, SystemClock(), timeouts=TIMEOUTS)
        station = Station(other, lambda document: encode(document, PROFILE))
        spare = Spare(station, 20_000, lambda: told.append("taken over"))
        worker = Printing(
            device,
            lambda document: encode(document, PROFILE),
            counter.parts.journal.print_queue,
            AtOnce(),
            spare,
            watch,
        )
        printer.turn(paper_out=True)
        counter.sell(MILK.codes[0])
        assert worker.step() is Did.WAITING
        watch.now_ms = 19_999
        assert worker.step() is Did.WAITING
        watch.now_ms = 20_000
        assert worker.step() is Did.PRINTED
        assert second.wait_for_receipts(1, WAIT_MS)
        assert b"Fresh milk" in second.receipts[0]
        assert (second.drawer_pulses, told) == (0, ["taken over"])
        assert worker.step() is Did.NOTHING
        counter.sell(BREAD.codes[0])
        assert worker.step() is Did.PRINTED, "it doesn't wait anew for each receipt"
        assert second.wait_for_receipts(2, WAIT_MS)
        second.turn(cover_open=True)
        counter.sell(MILK.codes[0])
        assert worker.step() is Did.WAITING
        printer.turn(paper_out=False)
        assert worker.step() is Did.PRINTED
        assert printer.wait_for_receipts(1, WAIT_MS)
        assert (printer.drawer_pulses, len(second.receipts)) == (1, 2)
        assert states(counter) == ["printed"] * 3


def test_a_second_printer_takes_over_from_one_that_fell_silent(counter: TillAtWork, printer: PrinterSimulator) -> None:
    device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), timeouts=TIMEOUTS)
    watch = _Watch()
    with PrinterSimulator() as second:
        other = PrinterDevice(TcpTransport(second.host, second.port), PROFILE, SystemClock(), timeouts=TIMEOUTS)
        spare = Spare(Station(other, lambda document: encode(document, PROFILE)), 20_000, lambda: None)
        queue = counter.parts.journal.print_queue
        worker = Printing(device, lambda document: encode(document, PROFILE), queue, AtOnce(), spare, watch)
        worker.look()
        printer.turn(silent=True)
        counter.sell(MILK.codes[0])
        assert [worker.step(), worker.step()] == [Did.WAITING] * 2
        watch.now_ms = 20_000
        assert worker.step() is Did.PRINTED
        assert second.wait_for_receipts(1, WAIT_MS)
        assert not any(printer.receipts)


def test_what_may_be_on_the_first_printers_paper_is_not_printed_by_the_second(
    counter: TillAtWork, printer: PrinterSimulator
) -> None:
    device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), timeouts=TIMEOUTS)
    with PrinterSimulator() as second:
        other = PrinterDevice(TcpTransport(second.host, second.port), PROFILE, SystemClock(), timeouts=TIMEOUTS)
        spare = Spare(Station(other, lambda document: encode(document, PROFILE)), 20_000, lambda: None)
        queue, watch = counter.parts.journal.print_queue, _Watch()
        worker = Printing(device, lambda document: encode(document, PROFILE), queue, AtOnce(), spare, watch)
        counter.sell(MILK.codes[0])
        printer.turn(paper_out_after_bytes=40)
        assert worker.step() is Did.WAITING
        assert states(counter) == ["doubtful"]
        assert worker.step() is Did.NOTHING
        assert not any(second.receipts)
        watch.now_ms = 20_000
        counter.till.print_again()
        assert worker.step() is Did.PRINTED
        assert second.wait_for_receipts(1, WAIT_MS)
        assert b"COPY" in second.receipts[0]


def test_a_till_killed_while_printing_does_not_know(world: World, counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    assert counter.parts.journal.print_queue.take() is not None
    world.copy_of(counter, "copy")
    again = world.open("copy")
    assert states(again) == ["doubtful"]
    assert again.till.status().printer.doubtful == 1
    again.close()


def test_a_printer_that_cannot_answer_was_sent_to(counter: TillAtWork, tmp_path: Path) -> None:
    counter.sell(MILK.codes[0])
    paper = tmp_path / "paper.bin"
    surroundings = Surroundings()
    worker = over(counter, PrinterDevice(FileTransport(paper), PROFILE, SystemClock(), shown_on(surroundings)))
    assert worker.step() is Did.PRINTED
    assert states(counter) == ["sent"]
    assert b"Fresh milk" in paper.read_bytes()
    assert surroundings.printer_state == "unknown"


def test_old_jobs_are_forgotten_and_the_last_receipt_is_not(
    counter: TillAtWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_client.store.print_queue.KEPT_JOBS", 2)
    worker = over(counter, PrinterDevice(FileTransport(tmp_path / "paper.bin"), PROFILE, SystemClock()))
    for _ in range(5):
        counter.sell(MILK.codes[0])
        worker.step()
    assert states(counter) == ["sent", "sent"]
    counter.till.print_again()


def test_a_document_nothing_can_print_does_not_block_the_next(counter: TillAtWork, printer: PrinterSimulator) -> None:
    """A font is missing, say: the job fails, why is said, and the queue goes on."""
    from drivers.ports import FontMissing

    counter.sell(MILK.codes[0])
    counter.sell(BREAD.codes[0])
    device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), None, TIMEOUTS)
    first = iter([True])

    def encoded(document: Document) -> bytes:
        if next(first, False):
            raise FontMissing("Noto Sans CJK")
        return encode(document, PROFILE)

    said: list[DeviceFault] = []
    queue = counter.parts.journal.print_queue
    worker = Printing(device, encoded, queue, AtOnce(), unprintable=said.append)
    assert [worker.step() for _ in range(2)] == [Did.PRINTED] * 2
    assert states(counter) == ["failed", "printed"]
    assert [fault.code for fault in said] == ["font_missing"]
    document = Document("receipt", "en", (Text("x"), Barcode("code128", "1"), Cut()))
    assert encode(document, PROFILE)


def test_a_fault_of_ours_leaves_the_receipt_doubtful_and_shown(counter: TillAtWork, printer: PrinterSimulator) -> None:
    """It was marked as printing for ever, as if the printer were at it."""
    counter.sell(MILK.codes[0])
    counter.sell(BREAD.codes[0])
    device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), None, TIMEOUTS)
    faults = iter([ZeroDivisionError("ours")])

    def encoded(document: Document) -> bytes:
        for fault in faults:
            raise fault
        return encode(document, PROFILE)

    worker = Printing(device, encoded, counter.parts.journal.print_queue, AtOnce())
    with pytest.raises(ZeroDivisionError):
        worker.step()
    shown = counter.till.status().printer
    assert (shown.waiting, shown.doubtful) == (1, 1)
    assert worker.step() is Did.PRINTED
    assert states(counter) == ["doubtful", "printed"]


@pytest.mark.parametrize(("paper_ends", "becomes"), [(False, "printed"), (True, "doubtful")])
def test_what_a_failing_disk_could_not_take_down_is_taken_down_later(
    counter: TillAtWork, printer: PrinterSimulator, paper_ends: bool, becomes: str
) -> None:
    """It was marked as printing until the next start, and nobody was asked about it."""
    counter.sell(MILK.codes[0])
    device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILE, SystemClock(), None, TIMEOUTS)
    disk = ExitStack()
    if paper_ends:
        printer.turn(paper_out_after_bytes=40)

    class Meanwhile:
        status = device.status

        def print(self, data: bytes) -> PrintOutcome:
            outcome = device.print(data)
            disk.enter_context(counter.disk_fails())
            return outcome

    def encoded(document: Document) -> bytes:
        return encode(document, PROFILE)

    worker = Printing(Meanwhile(), encoded, counter.parts.journal.print_queue, AtOnce())
    with disk:
        for _ in range(2):
            with pytest.raises(DiskFails):
                worker.step()
        assert states(counter) == ["printing"]
    assert worker.step() is Did.NOTHING
    assert states(counter) == [becomes]
    shown = counter.till.status().printer
    assert (shown.waiting, shown.doubtful) == (0, int(paper_ends))
    printer.turn(paper_out=False)


def test_a_sale_that_the_disk_refused_opens_no_drawer_afterwards(counter: TillAtWork) -> None:
    """A drawer with a trigger of its own opened at the next copy of an older receipt, without any trace."""
    queue = counter.parts.journal.print_queue
    queue.own_drawer = True
    counter.sell(MILK.codes[0])
    counter.till.enter(BREAD.codes[0])
    due = counter.till.start_payment().due_minor
    with counter.disk_fails(), pytest.raises(DiskFails):
        counter.till.pay_cash(due)
    opens: list[bool] = []
    counter.parts.counter.on_commit = lambda: opens.append(queue.drawer_opens)
    assert counter.till.print_again() == 1
    assert opens == [False]


def test_what_only_a_newer_version_can_read_keeps_nothing_else_from_the_paper(
    counter: TillAtWork, printer: PrinterSimulator
) -> None:
    """After going back to an earlier version: no copy of anything came, and with a bare opening among it no till."""
    queue, database = counter.parts.journal.print_queue, counter.parts.journal.database
    for code in (MILK.codes[0], BREAD.codes[0]):
        counter.sell(code)
    database.run("UPDATE print_job SET document = replace(document, '\"version\":1', '\"version\":2') WHERE number = 1")
    database.run(
        "INSERT INTO print_job (fact_number, state, attempts, message, document)"
        " VALUES (9, 'queued', 0, '', CAST('{\"version\":2,\"kind\":\"no_sale_slip\"}' AS BLOB))"
    )
    queue.give_up_drawers()
    worker = printing(counter, printer)
    assert [worker.step() for _ in range(3)] == [Did.PRINTED, Did.NOTHING, Did.NOTHING]
    assert states(counter) == ["doubtful", "printed", "doubtful"]
    assert counter.till.status().printer.doubtful == 2, "somebody is asked"
    with pytest.raises(NothingToPrint):
        counter.till.print_again()
    assert counter.till.print_again() == 1
    assert worker.step() is Did.PRINTED
    assert [b"Bread" in paper for paper in printer.receipts] == [True, True]


def test_no_copy_tells_a_cashier_what_the_x_report_said(counter: TillAtWork) -> None:
    """It was a manager's to print; its paper ended, and whoever counted blind had a copy printed."""
    queue, till = counter.parts.journal.print_queue, counter.till
    till.lock()
    till.sign_in(MANAGER, PIN)
    till.print_x_report()
    assert queue.take() is not None
    assert queue.doubt_interrupted() == 1
    till.lock()
    till.sign_in(CASHIER, PIN)
    with pytest.raises(NothingToPrint):
        till.print_again()
    assert states(counter) == ["failed"]
    assert till.status().printer.doubtful == 0
