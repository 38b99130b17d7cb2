"""A till as it runs in the shop: its threads, a real HTTP server, a printer on TCP, a scanner on a line."""

from __future__ import annotations

import os
import pty
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import pytest

from drivers.ports import Scan
from drivers.printer import fonts
from drivers.printer.encoder import rest_of_a_command
from drivers.printer.profiles import PROFILES
from drivers.simulators.display import DisplaySimulator
from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scale import Kind, ScaleSimulator
from drivers.simulators.scanner import ScannerSimulator
from pos_client import settings as till_settings
from pos_client.app.views import Confirmed, Notice, PoleLine, Source
from pos_client.bootstrap import NotEnrolled, RunningTill, enrol_till, open_till
from pos_client.hardware.devices import scale_of, transport_of
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import printer_remedy
from pos_client.settings import BadSettings, Settings
from pos_client.store.keys import FileKeys
from pos_client.store.mirror import prepare
from pos_client.store.only_one import AlreadyRunning
from pos_client.store.verify import verify_journal
from pos_client.sync.client import Unreachable
from pos_client.sync.enrolment import JOURNAL_FILE, AlreadyEnrolled
from shared_models.domain.cash_drawer import MovementKind
from shared_models.domain.marking import NotForSale
from shared_models.wire import fact_file
from sync_server import setup
from sync_server.api.endpoints import Api
from tests.pos_client.world import CASHIER, MILK, PIN, World

WAIT_S = 30

Result = TypeVar("Result")


@contextmanager
def http(api: Api) -> Iterator[str]:
    """The server's endpoints over real HTTP on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = api.handle("POST", self.path, dict(self.headers), body)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Nothing: the test says what went wrong."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.fixture
def home(world: World) -> Path:
    return world.folder / "till"


def asked(running: RunningTill, work: Callable[[], Result]) -> Result:
    return running.executor.submit(work).result(WAIT_S)


def until(running: RunningTill, holds: Callable[[], bool]) -> None:
    """Wait until ``holds``, looked at on the cashier's thread whenever something changed."""
    changed = threading.Event()
    running.on_change(changed.set)
    for _ in range(WAIT_S * 10):
        if asked(running, holds):
            return
        changed.wait(0.1)
        changed.clear()
    pytest.fail("it never came to hold")


def test_a_scan_becomes_a_receipt_and_a_fact_at_the_server(world: World, home: Path) -> None:
    world.clock.ms = 0
    with http(world.api) as url, PrinterSimulator() as printer, ScannerSimulator() as scanner:
        wanted = Settings(printer=f"tcp://127.0.0.1:{printer.port}", scanner=f"serial:{scanner.path}")
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 4), wanted)
        assert till_settings.load(home) == replace(wanted, server_url=url)
        running = open_till(home)
        with pytest.raises(AlreadyRunning):
            open_till(home)
        till = running.till
        until(running, lambda: len(till.staff()) == 3)
        asked(running, lambda: till.sign_in(CASHIER, PIN))
        asked(running, lambda: till.open_shift(0))

        scans: SimpleQueue[Scan] = SimpleQueue()
        running.on_scan(scans.put)
        until(running, lambda: till.status().scanner.state == "ready")
        scanner.scan(MILK.codes[0])
        code = scans.get(timeout=WAIT_S).text
        asked(running, lambda: till.enter(code, Source.SCAN))
        asked(running, till.start_payment)
        done = asked(running, lambda: till.pay_cash(20_00))
        assert isinstance(done, Confirmed)
        assert done.change_minor == 7_50

        assert printer.wait_for_receipts(1, WAIT_S * 1_000)
        assert b"Fresh milk" in printer.receipts[0]
        until(running, lambda: till.status().unsent == 0 and till.status().printer.waiting == 0)
        status = asked(running, till.status)
        assert (status.online, status.lane, status.printer.state, status.keys_in_file) == (True, 4, "ready", True)
        running.close()
    report = verify_journal(home / JOURNAL_FILE, FileKeys(home).load().database)
    assert (report.ok, report.facts, report.sales) == (True, 2, 1)
    assert {path.name.removesuffix("-wal").removesuffix("-shm") for path in home.iterdir()} == {
        "journal.db", "keys.json", "replica-1-1.db", "till.lock", "till.toml",
    }  # fmt: skip


def test_a_second_copy_is_kept_while_the_till_runs(world: World, home: Path, tmp_path: Path) -> None:
    world.clock.ms = 0
    stick = tmp_path / "stick"
    with http(world.api) as url:
        wanted = Settings(mirror=str(stick))
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 4), wanted)
        running = open_till(home)
        till = running.till
        until(running, lambda: till.status().mirror.state == "away")
        prepare(stick)
        until(running, lambda: len(till.staff()) == 3)
        asked(running, lambda: till.sign_in(CASHIER, PIN))
        asked(running, lambda: till.open_shift(0))
        until(running, lambda: till.status().mirror.state == "good")
        running.close()
    (segment,) = stick.glob("*/*.facts")
    with segment.open("rb") as file:
        kinds = [one.kind for one in fact_file.records(file) if isinstance(one, fact_file.Record)]
    assert kinds == [fact_file.DEVICE, fact_file.SEALED]


def test_a_symbols_identifier_tells_the_till_what_its_text_is(world: World, home: Path) -> None:
    world.clock.ms = 0
    with http(world.api) as url, ScannerSimulator() as scanner:
        wanted = Settings(scanner=f"serial:{scanner.path}")
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 4), wanted)
        running = open_till(home)
        till = running.till
        until(running, lambda: len(till.staff()) == 3)
        asked(running, lambda: till.sign_in(CASHIER, PIN))
        asked(running, lambda: till.open_shift(0))
        scans: SimpleQueue[Scan] = SimpleQueue()
        running.on_scan(scans.put)
        until(running, lambda: till.status().scanner.state == "ready")
        scanner.scan(f"010{MILK.codes[0]}10LOT-7\x1d17250101", aim="]d2")
        code = scans.get(timeout=WAIT_S).entry
        with pytest.raises(NotForSale):
            asked(running, lambda: till.enter(code, Source.SCAN))
        scanner.scan(f"010{MILK.codes[0]}10LOT-7", aim="]C1")
        code = scans.get(timeout=WAIT_S).entry
        asked(running, lambda: till.enter(code, Source.SCAN))
        assert [line.quantity_milli for line in asked(running, till.sale).lines] == [1_000]
        running.close()


def test_the_customer_reads_along(world: World, home: Path) -> None:
    world.clock.ms = 0
    with http(world.api) as url, DisplaySimulator() as display:
        wanted = Settings(display=f"serial:{display.path}", display_letters="gb18030")
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 4), wanted)
        running = open_till(home)
        running.equipment.show_customer(PoleLine("纯牛奶", "12.50"), PoleLine("合计", "12.50"))
        until(running, lambda: display.lines == ("纯牛奶         12.50", "合计           12.50"))
        assert asked(running, running.till.status).display.state == "ready"
        display.unplug()
        running.equipment.show_customer(PoleLine("Total", "1.00"), PoleLine(""))
        until(running, lambda: running.till.status().display.state == "disconnected")
        notice = asked(running, running.till.status).display.notice
        assert notice is not None
        assert display.path in notice.sentence(str)
        display.replug()
        until(running, lambda: display.lines[0] == "Total           1.00")
        until(running, lambda: running.till.status().display.state == "ready")
        running.close()
        for _ in range(WAIT_S * 10):  # what the till wrote last may still be on the line
            if display.lines == (" " * 20, " " * 20):
                break
            time.sleep(0.1)
        assert display.lines == (" " * 20, " " * 20)


@pytest.mark.parametrize("wrong", [{"display_protocol": "morse"}, {"display_letters": "klingon"}, {"display": "lpt1"}])
def test_a_display_set_wrongly_is_said(world: World, home: Path, wrong: dict[str, Any]) -> None:
    with http(world.api) as url:
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 1), Settings(**wrong))
        with pytest.raises(BadSettings):
            open_till(home)


def test_the_scale_is_asked_on_its_own_thread(world: World, home: Path) -> None:
    world.clock.ms = 0
    with http(world.api) as url, ScaleSimulator(Kind.CAS) as scale:
        wanted = Settings(scale=f"serial:{scale.path},9600,8N1", scale_protocol="cas")
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 4), wanted)
        running = open_till(home)
        assert running.equipment.weighing is not None
        found: SimpleQueue[object] = SimpleQueue()
        scale.put(455)
        running.equipment.weighing.weigh(lambda milli, unit: found.put((milli, unit)), found.put)
        assert found.get(timeout=WAIT_S) == (455, "kg")
        scale.put(0)
        running.equipment.weighing.weigh(lambda milli, unit: found.put((milli, unit)), found.put)
        said = found.get(timeout=WAIT_S)
        assert isinstance(said, Notice)
        assert said.code == "scale_empty"
        assert asked(running, running.till.status).scale.state == "ready"
        scale.unplug()
        running.equipment.weighing.weigh(lambda milli, unit: found.put((milli, unit)), found.put)
        said = found.get(timeout=WAIT_S)
        assert isinstance(said, Notice)
        assert said.code == "device_gone"
        until(running, lambda: running.till.status().scale.state == "disconnected")
        running.close()


def test_a_second_printer_prints_while_the_first_is_away(world: World, home: Path) -> None:
    world.clock.ms = 0
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        away = nobody.getsockname()[1]
    with http(world.api) as url, PrinterSimulator() as second:
        wanted = Settings(
            printer=f"tcp://127.0.0.1:{away}", spare_printer=f"tcp://127.0.0.1:{second.port}", spare_printer_after_s=1
        )
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 4), wanted)
        running = open_till(home)
        till = running.till
        until(running, lambda: len(till.staff()) == 3)
        asked(running, lambda: till.sign_in(CASHIER, PIN))
        asked(running, lambda: till.open_shift(0))
        asked(running, lambda: till.enter(MILK.codes[0], Source.SCAN))
        asked(running, till.start_payment)
        asked(running, lambda: till.pay_cash(20_00))
        assert second.wait_for_receipts(1, WAIT_S * 1_000)
        assert second.drawer_pulses == 0
        until(running, lambda: till.status().printer.waiting == 0)
        shown = asked(running, till.status).printer
        assert shown.state == "disconnected"
        assert printer_remedy(shown, "CNY", Language("zh_Hans")).startswith("小票改由备用打印机打印")
        running.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": "tcp://127.0.0.1:1"},
        {"scale": "serial:/dev/null", "scale_protocol": "morse"},
        {"scale": "serial:/dev/null", "scale_unit": "stone"},
        {"scale": "serial:/dev/null,fast,8N1"},
        {"scale": "serial:/dev/null,9600,9N1"},
        {"scanner": "serial:/dev/null,9600"},
    ],
)
def test_a_scale_set_wrongly_is_said(wrong: dict[str, Any]) -> None:
    chosen = Settings(**wrong)
    with pytest.raises(BadSettings):
        transport_of(chosen.scanner) or scale_of(chosen)


def test_closing_does_not_wait_for_a_server_that_hangs(world: World, home: Path) -> None:
    with http(world.api) as url:
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 1))
        with pytest.raises(AlreadyEnrolled):
            enrol_till(home, url, "another")
    till_settings.save(home, replace(till_settings.load(home), read_ms=1_000, connect_ms=500))
    running = open_till(home)
    until(running, lambda: not running.parts.surroundings.online)
    running.close()
    open_till(home).close()


def test_a_folder_that_is_no_tills_is_told_so(tmp_path: Path) -> None:
    for home in (tmp_path / "nothing", tmp_path):
        with pytest.raises(NotEnrolled):
            open_till(home)
    with pytest.raises(Unreachable):
        enrol_till(tmp_path / "new", "http://127.0.0.1:9", "CODE")
    with pytest.raises(NotEnrolled):
        open_till(tmp_path / "new")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no toml", "till"),
        ("colour = 'red'", "colour is no setting"),
        ("pinter = 'none'", "pinter is no setting; printer is one"),
        ("printer = 9100", "printer must be a text in quotes"),
        ("read_ms = '5'", "read_ms must be a whole number"),
        ("read_ms = true", "read_ms must be a whole number"),
        ("customer_screen = 'third'", "customer_screen must be none or second"),
        ("receipts = 'none'", "receipts must be paper or electronic"),
        ("receipts = 'electronic'", "electronic receipts need receipt_url"),
        ("read_ms = 0", "read_ms must be above zero"),
    ],
)
def test_settings_that_cannot_be_used_are_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / till_settings.FILE).write_text(text)
    with pytest.raises(BadSettings, match=why):
        till_settings.load(tmp_path)


@pytest.mark.parametrize("place", ["tcp://", "tcp://host", "tcp://host:99999999", "serial:", "usb:1", ""])
def test_places_that_are_no_devices_are_named(world: World, home: Path, place: str) -> None:
    with http(world.api) as url:
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 1))
    till_settings.save(home, replace(till_settings.load(home), printer=place))
    with pytest.raises(BadSettings):
        open_till(home)
    till_settings.save(home, replace(till_settings.load(home), printer="none"))
    open_till(home).close()


def test_the_drawer_is_seen_open_after_a_sale_and_shut_by_hand(world: World, home: Path) -> None:
    with http(world.api) as url, PrinterSimulator() as printer:
        printer.turn(drawer_open_is_low=True)
        wanted = Settings(printer=f"tcp://127.0.0.1:{printer.port}", drawer_open_is="low")
        running = selling_till(world, home, url, wanted)
        till = running.till
        until(running, lambda: till.status().drawer.state == "closed")
        sell_for_cash(running)
        until(running, lambda: till.status().drawer.state == "open")
        assert printer.wait_for_receipts(1, WAIT_S * 1_000)
        printer.turn(drawer_open=False)
        until(running, lambda: till.status().drawer.state == "closed")
        printer.stop()
        until(running, lambda: till.status().drawer.state == "unknown")
        running.close()


def test_a_drawer_with_a_trigger_opens_though_the_printer_has_no_paper(world: World, home: Path) -> None:
    """At once, and not again when the receipt comes out at last."""
    master, slave = pty.openpty()
    with http(world.api) as url, PrinterSimulator() as printer:
        printer.turn(paper_out=True)
        wanted = Settings(printer=f"tcp://127.0.0.1:{printer.port}", drawer=f"serial:{os.ttyname(slave)}")
        running = selling_till(world, home, url, wanted)
        until(running, lambda: running.till.status().printer.state == "paper_out")
        sell_for_cash(running)
        assert os.read(master, 16) == b"\x07"
        printer.turn(paper_out=False)
        assert printer.wait_for_receipts(1, WAIT_S * 1_000)
        moved = asked(running, lambda: running.till.move_cash(MovementKind.PAID_IN, 1_00, "change"))
        assert moved.opens
        assert os.read(master, 16) == b"\x07"
        assert printer.wait_for_receipts(2, WAIT_S * 1_000)
        assert printer.drawer_pulses == 0
        running.close()
    os.close(slave)
    os.close(master)


def test_without_a_printer_nothing_waits_for_one(world: World, home: Path) -> None:
    """Once one is set, no receipt of the days before comes out and opens the drawer; the last one can be had."""
    with http(world.api) as url, PrinterSimulator() as printer:
        running = selling_till(world, home, url, Settings())
        for _ in range(3):
            sell_for_cash(running)
        assert asked(running, running.till.status).printer.waiting == 0
        equipment = running.equipment
        equipment.executor.submit(equipment.set, "printer", f"tcp://127.0.0.1:{printer.port}").result()
        until(running, lambda: running.till.status().printer.state == "ready")
        asked(running, running.till.print_again)
        assert printer.wait_for_receipts(1, WAIT_S * 1_000)
        sell_for_cash(running)
        assert printer.wait_for_receipts(2, WAIT_S * 1_000)
        assert printer.drawer_pulses == 1
        running.close()
    assert all(b"COPY" not in receipt for receipt in printer.receipts)


def test_a_receipt_that_no_font_can_draw_is_said(world: World, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The printer was shown as ready, and nobody heard that no receipt came."""
    with http(world.api) as url, PrinterSimulator() as printer:
        wanted = Settings(printer=f"tcp://127.0.0.1:{printer.port}", printer_profile="80mm-raster")
        running = selling_till(world, home, url, wanted)
        until(running, lambda: running.till.status().printer.state == "ready")
        fonts.load.cache_clear()
        fonts.locate.cache_clear()
        monkeypatch.setenv("PATH", "")
        sell_for_cash(running)
        until(running, lambda: running.till.status().printer.notice is not None)
        shown = asked(running, running.till.status).printer
        assert shown.notice is not None
        assert "fonts-noto-cjk" in printer_remedy(shown, "CNY", Language("en"))
        monkeypatch.undo()
        asked(running, running.till.print_again)
        assert printer.wait_for_receipts(1, WAIT_S * 1_000)
        until(running, lambda: running.till.status().printer.notice is None)
        running.close()


def test_after_a_kill_the_printer_gets_the_rest_of_what_it_may_be_in(world: World, home: Path) -> None:
    """Or it takes the next receipt for dots of the picture that it was printing."""
    with http(world.api) as url, PrinterSimulator() as printer:
        running = selling_till(world, home, url, Settings(printer=f"tcp://127.0.0.1:{printer.port}"))
        sell_for_cash(running)
        assert printer.wait_for_receipts(1, WAIT_S * 1_000)
        until(running, lambda: running.till.status().printer.waiting == 0)
        database = running.parts.journal.database
        asked(running, lambda: database.run("UPDATE print_job SET state = 'printing'"))
        running.close()
        running = open_till(home)
        asked(running, running.till.print_again)
        assert printer.wait_for_receipts(2, WAIT_S * 1_000)
        running.close()
    rest = rest_of_a_command(PROFILES[Settings().printer_profile])
    assert [receipt.startswith(rest + b"\x1b@") for receipt in printer.receipts] == [False, True]


def test_a_sale_that_is_confirmed_while_the_till_is_left_is_no_fault(world: World, home: Path) -> None:
    """Its drawer has a trigger of its own, which was let go already: a fault was shown, and the sale was there."""
    master, slave = pty.openpty()
    with http(world.api) as url:
        running = selling_till(world, home, url, Settings(drawer=f"serial:{os.ttyname(slave)}"))
        running.equipment.stop()
        sell_for_cash(running)
        shift = asked(running, running.till.shift)
        assert shift is not None
        assert shift.sales == 1
        running.close()
    os.close(slave)
    os.close(master)


def selling_till(world: World, home: Path, url: str, wanted: Settings) -> RunningTill:
    """With a cashier and a shift."""
    world.clock.ms = 0
    enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 4), wanted)
    running = open_till(home)
    until(running, lambda: len(running.till.staff()) == 3)
    asked(running, lambda: running.till.sign_in(CASHIER, PIN))
    asked(running, lambda: running.till.open_shift(0))
    return running


def sell_for_cash(running: RunningTill) -> None:
    until(running, lambda: bool(running.till.search_products(MILK.codes[0])))
    asked(running, lambda: running.till.enter(MILK.codes[0]))
    due = asked(running, running.till.start_payment)
    asked(running, lambda: running.till.pay_cash(due.due_minor))
