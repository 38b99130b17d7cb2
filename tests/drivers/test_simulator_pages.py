"""The pages of the virtual devices: what is pressed there is what the device then says in its own protocol."""

from __future__ import annotations

import html
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from drivers.clock import SystemClock
from drivers.drawer.trigger import DrawerTrigger
from drivers.label.device import LabelPrinter
from drivers.label.document import Box, Label, Price
from drivers.label.languages import LANGUAGES, Stock
from drivers.label.status import PROTOCOLS
from drivers.label_scale.dahua import ask, download
from drivers.label_scale.goods import Plu, SoldBy
from drivers.ports import DeviceFault
from drivers.printer.encoder import encode
from drivers.printer.profiles import PROFILES
from drivers.scale.device import Scale
from drivers.scale.protocols import CasPos, ScaleProtocol, Toledo8217
from drivers.scale.reading import InMotion, NothingOnScale, Overloaded, WeighingFault
from drivers.simulators.display import DisplaySimulator
from drivers.simulators.drawer import DrawerSimulator
from drivers.simulators.label import LabelSimulator
from drivers.simulators.label_scale import LabelScaleSimulator
from drivers.simulators.page import DevicePage, Panel
from drivers.simulators.panels import (
    DisplayPanel,
    DrawerPanel,
    LabelPanel,
    LabelScalePanel,
    PrinterPanel,
    ScalePanel,
    ScannerPanel,
)
from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scale import Kind, Mood, ScaleSimulator
from drivers.simulators.scanner import ScannerSimulator
from drivers.transports.serial_line import SerialTransport
from drivers.transports.tcp import TcpTransport
from sync_server.head_office.gallery.browser import chromium
from tests.drivers.papers import sales

PATIENCE_S = 30


class Reader:
    """Somebody with a browser."""

    def __init__(self, address: str) -> None:
        self.host = address.removeprefix("http://").rstrip("/")

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """``headers`` with an empty value aren't sent."""
        own = {"Host": self.host} | ({"Origin": f"http://{self.host}"} if method == "POST" else {})
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        try:
            connection.putrequest(method, path, skip_host=True)
            if body is not None and "Content_Length" not in headers:
                headers["Content_Length"] = str(len(body))
            for name, value in (own | headers).items():
                if value:
                    connection.putheader(name.replace("_", "-"), value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def press(self, action: str, **fields: str) -> tuple[int, str]:
        status, body = self.ask("POST", f"/do/{action}", urlencode(fields).encode())
        return status, body.decode()

    def seen(self) -> str:
        status, body = self.ask("GET", "/seen")
        assert status == 200
        seen: str = json.loads(body)["seen"]
        return seen

    def row(self, name: str) -> str:
        found = re.search(rf"<dt>{re.escape(name)}</dt><dd>([^<]*)</dd>", self.seen())
        assert found, name
        return html.unescape(found[1])

    def pictures(self) -> list[Image.Image]:
        shown: list[Image.Image] = []
        for path in re.findall(r'<img src="([^"]+)"', self.seen()):
            status, body = self.ask("GET", path)
            assert status == 200
            shown.append(Image.open(io.BytesIO(body)))
        return shown


@contextmanager
def reader(panel: Panel) -> Iterator[Reader]:
    with DevicePage(panel) as page:
        person = Reader(page.address)
        status, body = person.ask("GET", "/")
        assert status == 200
        assert person.seen() in body.decode()
        yield person


def until(true: object, wanted: object) -> None:
    """``true`` becomes ``wanted`` before the patience ends."""
    assert callable(true)
    deadline = time.monotonic() + PATIENCE_S
    while true() != wanted:
        assert time.monotonic() < deadline, true()
        time.sleep(0.02)


# printer


def told(printer: PrinterSimulator, question: int) -> int:
    """Its answer to DLE EOT."""
    with socket.create_connection((printer.host, printer.port), PATIENCE_S) as line:
        line.sendall(bytes((0x10, 0x04, question)))
        return line.recv(1)[0]


def test_the_printers_lights_and_hands_are_what_it_answers() -> None:
    with PrinterSimulator() as printer, reader(PrinterPanel(printer)) as person:
        for action, name, question, bits, off, on in (
            ("cover_open", "Cover", 2, 0x04, "closed", "open"),
            ("paper_out", "Paper", 2, 0x20, "in", "out"),
            ("paper_near_end", "Roll", 4, 0x0C, "long enough", "near its end"),
            ("jammed", "Cutter", 3, 0x08, "free", "stuck"),
            ("drawer_open", "Cash drawer", 1, 0x04, "closed", "open"),
        ):
            assert (person.row(name), told(printer, question) & bits) == (off, 0)
            assert person.press(action, to="on")[0] == 303
            assert (person.row(name), told(printer, question) & bits) == (on, bits)
            assert person.press(action, to="off")[0] == 303
            assert (person.row(name), told(printer, question) & bits) == (off, 0)
        assert person.press("silent", to="on")[0] == 303
        with socket.create_connection((printer.host, printer.port), PATIENCE_S) as line:
            line.settimeout(0.2)
            line.sendall(b"\x10\x04\x01")
            with pytest.raises(TimeoutError):
                line.recv(1)


def test_a_pulse_opens_the_drawer_on_the_page_and_a_printer_without_one_shows_none() -> None:
    with PrinterSimulator() as printer, reader(PrinterPanel(printer)) as person:
        with socket.create_connection((printer.host, printer.port)) as line:
            line.sendall(b"\x1bp\x00\x19\xfa")
        until(lambda: person.row("Cash drawer"), "open")
        printer.turn(has_drawer=False)
        assert "Cash drawer" not in person.seen()
        assert person.press("drawer_open", to="off")[0] == 400


@pytest.mark.parametrize(("profile", "paper_dots"), [("80mm-gb18030", 640), ("58mm-gb18030", 464)])
def test_the_papers_hang_there_newest_first_and_grow_while_printed(profile: str, paper_dots: int) -> None:
    job = encode(sales.weighed("en"), PROFILES[profile])
    width = PROFILES[profile].width_dots
    with PrinterSimulator() as printer, reader(PrinterPanel(printer, width)) as person:
        assert person.pictures() == []
        assert person.row("Papers cut off") == "0"
        assert "Nothing is on the paper yet" in person.seen()
        with socket.create_connection((printer.host, printer.port)) as line:
            line.sendall(job + (b"" if PROFILES[profile].has_cutter else b"\x1dV\x00") + b"second\n")
            until(lambda: printer.unfinished, b"second\n")
            second, first = person.pictures()
            assert first.width == second.width == paper_dots
            assert first.height > second.height
            assert person.row("Papers cut off") == "1"
            line.sendall(b"and more\n\n\n")
            until(lambda: printer.unfinished, b"second\nand more\n\n\n")
            assert person.pictures()[0].height > second.height


def test_bytes_that_put_nothing_on_paper_are_an_empty_one() -> None:
    with PrinterSimulator() as printer, reader(PrinterPanel(printer)) as person:
        with socket.create_connection((printer.host, printer.port)) as line:
            line.sendall(b"\x1b@")
            until(lambda: printer.unfinished, b"\x1b@")
        assert len(person.pictures()) == 1


# scanner


def test_a_code_typed_on_the_page_comes_out_of_the_scanner() -> None:
    with ScannerSimulator() as scanner:
        line = SerialTransport(scanner.path)
        line.open(1_000)
        with reader(ScannerPanel(scanner, lambda code: scanner.scan(code, "\r\n", "]E0"))) as person:
            assert person.press("scan", code="6901234567892")[0] == 303
            heard(line, b"]E06901234567892\r\n")
            assert person.press("scan", code="<script>鲜&</script>")[0] == 303
            heard(line, "]E0<script>鲜&</script>\r\n".encode())
            assert person.press("scan", code="0101<GS>10A")[0] == 303
            heard(line, b"]E00101\x1d10A\r\n")
            seen = person.seen()
            assert "<script" not in seen
            assert seen.index("&lt;script&gt;鲜&amp;&lt;/script&gt;") < seen.index("6901234567892")
            assert person.press("scan", code="") == (400, "There is no code to scan.")
            line.write(b"\x07", 1_000)
            until(lambda: person.row("The till said"), r"\x07")
            assert person.press("cable", to="out")[0] == 303
            assert not os.path.lexists(scanner.path)
            assert person.press("scan", code="1") == (400, "The simulated device is unplugged; replug it first.")
            assert person.press("cable", to="in")[0] == 303
            assert os.path.lexists(scanner.path)
            assert "1" not in scanner.scanned
        line.close()


def heard(line: SerialTransport, wanted: bytes) -> None:
    got = b""
    while len(got) < len(wanted):
        piece = line.read(100, PATIENCE_S * 1_000)
        assert piece
        got += piece
    assert got == wanted


# scale


@pytest.mark.parametrize(("kind", "protocol"), [(Kind.TOLEDO, Toledo8217()), (Kind.CAS, CasPos())])
def test_what_is_put_on_the_pan_is_what_the_scale_weighs(kind: Kind, protocol: ScaleProtocol) -> None:
    with ScaleSimulator(kind) as simulator, reader(ScalePanel(simulator)) as person:

        def weighed() -> int | type[Exception]:
            scale = Scale(SerialTransport(simulator.path), protocol, SystemClock())
            try:
                return scale.weigh(50).milli
            except (WeighingFault, DeviceFault) as fault:
                return type(fault)
            finally:
                scale.close()

        assert person.press("put", kg="0.455", way="right")[0] == 303
        assert weighed() == 455
        assert '<p class="figure">0.455 kg</p>' in person.seen()
        assert person.press("put", kg="16")[0] == 303
        assert weighed() is Overloaded
        assert person.press("put", kg="1,2")[0] == 303
        assert weighed() == 1_200
        assert person.row("Pan") == "at rest"
        assert person.press("swing", to="swinging")[0] == 303
        assert weighed() is InMotion
        assert person.row("Pan") == "moving"
        assert person.press("swing", to="right")[0] == 303
        assert weighed() == 1_200
        for wrong in ("", "heavy", "1e5", "-1", "0.0005", "٣"):
            status, why = person.press("put", kg=wrong)
            assert (status, why) == (400, "Write a number up to 999 with at most three places, like 0.455.")
        assert person.press("put", kg="1", way="up")[0] == 400
        assert weighed() == 1_200
        assert person.press("tare")[0] == (303 if kind is Kind.TOLEDO else 400)
        if kind is Kind.TOLEDO:
            assert person.press("put", kg="1.5")[0] == 303
            assert weighed() == 300
            assert '<p class="figure">0.300 kg</p>' in person.seen()
        assert person.press("zero")[0] == 303
        assert weighed() is NothingOnScale
        assert simulator.on.mood is Mood.RIGHT


# display


def test_the_displays_picture_follows_its_lines() -> None:
    with DisplaySimulator() as display, reader(DisplayPanel(display)) as person:
        (blank,) = person.pictures()
        line = SerialTransport(display.path)
        line.open(1_000)
        line.write(b"\x0cmilk <b>      12.50", 1_000)
        until(lambda: display.lines[0].rstrip(), "milk <b>      12.50")
        assert 'alt="milk &lt;b&gt;      12.50 / "' in person.seen()
        (shown,) = person.pictures()
        assert shown.tobytes() != blank.tobytes()
        assert person.press("power", to="again")[0] == 303
        assert display.lines == (" " * 20, " " * 20)
        assert person.pictures()[0].tobytes() == blank.tobytes()
        line.close()
        assert person.press("cable", to="out")[0] == 303
        assert person.row("Cable") == "pulled out"


# labels


@pytest.mark.parametrize("language", ["zpl", "tspl"])
def test_the_label_printers_hands_are_what_it_answers(language: str) -> None:
    label = LANGUAGES[language](Label(300, 200, (Price(Box(0, 0, 300, 150), "$1.00"),), "en"), Stock(), 1)
    with LabelSimulator(language) as printer, reader(LabelPanel(printer)) as person:
        printer.turn(ms_per_label=0)
        device = LabelPrinter(TcpTransport(printer.host, printer.port), PROTOCOLS[language], SystemClock())
        calm = device.status()
        for action in ("labels_out", "ribbon_out", "cover_open", "paused"):
            assert person.press(action, to="on")[0] == 303
            assert device.status() != calm
            assert person.press(action, to="off")[0] == 303
            assert device.status() == calm
        assert person.pictures() == []
        device.print(label)
        assert printer.wait_for_labels(1, PATIENCE_S * 1_000)
        (shown,) = person.pictures()
        assert shown.size == printer.labels[0].size


def test_the_label_scale_prints_what_is_weighed_on_the_page() -> None:
    with LabelScaleSimulator() as scale, reader(LabelScalePanel(scale)) as person:

        def asked(number: int) -> bytes:
            with socket.create_connection((scale.host, scale.port), PATIENCE_S) as line:
                line.sendall(ask(number))
                return line.recv(1_000)

        assert "Its table is empty" in person.seen()
        with socket.create_connection((scale.host, scale.port), PATIENCE_S) as line:
            line.sendall(download(APPLES))
            line.recv(100)
        assert person.row("PLUs in it") == "1"
        assert "apples &lt;red&gt;" in person.seen()
        assert asked(3).startswith(b"0u0003A")
        assert person.press("weigh", plu="3", amount="0.455")[0] == 303
        assert len(person.pictures()) == len(scale.codes) == 1
        assert scale.codes[0] in person.seen()
        assert person.press("weigh", plu="4", amount="1") == (400, "There is no PLU 4.")
        assert person.press("weigh", plu="x", amount="1") == (400, "A PLU is a number of at most 4 digits.")
        assert person.press("silent", to="on")[0] == 303
        assert scale.knobs.silent
        assert person.press("silent", to="off")[0] == 303
        assert person.press("deaf", to="on")[0] == 303
        assert person.row("Lines") == "not even taken"
        assert person.press("deaf", to="off")[0] == 303
        assert person.press("forget", to="now")[0] == 303
        assert asked(3).startswith(b"0u0003a")


APPLES = Plu(3, "00003", "apples <red>", 1_280, SoldBy.WEIGHT, "26")


# strangers and garbage


def test_only_its_own_page_presses_its_buttons() -> None:
    with PrinterSimulator() as printer, reader(PrinterPanel(printer)) as person:
        body = b"to=on"
        for headers in (
            {"Origin": "http://elsewhere.example"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Host": ""},
            {"Origin": "http://127.0.0.1:1"},
            {"Host": "rebound.example", "Origin": "http://rebound.example"},
        ):
            assert person.ask("POST", "/do/cover_open", body, **headers)[0] == 403
        assert not printer.knobs.cover_open
        for path in ("/", "/seen", "/page.css"):
            assert person.ask("GET", path, Host="rebound.example")[0] == 403
        assert person.ask("POST", "/do/cover_open", body)[0] == 303
        assert printer.knobs.cover_open


def test_what_isnt_there_and_what_is_garbage_is_refused_and_the_device_goes_on() -> None:
    with PrinterSimulator() as printer, reader(PrinterPanel(printer)) as person:
        before = printer.knobs
        for path in ("/x", "/page.py", "/../page.py", "/picture/", "/seen/", "/do/cover_open", "/picture/0/1-1"):
            assert person.ask("GET", path)[0] == 404
        (born,) = set(re.findall(r"/picture/(\w+)/", _with_a_paper(printer, person)))
        for key in ("x", "9-1", "0-5", "-1-1", "1", "1-2-3", "%00", "1-" + "9" * 5_000):
            assert person.ask("GET", f"/picture/{born}/{key}")[0] == 404
        assert person.ask("POST", "/", b"to=on")[0] == 404
        for path, body in (
            ("cover_open", b""), ("cover_open", b"to=perhaps"), ("cover_open", b"\xff\xfe\x00"), ("cover_open", b"to"),
            ("cover_open", b"to=%ff"), ("cover_open", b"&".join([b"to=on"] * 9)), ("cover_open", b"to=" + b"x" * 5_000),
            ("bytes_per_second", b"to=on"), ("__class__", b"to=on"), ("", b"to=on"), ("cover_open/..", b"to=on"),
        ):  # fmt: skip
            assert person.ask("POST", f"/do/{path}", body)[0] == 400
        for length in ("", "x", "-1", "99999999999"):
            assert person.ask("POST", "/do/cover_open", b"", Content_Length=length)[0] == 400
        host, _, port = person.host.partition(":")
        for raw in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"POST /do/cover_open HTTP/9\r\n\r\n", b""):
            with socket.create_connection((host, int(port))) as line:
                line.sendall(raw)
        assert printer.knobs == before
        assert told(printer, 2) == 0x12
        assert person.press("cover_open", to="on")[0] == 303
        assert told(printer, 2) == 0x16


def _with_a_paper(printer: PrinterSimulator, person: Reader) -> str:
    with socket.create_connection((printer.host, printer.port)) as line:
        line.sendall(b"a paper\n")
        until(lambda: printer.unfinished, b"a paper\n")
    return person.seen()


def test_the_page_loads_nothing_from_elsewhere_and_runs_only_its_own_script() -> None:
    with ScaleSimulator(Kind.CAS) as scale, DevicePage(ScalePanel(scale)) as page:
        connection = http.client.HTTPConnection(Reader(page.address).host, timeout=PATIENCE_S)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert "default-src 'none'; style-src 'self'; script-src 'self'" in answer.headers["Content-Security-Policy"]
        body = answer.read().decode()
        assert "//" not in body
        for path in re.findall(r'(?:href|src)="(/[^"]+)"', body):
            assert Reader(page.address).ask("GET", path)[0] == 200
        connection.close()


@pytest.mark.xdist_group("browser")
def test_a_browser_keeps_up_presses_and_keeps_what_has_the_focus() -> None:
    with ScaleSimulator(Kind.TOLEDO) as scale, DevicePage(ScalePanel(scale)) as page, chromium() as browser:
        browser.show_as(390, 844)
        browser.open(page.address)
        browser.evaluate("window.stayed = true")
        scale.put(455)
        browser.wait_for("document.querySelector('.figure').textContent === '0.455 kg'")
        browser.evaluate("document.querySelector('[name=kg]').value = '0.777'")
        browser.evaluate("document.querySelector('button.main').click()")
        browser.wait_for("document.querySelector('.figure').textContent === '0.777 kg'")
        browser.evaluate("(() => { const b = document.getElementById('do-swing'); b.focus(); b.click(); })()")
        browser.wait_for("document.getElementById('do-swing').textContent === 'Let it rest'")
        assert browser.evaluate("document.activeElement.id") == "do-swing"
        assert (scale.on.milli, scale.on.mood) == (777, Mood.SWINGING)
        browser.evaluate("document.querySelector('.examples button').click()")
        browser.wait_for("document.querySelector('.figure').textContent === '0.000 kg'")
        assert browser.evaluate("document.documentElement.scrollWidth") <= 390
        assert browser.trouble == []
        browser.evaluate("document.querySelector('[name=kg]').value = '<b>'")
        browser.evaluate("document.querySelector('button.main').click()")
        browser.wait_for("document.getElementById('said').textContent.startsWith('Write a number')")
        assert browser.evaluate("window.stayed") is True


# drawer


def test_a_drawer_is_seen_to_open_and_pushed_shut() -> None:
    with DrawerSimulator() as drawer:
        trigger = DrawerTrigger(SerialTransport(drawer.path))
        with reader(DrawerPanel(drawer)) as person:
            assert person.row("Drawer") == "closed"
            trigger.open()
            until(lambda: person.row("Drawer"), "open")
            assert person.row("Bytes that came") == "1"
            assert person.press("shut")[0] == 303
            assert person.row("Drawer") == "closed"
            trigger.open()
            until(lambda: person.row("Bytes that came"), "2")
            assert person.press("cable", to="out")[0] == 303
            with pytest.raises(DeviceFault):
                trigger.open()


def test_a_drawer_says_that_it_opened(tmp_path: Path) -> None:
    link = tmp_path / "drawer"
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "tillpoint", "device", "simulate", "drawer", "--link", str(link)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        try:
            assert program.stdin is not None
            assert program.stdout is not None
            assert program.stdout.readline() == f"{link}\n"
            DrawerTrigger(SerialTransport(str(link))).open()
            assert program.stdout.readline() == "open\n"
            program.send_signal(signal.SIGTERM)
            assert program.communicate(timeout=PATIENCE_S)[1] == ""
            assert program.returncode == 0
        finally:
            program.kill()


# the programs


@pytest.mark.parametrize("device", ["printer", "scanner", "drawer", "display", "scale", "label", "label-scale"])
def test_each_device_of_the_command_has_its_page(device: str, tmp_path: Path) -> None:
    own = ["--link", str(tmp_path / "line")] if device in ("scanner", "drawer", "display", "scale") else ["--port", "0"]
    if device in ("printer", "label"):
        own += ["--out", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "tillpoint", "device", "simulate", device, *own, "--page", "0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        try:
            assert program.stdout is not None
            program.stdout.readline()
            address = program.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            status, body = Reader(address).ask("GET", "/")
            assert status == 200
            assert b'<div id="seen">' in body
            program.send_signal(signal.SIGTERM)
            assert program.communicate(timeout=PATIENCE_S)[1] == ""
            assert program.returncode == 0
        finally:
            program.kill()


@pytest.mark.parametrize(("port", "why"), [(None, "Address already in use"), (70_000, "there is no such port")])
def test_a_page_that_has_no_port_says_so(port: int | None, why: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        link, given = tmp_path / "scale", str(port or taken.getsockname()[1])
        said = subprocess.run(
            [sys.executable, "-P", "-m", "drivers.simulators.scale", "--link", str(link), "--page", given],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
    assert (said.returncode, said.stderr) == (1, f"Port {given} can't be used for the page: {why}.\n")
    assert not os.path.lexists(link)
