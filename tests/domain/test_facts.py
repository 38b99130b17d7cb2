from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.facts import (
    SALT_BYTES,
    BrokenChain,
    Fact,
    chain_start,
    check_link,
    commitment,
    fact_hash,
    head_message,
)

DEVICE = UUID(int=0xD)
KEY = b"k" * 32


def fact(number: int, payload: bytes, previous: bytes) -> Fact:
    own, kind = UUID(int=number), "sale.confirmed"
    found = fact_hash(
        id=own, incarnation=DEVICE, number=number, hlc=99, kind=kind, schema=1, payload=payload, previous=previous
    )
    return Fact(own, DEVICE, number, 99, kind, 1, payload, previous, found, b"")


def test_a_chain_holds() -> None:
    start = chain_start(DEVICE, KEY)
    first = fact(1, b"{}", start)
    second = fact(2, b'{"a":1}', first.hash)
    check_link(first, start, 1)
    check_link(second, first.hash, 2)


def test_a_chain_belongs_to_its_device_and_key() -> None:
    starts = {chain_start(DEVICE, KEY), chain_start(UUID(int=0xE), KEY), chain_start(DEVICE, b"l" * 32)}
    assert len(starts) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda each: replace(each, id=UUID(int=77)),
        lambda each: replace(each, incarnation=UUID(int=77)),
        lambda each: replace(each, hlc=98),
        lambda each: replace(each, kind="sale.confirmes"),
        lambda each: replace(each, schema=2),
        lambda each: replace(each, payload=b"{ }"),
        lambda each: replace(each, previous=b"\0" * 32),
        lambda each: replace(each, hash=b"\0" * 32),
        lambda each: replace(each, number=3),
    ],
)
def test_every_change_to_a_fact_breaks_its_link(change: Callable[[Fact], Fact]) -> None:
    start = chain_start(DEVICE, KEY)
    with pytest.raises(BrokenChain, match=str(DEVICE)[:8]) as caught:
        check_link(change(fact(1, b"{}", start)), start, 1)
    assert caught.value.why


def test_a_left_out_fact_is_noticed() -> None:
    start = chain_start(DEVICE, KEY)
    second = fact(2, b"{}", fact(1, b"{}", start).hash)
    with pytest.raises(BrokenChain, match="expected number 1"):
        check_link(second, start, 1)


@given(st.binary(max_size=64), st.binary(max_size=64), st.text("ab.", max_size=8), st.text("ab.", max_size=8))
def test_different_content_has_a_different_hash(one: bytes, two: bytes, kind: str, other: str) -> None:
    hashes = {
        fact_hash(id=DEVICE, incarnation=DEVICE, number=1, hlc=1, kind=name, schema=1, payload=body, previous=KEY)
        for name, body in {(kind, one), (other, two)}
    }
    assert len(hashes) == len({(kind, one), (other, two)})


def test_a_commitment_needs_its_salt() -> None:
    salt, other = b"s" * SALT_BYTES, b"t" * SALT_BYTES
    assert commitment(salt, b"{}") != commitment(other, b"{}")
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short", b"{}")


def test_a_head_names_device_number_and_hash() -> None:
    head = b"h" * 32
    assert len({head_message(DEVICE, 1, head), head_message(DEVICE, 2, head), head_message(UUID(int=1), 1, head)}) == 3
    assert head_message(DEVICE, 258, head).endswith(b"\x01\x02" + head)
