"""Stored value worked out by hand, what is refused, and its rule as a document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain import tender
from shared_models.domain.money import AmountTooLarge
from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from shared_models.domain.sale import Payment, PaymentState, TenderKind
from shared_models.domain.stored_value import cash_out, freeze, load, refund, reverse_load, spend, unfreeze
from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind, StoredValue, stored_value
from shared_models.domain.stored_value_refused import (
    BalanceTooLarge,
    LoadNotWhole,
    LoadTooLarge,
    MoreThanPrincipal,
    MoreThanWasSpent,
    NotEnoughStoredValue,
    NotInLedger,
    StoredValueFrozen,
    SumNotPositive,
)
from shared_models.domain.stored_value_rules import Forfeit, LoadStep, SpendOrder, StoredValueRule
from tests.domain.shop import TODAY

RULE = StoredValueRule((LoadStep(100_00, 10_00), LoadStep(500_00, 80_00)))
PRO_RATA = SpendOrder.PRO_RATA
LATER = TODAY + timedelta(days=1)


def uid(number: int) -> UUID:
    return UUID(int=number)


def loaded(amount_minor: int = 100_00, rule: StoredValueRule = RULE) -> list[Entry]:
    return [load([], amount_minor, rule, id=uid(1), on=TODAY)]


def held(entries: list[Entry], on: date = TODAY) -> tuple[int, int]:
    """Principal, and the bonus that can be spent."""
    found = stored_value(entries)
    return found.principal_minor, found.bonus_minor(on)


@pytest.mark.parametrize(
    ("amount", "bonus"), [(1, 0), (99_99, 0), (100_00, 10_00), (499_99, 10_00), (500_00, 80_00), (10_000_00, 80_00)]
)
def test_a_load_brings_the_bonus_of_the_highest_step_it_reaches(amount: int, bonus: int) -> None:
    assert held(loaded(amount)) == (amount, bonus)


def test_a_purchase_and_its_return_pro_rata() -> None:
    """100 + 10 are held. 55 is half of 110, so half of each pays: 50 + 5. Half of that comes back: 25 + 2.50."""
    entries = loaded()
    bought = spend(entries, 55_00, PRO_RATA, id=uid(2), on=TODAY)
    assert bought == Entry(uid(2), EntryKind.SPEND, TODAY, -50_00, (BonusLot(uid(1), -5_00),))
    entries.append(bought)
    assert held(entries) == (50_00, 5_00)
    entries.append(refund(entries, uid(2), 27_50, id=uid(3), on=TODAY))
    assert held(entries) == (75_00, 7_50)
    entries.append(refund(entries, uid(2), 27_50, id=uid(4), on=TODAY))
    assert held(entries) == (100_00, 10_00)


def test_odd_cents_come_back_to_the_cent() -> None:
    """Of 100 + 10 the sum 0.33 takes 0.03 of bonus. Its three thirds give 0.10 + 0.01 each."""
    entries = loaded()
    entries.append(spend(entries, 33, PRO_RATA, id=uid(2), on=TODAY))
    assert held(entries) == (99_70, 9_97)
    parts = []
    for number in (3, 4, 5):
        entries.append(refund(entries, uid(2), 11, id=uid(number), on=TODAY))
        parts.append((entries[-1].principal_minor, entries[-1].bonus_minor))
    assert parts == [(10, 1)] * 3
    assert held(entries) == (100_00, 10_00)


def test_being_paid_out_forfeits_bonus_in_proportion() -> None:
    """A third of 100 paid out forfeits a third of 10: 3.333…, so 3.34. Two thirds: 6.67 in all. The rest takes all."""
    entries = loaded()
    for number, (amount, left) in enumerate([(33_34, (66_66, 6_66)), (33_33, (33_33, 3_33)), (33_33, (0, 0))], 2):
        entries.append(cash_out(entries, amount, id=uid(number), on=TODAY))
        assert entries[-1].principal_minor == -amount
        assert held(entries) == left


@pytest.mark.parametrize(
    ("order", "amount", "paid"),
    [
        (SpendOrder.PRINCIPAL_FIRST, 100_00, (100_00, 0)),
        (SpendOrder.PRINCIPAL_FIRST, 104_00, (100_00, 4_00)),
        (SpendOrder.BONUS_FIRST, 9_00, (0, 9_00)),
        (SpendOrder.BONUS_FIRST, 12_00, (2_00, 10_00)),
        (SpendOrder.PRO_RATA, 11, (10, 1)),
        (SpendOrder.PRO_RATA, 110_00, (100_00, 10_00)),
    ],
)
def test_what_pays_first_is_the_shops_rule(order: SpendOrder, amount: int, paid: tuple[int, int]) -> None:
    bought = spend(loaded(), amount, order, id=uid(2), on=TODAY)
    assert (-bought.principal_minor, -bought.bonus_minor) == paid


def test_bonus_is_spent_soonest_expiry_first_and_principal_never_expires() -> None:
    short = replace(RULE, bonus_days=1)
    entries = loaded()
    entries.append(load(entries, 100_00, short, id=uid(2), on=TODAY))
    bought = spend(entries, 15_00, SpendOrder.BONUS_FIRST, id=uid(3), on=LATER)
    assert bought.lots == (BonusLot(uid(2), -10_00, LATER), BonusLot(uid(1), -5_00))
    assert held(entries, LATER) == (200_00, 20_00)
    assert held(entries, LATER + timedelta(days=1)) == (200_00, 10_00)
    with pytest.raises(NotEnoughStoredValue, match="21000"):
        spend(entries, 210_01, PRO_RATA, id=uid(3), on=LATER + timedelta(days=1))


def test_bonus_that_expired_meanwhile_comes_back_for_thirty_days() -> None:
    entries = loaded(rule=replace(RULE, bonus_days=1))
    entries.append(spend(entries, 10_00, SpendOrder.BONUS_FIRST, id=uid(2), on=LATER))
    on = TODAY + timedelta(days=2)
    back = refund(entries, uid(2), 4_00, id=uid(3), on=on)
    assert back.lots == (BonusLot(uid(3), 4_00, on + timedelta(days=30)),)
    assert refund(entries, uid(2), 4_00, id=uid(3), on=LATER).lots == (BonusLot(uid(1), 4_00, LATER),)


def test_a_return_says_itself_how_much_was_bonus() -> None:
    entries = loaded()
    entries.append(spend(entries, 55_00, PRO_RATA, id=uid(2), on=TODAY))
    back = refund(entries, uid(2), 10_00, id=uid(3), on=TODAY, bonus_minor=1)
    assert (back.principal_minor, back.bonus_minor) == (9_99, 1)
    for bonus in (-1, 5_01, 10_01):
        with pytest.raises(MoreThanWasSpent):
            refund(entries, uid(2), 10_00, id=uid(3), on=TODAY, bonus_minor=bonus)
    entries.append(back)
    rest = refund(entries, uid(2), 45_00, id=uid(4), on=TODAY)
    assert (rest.principal_minor, rest.bonus_minor) == (40_01, 4_99)


def test_a_load_is_reversed_while_nothing_of_it_is_spent() -> None:
    entries = loaded()
    entries.append(load(entries, 50_00, RULE, id=uid(2), on=TODAY))
    entries.append(spend(entries, 40_00, PRO_RATA, id=uid(3), on=TODAY))
    with pytest.raises(LoadNotWhole):
        reverse_load(entries, uid(1), id=uid(4), on=TODAY)
    entries.append(reverse_load(entries, uid(2), id=uid(4), on=TODAY))
    assert held(entries) == (62_50, 7_50)  # a quarter of 160 was spent: 37.50 + 2.50
    with pytest.raises(LoadNotWhole):
        reverse_load(entries, uid(2), id=uid(5), on=TODAY)
    entries.append(refund(entries, uid(3), 40_00, id=uid(5), on=TODAY))
    entries.append(reverse_load(entries, uid(1), id=uid(6), on=TODAY))
    assert stored_value(entries) == StoredValue()


@pytest.mark.parametrize(
    ("act", "error", "sentence"),
    [
        (lambda e, **k: spend(e, 110_01, PRO_RATA, **k), NotEnoughStoredValue,
         "Only 11000 of stored value can be spent. Take less, or split the payment."),
        (lambda e, **k: spend(e, 0, PRO_RATA, **k), SumNotPositive, "The sum must be above zero."),
        (lambda e, **k: load(e, -5, RULE, **k), SumNotPositive, "The sum must be above zero."),
        (lambda e, **k: load(e, 10**12, RULE, **k), AmountTooLarge,
         "This amount is too large. Check the price and the quantity."),
        (lambda e, **k: load(e, 50_01, replace(RULE, most_load_minor=50_00), **k), LoadTooLarge,
         "At most 5000 can be loaded at once. Load less."),
        (lambda e, **k: load(e, 100_00, replace(RULE, most_balance_minor=219_99), **k), BalanceTooLarge,
         "This load would bring the balance to 22000, and at most 21999 is allowed. Load less."),
        (lambda e, **k: cash_out(e, 100_01, **k), MoreThanPrincipal,
         "At most 10000 can be paid out, because bonus never is. Pay out less."),
        (lambda e, **k: cash_out(e, 0, **k), SumNotPositive, "The sum must be above zero."),
        (lambda e, **k: refund(e, uid(1), 1, **k), NotInLedger,
         "This stored value has no such load or purchase. Check the receipt and the member."),
        (lambda e, **k: reverse_load(e, uid(7), **k), NotInLedger,
         "This stored value has no such load or purchase. Check the receipt and the member."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(act: Callable[..., Entry], error: type[Exception], sentence: str) -> None:
    entries = loaded()
    with pytest.raises(error) as caught:
        act(entries, id=uid(9), on=TODAY)
    assert str(caught.value) == sentence
    assert entries == loaded()


def test_the_limits_themselves_are_allowed() -> None:
    rule = replace(RULE, most_load_minor=100_00, most_balance_minor=220_00)
    assert load(loaded(), 100_00, rule, id=uid(2), on=TODAY).amount_minor == 110_00


def test_of_a_purchase_no_more_comes_back_than_it_was() -> None:
    entries = loaded()
    entries.append(spend(entries, 55_00, PRO_RATA, id=uid(2), on=TODAY))
    entries.append(refund(entries, uid(2), 50_00, id=uid(3), on=TODAY))
    with pytest.raises(MoreThanWasSpent, match="500 "):
        refund(entries, uid(2), 5_01, id=uid(4), on=TODAY)


def test_frozen_stored_value_only_takes_back() -> None:
    entries = loaded()
    entries.append(spend(entries, 55_00, PRO_RATA, id=uid(2), on=TODAY))
    entries.append(freeze(id=uid(3), on=TODAY))
    with pytest.raises(StoredValueFrozen):
        load(entries, 1, RULE, id=uid(9), on=TODAY)
    with pytest.raises(StoredValueFrozen):
        spend(entries, 1, PRO_RATA, id=uid(9), on=TODAY)
    with pytest.raises(StoredValueFrozen):
        cash_out(entries, 1, id=uid(9), on=TODAY)
    entries.append(refund(entries, uid(2), 55_00, id=uid(4), on=TODAY))
    assert held([*entries, reverse_load(entries, uid(1), id=uid(5), on=TODAY)]) == (0, 0)
    entries.append(unfreeze(id=uid(6), on=TODAY))
    assert spend(entries, 1, PRO_RATA, id=uid(7), on=TODAY).amount_minor == -1


def test_an_id_belongs_to_one_entry() -> None:
    with pytest.raises(ValueError, match="is a load already"):
        spend(loaded(), 1, PRO_RATA, id=uid(1), on=TODAY)


def test_stored_value_pays() -> None:
    spent = spend(loaded(), 55_00, PRO_RATA, id=uid(2), on=TODAY)
    assert tender.stored_value_payment(uid(3), spent) == Payment(
        uid(3), TenderKind.STORED_VALUE, PaymentState.CAPTURED, 55_00, bonus_minor=5_00, lots=(BonusLot(uid(1), 5_00),)
    )


@given(
    st.builds(
        StoredValueRule,
        steps=st.sampled_from([(), RULE.steps]),
        spend_order=st.sampled_from(SpendOrder),
        bonus_days=st.none() | st.integers(1, 36_500),
        most_load_minor=st.none() | st.integers(500_00, 10**9),
        most_balance_minor=st.none() | st.integers(580_00, 10**9),
        most_bonuses=st.none() | st.integers(1, 1_000_000),
        forfeit=st.sampled_from(Forfeit),
    )
    | st.none()
)
def test_any_rule_reads_back(rule: StoredValueRule | None) -> None:
    programme = replace(default_programme(), stored_value=rule)
    plain = json.loads(json.dumps(to_plain(programme)))
    assert from_plain(plain, strict=True) == programme
    assert plain["format"] == (1 if rule is None else 3)


@pytest.mark.parametrize(
    ("section", "at", "problem"),
    [
        ([], "", "it must be an object with named fields"),
        ({"colour": "red"}, ".colour", "no such field; remove it or mend its name"),
        ({"spend_order": "last"}, ".spend_order", "it must be one of principal_first, bonus_first, pro_rata"),
        ({"forfeit": "none"}, ".forfeit", "it must be one of in_proportion, wholly"),
        ({"most_bonuses": 0}, ".most_bonuses", "it must be a whole number from 1 to 1000000"),
        ({"bonus_days": 0}, ".bonus_days", "it must be a whole number from 1 to 36500"),
        ({"steps": [{"from_minor": 100}]}, ".steps[0].bonus_minor", "it is missing"),
        (
            {"steps": [{"from_minor": 100, "bonus_minor": 101}]},
            ".steps[0].bonus_minor",
            "the bonus is larger than the load it is for; lower it or raise from_minor",
        ),
        (
            {"steps": [{"from_minor": 100, "bonus_minor": 10}, {"from_minor": 100, "bonus_minor": 20}]},
            ".steps[1]",
            "both figures must be above those of the step before; mend or sort the steps",
        ),
        (
            {"steps": [{"from_minor": 100, "bonus_minor": 10}, {"from_minor": 200, "bonus_minor": 10}]},
            ".steps[1]",
            "both figures must be above those of the step before; mend or sort the steps",
        ),
        (
            {"steps": [{"from_minor": 100, "bonus_minor": 10}], "most_load_minor": 99},
            ".steps[0]",
            "nobody may load that much at once; lower the step or raise most_load_minor",
        ),
        (
            {"steps": [{"from_minor": 100, "bonus_minor": 10}], "most_balance_minor": 109},
            ".steps[0]",
            "nobody may hold that much with the bonus; lower the step or raise most_balance_minor",
        ),
    ],
)
def test_a_rule_that_cannot_stand_says_how_to_mend_it(section: Any, at: str, problem: str) -> None:
    plain = to_plain(default_programme()) | {"format": 3, "stored_value": section}
    with pytest.raises(BadProgramme) as caught:
        from_plain(plain, strict=True)
    assert (caught.value.values["field"], caught.value.values["problem"]) == (f"stored_value{at}", problem)
