"""A scanner that is a keyboard, read at its input device: from the kernel's events to scans, and whose it is."""

from __future__ import annotations

import errno
import os
import queue
import re
import sys
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.clock import SystemClock
from drivers.ports import BadFrame, DeviceBusy, DeviceFault, DeviceGone, FrameFault, KeysDenied, LineState, Scan
from drivers.scanner.device import ScannerDevice
from drivers.scanner.framing import FrameState, ScanEvent
from drivers.scanner.keys import EVENT, KeyCodec
from drivers.transports.found import plugged_in
from pos_client.hardware.devices import scanner_of, transport_of
from pos_client.settings import BadSettings, Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="input devices are Linux's")

if sys.platform == "linux":
    from drivers.transports.input_device import EVIOCGRAB, InputDevice, NoKeys, grab

SHIFT, RIGHT_SHIFT, CTRL, ALT, ENTER, PAD_ENTER, TAB, CAPS, NUM, F1, LEFT = 42, 54, 29, 56, 28, 96, 15, 58, 69, 59, 105
MILK = "6901234567892"

# From linux/input-event-codes.h, independently of the driver's table.
_NAMES = {" ": 57, "\r": ENTER, "\t": TAB, "\\": 43} | {
    char: first + at
    for first, row in ((2, "1234567890-="), (16, "qwertyuiop[]"), (30, "asdfghjkl;'`"), (44, "zxcvbnm,./"))
    for at, char in enumerate(row)
}
_SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))
_PAD = dict(zip("789-456+1230.", range(71, 84), strict=True))
HEADER = Path("/usr/include/linux/input-event-codes.h")
TYPABLE = "".join(sorted(set(_NAMES) - {"\r", "\t"} | set(_SHIFTED))) + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def event(kind: int, code: int, value: int) -> bytes:
    return EVENT.pack(1_795_478_400, 123_456, kind, code, value)


SYNC, LOST = event(0, 0, 0), event(0, 3, 0)


def press(*keys: int) -> bytes:
    """Held down one after the other and let go, as a scanner does it: with a scan code and a report each."""
    down = b"".join(event(4, 4, 0x70000 + key) + event(1, key, 1) + SYNC for key in keys)
    return down + b"".join(event(1, key, 0) + SYNC for key in reversed(keys))


def typed(text: str) -> bytes:
    data = b""
    for char in text:
        if char == "\x1d":
            data += press(CTRL, _NAMES["]"])
            continue
        plain = _SHIFTED.get(char, char.lower())
        keys = (_NAMES[plain],) if plain == char else (SHIFT, _NAMES[plain])
        data += press(*keys)
    return data


def said(events: list[ScanEvent]) -> list[str]:
    return [each.text if isinstance(each, Scan) else each.why for each in events]


def read(*data: bytes) -> list[str]:
    codec = KeyCodec("scanner")
    return said([each for at, piece in enumerate(data) for each in codec.feed(piece, at)])


def test_an_event_is_as_the_kernel_has_it() -> None:
    assert EVENT.size == 24 or sys.maxsize < 2**32
    assert (1 << 30) | (4 << 16) | (ord("E") << 8) | 0x90 == EVIOCGRAB


@pytest.mark.skipif(not HEADER.exists(), reason="no headers of the kernel here")
def test_keys_have_the_numbers_of_the_kernels_header() -> None:
    numbers = {
        name: int(number) for name, number in re.findall(r"#define KEY_(\w+)\s+(\d+)", HEADER.read_text("ascii"))
    }
    signs = {
        "-": "MINUS", "=": "EQUAL", "[": "LEFTBRACE", "]": "RIGHTBRACE", ";": "SEMICOLON", "'": "APOSTROPHE",
        "`": "GRAVE", "\\": "BACKSLASH", ",": "COMMA", ".": "DOT", "/": "SLASH", " ": "SPACE", "\r": "ENTER",
        "\t": "TAB",
    }  # fmt: skip
    assert {char: numbers[signs.get(char, char.upper())] for char in _NAMES} == _NAMES
    pad = {"-": "MINUS", "+": "PLUS", ".": "DOT"}
    assert {char: numbers["KP" + pad.get(char, char)] for char in _PAD} == _PAD
    for name, number in (
        ("LEFTSHIFT", SHIFT), ("RIGHTSHIFT", RIGHT_SHIFT), ("LEFTCTRL", CTRL), ("LEFTALT", ALT), ("CAPSLOCK", CAPS),
        ("NUMLOCK", NUM), ("KPENTER", PAD_ENTER), ("KPSLASH", 98), ("KPASTERISK", 55), ("RIGHTCTRL", 97),
    ):  # fmt: skip
        assert numbers[name] == number


def test_codes() -> None:
    assert read(typed(MILK + "\r")) == [MILK]
    assert read(typed("]C10104012345678901\x1d10AB-12\t")) == ["0104012345678901\x1d10AB-12"]
    assert read(typed("http://x.cn/?A=b&c=~{|}\r")) == ["http://x.cn/?A=b&c=~{|}"]
    assert read(b"".join(press(_PAD[digit]) for digit in "0123456789-+.") + press(PAD_ENTER)) == ["0123456789-+."]
    assert read(press(RIGHT_SHIFT, 30) + press(CAPS) + typed("b1!B") + press(CAPS) + typed("c\r")) == ["AB1!bc"]
    assert read(press(NUM) + typed("12") + press(NUM) + typed("3\r\r\r")) == ["123"]


def test_a_held_key_counts_once() -> None:
    held = event(1, _NAMES["7"], 1) + SYNC + event(1, _NAMES["7"], 2) * 40 + event(1, _NAMES["7"], 0)
    assert read(held + typed("8\r")) == ["78"]


def test_shift_held_over_several_keys_and_over_the_suffix() -> None:
    assert read(press(SHIFT, 30, 48, ENTER, 46) + typed("d\r")) == ["AB", "Cd"]


@pytest.mark.parametrize("key", [F1, LEFT, ALT, 125, 240, 700])
def test_a_key_without_a_character_spoils_its_code_alone(key: int) -> None:
    """Half of a code typed with Alt is never another code."""
    assert read(typed("69") + press(key) + typed("01\r" + MILK + "\r")) == [FrameFault.NOT_TEXT, MILK]


def test_control_characters_are_typed_with_ctrl() -> None:
    """STX, ETX and line feed frame a code, as over a serial line; others are no text."""
    stx, etx, feed, bell = (press(CTRL, _NAMES[key]) for key in "bcjg")
    assert read(stx + typed("12") + etx + typed("34") + feed) == ["12", "34"]
    assert read(bell + typed("1\r")) == [FrameFault.NOT_TEXT]
    assert read(press(CTRL, _NAMES["1"]) + typed("1\r")) == [FrameFault.NOT_TEXT]


def test_after_a_loss_counts_the_next_code() -> None:
    """The kernel's buffer ran over: what comes up to the suffix is the rest of something."""
    assert read(typed("6901") + LOST + SYNC + typed("892\r" + MILK + "\r")) == [FrameFault.UNFINISHED, MILK]
    assert read(LOST + typed("892") + LOST + typed("5\r" + MILK + "\r")) == [FrameFault.UNFINISHED, MILK]
    assert read(event(1, SHIFT, 1) + LOST + typed("1\r12a\r")) == [FrameFault.UNFINISHED, "12a"]
    codec = KeyCodec("scanner")
    assert said(codec.feed(LOST + typed("892"), 1)) == [FrameFault.UNFINISHED]
    assert codec.state is FrameState.SKIPPING
    assert codec.flush(200) == []
    assert said(codec.feed(typed(MILK + "\r"), 201)) == [MILK]


def test_what_was_pulled_out_is_forgotten() -> None:
    codec = KeyCodec("scanner")
    codec.feed(event(1, SHIFT, 1) + typed("12") + b"\x01\x02\x03", 1)
    codec.reset()
    assert said(codec.feed(typed("a\r"), 2)) == ["a"]


@given(st.lists(st.text(TYPABLE, min_size=1, max_size=40), min_size=1, max_size=4), st.data())
def test_whatever_a_scanner_types_arrives_in_any_pieces(codes: list[str], data: st.DataObject) -> None:
    codes = [code if code.strip() and not code.startswith("]") else f"x{code}" for code in codes]
    raw = b"".join(typed(code + "\r") for code in codes)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=5)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert read(*pieces) == codes


@given(st.binary(max_size=2_000))
def test_no_bytes_make_it_fall_over(data: bytes) -> None:
    codec = KeyCodec("scanner")
    codec.feed(data, 1)
    codec.flush(2)
    codec.reset()
    assert said(codec.feed(typed(MILK + "\r"), 3)) == [MILK]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 767), st.integers(0, 3)), max_size=60))
def test_no_events_make_a_scan_of_what_isnt_text(events: list[tuple[int, int, int]]) -> None:
    for each in KeyCodec("scanner").feed(b"".join(event(*one) for one in events), 1):
        assert isinstance(each, BadFrame) or each.text.replace("\x1d", "").isprintable()


# the device


class Pipe:
    """A named pipe in the place of an input device: a real file, opened and waited for as one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plug()

    def plug(self) -> None:
        os.mkfifo(self.path)
        self.end = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def pull(self) -> None:
        os.close(self.end)
        self.path.unlink()


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path / "event5")
    yield pipe
    pipe.pull()


def kept(_descriptor: int) -> None:
    """As a kernel that grants it."""


def refusing(number: int) -> Callable[[int], None]:
    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_whose_keys_it_reads(pipe: Pipe) -> None:
    device = InputDevice(pipe.path, kept)
    assert not device.is_open
    with pytest.raises(DeviceGone):
        device.read(100, 0)
    device.open(100)
    device.open(100)
    assert device.read(4_096, 10) == b""
    os.write(pipe.end, typed("1"))
    assert device.read(4_096, 1_000) == typed("1")
    with pytest.raises(DeviceFault):
        device.write(b"x", 10)
    device.close()
    device.close()
    assert not device.is_open


@pytest.mark.parametrize(
    ("number", "fault", "sentence"),
    [
        (errno.EBUSY, DeviceBusy, "Another program is using {path}. Close it."),
        (errno.ENODEV, DeviceGone, "{path} is not there. Check that it is on and its cable is in."),
        (errno.ENOTTY, NoKeys, "{path} is no keyboard or scanner. Choose one under /dev/input/by-id."),
    ]
    if sys.platform == "linux"
    else [],
)
def test_one_that_isnt_to_be_had_stays_closed(pipe: Pipe, number: int, fault: type[DeviceFault], sentence: str) -> None:
    device = InputDevice(pipe.path, refusing(number))
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(fault) as refused:
        device.open(100)
    assert str(refused.value) == sentence.format(path=pipe.path)
    assert not device.is_open
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_is_no_input_device_isnt_grabbed(pipe: Pipe) -> None:
    """The kernel's own answers, for a pipe, a terminal and nothing."""
    with pytest.raises(NoKeys):
        InputDevice(pipe.path).open(100)
    ours, theirs = os.openpty()
    try:
        tty.setraw(theirs)
        with pytest.raises(OSError, match="Inappropriate ioctl"):
            grab(theirs)
        with pytest.raises(NoKeys):
            InputDevice(Path(os.ttyname(theirs))).open(100)
    finally:
        os.close(ours)
        os.close(theirs)
    with pytest.raises(DeviceGone):
        InputDevice(pipe.path.with_name("event6")).open(100)


def test_the_right_that_is_missing_is_said() -> None:
    assert str(KeysDenied("/dev/input/event5", "input")) == (
        "The till may not read /dev/input/event5. Install the devices' rules, or add its user to the group input."
    )


def test_it_scans_and_comes_back_when_plugged_in_again(pipe: Pipe) -> None:
    events: queue.Queue[ScanEvent] = queue.Queue()
    states: queue.Queue[LineState] = queue.Queue()
    device = ScannerDevice(
        InputDevice(pipe.path, kept), KeyCodec("desk"), SystemClock(), events.put, lambda state, _: states.put(state),
        silence_ms=50, backoff_ms=(10,),
    )  # fmt: skip
    device.start()
    try:
        assert [states.get(timeout=5) for _ in range(2)] == [LineState.CONNECTING, LineState.READY]
        os.write(pipe.end, typed(MILK + "\r"))
        assert said([events.get(timeout=5)]) == [MILK]
        os.write(pipe.end, typed("690"))
        assert said([events.get(timeout=5)]) == [FrameFault.UNFINISHED]
        os.write(pipe.end, event(1, SHIFT, 1))
        pipe.pull()
        assert states.get(timeout=5) is LineState.DISCONNECTED
        pipe.plug()
        assert states.get(timeout=5) is LineState.READY
        os.write(pipe.end, typed("a1\r"))
        assert said([events.get(timeout=5)]) == ["a1"]
    finally:
        device.stop()


def test_as_it_is_set() -> None:
    scanner = scanner_of(Settings(scanner="evdev:/dev/input/by-id/usb-Scanner-event-kbd"))
    assert scanner is not None
    transport, codec = scanner
    assert transport.name == "/dev/input/by-id/usb-Scanner-event-kbd"
    assert isinstance(codec, KeyCodec)
    serial = scanner_of(Settings(scanner="serial:/dev/ttyACM0"))
    assert serial is not None
    assert not isinstance(serial[1], KeyCodec)
    assert scanner_of(Settings()) is None
    for place in ("evdev:", "evdev:event5"):
        with pytest.raises(BadSettings):
            scanner_of(Settings(scanner=place))
    with pytest.raises(BadSettings, match="no scanner_beeps"):
        scanner_of(Settings(scanner="evdev:/dev/input/event5", scanner_beeps="bel"))
    with pytest.raises(BadSettings):
        transport_of("evdev:/dev/input/event5")


def test_keyboards_are_found_by_their_lasting_names(tmp_path: Path) -> None:
    links, named = tmp_path / "input" / "by-id", tmp_path / "tillpoint"
    links.mkdir(parents=True)
    named.mkdir()
    for number in (900, 901, 902):
        (tmp_path / "input" / f"event{number}").touch()
    (links / "usb-Dell_Keyboard-event-kbd").symlink_to("../event900")
    (links / "usb-Zebra_Scanner-event-kbd").symlink_to("../event901")
    (links / "usb-Mouse-event-mouse").symlink_to("../event902")
    (named / "scanner-keys-05e0-1200").symlink_to("../input/event901")
    found = {each.place: each.what for each in plugged_in(tmp_path) if not each.place.startswith("serial:/dev/")}
    assert found == {
        f"evdev:{links}/usb-Dell_Keyboard-event-kbd": "event900",
        f"evdev:{named}/scanner-keys-05e0-1200": "event901",
    }
