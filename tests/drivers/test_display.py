"""Pole displays: what is sent is what stands there, in two command sets and three letter sets, over a real line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.display.device import PoleDisplay
from drivers.display.protocols import COLUMNS, PROTOCOLS
from drivers.display.text import LETTERS, line_of
from drivers.ports import DeviceGone
from drivers.simulators.display import DisplaySimulator, Face
from drivers.transports.serial_line import SerialTransport


def shown(raw: bytes, letters: str) -> str:
    return raw.decode(letters)


@pytest.mark.parametrize(
    ("text", "figure", "letters", "found"),
    [
        ("Milk", "12.50", "cp437", "Milk           12.50"),
        ("Organic whole milk 1 l", "12.50", "cp437", "Organic whole  12.50"),
        ("纯牛奶", "12.50", "gb18030", "纯牛奶         12.50"),
        ("光明纯牛奶整箱装12盒", "1,012.50", "gb18030", "光明纯牛奶  1,012.50"),
        ("純牛奶", "12.50", "big5", "純牛奶         12.50"),
        ("Café", "−3.00", "cp437", "Café           -3.00"),
        ("牛奶", "3.00", "cp437", "????            3.00"),
        ("", "", "cp437", " " * 20),
        ("Total", "1" * 25, "cp437", "1" * 20),
        ("😀 Milk", "1.00", "gb18030", "* Milk          1.00"),
        ("A\nB\x1b@C", "1.00", "cp437", "A B@C           1.00"),
    ],
)
def test_a_text_ends_where_its_figure_begins(text: str, figure: str, letters: str, found: str) -> None:
    assert shown(line_of(text, figure, letters), letters) == found


def test_a_name_without_letters_gives_way_to_what_is_counted() -> None:
    assert line_of("纯牛奶", "25.00", "cp437", "2 x 12.50") == b"2 x 12.50      25.00"
    assert line_of("纯牛奶", "25.00", "gb18030", "2 x 12.50") == "纯牛奶         25.00".encode("gb18030")


@given(text=st.text(max_size=60), figure=st.text(max_size=30), letters=st.sampled_from(LETTERS))
def test_any_line_has_twenty_columns_and_no_command(text: str, figure: str, letters: str) -> None:
    line = line_of(text, figure, letters)
    assert len(line) == COLUMNS
    assert not any(byte < 0x20 for byte in line)


@given(
    upper=st.text(max_size=30), lower=st.text(max_size=30), letters=st.sampled_from(LETTERS),
    name=st.sampled_from(sorted(PROTOCOLS)),
)  # fmt: skip
def test_the_display_shows_what_was_sent(upper: str, lower: str, letters: str, name: str) -> None:
    face, protocol = Face(letters), PROTOCOLS[name]
    wanted = line_of(upper, "1.00", letters), line_of(lower, "2.00", letters)
    face.feed(protocol.begin + protocol.show(*wanted) + protocol.show(*wanted[::-1]))
    assert face.lines == tuple(line.decode(letters, errors="replace") for line in wanted[::-1])
    assert not face.unknown


@given(raw=st.binary(max_size=200))
def test_no_bytes_disturb_the_simulated_display(raw: bytes) -> None:
    face = Face("cp437")
    face.feed(raw)
    assert [len(line) for line in face.lines] == [COLUMNS, COLUMNS]


@pytest.fixture
def simulator() -> Iterator[DisplaySimulator]:
    with DisplaySimulator() as display:
        yield display


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def gone(display: PoleDisplay) -> bool:
    """The system may take a few bytes more before it notices."""
    for _ in range(50):
        try:
            display.show(UPPER, LOWER)
        except DeviceGone:
            return True
        time.sleep(0.01)
    return False


UPPER, LOWER = line_of("纯牛奶", "12.50", "gb18030"), line_of("合计", "12.50", "gb18030")
BOTH = ("纯牛奶         12.50", "合计           12.50")


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_over_a_line(simulator: DisplaySimulator, name: str) -> None:
    display = PoleDisplay(SerialTransport(simulator.path), PROTOCOLS[name])
    display.show(UPPER, LOWER)
    until(lambda: simulator.lines == BOTH)
    simulator.switch_off_and_on()
    display.show(UPPER, LOWER)
    until(lambda: simulator.lines == BOTH)
    display.clear()
    until(lambda: simulator.lines == (" " * 20, " " * 20))
    display.close()
    assert not simulator.unknown


def test_a_display_pulled_out_is_said_and_found_again(simulator: DisplaySimulator) -> None:
    display = PoleDisplay(SerialTransport(simulator.path), PROTOCOLS["cd5220"])
    display.show(UPPER, LOWER)
    simulator.unplug()
    assert gone(display)
    simulator.replug()
    display.show(LOWER, UPPER)
    until(lambda: simulator.lines == BOTH[::-1])
    display.close()


def test_as_a_program_with_a_picture(tmp_path: Path) -> None:
    link, picture = tmp_path / "display", tmp_path / "display.png"
    program = subprocess.Popen(
        [sys.executable, "-m", "drivers.simulators.display", "--link", str(link), "--png", str(picture)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert program.stdout is not None
        assert program.stdout.readline().strip() == str(link)
        display = PoleDisplay(SerialTransport(str(link)), PROTOCOLS["epson"])
        display.show(UPPER, LOWER)
        assert program.stdout.readline().strip() == f"|{BOTH[0]}|"
        display.close()
        until(picture.exists)
    finally:
        program.terminate()
        program.wait(10)
        if program.stdout is not None:
            program.stdout.close()
