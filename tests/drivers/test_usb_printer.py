"""A printer on USB: a pseudo-terminal stands in for ``/dev/usb/lp0``, the printer simulator answers behind it."""

from __future__ import annotations

import os
import pty
import select
import socket
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.clock import SystemClock
from drivers.ports import DeviceGone, PrinterState, Timeout
from drivers.printer.device import PrinterDevice, PrinterTimeouts, PrintResult
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.printer.trial import trial_document
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.usb_printer import UsbPrinterTransport

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="usblp is Linux's")
PROFILE = PROFILES["80mm-gb18030"]
TIMEOUTS = PrinterTimeouts(open_ms=1_000, answer_ms=500, write_ms=2_000, printed_ms=5_000)


class Cable:
    """Carries bytes between a pseudo-terminal, which the transport opens, and the simulated printer."""

    def __init__(self, link: Path, printer: PrinterSimulator) -> None:
        self._link = link
        self._printer = printer
        self._woken, self._waker = socket.socketpair()
        self.plug_in()

    def plug_in(self) -> None:
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self._link.symlink_to(os.ttyname(self._theirs))
        self._socket = socket.create_connection((self._printer.host, self._printer.port))
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def pull_out(self) -> None:
        self._waker.send(b"x")
        self._thread.join()
        self._link.unlink()
        self._socket.close()
        os.close(self._theirs)
        os.close(self._ours)

    def close(self) -> None:
        self.pull_out()
        self._woken.close()
        self._waker.close()

    def _carry(self) -> None:
        network, woken = self._socket.fileno(), self._woken.fileno()
        while True:
            ready, _, _ = select.select([self._ours, network, woken], [], [])
            if woken in ready:
                self._woken.recv(1)
                return
            if self._ours in ready:
                self._socket.sendall(os.read(self._ours, 4_096))
            if network in ready and (answer := self._socket.recv(4_096)):
                os.write(self._ours, answer)


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    with PrinterSimulator() as simulator:
        yield simulator


@pytest.fixture
def cable(printer: PrinterSimulator, tmp_path: Path) -> Iterator[Cable]:
    made = Cable(tmp_path / "lp0", printer)
    yield made
    made.close()


def device(path: Path) -> PrinterDevice:
    return PrinterDevice(UsbPrinterTransport(path), PROFILE, SystemClock(), timeouts=TIMEOUTS)


@pytest.mark.usefixtures("cable")
def test_a_page_is_printed_when_the_printer_says_so(printer: PrinterSimulator, tmp_path: Path) -> None:
    data = encode(trial_document(PROFILE.name), PROFILE)
    outcome = device(tmp_path / "lp0").print(data)
    assert (outcome.result, outcome.written_bytes, outcome.state) == (
        PrintResult.PRINTED,
        len(data),
        PrinterState.READY,
    )
    assert printer.wait_for_receipts(1, 5_000)
    assert PROFILE.name.encode() in printer.receipts[0]


@pytest.mark.usefixtures("cable")
def test_no_paper_is_said_before_a_byte_is_written(printer: PrinterSimulator, tmp_path: Path) -> None:
    printer.turn(paper_out=True)
    outcome = device(tmp_path / "lp0").print(b"x")
    assert (outcome.result, outcome.written_bytes, outcome.state) == (PrintResult.FAILED, 0, PrinterState.PAPER_OUT)


def test_pulled_out_and_plugged_in_again(printer: PrinterSimulator, cable: Cable, tmp_path: Path) -> None:
    one = device(tmp_path / "lp0")
    assert one.status() is PrinterState.READY
    cable.pull_out()
    assert one.status() is PrinterState.DISCONNECTED
    outcome = one.print(b"x")
    assert isinstance(outcome.problem, DeviceGone)
    assert outcome.written_bytes == 0
    cable.plug_in()
    assert one.print(encode(trial_document(PROFILE.name), PROFILE)).result is PrintResult.PRINTED
    assert len(printer.receipts) == 1


def test_it_vanishes_in_the_middle(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    (tmp_path / "lp0").symlink_to(os.ttyname(theirs))
    transport = UsbPrinterTransport(tmp_path / "lp0")
    transport.open(1_000)
    transport.write(b"half", 1_000)
    os.close(theirs)
    os.close(ours)
    with pytest.raises(DeviceGone):
        transport.write(b"the rest", 1_000)
    assert not transport.is_open
    with pytest.raises(DeviceGone):
        transport.read(1, 0)


def test_a_printer_that_takes_no_more_is_given_up_in_time(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    (tmp_path / "lp0").symlink_to(os.ttyname(theirs))
    transport = UsbPrinterTransport(tmp_path / "lp0")
    transport.open(1_000)
    data = b"x" * 1_000_000
    with pytest.raises(Timeout) as raised:
        transport.write(data, 300)
    assert 0 < raised.value.written_bytes < len(data)
    transport.close()
    os.close(theirs)
    os.close(ours)


_ASK = """
import grp, os, pwd, sys
from pathlib import Path
from drivers.ports import DeviceFault
from drivers.transports.usb_printer import UsbPrinterTransport
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    UsbPrinterTransport(Path(sys.argv[1])).open(0)
except DeviceFault as fault:
    print(fault)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_not_use_it_is_told_the_group(tmp_path: Path) -> None:
    import grp

    for folder in (tmp_path, *tmp_path.parents[:-1]):
        folder.chmod(folder.stat().st_mode | 0o011)
    file = tmp_path / "lp0"
    file.touch()
    os.chown(file, 0, grp.getgrnam("lp").gr_gid)
    file.chmod(0o660)
    asked = subprocess.run(
        [sys.executable, "-c", _ASK, str(file)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert asked.stdout == f"The till may not use {file}. Add its user to the group lp and sign in again.\n"
