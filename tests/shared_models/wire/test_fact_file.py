"""A file of facts gives back what is whole in it, wherever it was cut or damaged."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.facts import Fact, Side
from shared_models.wire import fact_file
from shared_models.wire.fact_file import Damage, DeviceRecord, Record, Seal, WrongMirrorKey

INCARNATION = UUID(int=7)
KEY = fact_file.mirror_key(b"p" * 32, INCARNATION)
DEVICE = DeviceRecord(incarnation=INCARNATION, store_id="A", lane=3, public_key=b"k" * 32)


def fact(number: int, payload: bytes = b'{"name":"milk"}') -> Fact:
    return Fact(
        UUID(int=number), INCARNATION, number, number << 16, "sale.confirmed", 1, payload, b"p" * 32, b"h" * 32,
        b"s" * 64,
    )  # fmt: skip


SIDES = [Side(1, "profile", b"s" * 32, '{"name":"王芳"}'.encode())]
PARTS = [
    fact_file.MAGIC + fact_file.device_record(DEVICE),
    fact_file.fact_record(fact(1), SIDES),
    fact_file.fact_record(fact(2), []),
    fact_file.fact_record(fact(3), [], received_ms=5, state="applied"),
]
WHOLE = b"".join(PARTS)


def found(data: bytes) -> list[Record | Damage]:
    return list(fact_file.records(io.BytesIO(data)))


def bodies(data: bytes) -> list[bytes]:
    return [one.body for one in found(data) if isinstance(one, Record)]


ALL = bodies(WHOLE)


def test_what_was_written_is_read() -> None:
    assert [one.kind for one in found(WHOLE) if isinstance(one, Record)] == [b"D", b"F", b"F", b"F"]
    assert fact_file.read_device(ALL[0]) == DEVICE
    first, sides, _ = fact_file.read_fact(ALL[1], INCARNATION)
    assert (first, sides) == (fact(1), SIDES)
    last, none, record = fact_file.read_fact(ALL[3], INCARNATION)
    assert (last, none, record.received_ms, record.state) == (fact(3), [], 5, "applied")


def test_a_file_cut_at_any_byte_keeps_every_whole_record() -> None:
    ends = [sum(map(len, PARTS[: count + 1])) for count in range(len(PARTS))]
    for cut in range(len(WHOLE)):
        whole = sum(end <= cut for end in ends)
        assert bodies(WHOLE[:cut]) == ALL[:whole], cut
        lost = [one for one in found(WHOLE[:cut]) if isinstance(one, Damage)]
        clean = cut in (0, len(fact_file.MAGIC), *ends)
        assert len(lost) == (0 if clean else 1), cut


def test_a_byte_altered_anywhere_costs_one_record_at_most() -> None:
    for place in range(len(fact_file.MAGIC), len(WHOLE)):
        altered = bytearray(WHOLE)
        altered[place] ^= 0x55
        left = bodies(bytes(altered))
        assert len(left) == len(ALL) - 1, place
        assert [one for one in ALL if one in left] == left, place


def test_a_torn_write_in_the_middle_is_passed_over() -> None:
    torn = PARTS[0] + PARTS[1][:40] + PARTS[2] + PARTS[3]
    assert bodies(torn) == [ALL[0], ALL[2], ALL[3]]
    assert Damage(len(PARTS[0]), 40) in found(torn)


def test_joined_files_are_one_file() -> None:
    assert bodies(WHOLE + WHOLE) == ALL + ALL
    assert not [one for one in found(WHOLE + WHOLE) if isinstance(one, Damage)]


@given(st.binary(max_size=300))
def test_garbage_is_no_record(garbage: bytes) -> None:
    assert bodies(garbage) == []
    assert bodies(garbage + PARTS[1])[-1:] == [ALL[1]]


def test_a_sealed_fact_opens_with_its_devices_key_alone() -> None:
    sealed = Seal(KEY, INCARNATION).record(fact(1), SIDES, b"n" * 12)
    assert "王芳".encode() not in sealed
    assert b"milk" not in sealed
    body = bodies(sealed)[0]
    assert fact_file.sealed_number(body) == 1
    opened, sides, _ = fact_file.read_fact(Seal(KEY, INCARNATION).open(body), INCARNATION)
    assert (opened, sides) == (fact(1), SIDES)
    others = [
        Seal(fact_file.mirror_key(b"q" * 32, INCARNATION), INCARNATION),
        Seal(fact_file.mirror_key(b"p" * 32, UUID(int=8)), INCARNATION),
        Seal(KEY, UUID(int=8)),
    ]
    for other in others:
        with pytest.raises(WrongMirrorKey):
            other.open(body)
    for altered in (body[:-1], body[:8], b"", (2).to_bytes(8, "big") + body[8:]):
        with pytest.raises(WrongMirrorKey):
            Seal(KEY, INCARNATION).open(altered)


def test_a_record_of_another_shape_is_told() -> None:
    for body in (b"", b"\xc1", b"\x80", b"\x93\x01\x02\x03"):
        with pytest.raises(fact_file.BadFile):
            fact_file.read_device(body)
        with pytest.raises(fact_file.BadFile):
            fact_file.read_fact(body, INCARNATION)
