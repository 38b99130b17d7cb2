"""One counter of the demo: a till process, its scanner, its printer, and the cashier's hands at it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scanner import ScannerSimulator
from tillpoint.completejourney.scripts import ScriptLine
from tillpoint.demo.hands import Hands, HandsRefused, State
from tillpoint.demo.processes import DemoFailed, Process, Processes

START_S = 90.0
FLOAT_MINOR = 500_00
_SCAN_S = 15.0
_LOOK_S = 0.01
_INSIDE = ("sale", "shift_open")


@dataclass(frozen=True, slots=True)
class Cashier:
    """``pin`` is what the demo types; only its verifier is ever stored."""

    id: str
    name: str
    pin: str
    language: str


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale as its cashier saw it confirmed on the screen."""

    lane: int
    sale_id: str
    receipt_number: int
    receipt_code: str
    lines: int
    total_minor: int
    points_earned: int
    points_redeemed: int
    offline: bool


@dataclass(slots=True)
class Lane:
    """``robot`` is the address of the till's socket; short, because such addresses have at most about 100 bytes."""

    number: int
    home: Path
    robot: Path
    cashier: Cashier
    scanner: ScannerSimulator
    printer: PrinterSimulator
    processes: Processes
    till: Process | None = None
    hands: Hands | None = None
    sold: list[Sold] = field(default_factory=list)
    starts: int = 0

    @property
    def name(self) -> str:
        return f"till {self.number}"

    # the process

    def start(self) -> None:
        self.starts += 1
        suffix = f" start {self.starts}" if self.starts > 1 else ""
        self.till = self.processes.start(
            self.name + suffix,
            "till",
            "--home",
            str(self.home),
            "--robot",
            str(self.robot),
            "--language",
            self.cashier.language,
        )
        try:
            self.hands = Hands(self.robot, START_S, self.till.check)
        except TimeoutError as error:
            raise self.failed(str(error)) from error

    def kill(self) -> None:
        """Pull the plug: SIGKILL."""
        assert self.till is not None
        self.till.kill()
        self.processes.forget(self.till)
        self._let_go()

    def quit(self) -> None:
        """Close the window as its user does, and see the process end."""
        assert self.till is not None
        self.at().quit()
        self._let_go()
        self.till.stop()
        self.processes.forget(self.till)

    def _let_go(self) -> None:
        if self.hands is not None:
            self.hands.close()
        self.hands = None

    def at(self) -> Hands:
        assert self.hands is not None, "the till runs"
        return self.hands

    def state(self) -> State:
        return self.at().state()

    def failed(self, what: str) -> DemoFailed:
        log = self.till.log if self.till else "no log"
        return DemoFailed(f"{self.name}: {what}. Read {log}.")

    def wait_until(self, what: str, holds: Callable[[State], bool], timeout_s: float = 30.0) -> State:
        """The first state that ``holds``. Raise ``DemoFailed`` if none comes in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            state = self.state()
            if holds(state):
                return state
            if time.monotonic() > deadline:
                told = state["error"] or state["trouble"] or {"sentence": "it complains of nothing"}
                raise self.failed(
                    f"not {what} after {timeout_s:.0f} s, on screen {state['screen']}: {told['sentence']}"
                )
            if self.till is not None:
                self.till.check()
            time.sleep(_LOOK_S)

    # the cashier

    def sign_in(self) -> State:
        """Wait for the staff, choose the name with the mouse, type the PIN; open the shift if none is open."""
        self.wait_until("asking who is there", lambda now: now["screen"] == "sign_in" and bool(now["staff"]), START_S)
        self.at().click(f"staff_{self.cashier.id}")
        self.at().keys(self.cashier.pin + "\n")
        state = self.wait_until("signed in", lambda now: now["screen"] in _INSIDE)
        if state["screen"] == "shift_open":
            self.at().keys(f"{FLOAT_MINOR // 100}\n")
            state = self.wait_until("selling", lambda now: now["screen"] == "sale")
        return self.wait_until("reading its scanner", lambda now: now["status"]["scanner"]["state"] == "ready")

    def scan(self, code: str) -> State:
        """Read a label with the scanner and see the basket change. Raise ``DemoFailed`` if the till refuses it."""
        state = self.state()
        before = _basket(state) if state["screen"] not in ("change", "shift_closed") else ()
        self.scanner.scan(code)
        deadline = time.monotonic() + _SCAN_S
        while True:
            state = self.state()
            if state["screen"] == "sale" and _basket(state) not in ((), before):
                return state
            if state["error"] or time.monotonic() > deadline:
                raise self.failed(f"scanning {code} led to {state['error'] or 'nothing'} on screen {state['screen']}")
            time.sleep(_LOOK_S)

    def ring(self, line: ScriptLine) -> None:
        """Scan the product; set the quantity with the keys if there are several."""
        self.scan(line.code)
        if line.quantity > 1:
            self.at().keys(f"*{line.quantity}\n")
            state = self.state()
            wanted = line.quantity * 1_000
            if state["error"] or not any(shown["quantity_milli"] == wanted for shown in state["lines"]):
                raise self.failed(f"the quantity {line.quantity} was not taken: {state['error']}")

    def find_member(self, digits: str) -> State:
        """F2, the last digits of the phone, Enter."""
        self.at().key("F2")
        self.at().keys(digits + "\n")
        return self.wait_until(f"showing the member …{digits}", lambda now: now["member"] is not None)

    def register_member(self, name: str, phone: str, birthday: str) -> State:
        """F3, then phone, name, birthday, consent, each with Enter."""
        self.at().key("F3")
        for text in (phone, name, birthday, ""):
            self.at().keys(text + "\n")
        return self.wait_until(f"showing {name}", lambda now: now["member"] is not None and now["screen"] == "sale")

    def pay(self, points: int = 0, tendered_minor: int | None = None) -> Sold:
        """F12, points with F6 if any, cash; the exact sum unless ``tendered_minor`` says otherwise."""
        sale = self.state()
        self.at().key("F12")
        self.wait_until("at the tender", lambda now: now["screen"] == "tender")
        if points:
            self.at().keys(str(points))
            self.at().key("F6")
            self.wait_until("taking points", lambda now: bool(now["tender"]["paid"]))
        text = "" if tendered_minor is None else f"{tendered_minor // 100}.{tendered_minor % 100:02d}"
        self.at().keys(text + "\n")
        state = self.wait_until("confirmed", lambda now: now["screen"] == "change")
        change = state["change"]
        sold = Sold(
            lane=self.number,
            sale_id=change["sale_id"],
            receipt_number=change["receipt_number"],
            receipt_code=change["receipt_code"],
            lines=len(sale["lines"]),
            total_minor=change["total_minor"],
            points_earned=change["points_earned"],
            points_redeemed=change["points_redeemed"],
            offline=not state["status"]["online"],
        )
        self.sold.append(sold)
        return sold

    def pay_with_a_note(self) -> Sold:
        """As ``pay``, with the largest of the notes the till offers, so that there is change."""
        due = int(self.state()["total_minor"])
        note = next((note for note in (10_00, 20_00, 50_00, 100_00, 200_00, 500_00) if note >= due), due)
        return self.pay(tendered_minor=note)

    def member_shown(self, digits: str) -> State:
        """What the till shows of a member right now; the sale is left without one."""
        self.next_sale()
        member: State = self.find_member(digits)["member"]
        self.at().key("F2")
        self.at().key("F8")
        self.wait_until("without a member", lambda now: now["member"] is None)
        return member

    def next_sale(self) -> None:
        """From the change back to an empty basket."""
        if self.state()["screen"] == "change":
            self.at().keys("\n")
            self.wait_until("ready for the next sale", lambda now: now["screen"] == "sale")

    def grab(self, path: Path) -> Path:
        try:
            self.at().grab(path)
        except HandsRefused as error:
            raise self.failed(f"no picture of the screen: {error}") from error
        return path


def _basket(state: State) -> tuple[tuple[str, int, int], ...]:
    return tuple((line["product_id"], line["quantity_milli"], line["gross_minor"]) for line in state["lines"])
