from __future__ import annotations

import pytest

from pos_client.presenters.state import Screen
from pos_client.presenters.wallet import shown_coupons
from pos_client.ui.gallery_shop import SILVER_PHONE, code_of
from shared_models.domain import coupon_reference
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill


@pytest.fixture
def buying(selling: AtTheTill) -> AtTheTill:
    """Goods for more than ¥60, bought by the member who has stored value and coupons."""
    for _ in range(6):
        selling.counter.scan(code_of(0))
    selling.counter.enter(SILVER_PHONE)
    return selling


def total(at: AtTheTill) -> int:
    assert at.counter.state.sale is not None
    return at.counter.state.sale.total_minor


def balance(at: AtTheTill) -> int:
    sale = at.counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert sale.member.stored_value is not None
    return sale.member.stored_value.balance_minor


def test_coupons_by_keys_alone(buying: AtTheTill) -> None:
    counter, before = buying.counter, total(buying)
    counter.press("F1")
    assert screen_of(counter) is Screen.WALLET
    counter.enter("")
    assert total(buying) == before - 10_00
    counter.press("Down")
    counter.enter("")
    tea, winter = shown_coupons(counter.state.sale)
    assert (tea.in_sale, tea.off_minor, tea.why) == (True, 10_00, None)
    assert winter.in_sale
    assert winter.why is not None
    assert winter.why.code == "threshold"
    counter.wallet.pick(0)
    assert total(buying) == before
    counter.press("Escape")
    assert screen_of(counter) is Screen.SALE


def test_paying_in_asks_for_the_cash_and_counts_once(buying: AtTheTill) -> None:
    counter, before = buying.counter, balance(buying)
    counter.press("F1")
    counter.enter("200")
    assert counter.prompt == "Cash received for ¥200.00; Enter alone is the exact sum"
    counter.press("Escape")
    assert counter.state.loading_minor is None
    counter.enter("200")
    counter.enter("150")
    assert counter.state.problem is not None
    assert counter.state.problem.code == "tender_too_small"
    buying.operations.at_once = False
    counter.enter("250")
    counter.enter("250")
    buying.operations.deliver()
    buying.operations.at_once = True
    assert counter.state.took_for == "Paid in ¥200.00, bonus ¥20.00. Stored value now ¥678.50. Change ¥50.00."
    assert balance(buying) == before + 220_00


def test_stored_value_pays_what_is_typed_or_all_it_may(buying: AtTheTill) -> None:
    counter, due = buying.counter, total(buying)
    counter.press("F12")
    assert counter.press("F1", "20")
    assert counter.state.tender is not None
    assert counter.state.tender.due_minor == due - 20_00
    counter.press("F8")
    assert counter.state.tender.due_minor == due
    counter.press("F1")
    assert counter.state.tender.due_minor == 0
    counter.enter("")
    assert screen_of(counter) is Screen.CHANGE
    counter.press("Escape")
    counter.enter(SILVER_PHONE)
    assert balance(buying) == 458_50 - due


def test_without_a_member_the_cashier_is_told_to_find_one(selling: AtTheTill) -> None:
    selling.counter.press("F1")
    assert screen_of(selling.counter) is Screen.SALE
    assert selling.counter.state.problem is not None
    assert selling.counter.state.problem.code == "needs_member"
    selling.counter.scan(code_of(0))
    selling.counter.press("F12")
    selling.counter.press("F1")
    assert selling.counter.state.problem.code == "no_member"
    selling.counter.press("Escape")
    selling.counter.press("F1", "abc")
    assert selling.counter.state.problem is not None


def test_a_coupons_slip_by_its_key(buying: AtTheTill) -> None:
    counter = buying.counter
    counter.press("F1")
    (first, *_) = shown_coupons(counter.state.sale)
    counter.press("F11")
    assert counter.state.took_for == f"The slip of coupon {first.name} is being printed"
    assert not first.in_sale
    assert screen_of(counter) is Screen.WALLET
    counter.enter(coupon_reference.make(first.id))
    assert [each.in_sale for each in shown_coupons(counter.state.sale) if each.id == first.id] == [True]
