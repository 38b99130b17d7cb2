"""The virtual devices as programs of their own, the way the demo and a curious user run them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.clock import SystemClock
from drivers.ports import DeviceFault, PrinterFault
from drivers.printer.device import PrinterDevice, PrintResult
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.simulators.line import NotRead, Unplugged
from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.serial_line import SerialTransport
from drivers.transports.tcp import TcpTransport
from tests.drivers.supermarket import receipt

PATIENCE_S = 30


@contextmanager
def _program(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"drivers.simulators.{module}", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1) as program:
        try:
            yield program
        finally:
            if program.poll() is None:
                program.kill()


def _ended(program: subprocess.Popen[str]) -> tuple[int, str]:
    program.send_signal(signal.SIGTERM)
    _, errors = program.communicate(timeout=PATIENCE_S)
    return program.returncode, errors


def test_the_printer_program_saves_what_it_gets_and_ends_when_told(tmp_path: Path) -> None:
    profile = PROFILES["80mm-gb18030"]
    jobs = [encode(receipt(language), profile) for language in ("zh_Hans", "en")]
    with _program("printer", "--port", "0", "--out", str(tmp_path / "receipts")) as program:
        assert program.stdout is not None
        host, _, port = program.stdout.readline().strip().partition(":")
        device = PrinterDevice(TcpTransport(host, int(port)), profile, SystemClock())
        assert [device.print(job).result for job in jobs] == [PrintResult.PRINTED] * 2
        device.print(b"not cut off\n")
        assert _ended(program) == (0, "")
    files = sorted((tmp_path / "receipts").iterdir())
    assert [file.name for file in files] == ["receipt-0001.bin", "receipt-0002.bin", "receipt-0003.bin"]
    assert [file.read_bytes() for file in files] == [*jobs, b"not cut off\n"]


def test_the_printer_program_names_a_port_it_cannot_have(tmp_path: Path) -> None:
    with PrinterSimulator() as taken:
        said = subprocess.run(
            [sys.executable, "-m", "drivers.simulators.printer", "--port", str(taken.port), "--out", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    assert (said.returncode, said.stderr) == (1, f"Port {taken.port} can't be used: Address already in use.\n")


def test_the_scanner_program_scans_its_lines_and_ends_when_told(tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    with _program("scanner", "--link", str(link), "--suffix", "crlf", "--aim", "]E0") as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == f"{link}\n"
        line = SerialTransport(str(link))
        line.open(1_000)
        program.stdin.write("6901234567892\n\nSKU-1\n")
        program.stdin.flush()
        wanted = b"]E06901234567892\r\n]E0SKU-1\r\n"
        heard = b""
        while len(heard) < len(wanted):
            piece = line.read(100, PATIENCE_S * 1_000)
            assert piece
            heard += piece
        assert heard == wanted
        line.close()
        program.stdin.close()
        program.stdin = None
        assert program.poll() is None
        assert _ended(program) == (0, "")
    assert not os.path.lexists(link)


@pytest.mark.parametrize("device", ["scanner", "drawer", "display", "scale"])
def test_a_program_on_a_line_needs_a_place_for_its_link(tmp_path: Path, device: str) -> None:
    """And takes that of no file."""
    file = tmp_path / "file"
    file.write_text("mine")
    for link, why in ((tmp_path / "no" / "link", "No such file or directory"), (file, "File exists")):
        said = _run(device, "--link", str(link))
        assert (said.returncode, said.stderr) == (1, f"{link} can't be made: {why}.\n")
    assert file.read_text() == "mine"


@pytest.mark.parametrize("device", ["printer", "label", "label_scale"])
def test_a_program_on_a_port_says_which_port_or_folder_it_can_not_have(tmp_path: Path, device: str) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    said = _run(device, "--port", "80000", "--out", str(tmp_path))
    assert (said.returncode, said.stderr) == (1, "Port 80000 can't be used: there is no such port.\n")
    said = _run(device, "--port", "0", "--out", str(file / "papers"))
    assert (said.returncode, said.stderr) == (1, f"{file / 'papers'} can't be made: Not a directory.\n")


def _run(device: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", f"drivers.simulators.{device}", *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=PATIENCE_S)


def test_a_line_takes_no_other_ones_link_away(tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    first = ScannerSimulator(link)
    with ScannerSimulator(link):
        there = link.readlink()
        with first:
            pass
        assert link.readlink() == there
    assert not os.path.lexists(link)


def test_an_unplugged_scanner_scans_nothing() -> None:
    with ScannerSimulator() as scanner:
        path = scanner.path
        scanner.unplug()
        scanner.unplug()
        assert not os.path.lexists(path)
        with pytest.raises(Unplugged):
            scanner.scan("6901234567892")
        scanner.replug()
        scanner.replug()
        assert scanner.path == path
        scanner.scan("6901234567892")


def test_a_scanner_nobody_reads_says_so() -> None:
    with ScannerSimulator() as scanner, pytest.raises(NotRead):
        scanner.send(b"7" * 1_000_000)


def test_a_printer_without_cutter_ends_its_paper_with_the_connection(tmp_path: Path) -> None:
    with PrinterSimulator(out_dir=tmp_path) as printer:
        printer.turn(has_cutter=False)
        device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILES["58mm-gb18030"], SystemClock())
        for job in (b"one\n", b"two\n"):
            assert device.print(job).result is PrintResult.PRINTED
        assert printer.wait_for_receipts(2, PATIENCE_S * 1_000)
        assert printer.receipts == (b"one\n", b"two\n")
    assert (tmp_path / "receipt-0002.bin").read_bytes() == b"two\n"


@pytest.mark.parametrize(("knob", "times"), [("lost_byte", 0), ("doubled_byte", 2)])
def test_a_bad_line_loses_a_byte_or_has_it_twice(knob: str, times: int) -> None:
    with PrinterSimulator() as printer:
        printer.turn(**{knob: 3})
        with socket.create_connection((printer.host, printer.port)) as line:
            line.sendall(b"abcd\n\x1bi")
        assert printer.wait_for_receipts(1, PATIENCE_S * 1000)
        assert printer.receipts == (b"ab" + b"c" * times + b"d\n\x1bi",)


def test_a_stuck_cutter_is_told_and_prints_nothing() -> None:
    with PrinterSimulator() as printer:
        printer.turn(jammed=True)
        states: list[DeviceFault | None] = []
        transport = TcpTransport(printer.host, printer.port)
        device = PrinterDevice(transport, PROFILES["80mm-gb18030"], SystemClock(), lambda _, why: states.append(why))
        assert device.print(b"anything").written_bytes == 0
        assert isinstance(states[-1], PrinterFault)


def test_a_printer_has_no_other_knobs() -> None:
    with PrinterSimulator() as printer, pytest.raises(ValueError, match="no knob 'smoke'"):
        printer.turn(smoke=True)
