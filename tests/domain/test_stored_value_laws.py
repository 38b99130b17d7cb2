"""Stored value against a model that keeps each cent of bonus as one item: slow, and plain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.domain.stored_value import cash_out, load, refund, reverse_load, spend
from shared_models.domain.stored_value_ledger import Entry, EntryKind, stored_value
from shared_models.domain.stored_value_refused import StoredValueRefused
from shared_models.domain.stored_value_rules import LoadStep, SpendOrder, StoredValueRule
from tests.domain.shop import TODAY
from tests.domain.test_stored_value import PRO_RATA, loaded, uid

Cent = tuple[date, UUID]
Row = tuple[EntryKind, date, int, int]
STEPS = (LoadStep(20, 3), LoadStep(40, 11))


@dataclass
class Model:
    """``row``: the kind of the purchases or cash-outs that came last, the day of the last, and what there was before
    the first of them, principal and bonus."""

    rule: StoredValueRule
    order: SpendOrder
    principal: int = 0
    bonus: list[Cent] = field(default_factory=list)
    ends: set[date] = field(default_factory=set)
    row: Row | None = None
    in_all: int = 0
    bought: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    back: Counter[UUID] = field(default_factory=Counter)

    def good(self, on: date) -> list[Cent]:
        return sorted(cent for cent in self.bonus if cent[0] >= on)

    def balance(self, on: date) -> int:
        return self.principal + len(self.good(on))

    def book(self, entry: Entry) -> None:
        """Check what ``entry`` says against what it must say, and do it cent by cent."""
        match entry.kind:
            case EntryKind.LOAD:
                self._load(entry)
            case EntryKind.SPEND:
                self._spend(entry)
            case EntryKind.CASH_OUT:
                self._cash_out(entry)
            case EntryKind.REFUND:
                self._refund(entry)
        if entry.kind not in (EntryKind.SPEND, EntryKind.CASH_OUT):
            self.row = None
        self.principal += entry.principal_minor
        for lot in entry.lots:
            self.ends.add(lot.expires_on)
            for _ in range(abs(lot.minor)):
                (self.bonus.append if lot.minor > 0 else self.bonus.remove)((lot.expires_on, lot.id))

    def _load(self, entry: Entry) -> None:
        bonus = next((step.bonus_minor for step in STEPS[::-1] if entry.principal_minor >= step.from_minor), 0)
        assert entry.bonus_minor == (bonus if self.rule.steps else 0)

    def _spend(self, entry: Entry) -> None:
        principal, bonus, in_all = self._row(entry, -entry.amount_minor)
        of_bonus = {
            SpendOrder.PRINCIPAL_FIRST: max(0, in_all - principal),
            SpendOrder.BONUS_FIRST: min(bonus, in_all),
            SpendOrder.PRO_RATA: int(Fraction(in_all * bonus, principal + bonus) + Fraction(1, 2)),
        }[self.order]
        good = self.good(entry.on)
        taken = good[: of_bonus - (bonus - len(good))]
        assert Counter(taken) == Counter({(lot.expires_on, lot.id): -lot.minor for lot in entry.lots})
        self.bought[entry.id] = (-entry.amount_minor, len(taken))

    def _cash_out(self, entry: Entry) -> None:
        principal, bonus, in_all = self._row(entry, -entry.principal_minor)
        forfeited = ceil(Fraction(bonus * in_all, principal)) - (bonus - len(self.good(entry.on)))
        assert -entry.bonus_minor == forfeited

    def _refund(self, entry: Entry) -> None:
        assert entry.of_id is not None
        total, of_bonus = self.bought[entry.of_id]
        before = self.back[entry.of_id]
        self.back[entry.of_id] = after = before + entry.amount_minor
        assert after <= total
        exact = Fraction(entry.amount_minor * of_bonus, total)
        assert abs(entry.bonus_minor - exact) <= 1
        assert all(lot.expires_on >= entry.on for lot in entry.lots)

    def _row(self, entry: Entry, amount: int) -> tuple[int, int, int]:
        """Principal and bonus before the row, and what it moves with ``entry``."""
        row, good = self.row, len(self.good(entry.on))
        if row is None or row[0] is not entry.kind or any(row[1] <= end < entry.on for end in self.ends):
            row, self.in_all = (entry.kind, entry.on, self.principal, good), 0
        self.row = (entry.kind, entry.on, *row[2:])
        self.in_all += amount
        return row[2], row[3], self.in_all


amounts = st.integers(1, 60)
rules = st.builds(StoredValueRule, steps=st.sampled_from([(), STEPS]), bonus_days=st.sampled_from([None, 2, 5]))
KINDS = (EntryKind.LOAD, EntryKind.SPEND, EntryKind.SPEND, EntryKind.CASH_OUT, EntryKind.REFUND, EntryKind.REVERSAL)
acts = st.lists(
    st.tuples(st.sampled_from(KINDS), amounts, st.integers(0, 9), st.sampled_from([0, 0, 0, 1, 3])),
    min_size=1,
    max_size=14,
)


def attempt(entries: list[Entry], model: Model, what: tuple[EntryKind, int, int], new: UUID, on: date) -> Entry | None:
    """The entry, or ``None`` if it is refused."""
    try:
        return act(entries, model, *what, new, on)
    except StoredValueRefused:
        return None


def act(entries: list[Entry], model: Model, kind: EntryKind, amount: int, which: int, new: UUID, on: date) -> Entry:
    def one_of(kind: EntryKind) -> UUID:
        found = [each.id for each in entries if each.kind is kind]
        return found[which % len(found)] if found else new

    match kind:
        case EntryKind.LOAD:
            return load(entries, amount, model.rule, id=new, on=on)
        case EntryKind.SPEND:
            return spend(entries, amount, model.order, id=new, on=on)
        case EntryKind.CASH_OUT:
            return cash_out(entries, amount, id=new, on=on)
        case EntryKind.REFUND:
            return refund(entries, one_of(EntryKind.SPEND), amount, id=new, on=on)
        case _:
            return reverse_load(entries, one_of(EntryKind.LOAD), id=new, on=on)


@settings(max_examples=150)
@given(rules, st.sampled_from(SpendOrder), acts)
def test_an_account_is_its_cents(
    rule: StoredValueRule, order: SpendOrder, history: list[tuple[EntryKind, int, int, int]]
) -> None:
    entries: list[Entry] = []
    model = Model(rule, order)
    on = TODAY
    for number, (kind, amount, which, days) in enumerate(history, 1):
        on += timedelta(days=days)
        entry = attempt(entries, model, (kind, amount, which), uid(number), on)
        possible = {EntryKind.LOAD: True, EntryKind.SPEND: amount <= model.balance(on)}
        possible[EntryKind.CASH_OUT] = amount <= model.principal
        assert (entry is not None) is possible.get(kind, entry is not None)
        if entry is None:
            continue
        model.book(entry)
        entries.append(entry)
        found = stored_value(entries)
        assert found.principal_minor == model.principal >= 0
        assert {(lot.expires_on, lot.id): lot.minor for lot in found.lots} == Counter(model.bonus)
        assert found.balance_minor(on) == model.balance(on)
        assert found.principal_minor + len(model.bonus) == sum(each.amount_minor for each in entries)
        assert stored_value([*entries, entry, *entries]) == found, "an entry that comes twice changes nothing"
        assert stored_value(reversed(entries)) == found, "entries may come in any order"


@given(rules, st.sampled_from(SpendOrder), acts)
def test_bonus_is_never_paid_out(
    rule: StoredValueRule, order: SpendOrder, history: list[tuple[EntryKind, int, int, int]]
) -> None:
    """Whatever happens, what is paid out and reversed is no more than was paid in, and goods cost at least the rest."""
    entries: list[Entry] = []
    for number, (kind, amount, which, _) in enumerate(history, 1):
        entry = attempt(entries, Model(rule, order), (kind, amount, which), uid(number), TODAY)
        entries += [entry] if entry else []
    sums: Counter[EntryKind] = Counter()
    for each in entries:
        sums[each.kind] += each.principal_minor
    out = -sums[EntryKind.CASH_OUT] - sums[EntryKind.REVERSAL]
    assert out + max(0, -sums[EntryKind.SPEND] - sums[EntryKind.REFUND]) <= sums[EntryKind.LOAD]
    assert all(each.bonus_minor <= 0 for each in entries if each.kind is EntryKind.CASH_OUT)
    held = stored_value(entries)
    paid_out_last = entries and entries[-1].kind is EntryKind.CASH_OUT and not held.principal_minor
    assert not (paid_out_last and held.bonus_minor(TODAY)), "no bonus outlives the last of the principal"


@given(amounts, amounts, st.lists(amounts, max_size=6), st.sampled_from(SpendOrder))
def test_many_small_acts_are_one_large_one(first: int, second: int, parts: list[int], order: SpendOrder) -> None:
    rule = StoredValueRule((LoadStep(20, 3), LoadStep(40, 11)), bonus_days=5)
    entries = [load([], first, rule, id=uid(1), on=TODAY)]
    entries.append(load(entries, second, replace(rule, bonus_days=None), id=uid(2), on=TODAY))

    def all_of(limit: int, act: Callable[[list[Entry], int, UUID], Entry], start: list[Entry]) -> list[Entry]:
        """``parts`` as far as ``limit`` goes, one after the other; the same in one act must come to the same."""
        small, total = list(start), 0
        for number, part in enumerate(parts, 10):
            amount = min(part, limit - total)
            if amount:
                small.append(act(small, amount, uid(number)))
                total += amount
        if total:
            large = [*start, act(list(start), total, uid(99))]
            assert stored_value(small) == stored_value(large)
        return small

    before = stored_value(entries)
    all_of(before.balance_minor(TODAY), lambda e, a, new: spend(e, a, order, id=new, on=TODAY), entries)
    all_of(before.principal_minor, lambda e, a, new: cash_out(e, a, id=new, on=TODAY), entries)
    whole = min(sum(parts), before.balance_minor(TODAY))
    if whole:
        entries.append(spend(entries, whole, order, id=uid(3), on=TODAY))
        entries = all_of(whole, lambda e, a, new: refund(e, uid(3), a, id=new, on=TODAY), entries)
        assert stored_value(entries) == before, "all of it came back"


@given(amounts, st.lists(amounts, min_size=1, max_size=5))
def test_a_doubled_request_is_done_once(amount: int, parts: list[int]) -> None:
    entries = loaded(100)
    for number, part in enumerate(parts, 2):
        if part <= stored_value(entries).balance_minor(TODAY):
            entries.append(spend(entries, part, PRO_RATA, id=uid(number), on=TODAY))
    for each in entries[1:]:
        assert spend(entries, amount, PRO_RATA, id=each.id, on=TODAY + timedelta(days=1)) == each
