"""``tillpoint device`` against virtual devices that speak the real bytes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp

from drivers.ports import DeviceFault, PaperOut
from drivers.simulators.display import DisplaySimulator
from drivers.simulators.label import LabelSimulator
from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scale import Kind, ScaleSimulator
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.rights import rules_missing
from pos_client.settings import Settings, save
from tests.drivers.spooling import Cups
from tillpoint import cli
from tillpoint.errors import CommandError


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    given = cli.parser().parse_args(["device", *words])
    status: int = given.run(given)
    return status, capsys.readouterr().out


@contextmanager
def scanning(scanner: ScannerSimulator) -> Iterator[None]:
    """Somebody scans again and again: what comes before anybody reads is lost."""
    ended = threading.Event()

    def scan() -> None:
        while not ended.wait(0.1):
            scanner.scan("6901234567892", "\r", "]E0")

    hands = threading.Thread(target=scan)
    hands.start()
    try:
        yield
    finally:
        ended.set()
        hands.join()


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
        assert f"display     serial:{display.path}  (cd5220, cp437)" in said

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

        threading.Timer(0.5, lambda: scale.put(455)).start()  # the scale is empty when the question comes
        assert "0.455 kg." in run(capsys, "test", "scale", "--home", home)[1]
        scale.put(0)
        with pytest.raises(CommandError, match="nothing on the scale"):
            run(capsys, "test", "scale", "--home", home, "--seconds", "1")

        run(capsys, "test", "display", "--home", home)
        until = time.monotonic() + 10
        while display.lines != ("Tillpoint      12.50", "Total       1,234.50") and time.monotonic() < until:
            time.sleep(0.01)
        assert display.lines == ("Tillpoint      12.50", "Total       1,234.50")

        with scanning(scanner):
            assert "'6901234567892', ean13." in run(capsys, "test", "scanner", "--home", home)[1]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("size", ["38x25", "60x40", "100x70"])
def test_a_label_printer_is_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str], size: str, dpi: int) -> None:
    with LabelSimulator("tspl", dpi=dpi) as printer:
        printer.turn(ms_per_label=150)
        save(
            tmp_path,
            Settings(
                label_printer=f"tcp://127.0.0.1:{printer.port}", label_language="tspl", label_size=size, label_dpi=dpi
            ),
        )
        said = run(capsys, "test", "label", "--home", str(tmp_path))[1]
        assert said == "Printed. Look that its frame is whole and lies on one label.\n"
        assert printer.errors == ()
        (label,) = printer.labels
        large = label.resize((label.width * 3, label.height * 3))
        assert [found.text for found in zxingcpp.read_barcodes(large)] == ["6901234567892"]
        edge = label.width * 10 // int(size.partition("x")[0]) // 10 + 1
        rows = [label.crop((edge, row, label.width - edge, row + 1)).getextrema() for row in range(label.height)]
        assert rows.count((0, 0)) >= 4, "the frame's upper and lower line are whole"
        printer.turn(cover_open=True)
        with pytest.raises(CommandError, match="cover is open"):
            run(capsys, "test", "label", "--home", str(tmp_path))


def test_a_label_that_is_too_small_to_try_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path, Settings(label_printer="tcp://127.0.0.1:9", label_size="15x15"))
    with pytest.raises(CommandError, match="38 × 25 mm or larger"):
        run(capsys, "test", "label", "--home", str(tmp_path))


def test_the_doctor_says_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = str(tmp_path / "gone")
    save(
        tmp_path,
        Settings(
            printer="tcp://127.0.0.1:9",
            drawer=f"serial:{gone}",
            spare_printer=f"serial:{gone}",
            scanner=f"serial:{gone}",
            scale="tcp://127.0.0.1:9",
        ),
    )
    status, said = run(capsys, "doctor", "--home", str(tmp_path))
    assert status == 1
    wrong = [line.split()[0] for line in said.splitlines() if "WRONG" in line]
    assert wrong == ["printer", "drawer", "spare", "scanner", "scale"]
    assert f"{gone} is not there. Check that it is on and its cable is in." in said


@pytest.mark.parametrize(
    ("device", "setting"),
    [
        ("printer", "printer"), ("spare", "spare_printer"), ("drawer", "printer"), ("scanner", "scanner"),
        ("display", "display"), ("scale", "scale"), ("label", "label_printer"),
    ],
)  # fmt: skip
def test_what_is_not_set_is_said_and_where_to_set_it(
    tmp_path: Path, device: str, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=rf'is set\..* till\.toml, for instance {setting} = "'):
        run(capsys, "test", device, "--home", str(tmp_path))


@pytest.mark.parametrize("command", ["list", "doctor"])
def test_a_folder_without_settings_is_said(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = f"There is no {tmp_path / 'till.toml'}"
    assert said in run(capsys, command, "--home", str(tmp_path))[1]
    save(tmp_path, Settings())
    assert said not in run(capsys, command, "--home", str(tmp_path))[1]


def test_a_place_that_is_none_is_told_from_those_that_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path, Settings(printer="192.168.1.50"))
    assert (
        "192.168.1.50 is no place of a device, which is none, tcp://host:port"
        in run(capsys, "doctor", "--home", str(tmp_path))[1]
    )


def test_a_print_queue_of_the_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = str(tmp_path)
    with Cups() as cups, PrinterSimulator() as printer:
        cups.add_queue("till", printer.port)
        monkeypatch.setenv("CUPS_SERVER", str(cups.socket))
        save(tmp_path, Settings(printer="cups:till"))
        assert "Print queues of this system:\n  cups:till        Till 1\n" in run(capsys, "list", "--home", home)[1]
        status, said = run(capsys, "doctor", "--home", home)
        assert (status, said.splitlines()[0]) == (0, "printer     cups:till takes what is sent and answers nothing")
        assert run(capsys, "test", "printer", "--home", home)[1].startswith("Sent; this printer doesn't say")
        assert printer.wait_for_receipts(1, 10_000)
        cups.run("cupsdisable", "till")
        status, said = run(capsys, "doctor", "--home", home)
        assert status == 1
        assert said.startswith("printer     WRONG: The print queue cups:till is stopped. Let it go on in")
        save(tmp_path, Settings(printer="cups:another"))
        assert "WRONG: There is no print queue cups:another." in run(capsys, "doctor", "--home", home)[1]
    assert "WRONG: The system's print service does not answer" in run(capsys, "doctor", "--home", home)[1]
    assert "Print queues" not in run(capsys, "list", "--home", home)[1]


@pytest.mark.parametrize("place", ["cups:", "windows:Receipts"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has the second one")
def test_a_queue_that_no_system_here_has_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    save(tmp_path, Settings(printer=place))
    assert f"{place} is no print queue of this system" in run(capsys, "doctor", "--home", str(tmp_path))[1]


def test_a_fault_of_the_printer_is_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with PrinterSimulator() as printer:
        printer.turn(paper_out=True)
        save(tmp_path, replace(Settings(), printer=f"tcp://127.0.0.1:{printer.port}"))
        with pytest.raises(CommandError, match="out of paper") as raised:
            run(capsys, "test", "printer", "--home", str(tmp_path))
    assert isinstance(raised.value.__cause__, PaperOut | DeviceFault)


@pytest.mark.parametrize("device", ["printer", "scanner", "drawer", "display", "scale", "label", "label-scale"])
def test_a_virtual_device_says_how_it_is_called(device: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(capsys, "simulate", device, "--help")
    said = capsys.readouterr().out
    assert said.startswith(f"usage: tillpoint device simulate {device} ")
    assert f"tillpoint device simulate {device} --" in said.partition("options:")[0].partition("\n\n")[2]


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
