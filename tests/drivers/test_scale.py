"""Scales: every answer is a weight at rest or a typed fault, over a real line with what goes wrong on one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import reduce
from operator import xor
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.clock import SystemClock
from drivers.ports import BadLineSettings, DeviceFault, DeviceGone, Timeout
from drivers.scale.device import Scale
from drivers.scale.protocols import LONGEST, CasPos, ScaleProtocol, Toledo8217
from drivers.scale.reading import (
    AnswerFault,
    BadAnswer,
    BelowZero,
    InMotion,
    NothingOnScale,
    NotZeroed,
    Overloaded,
    Unit,
    WeighingFault,
    Weight,
)
from drivers.simulators.scale import Kind, Mood, ScaleSimulator
from drivers.transports.serial_line import SerialTransport

KG = Unit.KILOGRAM
REST_MS = 1_000


def cas(body: bytes) -> bytes:
    return b"\x01\x02" + body + bytes([reduce(xor, body)]) + b"\x03\x04"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"\x0201.234\r", Weight(1_234, KG)),
        (b"\x02 1.23\r", Weight(1_230, KG)),
        (b"\x0200.455N\r", Weight(455, KG, net=True)),
        (b"\x02?\x01\r", InMotion),
        (b"\x02?\x03\r", Overloaded),
        (b"\x02?\x05\r", BelowZero),
        (b"\x02?\x49\r", NotZeroed),
        (b"\x02?\x40\r", AnswerFault.REFUSED),
        (b"\x02?\x10\r", AnswerFault.NOT_A_WEIGHT),
        (b"\x0201234\r", AnswerFault.NOT_A_WEIGHT),
        (b"\x02-1.234\r", AnswerFault.NOT_A_WEIGHT),
        (b"01.234\r", AnswerFault.NOT_A_WEIGHT),
        ("\x0201.23٤\r".encode(), AnswerFault.NOT_A_WEIGHT),
    ],
)
def test_toledo_answers(answer: bytes, found: Weight | type[WeighingFault] | AnswerFault) -> None:
    check(Toledo8217(), answer, found)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (cas(b"S 01.234kg"), Weight(1_234, KG)),
        (cas(b"S   .455KG"), Weight(455, KG)),
        (cas(b"S 001.23lb"), Weight(1_230, Unit.POUND)),
        (cas(b"S-00.000kg"), Weight(0, KG)),
        (cas(b"U 01.234kg"), InMotion),
        (cas(b"F 99.999kg"), Overloaded),
        (cas(b"S-00.020kg"), BelowZero),
        (cas(b"S 01.234kg")[:-3] + b"\x00\x03\x04", AnswerFault.CHECKSUM),
        (cas(b"S 0l.234kg"), AnswerFault.NOT_A_WEIGHT),
        (cas(b"S 01.234kg00012.3400010.00"), AnswerFault.NOT_A_WEIGHT),
        (b"\x15", AnswerFault.REFUSED),
        (b"", AnswerFault.REFUSED),
    ],
)
def test_cas_answers(answer: bytes, found: Weight | type[WeighingFault] | AnswerFault) -> None:
    check(CasPos(), answer, found)


def test_cas_answers_with_prices() -> None:
    priced = CasPos(priced=True)
    found = Weight(1_234, KG, unit_price_minor=10_00, total_minor=12_34)
    check(priced, cas(b"S 01.234kg00012.3400010.00"), found)
    check(priced, cas(b"S 01.234kg"), AnswerFault.NOT_A_WEIGHT)
    check(priced, cas(b"S 01.234kg0001x.3400010.00"), AnswerFault.NOT_A_WEIGHT)
    check(priced, cas(b"U 01.234kg00012.3400010.00"), InMotion)


def check(protocol: ScaleProtocol, answer: bytes, found: Weight | type[WeighingFault] | AnswerFault) -> None:
    if isinstance(found, Weight):
        assert protocol.weight(answer, "scale") == found
    elif isinstance(found, AnswerFault):
        with pytest.raises(BadAnswer) as caught:
            protocol.weight(answer, "scale")
        assert (caught.value.why, caught.value.raw) == (found, answer[:64])
    else:
        with pytest.raises(found):
            protocol.weight(answer, "scale")


@given(st.binary(max_size=LONGEST), st.sampled_from([Toledo8217(), CasPos(), CasPos(priced=True)]))
@example(cas(b"S .0kg"), CasPos())
def test_whatever_comes_is_a_weight_or_a_typed_fault(answer: bytes, protocol: ScaleProtocol) -> None:
    for each in (answer, cas(answer or b" "), b"\x02" + answer + b"\r"):
        try:
            assert protocol.weight(each, "scale").milli >= 0
        except WeighingFault as fault:
            fault.sentence(str)


PROTOCOLS: dict[Kind, ScaleProtocol] = {Kind.TOLEDO: Toledo8217(), Kind.CAS: CasPos()}


@pytest.fixture(params=list(Kind))
def simulator(request: pytest.FixtureRequest) -> Iterator[ScaleSimulator]:
    with ScaleSimulator(request.param) as found:
        yield found


@pytest.fixture
def scale(simulator: ScaleSimulator, request: pytest.FixtureRequest) -> Iterator[Scale]:
    kind = request.node.callspec.params["simulator"]
    protocol = PROTOCOLS[kind]
    found = Scale(SerialTransport(simulator.path), protocol, SystemClock())
    yield found
    found.close()


def test_goods_are_weighed_once_they_rest(simulator: ScaleSimulator, scale: Scale) -> None:
    simulator.put(455, swings=3)
    assert scale.weigh() == Weight(455, KG)
    simulator.put(15_000)
    assert scale.weigh().milli == 15_000


@pytest.mark.parametrize(
    ("milli", "mood", "fault"),
    [
        (0, Mood.RIGHT, NothingOnScale),
        (455, Mood.SWINGING, InMotion),
        (15_001, Mood.RIGHT, Overloaded),
        (-20, Mood.RIGHT, BelowZero),
        (455, Mood.SILENT, Timeout),
        (455, Mood.HALF, BadAnswer),
        (455, Mood.GARBLED, BadAnswer),
        (455, Mood.LETTERS, BadAnswer),
    ],
)
def test_what_is_no_weight_has_a_name(
    simulator: ScaleSimulator, scale: Scale, milli: int, mood: Mood, fault: type[DeviceFault]
) -> None:
    simulator.put(milli, mood)
    with pytest.raises(fault) as caught:
        scale.weigh(REST_MS)
    assert "{" not in caught.value.sentence(str)
    simulator.put(455)
    assert scale.weigh().milli == 455


def test_what_came_before_the_question_is_no_answer(simulator: ScaleSimulator, scale: Scale) -> None:
    simulator.put(455)
    assert scale.weigh().milli == 455
    simulator.send(b"\x0209.999\r" + cas(b"S 09.999kg"))
    assert scale.weigh().milli == 455


def test_a_scale_that_was_pulled_out_is_found_again(simulator: ScaleSimulator, scale: Scale) -> None:
    simulator.put(455)
    assert scale.weigh().milli == 455
    simulator.unplug()
    with pytest.raises(DeviceGone):
        scale.weigh()
    with pytest.raises(DeviceGone):
        scale.weigh()
    simulator.replug()
    assert scale.weigh().milli == 455


def test_tare_and_zero_by_the_protocol_that_has_them() -> None:
    with ScaleSimulator(Kind.TOLEDO) as simulator:
        scale = Scale(SerialTransport(simulator.path), Toledo8217(), SystemClock())
        simulator.put(20)
        assert scale.set_tare()
        simulator.put(475)
        assert scale.weigh() == Weight(455, KG, net=True)
        assert scale.set_zero()
        simulator.put(475)
        assert scale.weigh() == Weight(475, KG)
        simulator.put(475, Mood.NO_ZERO)
        with pytest.raises(NotZeroed):
            scale.weigh()
        scale.close()
    with ScaleSimulator(Kind.CAS) as simulator:
        scale = Scale(SerialTransport(simulator.path), CasPos(), SystemClock())
        assert (scale.set_tare(), scale.set_zero()) == (False, False)
        simulator.put(455, Mood.REFUSING)
        with pytest.raises(BadAnswer) as caught:
            scale.weigh(0)
        assert caught.value.why is AnswerFault.REFUSED
        scale.close()


def test_a_scale_with_prices_tells_what_it_showed() -> None:
    with ScaleSimulator(Kind.CAS) as simulator:
        priced = CasPos(priced=True)
        scale = Scale(SerialTransport(simulator.path), priced, SystemClock())
        simulator.put(455, unit_price_minor=16_80)
        assert scale.weigh() == Weight(455, KG, unit_price_minor=16_80, total_minor=7_64)
        scale.close()


def test_settings_that_a_line_has_not_are_said() -> None:
    """A pseudo-terminal has no parity."""
    with ScaleSimulator(Kind.TOLEDO) as simulator:
        scale = Scale(SerialTransport(simulator.path, Toledo8217.settings), Toledo8217(), SystemClock())
        with pytest.raises(BadLineSettings):
            scale.weigh()


def test_an_outside_program_can_use_the_simulated_scale(tmp_path: Path) -> None:
    link = tmp_path / "scale"
    command = [sys.executable, "-m", "drivers.simulators.scale", "--link", str(link), "--protocol", "cas"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().strip() == str(link)
        scale = Scale(SerialTransport(str(link)), CasPos(), SystemClock())
        process.stdin.write("1.234\nnonsense\n")
        process.stdin.flush()
        for _ in range(100):
            try:
                assert scale.weigh(0).milli == 1_234
                break
            except NothingOnScale:
                continue
        scale.close()
        _, said = process.communicate("swinging\n", timeout=10)
        assert "'nonsense' is no weight" in said
        assert process.returncode == 0
