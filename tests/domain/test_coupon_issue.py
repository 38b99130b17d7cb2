"""Issuing coupons: never more than the limits, never outside the deal's days, nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_code import ForgedCoupon, make, read
from shared_models.domain.coupon_issue import (
    NOT_ISSUED_TEXTS,
    NotIssued,
    Recipient,
    SoFar,
    by_code,
    by_sale,
    issue,
    window,
)
from shared_models.domain.coupon_rules import CouponRule, Issue, IssuedBy
from tests.domain.shop import MEMBER, TODAY
from tests.domain.test_coupon_document import PRODUCT

SALE = UUID(int=5)
ONE = UUID(int=1)


def kind(first: date = date(2026, 1, 1), last: date | None = None, *, personal: bool = True, **more: Any) -> CouponRule:
    deal = replace(PRODUCT.deal, valid_from=first, valid_to=last)
    return CouponRule(deal, personal, issue=Issue(**more))


def members(*numbers: int) -> list[Recipient]:
    """One coupon each; its id tells the place, so that one member may stand there several times."""
    return [Recipient(UUID(int=1_000 + place), UUID(int=number)) for place, number in enumerate(numbers)]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (kind(), (TODAY, date(2026, 12, 23))),  # 30 days, the first one included
        (kind(valid_days=1), (TODAY, TODAY)),
        (kind(start_days=1, valid_days=7), (date(2026, 11, 25), date(2026, 12, 1))),
        (kind(last=date(2026, 11, 30)), (TODAY, date(2026, 11, 30))),
        (kind(first=date(2026, 12, 1)), (date(2026, 12, 1), date(2026, 12, 23))),
        (kind(last=TODAY), (TODAY, TODAY)),
        (kind(last=TODAY, start_days=1), None),
        (kind(last=date(2026, 11, 23)), None),
        (kind(first=date(2027, 1, 1)), None),
    ],
)
def test_for_how_long_a_coupon_is_good(rule: CouponRule, days: tuple[date, date] | None) -> None:
    assert window(rule, TODAY) == days


def test_a_clock_at_the_end_of_time() -> None:
    assert window(kind(start_days=3_660, valid_days=3_660), date(9999, 12, 30)) == (date.max, date.max)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 400), st.integers(1, 400),
       st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)))  # fmt: skip
def test_it_never_lasts_longer_than_its_deal_or_its_days(on: date, start: int, days: int, last: date | None) -> None:
    found = window(kind(last=last, start_days=start, valid_days=days), on)
    if found is None:
        assert last is not None
        assert on + timedelta(days=start) > last
    else:
        assert on + timedelta(days=start) == found[0] <= found[1] <= (last or date.max)
        assert (found[1] - found[0]).days < days


def test_a_coupon_by_hand() -> None:
    done = issue(kind(), [Recipient(ONE, MEMBER)], TODAY, SoFar())
    assert done.coupons == (Coupon(ONE, PRODUCT.id, TODAY, date(2026, 12, 23), MEMBER),)
    assert done.left_out == ()


@given(
    st.lists(st.integers(1, 4), max_size=12), st.none() | st.integers(1, 8), st.none() | st.integers(1, 3),
    st.integers(0, 8), st.dictionaries(st.integers(1, 4).map(lambda each: UUID(int=each)), st.integers(0, 4)),
)  # fmt: skip
def test_no_limit_is_ever_passed_and_none_left_unused(
    numbers: list[int], quantity: int | None, per_member: int | None, total: int, before: dict[UUID, int]
) -> None:
    recipients = members(*numbers)
    done = issue(kind(quantity=quantity, per_member=per_member), recipients, TODAY, SoFar(total, before))
    had = Counter(each.member_id for each in done.coupons)
    assert quantity is None or len(done.coupons) <= max(0, quantity - total)
    for member_id, count in had.items():
        assert member_id is not None
        assert per_member is None or count <= max(0, per_member - before.get(member_id, 0))
    ids = [each.id for each in done.coupons] + [each.coupon_id for each, _ in done.left_out]
    assert sorted(ids) == sorted(each.coupon_id for each in recipients)
    for (_, member_id), why in done.left_out:
        assert member_id is not None
        if why is NotIssued.QUANTITY:
            assert total + len(done.coupons) >= (quantity or 0)
        else:
            assert why is NotIssued.PER_MEMBER
            assert had[member_id] + before.get(member_id, 0) >= (per_member or 0)


@given(st.lists(st.integers(1, 4), max_size=10), st.integers(0, 10))
def test_a_job_that_stops_and_is_run_again_issues_what_it_would_have(numbers: list[int], stopped: int) -> None:
    rule, recipients = kind(quantity=7, per_member=2), members(*numbers)
    whole = issue(rule, recipients, TODAY, SoFar())
    first = issue(rule, recipients[:stopped], TODAY, SoFar()).coupons
    counts = Counter(each.member_id for each in first if each.member_id is not None)
    then = issue(rule, recipients, TODAY, SoFar(len(first), counts, {each.id for each in first}))
    assert first + then.coupons == whole.coupons


def test_an_id_that_stands_there_twice_is_one_coupon() -> None:
    assert len(issue(kind(), [Recipient(ONE, MEMBER)] * 2, TODAY, SoFar()).coupons) == 1


@pytest.mark.parametrize(
    ("rule", "member", "why"),
    [
        (kind(), None, NotIssued.NO_MEMBER),
        (kind(personal=False, per_member=1), None, NotIssued.NO_MEMBER),
        (kind(quantity=3), MEMBER, NotIssued.QUANTITY),
        (kind(per_member=2), MEMBER, NotIssued.PER_MEMBER),
        (kind(last=date(2026, 11, 23)), MEMBER, NotIssued.OVER),
    ],
)
def test_why_none_is_issued(rule: CouponRule, member: UUID | None, why: NotIssued) -> None:
    recipient = Recipient(ONE, member)
    done = issue(rule, [recipient], TODAY, SoFar(3, {MEMBER: 2}))
    assert (done.coupons, done.left_out) == ((), ((recipient, why),))
    assert NOT_ISSUED_TEXTS[why].endswith(".")


def test_coupons_in_nobodys_name() -> None:
    recipients = [Recipient(UUID(int=number), None) for number in (1, 2, 3)]
    done = issue(kind(personal=False, quantity=2), recipients, TODAY, SoFar())
    assert [each.member_id for each in done.coupons] == [None, None]
    assert done.left_out == ((recipients[2], NotIssued.QUANTITY),)


@pytest.mark.parametrize(
    ("paid_minor", "by", "issued"),
    [(300_00, IssuedBy.SALE, True), (900_00, IssuedBy.SALE, True), (299_99, IssuedBy.SALE, False),
     (300_00, IssuedBy.HAND, False)],
)  # fmt: skip
def test_a_sale_brings_one_from_a_threshold_on(paid_minor: int, by: IssuedBy, issued: bool) -> None:
    rule = kind(by=by, from_minor=300_00, start_days=1)
    coupon = by_sale(rule, SALE, paid_minor, Recipient(ONE, MEMBER), TODAY, SoFar())
    expected = Coupon(ONE, PRODUCT.id, date(2026, 11, 25), date(2026, 12, 24), MEMBER, issued_by=SALE)
    assert coupon == (expected if issued else None)


def test_a_sale_brings_none_past_the_limits() -> None:
    rule = kind(by=IssuedBy.SALE, per_member=2)
    assert by_sale(rule, SALE, 1, Recipient(ONE, MEMBER), TODAY, SoFar(2, {MEMBER: 2})) is None
    assert by_sale(rule, SALE, 1, Recipient(ONE, None), TODAY, SoFar()) is None


def test_a_short_code_stands_for_one_coupon_of_its_kind() -> None:
    rule = replace(kind(last=date(2026, 12, 31), personal=False, quantity=3), number=7)
    code = read(make(bytes(32), 7, 2))
    assert by_code(rule, code) == Coupon(code.coupon_id, rule.id, date(2026, 1, 1), date(2026, 12, 31))
    assert by_code(replace(rule, deal=replace(rule.deal, valid_to=None)), code).valid_to == date.max


@pytest.mark.parametrize(("number", "serial"), [(7, 3), (8, 0)])
def test_a_code_that_is_never_issued(number: int, serial: int) -> None:
    """Even with a good proof: 3 coupons have the serial numbers 0 to 2."""
    rule = replace(kind(personal=False, quantity=3), number=7)
    with pytest.raises(ForgedCoupon):
        by_code(rule, read(make(bytes(32), number, serial)))
