from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.phone import BadPhone, keyed_hash, last4, mask, normalise


@pytest.mark.parametrize(
    ("text", "country", "digits"),
    [
        ("13800138000", "86", "8613800138000"),
        ("138 0013-8000", "86", "8613800138000"),
        ("+86 138 0013 8000", "86", "8613800138000"),
        ("008613800138000", "852", "8613800138000"),
        ("8613800138000", "86", "8613800138000"),
        ("１３８００１３８０００", "86", "8613800138000"),
        ("(+852) 9123 4567", "86", "85291234567"),
        ("9123 4567", "852", "85291234567"),
        ("07400 123456", "44", "447400123456"),
        ("0333 1234567", "39", "3903331234567"),
        ("+49 151/23456789", "86", "4915123456789"),
    ],
)
def test_one_form_for_each_number(text: str, country: str, digits: str) -> None:
    assert normalise(text, country) == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1380013800",
        "138001380000",
        "12800138000",
        "010-65123456",
        "phone",
        "+",
        "+0123456789",
        "1" * 60,
        "13800١38000",
    ],
)
def test_what_is_no_mobile_number(text: str) -> None:
    with pytest.raises(BadPhone):
        normalise(text)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_normal_form_is_its_own(text: str) -> None:
    digits = normalise(text)
    assert normalise("+" + digits) == normalise(digits) == digits
    assert last4(digits) == text[-4:]


@given(st.text(max_size=50))
def test_any_text_is_digits_or_refused(text: str) -> None:
    try:
        digits = normalise(text)
    except BadPhone:
        return
    assert digits.isascii()
    assert digits.isdigit()
    assert 8 <= len(digits) <= 15


@pytest.mark.parametrize(
    ("name", "masked"),
    [("李雷", "李**"), ("欧阳娜娜", "欧**"), ("Alice", "A**"), ("Alice Mary Smith", "A** M**"), ("", ""), ("  ", "")],
)
def test_masks_show_no_length(name: str, masked: str) -> None:
    assert mask(name) == masked


def test_hashes_depend_on_the_key() -> None:
    one, two = keyed_hash("8613800138000", b"k" * 32), keyed_hash("8613800138000", b"l" * 32)
    assert len(one) == 16
    assert one != two
    assert one == keyed_hash("8613800138000", b"k" * 32)
    # RFC 4231, test case 2, cut to 16 bytes.
    assert keyed_hash("what do ya want for nothing?", b"Jefe").hex() == "5bdcc146bf60754e6a042426089575c7"
