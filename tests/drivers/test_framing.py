"""From a scanner's bytes to scans: every suffix, every identifier, and rubbish of every kind."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.ports import BadFrame, FrameFault, Scan, Symbology
from drivers.scanner.framing import ScanCodec, ScanEvent

MILK, RICE = "6901234567892", "4006381333931"


def _heard(*pieces: bytes, suffixless: bool = False, max_bytes: int = 4_296) -> list[ScanEvent]:
    codec = ScanCodec("desk", suffixless=suffixless, max_bytes=max_bytes)
    return [event for at, piece in enumerate(pieces) for event in codec.feed(piece, at)]


def _short(events: list[ScanEvent]) -> list[object]:
    return [event.text if isinstance(event, Scan) else event.why for event in events]


@pytest.mark.parametrize("suffix", [b"\r", b"\n", b"\r\n", b"\t", b"\x03", b"\r\x03", b"\r\n\x03", b"\r\r\n\t"])
@pytest.mark.parametrize("prefix", [b"", b"\x02", b"\r\n\x02"])
def test_each_suffix_ends_one_scan(prefix: bytes, suffix: bytes) -> None:
    frame = prefix + MILK.encode() + suffix
    assert _heard(frame, frame) == [Scan(MILK, None, "desk", 0), Scan(MILK, None, "desk", 1)]


@pytest.mark.parametrize(
    ("aim", "symbology"),
    [
        ("]E0", Symbology.EAN13),
        ("]E4", Symbology.EAN8),
        ("]C0", Symbology.CODE128),
        ("]C1", Symbology.GS1_128),
        ("]e0", Symbology.GS1_DATABAR),
        ("]d1", Symbology.DATAMATRIX),
        ("]d2", Symbology.GS1_DATAMATRIX),
        ("]Q1", Symbology.QR),
        ("]Q3", Symbology.GS1_QR),
        ("]A0", Symbology.CODE39),
        ("]X0", Symbology.OTHER),
    ],
)
def test_an_identifier_names_the_symbology_and_is_taken_off(aim: str, symbology: Symbology) -> None:
    assert _heard(f"{aim}ABC-1\r".encode()) == [Scan("ABC-1", symbology, "desk", 0)]


@pytest.mark.parametrize("text", ["]", "]]", "]1x", "]E", "a]E0"])
def test_a_bracket_alone_is_no_identifier(text: str) -> None:
    assert _heard(text.encode() + b"\r") == [Scan(text, None, "desk", 0)]


def test_a_code_arrives_in_pieces_and_counts_when_it_ends() -> None:
    assert _heard(b"69012", b"34567", b"892", b"\r") == [Scan(MILK, None, "desk", 3)]


def test_gs1_separators_and_chinese_are_text() -> None:
    frame = "]d2010690123456789210A\x1d3103000998\r]Q1会员 李雷\r"
    assert _short(_heard(frame.encode())) == ["010690123456789210A\x1d3103000998", "会员 李雷"]


@pytest.mark.parametrize(
    ("identifier", "mark"),
    [
        ("]C1", "\x1d"),
        ("]d2", "\x1d"),
        ("]e0", "\x1d"),
        ("]Q3", "\x1d"),
        ("]C0", ""),
        ("]d1", ""),
        ("]Q1", ""),
        ("", ""),
    ],
)
def test_what_is_entered_says_whether_it_is_element_strings(identifier: str, mark: str) -> None:
    (scan,) = _heard(f"{identifier}0106901234567892\r".encode())
    assert isinstance(scan, Scan)
    assert scan.entry == f"{mark}0106901234567892"


@pytest.mark.parametrize(
    "raw", [b"69\x0012", b"69\x7f12", b"\xff\xfe", "ab\u200d".encode(), "a\u0085".encode(), b"]E0"]
)
def test_unreadable_frames_are_said_and_the_next_one_counts(raw: bytes) -> None:
    bad, good = _heard(raw + b"\r" + MILK.encode() + b"\r")
    assert isinstance(bad, BadFrame)
    assert (bad.why, bad.raw, bad.device) == (FrameFault.NOT_TEXT, raw, "desk")
    assert good == Scan(MILK, None, "desk", 0)


def test_an_endless_frame_is_said_once_and_skipped_up_to_its_end() -> None:
    events = _heard(b"7" * 50, b"7" * 50, b"77\r" + MILK.encode() + b"\r", max_bytes=20)
    assert _short(events) == [FrameFault.TOO_LONG, MILK]
    assert _short(_heard(b"7" * 20 + b"\r", max_bytes=20)) == ["7" * 20]


def test_a_new_beginning_ends_what_never_ended() -> None:
    assert _short(_heard(b"\x0269012\x02" + MILK.encode() + b"\x03")) == [FrameFault.UNFINISHED, MILK]


def test_two_codes_without_an_end_between_them_are_not_guessed_apart() -> None:
    (event,) = _heard(f"{MILK}{RICE}\r".encode())
    assert isinstance(event, BadFrame)
    assert (event.why, event.parts) == (FrameFault.GLUED, (MILK, RICE))
    assert str(event) == "Two codes arrived as one. Scan them again one by one."


def test_two_codes_with_identifiers_are_taken_apart() -> None:
    assert _heard(f"]E0{MILK}]E412345670]E0{RICE}\r".encode()) == [
        Scan(MILK, Symbology.EAN13, "desk", 0),
        Scan("12345670", Symbology.EAN8, "desk", 0),
        Scan(RICE, Symbology.EAN13, "desk", 0),
    ]


@pytest.mark.parametrize("text", [f"{MILK}{RICE[:-1]}2", f"]C0{MILK}{RICE}", f"{MILK}{RICE}9"])
def test_long_codes_that_are_not_glued_stay_whole(text: str) -> None:
    assert _short(_heard(text.encode() + b"\r")) == [text.removeprefix("]C0")]


def test_silence_in_the_middle_of_a_code() -> None:
    codec = ScanCodec("desk")
    assert codec.feed(b"69012", 0) == []
    assert codec.is_waiting
    assert _short(codec.flush(500)) == [FrameFault.UNFINISHED]
    assert not codec.is_waiting
    assert codec.flush(600) == []
    assert _short(codec.feed(MILK.encode() + b"\r", 700)) == [MILK]


def test_silence_ends_the_code_of_a_scanner_without_suffix() -> None:
    codec = ScanCodec("desk", suffixless=True)
    codec.feed(MILK.encode(), 0)
    assert codec.flush(150) == [Scan(MILK, None, "desk", 150)]


def test_a_cut_line_forgets_half_a_code() -> None:
    codec = ScanCodec("desk")
    codec.feed(b"69012", 0)
    codec.reset()
    assert _short(codec.feed(MILK.encode() + b"\r", 1)) == [MILK]


interesting = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\r", b"\n", b"\t", b"\x02", b"\x03", b"]E0", MILK.encode(), RICE.encode(), b"\x1d"]),
    )
).map(b"".join)


@given(interesting, st.lists(st.integers(0, 40), max_size=10))
@settings(deadline=None)
def test_any_bytes_in_any_pieces_give_the_same_events_and_never_more_than_ends(data: bytes, cuts: list[int]) -> None:
    whole = ScanCodec("desk", max_bytes=30)
    events = whole.feed(data, 0) + whole.flush(0)
    pieces = ScanCodec("desk", max_bytes=30)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    told = [event for left, right in pairwise(edges) for event in pieces.feed(data[left:right], 0)]
    told += pieces.flush(0)
    assert _short(told) == _short(events)
    scans = [event for event in events if isinstance(event, Scan)]
    assert all(scan.text and scan.text.replace("\x1d", "").isprintable() for scan in scans)


@given(interesting)
@settings(deadline=None)
def test_after_any_rubbish_and_an_end_the_next_scan_counts(rubbish: bytes) -> None:
    codec = ScanCodec("desk", max_bytes=30)
    codec.feed(rubbish + b"\r", 0)
    assert codec.feed(MILK.encode() + b"\r", 1) == [Scan(MILK, None, "desk", 1)]


@pytest.mark.parametrize("supplement", ["05", "51299"])
def test_of_a_magazine_the_ean_counts(supplement: str) -> None:
    (scan,) = ScanCodec("scanner").feed(f"]E39771234567003{supplement}\r".encode(), 0)
    assert isinstance(scan, Scan)
    assert (scan.text, scan.symbology) == ("9771234567003", Symbology.EAN13)
