from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.barcode import (
    Code,
    Ean,
    InStore,
    InStoreRule,
    LabelValue,
    NotABarcode,
    WrongCheckDigit,
    check_digit,
    is_ean13,
    label,
    read,
    upc_a,
    value_verifier,
)
from shared_models.domain.programme import default_programme

RULES = default_programme().in_store
number = st.text("0123456789", min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("629104150021", "3"),
        ("400638133393", "1"),
        ("690123456789", "2"),
        ("9638507", "4"),
        ("03600029145", "2"),
        ("0001234560000001", "8"),
    ],
)
def test_check_digits(body: str, digit: str) -> None:
    assert check_digit(body) == digit


@given(number, st.data())
def test_every_single_wrong_digit_is_noticed(body: str, data: st.DataObject) -> None:
    code = body + check_digit(body)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[place]]))
    wrong = code[:place] + other + code[place + 1 :]
    assert check_digit(wrong[:-1]) != wrong[-1]


@pytest.mark.parametrize(
    ("code", "reading"),
    [
        ("6901234567892", Ean("6901234567892")),
        (" 6901234567892\r\n", Ean("6901234567892")),
        ("96385074", Ean("96385074")),
        ("036000291452", Ean("0036000291452")),
        ("96385075", Code("96385075")),
        ("036000291453", Code("036000291453")),
        ("4711", Code("4711")),
        ("M-0001-77", Code("M-0001-77")),
        ("2012345012509", InStore("2012345012509", "12345", price_minor=1250)),
        ("2512345007500", InStore("2512345007500", "12345", weight_g=750)),
    ],
)
def test_readings(code: str, reading: Ean | InStore | Code) -> None:
    assert read(code, RULES) == reading


@pytest.mark.parametrize("code", ["6901234567893", "2012345012506"])
def test_a_misread_code_is_never_a_product(code: str) -> None:
    with pytest.raises(WrongCheckDigit, match=code):
        read(code, RULES)
    assert not is_ean13(code)


@pytest.mark.parametrize("code", ["", "   ", "牛奶", "a\tb", "x" * 129, "٣" * 13])
def test_what_is_no_barcode(code: str) -> None:
    with pytest.raises(NotABarcode):
        read(code, RULES)


def test_a_check_digit_is_of_digits() -> None:
    for body in ("", "12a", "²3"):
        with pytest.raises(NotABarcode):
            check_digit(body)


@pytest.mark.parametrize(("value", "digit"), [("2875", "9"), ("14685", "6"), ("0000", "0"), ("00000", "0")])
def test_value_verifiers_of_the_gs1_specification(value: str, digit: str) -> None:
    assert value_verifier(value) == digit


@st.composite
def labels(draw: st.DrawFn) -> tuple[InStoreRule, str, int]:
    checked = draw(st.booleans())
    value_digits = draw(st.sampled_from([4, 5]) if checked else st.integers(1, 9))
    item_digits = 10 - value_digits - checked
    rule = InStoreRule(
        str(draw(st.integers(20, 29))),
        item_digits,
        draw(st.sampled_from([LabelValue.PRICE, LabelValue.WEIGHT])),
        value_digits,
        checked,
    )
    item = draw(st.text("0123456789", min_size=item_digits, max_size=item_digits))
    return rule, item, draw(st.integers(0, 10**value_digits - 1))


@given(labels())
def test_a_printed_label_reads_back(made: tuple[InStoreRule, str, int]) -> None:
    rule, item, value = made
    code = label(rule, item, value)
    assert is_ean13(code)
    price, weight = (value, None) if rule.value is LabelValue.PRICE else (None, value)
    assert read(code, [rule]) == InStore(code, item, price, weight)


LONG = InStoreRule("26", 5, LabelValue.PRICE_AND_WEIGHT, 5, weight_digits=5)


def test_a_chinese_label_of_18_digits() -> None:
    """26 PPPPP MMMMM WWWWW C: product 12345, ¥12.34, 567 g. By hand: 3 × 27 + 24 = 105, to 110 it takes 5."""
    code = "261234501234005675"
    assert label(LONG, "12345", 12_34, 567) == code
    assert read(code, [LONG]) == InStore(code, "12345", price_minor=12_34, weight_g=567)
    assert read(code, RULES) == Code(code), "where no rule says so it is a code like any other"


def test_one_prefix_has_labels_of_both_lengths() -> None:
    rules = [*RULES, LONG]
    short = label(RULES[6], "00003", 1_250)
    assert read(short, rules) == InStore(short, "00003", weight_g=1_250)
    assert read(label(LONG, "00003", 1, 2), rules) == InStore("260000300001000022", "00003", 1, 2)


@given(
    st.integers(1, 9), st.integers(1, 9), st.text("0123456789", min_size=15, max_size=15), st.integers(0, 16), st.data()
)
def test_labels_of_18_digits_read_back_and_show_a_wrong_digit(
    item_digits: int, value_digits: int, digits: str, place: int, data: st.DataObject
) -> None:
    weight_digits = 15 - item_digits - value_digits
    if weight_digits < 1:
        return
    rule = InStoreRule("21", item_digits, LabelValue.PRICE_AND_WEIGHT, value_digits, weight_digits=weight_digits)
    item, value, weight = digits[:item_digits], digits[item_digits:-weight_digits], digits[-weight_digits:]
    code = label(rule, item, int(value), int(weight))
    assert read(code, [rule]) == InStore(code, item, int(value), int(weight))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[place]]))
    wrong = code[:place] + other + code[place + 1 :]
    if place < 2:
        assert read(wrong, [rule]) == Code(wrong)
        return
    with pytest.raises(WrongCheckDigit):
        read(wrong, [rule])


@pytest.mark.parametrize(
    ("value", "item", "price", "weight", "check"),
    [
        (LabelValue.PRICE_AND_WEIGHT, 5, 5, 4, False),
        (LabelValue.PRICE_AND_WEIGHT, 5, 10, 0, False),
        (LabelValue.PRICE_AND_WEIGHT, 5, 4, 5, True),
        (LabelValue.PRICE, 5, 2, 3, False),
    ],
)
def test_layouts_of_18_digits_that_do_not_fit(
    value: LabelValue, item: int, price: int, weight: int, check: bool
) -> None:
    with pytest.raises(ValueError, match=r"fill|weight_digits"):
        InStoreRule("26", item, value, price, check, weight)


@given(labels(), st.data())
def test_a_wrong_verifier_is_noticed_though_the_check_digit_holds(
    made: tuple[InStoreRule, str, int], data: st.DataObject
) -> None:
    rule, item, value = made
    code = label(rule, item, value)
    if not rule.value_check:
        return
    place = 2 + rule.item_digits
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[place]]))
    body = code[:place] + other + code[place + 1 : 12]
    with pytest.raises(WrongCheckDigit):
        read(body + check_digit(body), [rule])


@given(st.text("0123456789", min_size=4, max_size=5), st.data())
def test_verifiers_notice_every_single_wrong_digit(value: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != value[place]]))
    assert value_verifier(value) != value_verifier(value[:place] + other + value[place + 1 :])


@pytest.mark.parametrize(
    ("prefix", "item", "value", "check"),
    [("19", 5, 5, False), ("2", 5, 6, False), ("20", 5, 4, False), ("20", 0, 10, False), ("20", 3, 6, True)],
)
def test_layouts_that_do_not_fit(prefix: str, item: int, value: int, check: bool) -> None:
    with pytest.raises(ValueError, match=r"prefix|digit|verifier"):
        InStoreRule(prefix, item, LabelValue.PRICE, value, check)


def test_a_label_that_does_not_fit() -> None:
    for item, value in (("1234", 1), ("12345", 100_000), ("12345", -1), ("1234x", 1)):
        with pytest.raises(ValueError, match="doesn't fit"):
            label(RULES[0], item, value)
    for item, value, weight in (("12345", 1, 100_000), ("12345", 1, -1), ("12345", 100_000, 1)):
        with pytest.raises(ValueError, match="doesn't fit"):
            label(LONG, item, value, weight)
    with pytest.raises(ValueError, match="doesn't fit"):
        label(RULES[0], "12345", 1, 1)


@given(st.text(max_size=140))
def test_any_text_reads_or_is_refused(text: str) -> None:
    try:
        reading = read(text, [*RULES, LONG])
    except (NotABarcode, WrongCheckDigit):
        return
    if isinstance(reading, Ean):
        assert check_digit(reading.code[:-1]) == reading.code[-1]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("04252614", "042100005264"),
        ("01234505", "012000003455"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234558", "012345000058"),
        ("12345670", "123456000070"),
    ],
)
def test_a_upc_e_is_a_upc_a_without_its_zeros(short: str, long: str) -> None:
    assert upc_a(short) == long


@pytest.mark.parametrize("code", ["04252615", "24252614", "0425261", "042526140", "", "0425261x", "٠٤٢٥٢٦١٤"])
def test_what_is_no_upc_e(code: str) -> None:
    assert upc_a(code) == ""
