"""Two devices that don't know of each other spend the same stored value: it is owed, and the ledger goes on."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.domain.stored_value import cash_out, load, spend
from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind, StoredValue, stored_value
from shared_models.domain.stored_value_refused import MoreThanPrincipal, NotEnoughStoredValue
from shared_models.domain.stored_value_rules import SpendOrder, StoredValueRule
from tests.domain.shop import TODAY
from tests.domain.test_stored_value import PRO_RATA, loaded, uid
from tests.domain.test_stored_value_laws import Model, acts, attempt, rules

NONE = StoredValueRule()


def test_what_was_spent_twice_is_owed_and_paid_by_the_next_load() -> None:
    """100 + 10 are held. One device spends all of it, another 55: 55 is owed, and of a load of 60 only 5 is left."""
    entries = loaded()
    apart = [
        spend(entries, 110_00, PRO_RATA, id=uid(2), on=TODAY),
        spend(entries, 55_00, PRO_RATA, id=uid(3), on=TODAY),
    ]
    entries += apart
    assert stored_value(entries) == StoredValue(-55_00)
    with pytest.raises(NotEnoughStoredValue) as caught:
        spend(entries, 1, PRO_RATA, id=uid(4), on=TODAY)
    assert caught.value.values == {"left_minor": "0"}
    with pytest.raises(MoreThanPrincipal) as refused:
        cash_out(entries, 1, id=uid(4), on=TODAY)
    assert refused.value.values == {"left_minor": "0"}
    entries.append(load(entries, 60_00, NONE, id=uid(5), on=TODAY))
    assert stored_value(entries) == StoredValue(5_00)


def test_an_overdrawn_lot_is_owed_also_after_its_last_day() -> None:
    lot = BonusLot(uid(1), 10_00, TODAY)
    entries = [Entry(uid(1), EntryKind.LOAD, TODAY, 100_00, (lot,))]
    entries += [Entry(uid(each), EntryKind.SPEND, TODAY, 0, (BonusLot(uid(1), -8_00, TODAY),)) for each in (2, 3)]
    held = stored_value(entries)
    assert held == StoredValue(94_00)
    assert held.balance_minor(TODAY) == held.balance_minor(TODAY + timedelta(days=1)) == 94_00


def test_a_purchase_may_be_known_before_its_load() -> None:
    entries = loaded()
    bought = spend(entries, 55_00, PRO_RATA, id=uid(2), on=TODAY)
    assert stored_value([bought]) == StoredValue(-55_00)
    assert stored_value([bought, *entries]) == stored_value([*entries, bought])


def test_a_cash_out_never_gives_bonus_though_two_devices_forfeited_too_much() -> None:
    """100 + 10 are held. Each device pays 0.01 out and rounds 0.1 cents of bonus up to 1; of 3 cents in all it is 1."""
    entries = loaded()
    entries += [cash_out(entries, 1, id=uid(each), on=TODAY) for each in (2, 3)]
    assert stored_value(entries) == StoredValue(99_98, (BonusLot(uid(1), 9_98),))
    assert cash_out(entries, 1, id=uid(4), on=TODAY) == Entry(uid(4), EntryKind.CASH_OUT, TODAY, -1)


History = list[tuple[EntryKind, int, int, int]]


def grown(start: list[Entry], history: History, model: Model, first: int) -> list[Entry]:
    """``start`` and the acts of ``history`` that aren't refused. No act overdraws anything by itself."""
    entries, on = list(start), TODAY
    for number, (kind, amount, which, days) in enumerate(history, first):
        on += timedelta(days=days)
        entry = attempt(entries, model, (kind, amount, which), uid(number), on)
        if entry is None:
            continue
        before = overdrawn(entries)
        entries.append(entry)
        held = stored_value(entries)
        assert overdrawn(entries) >= before
        assert held.principal_minor + sum(lot.minor for lot in held.lots) == sum(each.amount_minor for each in entries)
        assert all(lot.minor > 0 for lot in held.lots)
        if kind in (EntryKind.SPEND, EntryKind.CASH_OUT):
            assert held.balance_minor(on) >= 0
            assert all(lot.minor < 0 for lot in entry.lots)
    return entries


def overdrawn(entries: list[Entry]) -> int:
    lots: Counter[UUID] = Counter()
    for lot in (lot for entry in entries for lot in entry.lots):
        lots[lot.id] += lot.minor
    return sum(minor for minor in lots.values() if minor < 0)


@settings(max_examples=150)
@given(rules, st.sampled_from(SpendOrder), acts, acts, acts, acts)
def test_a_ledger_of_devices_apart_can_always_go_on(
    rule: StoredValueRule, order: SpendOrder, before: History, one: History, other: History, after: History
) -> None:
    model = Model(rule, order)
    start = grown([], before, model, 1)
    left, right = grown(start, one, model, 100), grown(start, other, model, 200)
    both = [*left, *right[len(start) :]]
    assert stored_value(both) == stored_value([*right, *left[len(start) :]])
    grown(both, after, model, 300)
