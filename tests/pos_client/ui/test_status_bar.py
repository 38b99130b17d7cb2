from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

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
