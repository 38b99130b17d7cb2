from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from pos_client.ui.gallery_shop import code_of
from pos_client.ui.labels import OneLine
from tests.pos_client.ui.conftest import AtTheWindow


def chip(at: AtTheWindow, name: str) -> str:
    found = at.window.findChild(QWidget, name)
    assert isinstance(found, QWidget)
    return found.accessibleName()


def notice(at: AtTheWindow, name: str) -> str:
    found = at.window.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text() if found.isVisible() else ""


def test_all_well_says_so_in_words(selling: AtTheWindow) -> None:
    selling.send()
    assert chip(selling, "network") == "Online · 0 unsent"
    assert chip(selling, "printer_state") == "Printer ready"
    assert chip(selling, "scanner_state") == "Scanner ready"
    assert notice(selling, "notice_limits") == ""
    assert notice(selling, "notice_fault") == ""


def test_on_a_narrow_screen_devices_that_work_give_way_to_lane_and_cashier(selling: AtTheWindow) -> None:
    where = selling.window.findChild(OneLine)
    printer, scanner = (selling.window.findChild(QWidget, name) for name in ("printer_state", "scanner_state"))
    assert isinstance(where, OneLine)
    assert isinstance(printer, QWidget)
    assert isinstance(scanner, QWidget)
    selling.window.resize(768, 1024)
    selling.settle()
    assert where.width() >= where.sizeHint().width()
    assert (printer.isVisible(), scanner.isVisible()) == (True, False)
    selling.shop.surroundings.scanner_state = "denied"
    selling.look_again()
    assert (printer.isVisible(), scanner.isVisible()) == (False, True)
    selling.shop.surroundings.scanner_state = "ready"
    selling.shop.surroundings.mirror("away", 37, None)
    selling.look_again()
    assert (printer.isVisible(), scanner.isVisible()) == (False, False)
    selling.window.resize(1366, 768)
    selling.settle()
    assert (printer.isVisible(), scanner.isVisible()) == (True, True)


def test_offline_counts_what_is_unsent_and_says_what_is_limited(selling: AtTheWindow) -> None:
    selling.shop.surroundings.online = False
    selling.look_again()
    assert chip(selling, "network") == "Offline · 1 unsent"
    assert notice(selling, "notice_limits") == "Points: up to 500 per member until the server has counted them."


def test_each_fault_says_what_to_do(selling: AtTheWindow) -> None:
    around = selling.shop.surroundings
    for printer, scanner, word, remedy in (
        ("paper_out", "ready", "Paper out", "Put in a new roll"),
        ("cover_open", "ready", "Printer open", "Close it"),
        ("disconnected", "ready", "Printer away", "Check that it is on"),
        ("fault", "ready", "Printer fault", "switch it off and on"),
        ("ready", "disconnected", "Printer ready", "type the code"),
        ("ready", "denied", "Printer ready", "Call the service"),
    ):
        around.printer_state, around.scanner_state = printer, scanner
        selling.look_again()
        assert chip(selling, "printer_state") == word
        assert remedy in notice(selling, "notice_fault")


def test_a_drawer_that_stays_open_is_said_and_stops_nothing(selling: AtTheWindow) -> None:
    around, clock = selling.shop.surroundings, selling.shop.clock
    drawer = selling.window.findChild(QWidget, "drawer_state")
    assert isinstance(drawer, QWidget)
    assert not drawer.isVisible(), "nobody set how its switch is read"
    around.drawer("closed")
    selling.look_again()
    assert (chip(selling, "drawer_state"), notice(selling, "notice_fault")) == ("Drawer closed", "")
    around.drawer("open")
    for seconds, said in ((0, ""), (29, ""), (1, "The cash drawer is open. Close it.")):
        clock.advance(seconds * 1_000)
        selling.look_again()
        assert (chip(selling, "drawer_state"), notice(selling, "notice_fault")) == ("Drawer open", said)
    selling.keys(f"{code_of(0)}\n")
    assert selling.counter.state.problem is None, "half a minute is no reason to disturb a sale"
    selling.key("F7")
    selling.keys("\n")
    clock.advance(90_000)
    selling.look_again()
    assert notice(selling, "notice_fault") == "The cash drawer has been open for 2 min. Close it."
    for lines, place in ((1, 0), (2, 2)):
        selling.keys(f"{code_of(place)}\n")
        sale, problem = selling.counter.state.sale, selling.counter.state.problem
        assert sale is not None
        assert len(sale.lines) == lines
        assert (problem.code if problem else "") == ("drawer_left_open" if lines == 1 else "")
        assert problem is None or problem.sentence != notice(selling, "notice_fault"), "one sentence is said twice"
    around.drawer("closed")
    selling.look_again()
    around.drawer("open")
    selling.look_again()
    assert notice(selling, "notice_fault") == "", "the time begins anew"
    around.drawer("unknown")
    selling.look_again()
    assert not drawer.isVisible()
