from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.receipt_code import BadReceiptCode, decode, encode, grouped, normalise

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
random_bytes = st.binary(min_size=10, max_size=10)


def test_known_codes() -> None:
    assert encode(bytes(10)) == "0" * 17
    assert encode(b"0123456789") == "60RK4CSM6MV3EE1SY"
    assert encode(b"\xff" * 10)[:16] == "Z" * 16
    assert grouped(encode(b"0123456789")) == "60RK-4CSM-6MV3-EE1S-Y"


@given(random_bytes)
def test_encode_and_decode(random: bytes) -> None:
    code = encode(random)
    assert len(code) == 17
    assert decode(code) == random
    assert decode(grouped(code).lower()) == random
    assert normalise(f" {grouped(code)} ") == code
    assert decode(code.replace("0", "O").replace("1", "l")) == random


@given(random_bytes, st.data())
def test_every_single_wrong_character_is_noticed(random: bytes, data: st.DataObject) -> None:
    code = encode(random)
    place = data.draw(st.integers(0, 16))
    other = data.draw(st.sampled_from([each for each in ALPHABET if each != code[place]]))
    with pytest.raises(BadReceiptCode):
        decode(code[:place] + other + code[place + 1 :])


@given(random_bytes, st.data())
def test_every_two_swapped_characters_are_noticed(random: bytes, data: st.DataObject) -> None:
    code = list(encode(random))
    one, two = sorted(data.draw(st.lists(st.integers(0, 16), min_size=2, max_size=2, unique=True)))
    if code[one] == code[two]:
        return
    code[one], code[two] = code[two], code[one]
    with pytest.raises(BadReceiptCode):
        decode("".join(code))


@pytest.mark.parametrize("text", ["", "6901234567892", "U" * 17, "0" * 16, "0" * 18, "牛" * 17, "0" * 10_000])
def test_what_is_no_code(text: str) -> None:
    with pytest.raises(BadReceiptCode):
        decode(text)


@pytest.mark.parametrize("size", [0, 9, 11])
def test_codes_are_made_of_ten_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        encode(bytes(size))
