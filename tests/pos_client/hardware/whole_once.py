"""A receipt whose printing is cut short at each of its bytes, in every way there is: it comes out whole once, or the
cashier is asked and a whole copy that says so comes out. It is never lost and never there twice without a word.

python -m tests.pos_client.hardware.whole_once            every byte, every way (some minutes)
python -m tests.pos_client.hardware.whole_once power 10   one way, every tenth byte
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from time import monotonic

from drivers.clock import SystemClock
from drivers.ports import PrinterState
from drivers.printer.device import PrinterDevice, PrinterTimeouts
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.tcp import TcpTransport
from pos_client.hardware.printing import Did, Printing
from pos_client.system import AtOnce
from shared_models.domain.sale_receipt import reprint
from tests.drivers.supermarket import receipt
from tests.pos_client.world import TillAtWork, found_shop, open_world

PROFILE = PROFILES["80mm-gb18030"]
RECEIPT = receipt("zh_Hans")
ORIGINAL = encode(RECEIPT, PROFILE)
QUESTIONS_BYTES = 9
"""What the device asks before a job; the printer's cable counts them too."""
_QUICK = PrinterTimeouts(open_ms=2_000, answer_ms=40, write_ms=500, printed_ms=5_000)
"""While something goes wrong, so that as many cuts as there are bytes take minutes."""
_PATIENT = PrinterTimeouts(open_ms=10_000, answer_ms=10_000, write_ms=10_000, printed_ms=20_000)
"""Afterwards: what a busy machine answers late would be in doubt, and the next cut would be asked about it too."""
_PATIENCE_MS = 20_000


class Cut(StrEnum):
    CABLE = "cable"  # the connection is reset after so many bytes
    POWER = "power"  # the printer loses its power after so many printed ones, and its buffer with it
    PAPER = "paper"  # the paper ends after so many printed ones, and there is a new roll later
    JAM = "jam"  # the cutter gets stuck after so many, and to free it the printer is switched off
    KILL = "kill"  # the till dies after it wrote so many bytes


_KNOBS = {
    Cut.CABLE: "cut_cable_after_bytes",
    Cut.POWER: "power_cut_after_bytes",
    Cut.PAPER: "paper_out_after_bytes",
    Cut.JAM: "jam_after_bytes",
}


class _Killed(BaseException):
    pass


class _DyingTill(TcpTransport):
    """Of the job ``left`` bytes get out before the process is no more; all of them where it is ``None``."""

    left: int | None = None

    def write(self, data: bytes, timeout_ms: int) -> None:
        if self.left is None or data.startswith(b"\x10\x04"):
            super().write(data, timeout_ms)
            return
        out = data[: self.left]
        if out:
            super().write(out, timeout_ms)
        self.left -= len(out)
        if not self.left:
            self.close()
            raise _Killed


class Campaign:
    """One printer and one till, for many cuts."""

    def __init__(self, printer: PrinterSimulator, counter: TillAtWork) -> None:
        self._printer = printer
        self._counter = counter
        self._queue = counter.parts.journal.print_queue
        self._copy = encode(reprint(RECEIPT, counter.parts.counter.machine.words_in(RECEIPT.language)), PROFILE)

    def cut(self, way: Cut, at: int) -> str:
        """What is wrong after the cut at byte ``at`` of the receipt and all that follows; empty if nothing."""
        self._queue.add(RECEIPT)
        first = self._last()
        before = len(self._paper())
        self._fail(way, at)
        failed = self._state(first)
        if way is Cut.PAPER:
            self._printer.turn(paper_out=False)
        elif way is Cut.JAM:
            self._printer.switch_off()
            self._printer.turn(jammed=False)
        self._printer.turn(**dict.fromkeys(_KNOBS.values()))
        asked = self._counter.till.status().printer.doubtful
        if asked:
            self._counter.till.print_again()
        worker = self._worker(TcpTransport(self._printer.host, self._printer.port), _PATIENT)
        until = monotonic() + _PATIENCE_MS / 1_000
        while worker.step() is not Did.NOTHING and monotonic() < until:
            pass
        return self._wrong(first, failed, asked, before)

    def _fail(self, way: Cut, at: int) -> None:
        transport = _DyingTill(self._printer.host, self._printer.port)
        worker = self._worker(transport, _QUICK)
        match way:
            case Cut.KILL:
                transport.left = at
            case Cut.CABLE:
                self._printer.turn(cut_cable_after_bytes=QUESTIONS_BYTES + at)
            case _:
                self._printer.turn(**{_KNOBS[way]: at})
        try:
            worker.step()
        except _Killed:
            self._queue.doubt_interrupted()  # as the next start does

    def _worker(self, transport: TcpTransport, timeouts: PrinterTimeouts) -> Printing:
        device = PrinterDevice(transport, PROFILE, SystemClock(), timeouts=timeouts)
        while device.status() is PrinterState.UNKNOWN:
            pass  # a printer that answers is known to, as it is asked whenever there is nothing to print
        return Printing(device, lambda document: encode(document, PROFILE), self._queue, AtOnce())

    def _wrong(self, first: int, failed: str, asked: int, before: int) -> str:
        """Paper that is still to come is waited for: a buffer goes on when there is paper again."""
        copies = 1 if asked else 0
        self._printer.wait_until(lambda: self._paper()[before:].count(self._copy) >= copies, _PATIENCE_MS)
        paper = self._paper()[before:]
        whole, copied = paper.count(ORIGINAL), paper.count(self._copy)
        state = self._state(first)
        if copied != copies:
            return f"{copied} copies where {copies} were asked for"
        if whole > 1:
            return f"{whole} originals"
        if asked:
            return "" if failed == "doubtful" else f"asked about a job that is {failed}"
        if state != "printed" or whole != 1:
            return f"nobody was asked, the job is {state}, and {whole} are on paper"
        return ""

    def _paper(self) -> bytes:
        return b"".join(self._printer.receipts) + self._printer.unfinished

    def _last(self) -> int:
        ((number,),) = self._counter.parts.journal.database.all("SELECT max(number) FROM print_job")
        return int(number)

    def _state(self, number: int) -> str:
        rows = self._counter.parts.journal.database.all("SELECT state FROM print_job WHERE number = ?", (number,))
        return str(rows[0][0]) if rows else "gone"


def wrongs(campaign: Campaign, way: Cut, every: int) -> Iterator[str]:
    """What is wrong at every so-manyth byte of the receipt, its first and last ones included."""
    places = sorted({*range(1, len(ORIGINAL) + 1, every), len(ORIGINAL) - 1, len(ORIGINAL)})
    for at in places:
        wrong = campaign.cut(way, at)
        if wrong:
            yield f"{way.value} at byte {at} of {len(ORIGINAL)}: {wrong}"


def main(arguments: list[str]) -> int:
    ways = [Cut(arguments[0])] if arguments else list(Cut)
    every = int(arguments[1]) if len(arguments) > 1 else 1
    found = 0
    with tempfile.TemporaryDirectory() as folder, PrinterSimulator() as printer:
        shop = Path(folder, "shop")
        shop.mkdir()
        found_shop(shop)
        world = next(open_world(shop, Path(folder, "world")))
        till = world.open("one")
        till.sync()
        campaign = Campaign(printer, till.start_day())
        for way in ways:
            for wrong in wrongs(campaign, way, every):
                found += 1
                sys.stdout.write(wrong + "\n")
            sys.stdout.write(f"{way.value}: done\n")
            sys.stdout.flush()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
