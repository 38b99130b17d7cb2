"""A scanner and a person on one keyboard. Times are made up; nothing here waits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.ports import Scan, Symbology
from drivers.scanner.wedge import Pending, TakenBack, Typed, WedgeDetector, WedgeEvent
from shared_models.domain.barcode import is_ean13

MILK = "6901234567892"


def _run(keys: list[tuple[str, int]], detector: WedgeDetector | None = None) -> list[WedgeEvent]:
    """What came out, without the notes that something is held; at the end the caller's timer fires."""
    detector = detector or WedgeDetector()
    events = [event for char, at_ms in keys for event in detector.feed(char, at_ms)]
    events += detector.flush(keys[-1][1] + 1_000)
    return [event for event in events if not isinstance(event, Pending)]


def _burst(text: str, start_ms: int, gap_ms: int) -> list[tuple[str, int]]:
    return [(char, start_ms + place * gap_ms) for place, char in enumerate(text)]


def _kept(events: list[WedgeEvent]) -> tuple[str, list[str]]:
    """What a field holds in the end, and the scans."""
    field = ""
    for event in events:
        match event:
            case Typed(text, _):
                field += text
            case TakenBack(count):
                field = field[:-count]
    return field, [event.text for event in events if isinstance(event, Scan)]


def _said(events: list[WedgeEvent]) -> list[str]:
    return [
        f"typed {event.text}" if isinstance(event, Typed) else f"scan {event.text}"
        for event in events
        if isinstance(event, Typed | Scan)
    ]


@pytest.mark.parametrize("gap_ms", [0, 1, 2, 5, 10, 20, 30])
@pytest.mark.parametrize("suffix", ["\r", "\n", "\t", "\r\n", "\r\r", "\r\t"])
def test_a_burst_with_a_suffix_is_a_scan(gap_ms: int, suffix: str) -> None:
    assert _run(_burst(MILK + suffix, 1_000, gap_ms)) == [Scan(MILK, None, "keyboard", 1_000 + 13 * gap_ms)]


def test_an_identifier_is_taken_off() -> None:
    assert _run(_burst(f"]E0{MILK}\r", 0, 2)) == [Scan(MILK, Symbology.EAN13, "keyboard", 32)]


@pytest.mark.parametrize("gap_ms", [31, 60, 150, 400])
def test_a_person_is_a_person(gap_ms: int) -> None:
    keys = [
        (char, at_ms + (place % 3) * gap_ms // 4) for place, (char, at_ms) in enumerate(_burst(MILK + "\r", 0, gap_ms))
    ]
    assert "".join(said.removeprefix("typed ") for said in _said(_run(keys))) == MILK + "\r"


SPEEDS = [5, 6, 8, 10, 15, 20, 25, 30, 33, 40, 100, 333, 1_000, 2_000]


@pytest.mark.parametrize("per_second", SPEEDS)
@pytest.mark.parametrize("jitter_ms", [0, 3])
def test_a_scanner_of_any_speed_is_a_scanner(per_second: int, jitter_ms: int) -> None:
    """5 to 2,000 characters a second; hands that typed 25 half a second before keep their digits."""
    step_ms = 1_000 / per_second
    shake = [jitter_ms if jitter_ms < step_ms / 3 and place % 4 == 1 else 0 for place in range(14)]
    burst = [(char, int(5_000 + place * step_ms) + shake[place]) for place, char in enumerate(MILK + "\r")]
    assert _kept(_run([("2", 4_100), ("5", 4_400), *burst, ("7", 9_000)])) == ("257", [MILK])


@pytest.mark.parametrize("per_second", SPEEDS)
@pytest.mark.parametrize("typed", ["", "2"])
def test_behind_an_identifier_any_code_of_any_speed_is_a_scan(per_second: int, typed: str) -> None:
    code = "]C1010690123456789210LOT-7\x1d17261130"
    burst = [(char, 5_000 + int(place * 1_000 / per_second)) for place, char in enumerate(code + "\r")]
    before = [(char, burst[0][1] - 20) for char in typed]
    (*_, scan) = events = _run([*before, *burst])
    assert (_kept(events), scan) == ((typed, [code[3:]]), Scan(code[3:], Symbology.GS1_128, "keyboard", burst[-1][1]))


def test_a_bracket_that_hands_type_is_not_held_for_long() -> None:
    detector = WedgeDetector()
    assert detector.feed("]", 1_000) == [Pending(1_251)]
    assert detector.flush(1_251) == [Typed("]")]
    assert detector.feed("x", 1_500) == [Pending(1_531)]


@pytest.mark.parametrize("gap_ms", [40, 100, 190])
def test_what_is_too_slow_or_no_code_is_not_taken_back(gap_ms: int) -> None:
    for text in ("6901234567893", "123456", "SKU-004175", "11111116"):
        keys = _burst(text + "\r", 0, gap_ms)
        assert _kept(_run(keys)) == (text + "\r", [])
    assert _kept(_run(_burst(MILK + "\r", 0, 251))) == (MILK + "\r", [])


def test_a_key_without_a_character_between_keys_of_a_slow_scanner_ends_what_can_be_taken_back() -> None:
    detector = WedgeDetector()
    keys = _burst(MILK + "\r", 0, 100)
    events = [event for char, at_ms in keys[:7] for event in detector.feed(char, at_ms)]
    events += detector.release(keys[6][1] + 1)
    events += [event for char, at_ms in keys[7:] for event in detector.feed(char, at_ms)]
    assert _kept(events) == (MILK + "\r", [])


@pytest.mark.parametrize("gap_ms", [4, 8, 10, 20, 30])
@pytest.mark.parametrize("place", range(1, 12))
@pytest.mark.parametrize("pressed", ["5", "x", "牛"])
def test_a_key_pressed_within_a_scan_is_typing(gap_ms: int, place: int, pressed: str) -> None:
    """If another digit could be the one too many, none is taken out, and the check digit refuses the code."""
    burst = _burst(MILK + "\r", 0, gap_ms)
    keys = [*burst[:place], (pressed, burst[place - 1][1] + gap_ms // 2), *burst[place:]]
    typed, scans = _kept(_run(keys))
    if scans == [MILK]:
        assert typed == pressed
    else:
        assert (typed, pressed) == ("", "5")
        assert not is_ean13(scans[0])


def test_within_a_scan_quicker_than_time_stamps_nothing_is_guessed() -> None:
    keys = _burst(MILK[:6] + "5" + MILK[6:] + "\r", 0, 1)
    assert _kept(_run(keys)) == ("", [MILK[:6] + "5" + MILK[6:]])


def test_a_few_quick_keys_and_enter_are_typing() -> None:
    assert _said(_run(_burst("12345\r", 0, 5))) == ["typed 12345\r"]


def test_a_key_held_down_is_typing() -> None:
    assert _said(_run([*_burst("00000000", 0, 25), ("\r", 200)])) == ["typed 00000000\r"]


def test_a_quick_burst_without_a_suffix_is_typing_unless_the_scanner_has_none() -> None:
    keys = _burst(MILK, 0, 2)
    assert _said(_run(keys)) == [f"typed {MILK}"]
    assert _said(_run(keys, WedgeDetector(suffixless=True))) == [f"scan {MILK}"]
    assert _said(_run(_burst("12", 0, 2), WedgeDetector(suffixless=True))) == ["typed 12"]


@pytest.mark.parametrize("typed", ["2", "25", "牛奶", "-1"])
@pytest.mark.parametrize("pause_ms", [12, 20, 30, 31, 200])
@pytest.mark.parametrize("code", [MILK, "SKU-00417"])
def test_a_scan_in_the_middle_of_typing_leaves_the_typing_alone(typed: str, pause_ms: int, code: str) -> None:
    before = _burst(typed, 0, 120)
    keys = before + _burst(code + "\r", before[-1][1] + pause_ms, 2)
    after = _burst("x3", keys[-1][1] + 90, 100)
    events = _said(_run(keys + after))
    assert events[-3:] == [f"scan {code}", "typed x", "typed 3"]
    assert "".join(said.removeprefix("typed ") for said in events[:-3]) == typed


def test_a_digit_typed_just_before_does_not_become_a_longer_code() -> None:
    """``1`` and these 13 digits are together a valid GTIN-14: only the beat tells."""
    code = "0012345678905"
    keys = [("5", 0), *_burst(code + "\r", 18, 1)]
    assert _said(_run(keys)) == ["typed 5", f"scan {code}"]


def test_enter_alone_is_not_held_back() -> None:
    assert WedgeDetector().feed("\r", 5) == [Typed("\r")]


def test_held_characters_come_back_when_due_and_not_before() -> None:
    detector = WedgeDetector(max_gap_ms=30)
    assert detector.feed("7", 100) == [Pending(131)]
    assert detector.flush(130) == [Pending(131)]
    assert detector.flush(131) == [Typed("7")]
    assert detector.flush(200) == []


def test_held_characters_come_back_at_once_for_a_key_without_a_character() -> None:
    detector = WedgeDetector()
    detector.feed("7", 100)
    detector.feed("8", 110)
    assert detector.release(112) == [Typed("78")]
    assert detector.release(113) == []


def test_two_scans_one_after_the_other() -> None:
    keys = _burst(MILK + "\r\n", 0, 2) + _burst("4006381333931\r\n", 40, 2)
    assert _said(_run(keys)) == [f"scan {MILK}", "scan 4006381333931"]


def test_an_enter_of_the_cashier_after_a_scan_is_kept() -> None:
    keys = [*_burst(MILK + "\r", 0, 2), ("\r", 400), ("\n", 800)]
    assert _said(_run(keys)) == [f"scan {MILK}", "typed \r", "typed \n"]


def test_an_endless_burst_is_let_go() -> None:
    detector = WedgeDetector(max_length=20)
    assert "".join(said.removeprefix("typed ") for said in _said(_run(_burst("ab" * 30, 0, 1), detector))) == "ab" * 30


def test_one_character_at_a_time() -> None:
    with pytest.raises(ValueError, match="one character"):
        WedgeDetector().feed("ab", 0)


presses = st.lists(
    st.tuples(
        st.sampled_from([*"0123456789AZ\r\n\t牛"]) | st.characters(exclude_characters="]"),
        st.sampled_from([0, 1, 2, 5, 25, 30, 31, 100]),
    ),
    min_size=1,
    max_size=60,
)


def _fed(detector: WedgeDetector, keys: list[tuple[str, int]]) -> list[WedgeEvent]:
    events: list[WedgeEvent] = []
    now_ms = 0
    for char, gap_ms in keys:
        now_ms += gap_ms
        events += detector.feed(char, now_ms)
    events += detector.release(now_ms)
    return [event for event in events if not isinstance(event, Pending)]


slow_codes = st.builds(
    lambda code, gap: [(char, gap) for char in code],
    st.sampled_from([MILK + "\r", "96385074\r"]),
    st.sampled_from([0, 8, 31, 100]),
)
presses = (
    st.lists(presses | slow_codes, max_size=4).map(lambda parts: [key for part in parts for key in part]).filter(bool)
)


@given(presses)
@settings(deadline=None)
def test_nothing_is_lost_doubled_or_reordered(keys: list[tuple[str, int]]) -> None:
    """Every key is typed, or part of a scan, or its suffix; the caller can tell which from the answers alone."""
    detector = WedgeDetector(min_length=3)
    held = delivered = ""
    now_ms = 0
    for char, gap_ms in keys:
        now_ms += gap_ms
        held += char
        events = detector.feed(char, now_ms)
        if not events:
            assert held in ("\r", "\n", "\t")
            held = ""
        for event in events:
            if isinstance(event, Pending):
                assert held
                continue
            if isinstance(event, TakenBack):
                held, delivered = delivered[-event.count :] + held, delivered[: -event.count]
                continue
            place = event.place if isinstance(event, Typed) else 0
            assert held[place:].startswith(event.text)
            held = held[:place] + held[place + len(event.text) :]
            delivered += event.text if isinstance(event, Typed) else ""
            if isinstance(event, Scan):
                assert held in ("\r", "\n", "\t")
                held = ""
    assert detector.release(now_ms) == ([Typed(held)] if held else [])


@given(presses)
@settings(deadline=None)
def test_nothing_but_suffixes_is_lost_without_suffixes_either(keys: list[tuple[str, int]]) -> None:
    def plain(text: str) -> str:
        return text.replace("\r", "").replace("\n", "").replace("\t", "")

    events = _fed(WedgeDetector(min_length=3, suffixless=True), keys)
    field, scans = _kept(events)
    found = sorted(plain(field + "".join(scans)))
    assert found == sorted(plain("".join(char for char, _ in keys)))


@given(
    st.integers(10**11, 10**12 - 1),
    st.lists(st.sampled_from([0, 1, 2, 3]), min_size=14, max_size=14),
    st.integers(0, 3),
)
@settings(deadline=None)
def test_an_uneven_scanner_is_still_read_whole(body: int, gaps: list[int], lead: int) -> None:
    code = f"X{body}"
    keys, now_ms = [], 0
    for char, gap_ms in zip(code + "\r", gaps, strict=True):
        now_ms += gap_ms + lead
        keys.append((char, now_ms))
    assert _said(_run(keys)) == [f"scan {code}"]
