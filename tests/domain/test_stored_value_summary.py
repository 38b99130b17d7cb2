"""A ledger in sum gives what the whole one gives, whatever was done before."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.domain.sale import Payment, PaymentState, TenderKind
from shared_models.domain.stored_value import cash_out, freeze, load, reverse_load, spend, unfreeze
from shared_models.domain.stored_value_facts import account_id, entry_of
from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind, stored_value
from shared_models.domain.stored_value_refused import StoredValueRefused
from shared_models.domain.stored_value_rules import LoadStep, SpendOrder, StoredValueRule
from shared_models.domain.stored_value_summary import Summary, added, summed

DAY = date(2026, 11, 24)
RULE = StoredValueRule((LoadStep(20, 3), LoadStep(40, 11)), bonus_days=20, most_bonuses=3)

acts = st.lists(
    st.tuples(st.sampled_from(["load", "spend", "cash_out", "reverse", "freeze", "unfreeze"]), st.integers(1, 60)),
    max_size=14,
)


def done(what: str, amount: int, ledger: list[Entry], summary: Summary, id: UUID, on: date) -> tuple[Entry, Entry]:
    """The act on the whole ledger, and on the one in sum."""
    match what:
        case "load":
            short = load(summary.entries(), amount, RULE, id=id, on=on, bonuses_before=summary.bonuses)
            return load(ledger, amount, RULE, id=id, on=on), short
        case "spend":
            order = list(SpendOrder)[amount % 3]
            return spend(ledger, amount, order, id=id, on=on), spend(summary.entries(), amount, order, id=id, on=on)
        case "cash_out":
            whole = cash_out(ledger, amount, id=id, on=on)
            return whole, whole
        case "reverse":
            loads = [each for each in ledger if each.kind is EntryKind.LOAD]
            whole = reverse_load(ledger, loads[-1].id if loads else id, id=id, on=on)
            return whole, whole
        case "freeze":
            return freeze(id=id, on=on), freeze(id=id, on=on)
        case _:
            return unfreeze(id=id, on=on), unfreeze(id=id, on=on)


@given(acts)
@settings(max_examples=300, deadline=None)
def test_what_is_done_on_the_sum_is_what_is_done_on_the_whole(todo: list[tuple[str, int]]) -> None:
    ledger: list[Entry] = []
    summary = Summary()
    for place, (what, amount) in enumerate(todo):
        try:
            whole, short = done(what, amount, ledger, summary, UUID(int=place + 10), DAY + timedelta(place // 2))
        except StoredValueRefused:
            continue
        assert short == whole
        ledger.append(whole)
        summary = added(summary, whole)
        assert stored_value(summary.entries()) == stored_value(ledger)
        assert summed(ledger) == summary


def test_what_two_tills_took_of_one_lot_is_owed_and_a_later_load_pays_it() -> None:
    lot = BonusLot(UUID(int=1), 50, date(2027, 1, 1))
    loaded = Entry(UUID(int=1), EntryKind.LOAD, DAY, 100, (lot,))
    spends = [Entry(UUID(int=n), EntryKind.SPEND, DAY, -80, (BonusLot(lot.id, -40, lot.expires_on),)) for n in (2, 3)]
    held = stored_value(summed([loaded, *spends]).entries())
    assert (held.principal_minor, held.lots) == (-90, ())
    later = stored_value(summed([loaded, *spends, Entry(UUID(int=4), EntryKind.LOAD, DAY, 100)]).entries())
    assert later.balance_minor(DAY) == 10


def test_a_payment_that_does_not_name_its_lots_takes_those_that_expire_first() -> None:
    early, late = (BonusLot(UUID(int=n), 30, date(2027, n, 1)) for n in (1, 2))
    held = stored_value([Entry(UUID(int=1), EntryKind.LOAD, DAY, 100, (late, early))])
    payment = Payment(UUID(int=9), TenderKind.STORED_VALUE, PaymentState.CAPTURED, 100, bonus_minor=40)
    entry = entry_of(payment, DAY, held)
    assert entry.principal_minor == -60
    assert [(lot.id.int, lot.minor) for lot in entry.lots] == [(1, -30), (2, -10)]
    more = Payment(UUID(int=9), TenderKind.STORED_VALUE, PaymentState.CAPTURED, 100, bonus_minor=90)
    entry = entry_of(more, DAY, held)
    assert (entry.principal_minor, entry.bonus_minor) == (-40, -60), "bonus that isn't there is owed by the principal"


def test_two_tills_that_load_first_mean_the_same_account() -> None:
    assert account_id(UUID(int=7)) == account_id(UUID(int=7)) != account_id(UUID(int=8))
