"""Bytes over real sockets, pseudo-terminals and files, and what is said when the other side isn't there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.ports import DeviceBusy, DeviceGone, NoRoom, PermissionDenied, Timeout, Transport
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.file import FileTransport
from drivers.transports.serial_line import SerialSettings, SerialTransport, group_of
from drivers.transports.tcp import TcpTransport

PATIENCE_MS = 5_000


def _read(transport: Transport, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = transport.read(count - len(data), PATIENCE_MS)
        assert piece, f"only {data!r} came"
        data += piece
    return data


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def tcp(listener: socket.socket) -> Iterator[TcpTransport]:
    transport = TcpTransport(*listener.getsockname())
    with closing(transport):
        yield transport


def test_tcp_carries_bytes_both_ways(listener: socket.socket, tcp: TcpTransport) -> None:
    tcp.open(PATIENCE_MS)
    server, _ = listener.accept()
    with server:
        tcp.write(b"\x10\x04\x01", PATIENCE_MS)
        assert server.recv(3, socket.MSG_WAITALL) == b"\x10\x04\x01"
        server.sendall(b"\x12\x16")
        assert _read(tcp, 2) == b"\x12\x16"
        assert tcp.read(10, 10) == b""


def test_tcp_says_when_the_other_side_goes(listener: socket.socket, tcp: TcpTransport) -> None:
    tcp.open(PATIENCE_MS)
    server, _ = listener.accept()
    server.close()
    with pytest.raises(DeviceGone) as gone:
        tcp.read(1, PATIENCE_MS)
    assert gone.value.device == tcp.name
    assert not tcp.is_open
    with pytest.raises(DeviceGone):
        tcp.write(b"x", PATIENCE_MS)


def test_tcp_says_how_much_a_printer_took_that_stopped_reading(listener: socket.socket, tcp: TcpTransport) -> None:
    tcp.open(PATIENCE_MS)
    data = bytes(64 << 20)
    with pytest.raises(Timeout) as late:
        tcp.write(data, 50)
    assert 0 < late.value.written_bytes < len(data)


def test_tcp_without_anybody_there(listener: socket.socket, tcp: TcpTransport) -> None:
    listener.close()
    with pytest.raises(DeviceGone, match="Check that it is on"):
        tcp.open(PATIENCE_MS)
    with pytest.raises(DeviceGone):
        tcp.read(1, 0)


def test_what_was_sent_last_arrives_although_an_answer_was_never_read(
    listener: socket.socket, tcp: TcpTransport
) -> None:
    tcp.open(PATIENCE_MS)
    server, _ = listener.accept()
    with server:
        server.sendall(b"never read")
        tcp.write(b"the whole receipt", PATIENCE_MS)
        tcp.close()
        tcp.close()
        assert server.makefile("rb").read() == b"the whole receipt"


def test_serial_reads_from_a_terminal_until_it_is_pulled_out() -> None:
    with ScannerSimulator() as scanner, closing(SerialTransport(scanner.path, SerialSettings(baud=115_200))) as line:
        line.open(PATIENCE_MS)
        line.open(PATIENCE_MS)
        scanner.send(b"\x026901\r\x03")
        assert _read(line, 7) == b"\x026901\r\x03"
        assert line.read(1, 10) == b""
        scanner.unplug()
        with pytest.raises(DeviceGone):
            line.read(1, PATIENCE_MS)
        with pytest.raises(DeviceGone):
            line.open(PATIENCE_MS)
        scanner.replug()
        line.open(PATIENCE_MS)
        scanner.send(b"back")
        assert _read(line, 4) == b"back"


def test_serial_writes() -> None:
    ours, theirs = os.openpty()
    with closing(SerialTransport(os.ttyname(theirs))) as line:
        line.open(PATIENCE_MS)
        line.write(b"\x1b@" * 200, PATIENCE_MS)
        heard = b""
        while len(heard) < 400:
            heard += os.read(ours, 400)
        assert heard == b"\x1b@" * 200
        os.close(theirs)
        os.close(ours)
        with pytest.raises(DeviceGone):
            line.write(b"x", PATIENCE_MS)


def test_serial_is_used_by_one_at_a_time() -> None:
    with ScannerSimulator() as scanner, closing(SerialTransport(scanner.path)) as first:
        first.open(PATIENCE_MS)
        second = SerialTransport(scanner.path)
        with pytest.raises(DeviceBusy, match="Another program"):
            second.open(PATIENCE_MS)
        first.close()
        second.open(PATIENCE_MS)
        second.close()


def test_a_line_that_may_not_be_used_names_the_group() -> None:
    """Run as somebody without rights, because root may do anything."""
    program = (
        "import grp, os, sys\n"
        "import drivers.transports.serial_line as line\n"
        "from drivers.ports import PermissionDenied\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: line.SerialTransport(sys.argv[1]).open(100)\n"
        "except PermissionDenied as denied: print(denied.group, denied, sep='|')\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        locked = Path(folder) / "ttyUSB0"
        locked.touch(mode=0o000)
        said = subprocess.run(
            [sys.executable, "-c", program, str(locked)], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        group = group_of(locked)
    assert group is not None
    assert said == f"{group}|The till may not use {locked}. Add its user to the group {group} and sign in again.\n"


def test_a_file_keeps_every_job(tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "jobs.bin")
    for job in (b"first", b"second"):
        transport.open(PATIENCE_MS)
        transport.write(job, PATIENCE_MS)
        assert transport.read(10, 0) == b""
        transport.close()
    assert (tmp_path / "jobs.bin").read_bytes() == b"firstsecond"
    with pytest.raises(DeviceGone):
        transport.write(b"x", PATIENCE_MS)
    with pytest.raises(DeviceGone):
        transport.read(1, PATIENCE_MS)


def test_a_full_disk_says_so() -> None:
    transport = FileTransport(Path("/dev/full"))
    with closing(transport):
        transport.open(PATIENCE_MS)
        with pytest.raises(NoRoom, match="disk space"):
            transport.write(b"x", PATIENCE_MS)


def test_a_file_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone):
        FileTransport(tmp_path / "missing" / "jobs.bin").open(PATIENCE_MS)


def test_rights_without_groups_are_said_too() -> None:
    assert str(PermissionDenied("COM3", None)) == "The till may not use COM3. Give it the right to."
    assert group_of(Path("/nowhere/at/all")) is None
