"""What the rule's choices leave to somebody who wants the bonus for goods and the principal back in cash."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.stored_value import cash_out, load, refund, reverse_load, spend
from shared_models.domain.stored_value_ledger import Entry, StoredValue, stored_value
from shared_models.domain.stored_value_rules import Forfeit, LoadStep, SpendOrder, StoredValueRule
from tests.domain.shop import TODAY
from tests.domain.test_stored_value import uid

RULE = StoredValueRule((LoadStep(100_00, 10_00),))


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
    start = [load([], 100_00, RULE, id=uid(1), on=TODAY)]
    assert paid_out([*start, spend(start, 10_00, order, id=uid(2), on=TODAY)]) == bought
    entries = [*start, spend(start, 100_00, order, id=uid(3), on=TODAY)]
    entries.append(spend(entries, 10_00, order, id=uid(2), on=TODAY))
    entries.append(refund(entries, uid(3), 100_00, id=uid(4), on=TODAY))
    assert paid_out(entries) == with_a_return


@given(st.lists(st.integers(1, 40_00), min_size=1, max_size=5))
def test_with_the_first_cent_of_principal_all_of_the_bonus_is_lost(parts: list[int]) -> None:
    entries = [load([], 200_00, RULE, id=uid(1), on=TODAY)]
    for number, part in enumerate(parts, 2):
        entries.append(cash_out(entries, part, Forfeit.WHOLLY, id=uid(number), on=TODAY))
        assert stored_value(entries) == StoredValue(200_00 - sum(parts[: number - 1]))
    assert [entry.bonus_minor for entry in entries[1:]] == [-10_00, *[0 for _ in parts[1:]]]


@pytest.mark.parametrize("modes", [(Forfeit.WHOLLY, Forfeit.IN_PROPORTION), (Forfeit.IN_PROPORTION, Forfeit.WHOLLY)])
def test_a_rule_that_changes_between_two_cash_outs(modes: tuple[Forfeit, Forfeit]) -> None:
    entries = [load([], 100_00, RULE, id=uid(1), on=TODAY)]
    for number, mode in enumerate(modes, 2):
        entries.append(cash_out(entries, 10_00, mode, id=uid(number), on=TODAY))
    assert stored_value(entries) == StoredValue(80_00)


def test_only_so_many_loads_of_a_member_bring_a_bonus() -> None:
    """Two do. One that is taken back, or too small for a bonus, doesn't count."""
    twice = replace(RULE, most_bonuses=2)
    entries: list[Entry] = []
    for number, amount in enumerate((100_00, 99_99, 100_00, 100_00), 1):
        entries.append(load(entries, amount, twice, id=uid(number), on=TODAY))
    assert [entry.bonus_minor for entry in entries] == [10_00, 0, 10_00, 0]
    entries.append(reverse_load(entries, uid(3), id=uid(5), on=TODAY))
    assert load(entries, 100_00, twice, id=uid(6), on=TODAY).bonus_minor == 10_00
