"""Whatever a device sends, in whatever pieces, and if it never stops: an answer or the typed fault, in time, in bounded
memory. And whatever a code says, it is read or refused by name."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.label.device import LabelPrinter
from drivers.label.status import PROTOCOLS as LABEL_PROTOCOLS
from drivers.ports import DeviceFault
from drivers.printer.commands import Tokenizer
from drivers.printer.device import PrinterDevice, PrintResult
from drivers.printer.profiles import PROFILES
from drivers.scale.device import Scale
from drivers.scale.protocols import CasPos, ScaleProtocol, Toledo8217
from drivers.scanner.framing import ScanCodec
from drivers.simulators.display import Face
from shared_models.domain import barcode, coupon_code, phone, quantity, receipt_code
from shared_models.domain.barcode import InStoreRule, LabelValue
from shared_models.domain.errors import DomainError
from tests.devices.lines import Watch
from tests.drivers.test_scale import cas
from tests.pos_client.world import BREAD, MILK

_LONGEST_MS = 60_000
_MOST_READS = 100_000
Pieces = Sequence[bytes]


class Stream:
    """A device that takes everything and says ``pieces``, whatever it is asked; then nothing, or the same for ever.
    Waiting for it takes no time but the watch's."""

    name = "stream"
    is_two_way = True

    def __init__(self, pieces: Pieces, watch: Watch, *, for_ever: bool) -> None:
        said = [piece for piece in pieces if piece]
        self._said = cycle(said) if for_ever and said else iter(said)
        self._rest = b""
        self._watch = watch
        self._reads = 0
        self.is_open = False

    def open(self, timeout_ms: int) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def write(self, data: bytes, timeout_ms: int) -> None:
        self._watch.now_ms += 1

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:
        self._reads += 1
        assert self._reads < _MOST_READS, "it never stops reading"
        self._rest = self._rest or next(self._said, b"")
        self._watch.now_ms += 1 if self._rest else max(timeout_ms, 1)
        read, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return read


def pieces_of(*known: bytes) -> st.SearchStrategy[list[bytes]]:
    """What a device says, whole, cut short, with a wrong bit, and rubbish, cut into pieces anywhere."""
    whole = st.sampled_from(known)
    short = st.builds(lambda answer, end: answer[:end], whole, st.integers(0, 20))
    wrong = st.builds(_with_wrong_bit, whole, st.integers(0, 79), st.integers(0, 7))
    said = st.lists(whole | short | wrong | st.binary(max_size=20), max_size=8).map(b"".join)
    return st.builds(_cut, said, st.lists(st.integers(1, 9), min_size=1, max_size=6))


def _with_wrong_bit(answer: bytes, at: int, bit: int) -> bytes:
    at %= len(answer)
    return answer[:at] + bytes([answer[at] ^ 1 << bit]) + answer[at + 1 :]


def _cut(said: bytes, sizes: list[int]) -> list[bytes]:
    pieces: list[bytes] = []
    at = 0
    for size in cycle(sizes):
        if at >= len(said):
            return pieces
        pieces.append(said[at : at + size])
        at += size
    return pieces


SCALE = pieces_of(
    b"\x0201.234\r", b"\x02?\x01\r", b"\x0200.455N\r", b"\x06", b"\x15", cas(b"S 01.234kg"), cas(b"U 01.234kg"),
    cas(b"S 01.234kg00012.3400010.00"),
)  # fmt: skip


@given(pieces=SCALE, for_ever=st.booleans(), protocol=st.sampled_from([Toledo8217(), CasPos(), CasPos(priced=True)]))
@settings(max_examples=150, deadline=None)
def test_a_scale(pieces: Pieces, for_ever: bool, protocol: ScaleProtocol) -> None:
    watch = Watch()
    scale = Scale(Stream(pieces, watch, for_ever=for_ever), protocol, watch)
    with suppress(DeviceFault):
        assert scale.weigh().milli > 0
    assert watch.now_ms < _LONGEST_MS


PRINTER = pieces_of(b"\x12", b"\x12\x12\x12", b"\x1a\x32\x7e", b"\x00", b"\x37\x22\x30\x30\x30\x31\x00", b"\x16")


@given(pieces=PRINTER, for_ever=st.booleans(), name=st.sampled_from(["80mm-gb18030", "80mm-epson"]))
@settings(max_examples=100, deadline=None)
def test_a_printer(pieces: Pieces, for_ever: bool, name: str) -> None:
    watch = Watch()
    printer = PrinterDevice(Stream(pieces, watch, for_ever=for_ever), PROFILES[name], watch)
    printer.status()
    outcome = printer.print(b"a receipt\n" * 500)
    assert (outcome.problem is None) == (outcome.result is not PrintResult.FAILED)
    assert watch.now_ms < _LONGEST_MS


LABEL = pieces_of(
    b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n",
    b"\x00", b"\x20", b"\x04",
)  # fmt: skip


@given(pieces=LABEL, for_ever=st.booleans(), language=st.sampled_from(sorted(LABEL_PROTOCOLS)))
@settings(max_examples=100, deadline=None)
def test_a_label_printer(pieces: Pieces, for_ever: bool, language: str) -> None:
    watch = Watch()

    def wait(ms: int) -> None:
        watch.now_ms += ms

    stream = Stream(pieces, watch, for_ever=for_ever)
    printer = LabelPrinter(stream, LABEL_PROTOCOLS[language], watch, wait_ms=wait)
    with suppress(DeviceFault):
        printer.status()
    printer.print(b"a label")
    assert watch.now_ms < _LONGEST_MS


def _codec() -> Callable[[bytes], object]:
    codec = ScanCodec("desk")
    return lambda data: codec.feed(data, 0)


def _paper() -> Callable[[bytes], object]:
    return Tokenizer().feed


def _face() -> Callable[[bytes], object]:
    return Face().feed


BEGINNINGS = (
    b"", b"\x02", b"]E0", b"\x1bQA", b"\x1b*\x00\xff\xff", b"\x1bD", b"\x1dv0\x00\xff\xff\xff\xff", b"\x1dk\x00",
    b"\x1d(k\xff\xff", b"\x1d8L\xff\xff\xff\xff",
)  # fmt: skip
DECODERS = {"scanner": _codec, "paper": _paper, "display": _face}
_STREAM_BYTES = 384 << 10
_ROOM_BYTES = 160 << 10
"""A command of ESC/POS with two bytes of length holds 64 KiB at most."""


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=repr)
@pytest.mark.parametrize("name", [*DECODERS])
def test_a_stream_without_end_is_not_kept(name: str, beginning: bytes) -> None:
    """The most that a command may hold is kept, and not what comes after."""
    feed = DECODERS[name]()
    piece = b"7" * 4_096
    feed(beginning)
    tracemalloc.start()
    try:
        for data in islice(cycle([piece]), _STREAM_BYTES // len(piece)):
            feed(data)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < _ROOM_BYTES


RULES = [
    InStoreRule("21", 5, LabelValue.PRICE, 5),
    InStoreRule("26", 5, LabelValue.PRICE_AND_WEIGHT, 5, weight_digits=5),
]
KEY = coupon_code.rule_key(bytes(32), 7)
KNOWN = (
    MILK.codes[0], BREAD.codes[0], "2112345012345", "261234501234012346", "(01)06901234567892", "0106901234567892",
    "\x1d0106901234567892310300045517261130", "13800138000", "M0000001", "96385074", "036000291452", "3 × 牛奶", "*2",
    "3*6901234567892", receipt_code.encode(bytes(10)), receipt_code.grouped(receipt_code.encode(bytes(range(10)))),
    coupon_code.make(KEY, 7, 1_000), "https://shop.example/r/ABC", "]C10106901234567892", "牛奶", "１２３４",
)  # fmt: skip
_WRONG = st.builds(
    lambda text, at, letter: text[: at % (len(text) + 1)] + letter + text[at % (len(text) + 1) + 1 :],
    st.sampled_from(KNOWN), st.integers(0, 40), st.characters(codec="utf-8") | st.sampled_from("0\x1d٤ "),
)  # fmt: skip
codes = (
    st.sampled_from(KNOWN) | _WRONG | st.lists(st.sampled_from(KNOWN), max_size=3).map("".join) | st.text(max_size=60)
)


PARSERS: dict[str, Callable[[str], object]] = {
    "barcode": lambda text: barcode.read(text, RULES),
    "receipt": receipt_code.decode,
    "coupon": coupon_code.read,
    "phone": phone.normalise,
    "quantity": quantity.parse_quantity,
}


@given(text=codes)
@settings(max_examples=300, deadline=None)
def test_a_code_is_read_or_refused_by_name(text: str) -> None:
    for parse in PARSERS.values():
        with suppress(DomainError):
            parse(text)
