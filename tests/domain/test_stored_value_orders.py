"""What each order of spending leaves to somebody who wants the bonus for goods and the principal back in cash."""

from __future__ import annotations

import pytest

from shared_models.domain.stored_value import cash_out, load, refund, spend
from shared_models.domain.stored_value_ledger import Entry, stored_value
from shared_models.domain.stored_value_rules import LoadStep, SpendOrder, StoredValueRule
from tests.domain.shop import TODAY
from tests.domain.test_stored_value import uid


def paid_out(entries: list[Entry]) -> int:
    return -cash_out(entries, stored_value(entries).principal_minor, id=uid(99), on=TODAY).principal_minor


@pytest.mark.parametrize(
    ("order", "bought", "with_a_return"),
    [
        (SpendOrder.PRO_RATA, 90_91, 90_91),
        (SpendOrder.BONUS_FIRST, 100_00, 90_00),
        (SpendOrder.PRINCIPAL_FIRST, 90_00, 100_00),
    ],
)
def test_goods_for_10_and_the_rest_in_cash(order: SpendOrder, bought: int, with_a_return: int) -> None:
    """Of 100 + 10, goods for 10 are kept; 90.91 is the principal's share of the rest. Goods for 100 come back."""
    start = [load([], 100_00, StoredValueRule((LoadStep(100_00, 10_00),)), id=uid(1), on=TODAY)]
    assert paid_out([*start, spend(start, 10_00, order, id=uid(2), on=TODAY)]) == bought
    entries = [*start, spend(start, 100_00, order, id=uid(3), on=TODAY)]
    entries.append(spend(entries, 10_00, order, id=uid(2), on=TODAY))
    entries.append(refund(entries, uid(3), 100_00, id=uid(4), on=TODAY))
    assert paid_out(entries) == with_a_return
