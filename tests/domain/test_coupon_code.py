"""Coupon codes to type and tokens to scan: read back as written, and nothing else is taken for one."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import barcode, coupon_code, coupon_token, receipt_code
from shared_models.domain.base32 import ALPHABET, VALUES
from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_code import MAX_NUMBER, MAX_SERIAL, BadCouponCode, CouponCode, ForgedCoupon
from shared_models.domain.coupon_token import BadCouponToken
from tests.domain.shop import MEMBER

MASTER = bytes(range(32))
KEY = coupon_code.rule_key(MASTER, 7)
numbers = st.integers(0, MAX_NUMBER)
serials = st.integers(0, MAX_SERIAL)


def test_a_known_code() -> None:
    """Under the key, 50 bits of HMAC-SHA256 over the domain string, the rule's number and the serial number."""
    code = coupon_code.make(KEY, 7, 1_000)
    tag = hmac.digest(KEY, b"tillpoint.coupon.code.1\0" + b"\0\7" + b"\0\0\3\xe8", hashlib.sha256)
    assert hmac.digest(MASTER, b"tillpoint.coupon.key.1\0" + b"\0\7", hashlib.sha256) == KEY
    assert coupon_code.read(code) == CouponCode(7, 1_000, int.from_bytes(tag) >> 206)
    assert code.startswith("C007-000Z-8")  # 1000 = 31 × 32 + 8
    assert [len(group) for group in code.split("-")] == [4] * 5


@given(numbers, serials)
def test_a_code_reads_back(number: int, serial: int) -> None:
    read = coupon_code.read(coupon_code.make(KEY, number, serial))
    assert (read.number, read.serial) == (number, serial)
    read.check(KEY)


@given(numbers, serials)
def test_however_it_is_typed(number: int, serial: int) -> None:
    code = coupon_code.make(KEY, number, serial)
    read = coupon_code.read(code)
    wide = "".join(chr(ord(each) + 0xFEE0) for each in code)  # full-width, as Chinese keyboards type
    for typed in (
        code.lower(),
        code.replace("-", ""),
        f"  {code.replace('-', ' – ')} ",
        code.replace("-", "−"),
        code.replace("0", "o").replace("1", "l"),
        code.replace("0", "O").replace("1", "i"),
        wide,
    ):
        assert coupon_code.read(typed) == read


@given(numbers, serials, st.integers(0, 19), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(number: int, serial: int, place: int, other: str) -> None:
    code = coupon_code.make(KEY, number, serial).replace("-", "")
    if code[place] == other:
        return
    with pytest.raises(BadCouponCode):
        coupon_code.read(code[:place] + other + code[place + 1 :])


@given(numbers, serials)
def test_every_two_swapped_neighbours_are_noticed(number: int, serial: int) -> None:
    code = coupon_code.make(KEY, number, serial).replace("-", "")
    for place in range(19):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code:
            with pytest.raises(BadCouponCode):
                coupon_code.read(swapped)


@given(numbers, serials)
def test_another_rule_serial_or_key_is_forged(number: int, serial: int) -> None:
    read = coupon_code.read(coupon_code.make(KEY, number, serial))
    for forged, key in (
        (read, coupon_code.rule_key(MASTER, 8)),
        (CouponCode(number ^ 1, serial, read.proof), KEY),
        (CouponCode(number, serial ^ 1, read.proof), KEY),
        (CouponCode(number, serial, read.proof ^ 1), KEY),
    ):
        with pytest.raises(ForgedCoupon):
            forged.check(key)


def test_one_coupon_has_one_id() -> None:
    ids = {CouponCode(number, serial, 0).coupon_id for number in range(20) for serial in range(20)}
    assert len(ids) == 400
    assert CouponCode(7, 1_000, 1).coupon_id == CouponCode(7, 1_000, 2).coupon_id


@pytest.mark.parametrize(("key", "number", "serial"), [(KEY[1:], 0, 0), (KEY, MAX_NUMBER + 1, 0), (KEY, -1, 0),
                                                      (KEY, 0, MAX_SERIAL + 1)])  # fmt: skip
def test_what_does_not_fit(key: bytes, number: int, serial: int) -> None:
    with pytest.raises(ValueError, match="doesn't fit"):
        coupon_code.make(key, number, serial)


OTHERS = [
    "", "C", "C" * 19, "C" * 21, "C" * 10_000, "CU" + "0" * 18, "牛" * 20, "Cı" + "0" * 18,
    "6901234567892", "0" * 20, "9123456789012345", receipt_code.encode(b"0123456789"),
    receipt_code.grouped(receipt_code.encode(b"\x60" * 10)),
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_coupon(text: str) -> None:
    assert not coupon_code.is_code(text)
    assert not coupon_token.is_token(text)
    with pytest.raises(BadCouponCode):
        coupon_code.read(text)
    with pytest.raises(BadCouponToken):
        coupon_token.read(text, verify)


@given(numbers, serials)
def test_a_code_is_nothing_else(number: int, serial: int) -> None:
    code = coupon_code.make(KEY, number, serial)
    assert coupon_code.is_code(code)
    assert not coupon_token.is_token(code)
    assert barcode.read(code, ()) == barcode.Code(code)
    with pytest.raises(receipt_code.BadReceiptCode):
        receipt_code.decode(code)


def sign(message: bytes) -> bytes:
    """Stands for Ed25519, which has 64 bytes as well."""
    return hashlib.blake2b(message, key=b"server").digest()


def verify(message: bytes, signature: bytes) -> bool:
    return hmac.compare_digest(sign(message), signature)


coupons = st.builds(
    Coupon,
    id=st.uuids(),
    rule=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200),
    valid_from=st.dates(),
    valid_to=st.dates(),
    member_id=st.none() | st.uuids(),
    issued_by=st.none() | st.uuids(),
)
OWN = Coupon(UUID(int=9), "birthday", date(2026, 11, 24), date(2026, 11, 30), MEMBER)


@given(coupons)
def test_a_token_reads_back(coupon: Coupon) -> None:
    token = coupon_token.write(coupon, sign)
    assert coupon_token.read(token, verify) == coupon
    assert coupon_token.read(f" {token.lower()}\r\n", verify) == coupon
    assert coupon_token.is_token(token)
    assert not coupon_code.is_code(token)


def test_a_token_fits_a_small_qr_code_in_its_dense_mode() -> None:
    token = coupon_token.write(OWN, sign)
    assert token.isalnum()
    assert token.isascii()
    assert token == token.upper()
    assert len(token) == 190  # QR version 8 holds 221 capitals and digits at level M


@given(coupons, st.data())
def test_no_bit_of_a_token_can_be_changed(coupon: Coupon, data: st.DataObject) -> None:
    token = coupon_token.write(coupon, sign)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([each for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if each != token[place]]))
    with pytest.raises((BadCouponToken, ForgedCoupon)):
        coupon_token.read(token[:place] + other + token[place + 1 :], verify)


@given(st.binary(max_size=200))
def test_what_was_never_signed(packed: bytes) -> None:
    with pytest.raises((BadCouponToken, ForgedCoupon)):
        coupon_token.read("TPCOUPON1" + coupon_token._letters(packed), verify)


@given(st.binary(min_size=0, max_size=80))
def test_a_signed_body_that_is_no_coupon(body: bytes) -> None:
    """Even the server's own key makes no coupon of what doesn't read back as it was."""
    token = "TPCOUPON1" + coupon_token._letters(body + sign(b"tillpoint.coupon.token.1\0" + body))
    try:
        coupon = coupon_token.read(token, verify)
    except BadCouponToken:
        return
    assert coupon_token.write(coupon, sign) == token


@pytest.mark.parametrize("end", [-1, 8, 60, 150])
def test_a_token_cut_short(end: int) -> None:
    with pytest.raises((BadCouponToken, ForgedCoupon)):
        coupon_token.read(coupon_token.write(OWN, sign)[:end], verify)


def test_the_alphabet_has_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert [VALUES[each] for each in "OIL"] == [0, 1, 1]
