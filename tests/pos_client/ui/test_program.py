"""The whole till as a cashier meets it: enrolled through its own screen, filled by a real server, scanned into."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QDeadlineTimer, QEventLoop
from PySide6.QtWidgets import QApplication

from drivers.simulators.scanner import ScannerSimulator
from pos_client.bootstrap import enrol_till
from pos_client.presenters.state import Screen
from pos_client.settings import Settings
from pos_client.ui.hands import Hands
from pos_client.ui.main import Program
from sync_server import setup
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.hardware.test_running_till import http
from tests.pos_client.world import CASHIER, MILK, PIN, World

_PATIENCE_MS = 60_000


def until(holds: Callable[[], bool]) -> None:
    deadline = QDeadlineTimer(_PATIENCE_MS)
    while not holds():
        assert not deadline.hasExpired(), "it never came to hold"
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def test_a_new_till_is_enrolled_signed_in_to_and_sells(qapp: QApplication, world: World) -> None:
    world.clock.ms = 0
    program = Program(world.folder / "new", "en")
    hands, counter = Hands(program.window), program.counter
    (world.folder / "new").mkdir()
    with http(world.api) as url:
        try:
            program.window.show()
            program.start()
            until(lambda: screen_of(counter) is Screen.ENROL)
            hands.type(f"{url}\n")
            hands.type(setup.new_enrolment_code(world.server, "A", 4) + "\n")
            until(lambda: screen_of(counter) is Screen.SIGN_IN and len(counter.state.staff) > 0)
            place = next(n for n, person in enumerate(counter.state.staff, 1) if person.id == CASHIER)
            hands.type(f"{place}\n{PIN}\n")
            until(lambda: screen_of(counter) is Screen.SHIFT_OPEN)
            hands.type("200\n")
            until(lambda: screen_of(counter) is Screen.SALE)
            hands.type(MILK.codes[0] + "\n")
            until(lambda: counter.state.sale is not None and len(counter.state.sale.lines) == 1)
            hands.press("F12")
            until(lambda: screen_of(counter) is Screen.TENDER)
            hands.type("\n")
            until(lambda: screen_of(counter) is Screen.CHANGE)
            until(lambda: counter.state.status is not None and counter.state.status.unsent == 0)
            assert counter.state.status is not None
            assert counter.state.status.online
        finally:
            program.window.close()


def test_a_till_that_was_enrolled_before_starts_at_the_names(qapp: QApplication, world: World) -> None:
    world.clock.ms = 0
    home: Path = world.folder / "again"
    with http(world.api) as url:
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 5), Settings())
        for _ in range(2):
            program = Program(home, None)
            try:
                program.start()
                until(lambda: screen_of(program.counter) is Screen.SIGN_IN)  # noqa: B023 - called before the next one
            finally:
                program.window.close()


def test_the_scanner_sounds_what_the_till_made_of_its_code_and_gs1_codes_need_no_loading(
    qapp: QApplication, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.ms = 0
    for name in [name for name in sys.modules if name.partition(".")[0] == "biip"]:
        monkeypatch.delitem(sys.modules, name)
    home = world.folder / "beeping"
    with http(world.api) as url, ScannerSimulator() as scanner:
        wanted = Settings(scanner=f"serial:{scanner.path}", scanner_beeps="datalogic", wedge_gap_ms=70)
        enrol_till(home, url, setup.new_enrolment_code(world.server, "A", 6), wanted)
        program = Program(home, "en")
        hands, counter = Hands(program.window), program.counter
        try:
            program.window.show()
            program.start()
            until(lambda: screen_of(counter) is Screen.SIGN_IN and len(counter.state.staff) > 0)
            assert "biip" not in sys.modules
            place = next(n for n, person in enumerate(counter.state.staff, 1) if person.id == CASHIER)
            hands.type(f"{place}\n{PIN}\n")
            until(lambda: screen_of(counter) is Screen.SHIFT_OPEN)
            hands.type("200\n")
            until(lambda: screen_of(counter) is Screen.SALE)
            until(lambda: "biip.gs1_digital_link_uris" in sys.modules)
            scanner.scan(f"010{MILK.codes[0]}10LOT-7", aim="]C1")
            until(lambda: counter.state.sale is not None and len(counter.state.sale.lines) == 1)
            until(lambda: scanner.heard == b"\x01")
            scanner.scan("6901234567893")
            until(lambda: scanner.heard == b"\x01FE")
            hands.type("9999999\n", 90)
            until(lambda: counter.state.problem is not None and counter.state.problem.code == "unknown_code")
            assert scanner.heard == b"\x01FE", "what hands typed is no business of the scanner's"
            hands.type("SKU-1234\n", 60)
            until(lambda: counter.state.problem is not None and "SKU-1234" in counter.state.problem.sentence)
            assert program.window.field.text() == ""
        finally:
            program.window.close()
