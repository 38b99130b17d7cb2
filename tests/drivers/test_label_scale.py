"""Label scales: the bytes by the descriptions they come from, and lists that arrive whole whatever the line does."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from drivers.clock import SystemClock
from drivers.label_scale import columns, dahua, rongta
from drivers.label_scale.device import LabelScale, LabelScaleState, NotALabelScale, PluRefused, Timing
from drivers.label_scale.goods import NotForScale, Plu, SoldBy, cut, layout_of
from drivers.label_scale.known import Known
from drivers.ports import DeviceFault, DeviceGone, Timeout
from drivers.simulators.label_scale import LAYOUTS, LabelScaleSimulator, NoLabel
from drivers.transports.tcp import TcpTransport
from shared_models.domain.barcode import InStore, InStoreRule, LabelValue, read

BOTH = InStoreRule("26", 5, LabelValue.PRICE_AND_WEIGHT, 5, weight_digits=5)
PRICE = InStoreRule("21", 5, LabelValue.PRICE, 5)
WEIGHT = InStoreRule("25", 5, LabelValue.WEIGHT, 5)
APPLES = Plu(3, "00003", "红富士苹果", 998, SoldBy.WEIGHT, "26")
MELONS = Plu(17, "00017", "西瓜", 1_500, SoldBy.PIECE, "26", best_before_days=3)
TODAY = date(2026, 11, 27)
QUICK = Timing(open_ms=500, answer_ms=150, tries=3, pauses_ms=(1,))


@pytest.fixture
def scale() -> Iterator[LabelScaleSimulator]:
    with LabelScaleSimulator() as simulator:
        yield simulator


_made: list[LabelScale] = []


@pytest.fixture(autouse=True)
def closed_after() -> Iterator[None]:
    yield
    while _made:
        _made.pop().close()


def driver(scale: LabelScaleSimulator, states: list[LabelScaleState] | None = None) -> LabelScale:
    """One after the other: a scale has one connection."""
    while _made:
        _made.pop().close()
    told = states.append if states is not None else lambda _state: None
    _made.append(LabelScale(TcpTransport(scale.host, scale.port), SystemClock(), told, QUICK))
    return _made[-1]


def held(scale: LabelScaleSimulator) -> dict[int, tuple[str, int]]:
    return {number: (row.code, row.price_minor) for number, row in scale.table.items()}


def as_rows(plus: list[Plu]) -> dict[int, tuple[str, int]]:
    return {plu.number: (plu.item.zfill(7), plu.price_minor) for plu in plus}


# bytes


def test_the_example_of_the_interface_description() -> None:
    """!0V0001A 2281080 002000 …: 20 yuan a kilogram, 8 days, 03, by weight, three letters as row and place. Its item
    number has seven digits, ours five; the rest is as it stands there, but for the two lines of remarks."""
    plu = Plu(1, "81080", "测试一", 2_000, SoldBy.WEIGHT, "03", best_before_days=8)
    assert dahua.download(plu) == (
        b"!0V0001A0081080002000000000000803000000000000000000000000000000000000000000000000B186642525027CDE\r\n"
    )


def test_tare_and_pieces_stand_where_they_are_told() -> None:
    """The description's second example: PLU 2, a fixed weight there, a tare of 1 kg."""
    plu = Plu(2, "81001", "测试二", 5_000, SoldBy.PIECE, "02", tare_g=1_000, best_before_days=8)
    assert dahua.download(plu) == (
        b"!0V0002A0081001005000100000000802000000000000000010000000000000000000000000000000B186642522294CDE\r\n"
    )


@pytest.mark.parametrize(
    ("plu", "why"),
    [
        (replace(APPLES, number=0), "PLU number 0"),
        (replace(APPLES, number=4_001), "PLU number 4001"),
        (replace(APPLES, price_minor=1_000_000), "The price 1000000 doesn't fit into 6 digits"),
        (replace(APPLES, tare_g=100_000), "The tare"),
        (replace(APPLES, best_before_days=1_000), "The days"),
        (replace(APPLES, item="000003"), "five digits"),
        (replace(APPLES, item="0000٣"), "five digits"),
    ],
)
def test_what_doesnt_fit_is_refused(plu: Plu, why: str) -> None:
    with pytest.raises(NotForScale, match=why):
        dahua.download(plu)


def test_layouts() -> None:
    assert [dahua.check(rule) for rule in (BOTH, PRICE, WEIGHT)] == [
        "FFWWWWWEEEEENNNNNC", "FFWWWWWEEEEEC", "FFWWWWWNNNNNC",
    ]  # fmt: skip
    assert [rongta.TYPES[rongta.check(rule)] for rule in (BOTH, PRICE, WEIGHT)] == [94, 2, 7]
    with pytest.raises(NotForScale):
        dahua.check(InStoreRule("26", 6, LabelValue.PRICE, 4))
    with pytest.raises(NotForScale):
        layout_of(InStoreRule("26", 4, LabelValue.PRICE, 5, value_check=True))
    with pytest.raises(NotForScale):
        rongta.check(InStoreRule("26", 8, LabelValue.PRICE, 2))


def test_acknowledgements() -> None:
    assert dahua.answered(b"0v0003a0\r\n\x030v00") == ("0v0003a0", b"0v00")
    assert dahua.answered(b"0v0003a0\r\n") is None
    assert dahua.acknowledges("0v0003a0", APPLES)
    assert dahua.acknowledges("0v0003a", APPLES)
    for other in ("0v0003a2", "0v0004a0", "0e0003ac", "0u0003a", "OK", "0v0003a0 "):
        assert not dahua.acknowledges(other, APPLES)


@given(st.binary(max_size=400))
def test_no_answer_makes_it_fall_over(data: bytes) -> None:
    found = dahua.answered(data)
    if found is not None:
        dahua.acknowledges(found[0], APPLES)
        dahua.held(found[0])
        dahua.of_another(found[0], dahua.ask(3))
    dahua.answered(data + b"\r\n\x03")


@given(
    st.text(max_size=60), st.integers(1, 4_000), st.integers(1, 999_999), st.integers(0, 999), st.integers(0, 99_999)
)
def test_what_is_sent_is_what_a_scale_reads(name: str, number: int, price: int, days: int, tare: int) -> None:
    plu = Plu(number, f"{number:05d}", name, price, SoldBy.WEIGHT, "26", tare, days)
    line = dahua.download(plu)
    assert line.isascii()
    read_back = dahua.held("0u" + line[3:-2].decode())
    assert read_back == dahua.as_held(plu)
    assert len(read_back.name) <= dahua.NAME_LETTERS
    exact = rongta.line(plu, BOTH)
    assert len(exact.split(b"\t")) == 58
    assert len(exact.split(b"\t")[1]) <= 36
    assert exact.count(b"\r\n") == exact.count(b"\n") == 1


def test_the_row_that_rongtas_program_saves_itself() -> None:
    """As RTPLU.exe wrote its own sample: 90 is ¥0.90 a kilogram, barcode type 2, department 21, 15 days."""
    row = (
        "1\tChinese cabbage\t1\t1\t2\t90\t4\t21\t0.000\t15\t0\t0.000\t0\t0\t0\t0\tD0\t0\t0\t\t\t0\t0\t0.0\t0\t0\t"
        "\t0.0000\t0\t\t\t\t\t\t\t\t\t\t3\t0\t0\t0\t0\t0\t0\t0.00\t0\t0.000\t0.000\t0\t\t0\t0.00\t0\t0\t0\t0.00\t0\r\n"
    )
    plu = Plu(1, "00001", "Chinese cabbage", 90, SoldBy.WEIGHT, "21", best_before_days=15)
    assert rongta.line(plu, PRICE) == row.encode()
    with pytest.raises(NotForScale, match="piece"):
        rongta.line(MELONS, BOTH)


def test_names_are_cut_between_letters() -> None:
    assert cut("红富士苹果", 5, "gbk").decode("gbk") == "红富"
    assert cut("a红富士", 4, "gbk").decode("gbk") == "a红"
    assert cut("梨\t\n 大", 20, "gbk").decode("gbk") == "梨 大"
    assert cut("鎔😀", 20, "gb2312") == b"**"
    assert cut("鎔😀", 20, "gbk").decode("gbk") == "鎔*"
    assert cut("红 富", 3, "gbk").decode("gbk") == "红"


def test_any_columns() -> None:
    wanted = columns.table("plu,item,name:8,price,-,by,days", "tab", "gbk", header=True)
    assert wanted.file([APPLES, MELONS]).decode("gbk") == (
        "plu\titem\tname\tprice\t-\tby\tdays\r\n3\t00003\t红富士苹\t9.98\t\tkg\t0\r\n17\t00017\t西瓜\t15.00\t\tpiece\t3\r\n"
    )
    sly = replace(APPLES, name='大"苹果",=1;2\t3')
    assert columns.table("name,plu", "comma", "utf-8", header=False).file([sly]) == "大 苹果 =1;2 3,3\r\n".encode()
    assert columns.table("plu", "tab", "utf-16", header=False).file([APPLES]).decode("utf-16") == "3\r\n"
    for bad in ("", "plu,", "plu,weight", "name:0", "name:x"):
        with pytest.raises(NotForScale):
            columns.table(bad, "tab", "gbk", header=False)


# over the line


def test_a_list_arrives(scale: LabelScaleSimulator) -> None:
    states: list[LabelScaleState] = []
    told: list[Plu] = []
    device = driver(scale, states)
    done = device.download([APPLES, MELONS], told.append)
    assert done.held == tuple(told) == (APPLES, MELONS)
    assert (done.refused, done.doubtful, done.left, done.problem) == ((), None, (), None)
    assert held(scale) == as_rows([APPLES, MELONS])
    assert scale.table[3].name == "红富士苹果"
    assert device.compare([APPLES, MELONS]) == []
    assert device.held(99) is None
    device.close()
    assert states == [
        LabelScaleState.CONNECTING, LabelScaleState.DOWNLOADING, LabelScaleState.READY, LabelScaleState.CHECKING,
        LabelScaleState.READY, LabelScaleState.CHECKING, LabelScaleState.AWAY,
    ]  # fmt: skip


@pytest.mark.parametrize("knob", ["drop_after", "lose_answer_after", "cut_answer_after"])
def test_a_line_that_breaks_once_changes_nothing(scale: LabelScaleSimulator, knob: str) -> None:
    scale.turn(**{knob: 2})
    done = driver(scale).download([APPLES, MELONS])
    assert done.held == (APPLES, MELONS)
    assert done.problem is None
    assert held(scale) == as_rows([APPLES, MELONS])
    assert scale.lines == 3


def test_of_a_silent_scale_one_plu_is_in_doubt(scale: LabelScaleSimulator) -> None:
    scale.turn(silent=True)
    device = driver(scale)
    done = device.download([APPLES, MELONS])
    assert (done.held, done.doubtful, done.left) == ((), APPLES, (MELONS,))
    assert isinstance(done.problem, Timeout)
    assert held(scale) == as_rows([APPLES])
    assert scale.lines == QUICK.tries
    assert device.state is LabelScaleState.AWAY


def test_answers_that_come_late_are_told_apart(scale: LabelScaleSimulator) -> None:
    """Each comes after its PLU was sent once more, so that there are two: the second isn't taken for a refusal of the
    next PLU."""
    scale.turn(ms_per_line=QUICK.answer_ms * 4 // 3)
    done = driver(scale).download([APPLES, MELONS])
    assert done.held == (APPLES, MELONS)
    assert done.refused == ()
    assert scale.lines > 2


def test_of_one_that_isnt_there_nothing_is_in_doubt() -> None:
    with LabelScaleSimulator() as gone:
        port = gone.port
    done = LabelScale(TcpTransport("127.0.0.1", port), SystemClock(), timing=QUICK).download([APPLES, MELONS])
    assert (done.held, done.doubtful, done.left) == ((), None, (APPLES, MELONS))
    assert isinstance(done.problem, DeviceGone)


def test_what_it_refuses_is_said_by_name_and_the_rest_goes_on(scale: LabelScaleSimulator) -> None:
    scale.turn(refuses=frozenset({3}))
    done = driver(scale).download([APPLES, MELONS])
    assert done.held == (MELONS,)
    assert [str(each) for each in done.refused] == [
        f"The scale tcp://127.0.0.1:{scale.port} does not take 红富士苹果 (PLU 3): it says '0e0003no'."
        " Look whether it is full."
    ]
    assert done.problem is None


def test_a_full_scale_changes_what_it_has_and_takes_no_more(scale: LabelScaleSimulator) -> None:
    plus = [replace(APPLES, number=n, item=f"{n:05d}") for n in range(1, 31)]
    scale.turn(capacity=5)
    done = driver(scale).download(plus)
    assert done.held == tuple(plus[:5])
    assert isinstance(done.problem, PluRefused)
    assert len(done.refused) == 10
    assert done.left == tuple(plus[15:])
    dearer = replace(plus[0], price_minor=1_111)
    assert driver(scale).download([dearer]).held == (dearer,)


def test_something_else_on_that_address_is_found_out(scale: LabelScaleSimulator) -> None:
    scale.turn(other=True)
    done = driver(scale).download([APPLES])
    assert done.held == ()
    assert len(done.refused) == 1
    with pytest.raises(NotALabelScale):
        driver(scale).held(1)


def test_what_was_changed_at_the_scale_is_seen(scale: LabelScaleSimulator) -> None:
    device = driver(scale)
    device.download([APPLES, MELONS])
    scale.forget()
    device.download([replace(APPLES, price_minor=1)])
    found = device.compare([APPLES, MELONS])
    assert [(each.wanted, each.held and each.held.price_minor) for each in found] == [(APPLES, 1), (MELONS, None)]


def test_nothing_is_sent_of_a_list_with_something_that_cant_be(scale: LabelScaleSimulator) -> None:
    with pytest.raises(NotForScale):
        driver(scale).download([APPLES, replace(MELONS, price_minor=10**6)])
    assert scale.lines == 0


@pytest.mark.parametrize("seed", range(12))
def test_whatever_breaks_the_scale_ends_right_and_no_word_is_false(
    scale: LabelScaleSimulator, tmp_path: Path, seed: int
) -> None:
    """Prices change, lines break, the till dies; each time the same is begun again. What is known to be held is held
    at every moment, and once a run goes through the scale has the whole list."""
    chance = random.Random(seed)
    wanted = [replace(APPLES, number=n, item=f"{n:05d}", price_minor=chance.randrange(1, 9_999)) for n in range(1, 9)]
    path = tmp_path / "known.jsonl"
    for _ in range(6):
        wanted = [replace(plu, price_minor=chance.randrange(1, 4)) if chance.random() < 0.4 else plu for plu in wanted]
        knobs = dict.fromkeys(("drop_after", "lose_answer_after", "cut_answer_after"))
        for knob in chance.sample(sorted(knobs), chance.randrange(3)):
            knobs[knob] = chance.randrange(1, 12)
        scale.turn(**knobs)
        scale.turn(silent=chance.random() < 0.2, refuses=frozenset(chance.sample(range(1, 9), chance.randrange(2))))
        with Known(path) as known:
            due = known.differences(wanted)
            known.sending(due)
            dies_after = chance.randrange(1, 12)

            def told(plu: Plu, known: Known = known, dies_after: int = dies_after) -> None:
                known.has(plu)
                if len(known.held) == dies_after:
                    raise InterruptedError

            device = LabelScale(
                TcpTransport(scale.host, scale.port), SystemClock(), timing=replace(QUICK, answer_ms=60, tries=2)
            )
            try:
                device.download(due, told)
            except InterruptedError:
                pass
            finally:
                device.close()
        with Known(path) as known:
            truth = held(scale)
            assert {number: truth[number] for number in known.held} == as_rows(list(known.held.values()))
    scale.turn(silent=False, refuses=frozenset(), drop_after=None, lose_answer_after=None, cut_answer_after=None)
    with Known(path) as known:
        due = known.differences(wanted)
        known.sending(due)
        assert driver(scale).download(due, known.has).problem is None
        assert known.differences(wanted) == []
    assert held(scale) == as_rows(wanted)


# what is known


def test_a_price_that_went_back_is_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "known.jsonl"
    with Known(path) as known:
        known.sending([APPLES])
        known.has(APPLES)
        known.sending([replace(APPLES, price_minor=500)])
        assert known.differences([APPLES]) == [APPLES]
    with Known(path) as known:
        assert known.held == {}
        assert known.differences([APPLES]) == [APPLES]


@pytest.mark.parametrize("rest", [b'{"has": {"num', b"\xff\xfe", b"[]", b'{"has": {"number": 1}}', b"\n\nnull"])
def test_a_damaged_file_knows_nothing_and_goes_on(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "known.jsonl"
    with Known(path) as known:
        known.has(APPLES)
    path.write_bytes(path.read_bytes() + rest)
    with Known(path) as known:
        assert known.held == {}
        known.has(MELONS)
    with Known(path) as known:
        assert known.held == {17: MELONS}
        assert known.unwanted([APPLES]) == [MELONS]


def test_one_program_at_a_time(tmp_path: Path) -> None:
    with Known(tmp_path / "known.jsonl"), pytest.raises(BlockingIOError), Known(tmp_path / "known.jsonl"):
        pass


def test_the_file_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.label_scale.known._TIDY_LINES", 10)
    path = tmp_path / "known.jsonl"
    with Known(path) as known:
        for price in range(1, 20):
            known.has(replace(APPLES, price_minor=price))
        known.sending([MELONS])
    assert [json.loads(line)["has"]["price_minor"] for line in path.read_bytes().splitlines()] == [19]
    with Known(path) as known:
        assert known.held == {3: replace(APPLES, price_minor=19)}


# labels


@pytest.mark.parametrize(("layout", "rule"), [(LAYOUTS[0], PRICE), (LAYOUTS[1], WEIGHT), (LAYOUTS[2], BOTH)])
def test_the_label_says_what_the_till_reads(layout: str, rule: InStoreRule) -> None:
    apples = replace(APPLES, prefix=rule.prefix, tare_g=5)
    with LabelScaleSimulator(layout=layout) as scale:
        driver(scale).download([apples])
        code = scale.weigh(3, 460, TODAY)
        price = 454 if rule is not WEIGHT else None  # 9.98 × 0.455 is 4.5409
        assert read(code, [rule]) == InStore(code, "00003", price, 455 if rule is not PRICE else None)
        picture = scale.pictures[0]
    large = picture.resize((picture.width * 3, picture.height * 3))
    assert [found.text for found in zxingcpp.read_barcodes(large)] == [code]


def test_labels_of_pieces_and_those_that_cant_be(scale: LabelScaleSimulator) -> None:
    driver(scale).download([MELONS, replace(APPLES, price_minor=999_999)])
    assert scale.weigh(17, 2_000, TODAY) == "260001703000020005"
    for number, milli in ((9, 100), (17, 1_500), (17, 0), (3, 1_000)):
        with pytest.raises(NoLabel):
            scale.weigh(number, milli, TODAY)
    assert scale.codes == ("260001703000020005",)


def test_from_a_command_line(tmp_path: Path) -> None:
    words = ["-P", "-m", "drivers.simulators.label_scale", "--port", "0", "--out", str(tmp_path / "labels")]
    started = subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    with started as process:
        assert process.stdin is not None
        assert process.stdout is not None
        host, port = process.stdout.readline().strip().split(":")
        device = LabelScale(TcpTransport(host, int(port)), SystemClock())
        assert device.download([APPLES]).held == (APPLES,)
        device.close()
        process.stdin.write("3 0.455\n4 1\nhello\n")
        process.stdin.flush()
        assert [process.stdout.readline() for _ in range(3)] == [
            "260000300454004554\n", "There is no PLU 4.\n",
            "'hello' is no PLU number with a weight or a count, like 3 0.455.\n",
        ]  # fmt: skip
        assert [path.name for path in (tmp_path / "labels").iterdir()] == ["label-0001.png"]
        process.terminate()
        assert process.wait(5) == 0


def test_faults_are_device_faults() -> None:
    assert issubclass(PluRefused, DeviceFault)
    assert issubclass(NotALabelScale, DeviceFault)
