"""``tillpoint device`` against virtual devices that speak the real bytes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.ports import DeviceFault, PaperOut
from drivers.simulators.display import DisplaySimulator
from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scale import Kind, ScaleSimulator
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.rights import rules_missing
from pos_client.settings import Settings, save
from tillpoint import cli
from tillpoint.errors import CommandError


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    given = cli.parser().parse_args(["device", *words])
    status: int = given.run(given)
    return status, capsys.readouterr().out


def test_each_device_is_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path)
    (tmp_path / "spare").mkdir()
    with (
        PrinterSimulator() as printer,
        ScannerSimulator() as scanner,
        DisplaySimulator() as display,
        ScaleSimulator(Kind.CAS) as scale,
    ):
        chosen = Settings(
            printer=f"tcp://127.0.0.1:{printer.port}", scanner=f"serial:{scanner.path}",
            display=f"serial:{display.path}", scale=f"serial:{scale.path},9600,8N1", scale_protocol="cas",
        )  # fmt: skip
        save(tmp_path, chosen)
        status, said = run(capsys, "doctor", "--home", home)
        assert status == 0, said
        assert f"tcp://127.0.0.1:{printer.port} answers: ready" in said
        assert "answers: 0.000 kg" in said
        assert ("installers/devices.sh install" in said) == rules_missing()
        assert not printer.receipts

        _, said = run(capsys, "list", "--home", home)
        assert f"display  serial:{display.path}  (cd5220, cp437)" in said

        assert run(capsys, "test", "printer", "--home", home)[1].startswith("Printed.")
        assert printer.wait_for_receipts(1, 10_000)
        assert b"80mm-gb18030" in printer.receipts[0]
        spare = replace(chosen, printer="none", spare_printer=chosen.printer, spare_printer_profile="80mm-big5")
        save(tmp_path / "spare", spare)
        assert run(capsys, "test", "spare", "--home", str(tmp_path / "spare"))[1].startswith("Printed.")
        assert printer.wait_for_receipts(2, 10_000)
        assert b"80mm-big5" in printer.receipts[1]
        said = run(capsys, "test", "drawer", "--home", home)[1]
        assert printer.drawer_pulses == 1
        assert 'Pin 3 went high. If the drawer is open now, set drawer_open_is = "high".' in said
        assert "Pin 3 stayed high" in run(capsys, "test", "drawer", "--home", home)[1]
        save(tmp_path, replace(chosen, drawer_open_is="high"))
        assert "Pin 3 is high: the drawer is open." in run(capsys, "test", "drawer", "--home", home)[1]
        save(tmp_path, replace(chosen, drawer=f"serial:{display.path}"))
        assert "A byte was sent" in run(capsys, "test", "drawer", "--home", home)[1]
        save(tmp_path, chosen)

        scale.put(455)
        assert "0.455 kg." in run(capsys, "test", "scale", "--home", home)[1]

        run(capsys, "test", "display", "--home", home)
        until = time.monotonic() + 10
        while display.lines != ("Tillpoint      12.50", "Total       1,234.50") and time.monotonic() < until:
            time.sleep(0.01)
        assert display.lines == ("Tillpoint      12.50", "Total       1,234.50")

        threading.Timer(1.0, lambda: scanner.scan("6901234567892", "\r", "]E0")).start()
        assert "'6901234567892', ean13." in run(capsys, "test", "scanner", "--home", home)[1]


def test_the_doctor_says_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = str(tmp_path / "gone")
    save(
        tmp_path,
        Settings(
            printer="tcp://127.0.0.1:9",
            spare_printer=f"serial:{gone}",
            scanner=f"serial:{gone}",
            scale="tcp://127.0.0.1:9",
        ),
    )
    status, said = run(capsys, "doctor", "--home", str(tmp_path))
    assert status == 1
    wrong = [line.split()[0] for line in said.splitlines() if "WRONG" in line]
    assert wrong == ["printer", "spare", "scanner", "scale"]
    assert f"{gone} is not there. Check that it is on and its cable is in." in said


@pytest.mark.parametrize("device", ["printer", "spare", "drawer", "scanner", "display", "scale"])
def test_what_is_not_set_is_said(tmp_path: Path, device: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="set"):
        run(capsys, "test", device, "--home", str(tmp_path))


def test_a_fault_of_the_printer_is_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with PrinterSimulator() as printer:
        printer.turn(paper_out=True)
        save(tmp_path, replace(Settings(), printer=f"tcp://127.0.0.1:{printer.port}"))
        with pytest.raises(CommandError, match="out of paper") as raised:
            run(capsys, "test", "printer", "--home", str(tmp_path))
    assert isinstance(raised.value.__cause__, PaperOut | DeviceFault)


def test_a_virtual_device_is_a_program(tmp_path: Path) -> None:
    link = tmp_path / "scale"
    program = subprocess.Popen(
        [sys.executable, "-m", "tillpoint", "device", "simulate", "scale", "--link", str(link), "--protocol", "cas"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert program.stdout is not None
        assert program.stdout.readline().strip() == str(link)
    finally:
        program.communicate("0.5\n", timeout=20)
    assert program.returncode == 0
