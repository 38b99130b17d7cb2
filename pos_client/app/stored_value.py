"""Stored value at the till: what a member has, paying with it, and paying more in."""

from __future__ import annotations

from typing import Final

from pos_client.app import spending
from pos_client.app.counter import Counter
from pos_client.app.refusals import BadAmount, NoMemberToPay, NotThatMuchHere, StoredValueClosed, UnknownMember
from pos_client.app.views import LoadedView, Notice, StoredValueTender, StoredValueView
from pos_client.store.shop import KnownMember
from pos_client.store.valuables import KnownStoredValue
from shared_models.domain import stored_value, tender
from shared_models.domain.load_receipt import load_receipt
from shared_models.domain.sale import Payment, TenderKind
from shared_models.domain.spending_rules import Mode, ResourceKind
from shared_models.domain.stored_value_facts import StoredValueLoaded, load_entry
from shared_models.domain.stored_value_ledger import Entry
from shared_models.domain.stored_value_ledger import stored_value as balance_of
from shared_models.domain.stored_value_refused import (
    LoadTooLarge,
    NotEnoughStoredValue,
    StoredValueFrozen,
    SumNotPositive,
)
from shared_models.domain.stored_value_rules import StoredValueRule

MOST_LOAD_UNITS: Final = 10_000
"""Of the currency, at once, whatever the programme allows: more is a code typed as a sum."""


class StoredValueDesk:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def view(self, member: KnownMember) -> StoredValueView | None:
        """``None`` if the programme has no stored value and the member none either."""
        known = self._known(member)
        if self._counter.programme.stored_value is None and not known.entries:
            return None
        held, on = known.held, self._counter.business_date()
        return StoredValueView(
            balance_minor=held.balance_minor(on),
            bonus_minor=held.bonus_minor(on),
            frozen=held.frozen,
            can_load=self._counter.programme.stored_value is not None and not held.frozen,
        )

    def tender(self, member: KnownMember, due_minor: int) -> StoredValueTender | None:
        """How stored value may pay what is due; ``None`` if there is none to speak of."""
        view = self.view(member)
        if view is None:
            return None
        why = self._why_not(member)
        if why is not None:
            return StoredValueTender(0, view.balance_minor, why)
        there = spending.stored_value(self._counter, member, self._known(member))
        if there.amount < min(due_minor, view.balance_minor):
            return StoredValueTender(there.amount, view.balance_minor, Notice.of(NotThatMuchHere(there)))
        return StoredValueTender(min(due_minor, view.balance_minor), view.balance_minor, None)

    def payment(self, amount_minor: int, due_minor: int) -> Payment:
        """Stored value as a payment of the sale in hand. Raise ``NoMemberToPay``, ``NothingDue``, ``SpendingStopped``,
        ``SpendingStale``, ``NotThatMuchHere``, ``StoredValueRefused``, ``TenderTooLarge``."""
        counter = self._counter
        member = counter.member()
        if member is None:
            raise NoMemberToPay
        if due_minor <= 0:
            raise tender.NothingDue
        if amount_minor > due_minor:
            raise tender.TenderTooLarge
        spent = self._spend(member, amount_minor)
        return tender.stored_value_payment(spent.id, spent)

    def check(self, payments: tuple[Payment, ...]) -> None:
        """That what was chosen may still be spent: a sync may have told of purchases elsewhere. The split between
        principal and bonus stays as it was."""
        amount_minor = sum(each.amount_minor for each in payments if each.kind is TenderKind.STORED_VALUE)
        member = self._counter.member()
        if amount_minor and member is not None:
            self._spend(member, amount_minor)

    def load(self, amount_minor: int, tendered_minor: int) -> LoadedView:
        """Take cash for more stored value of the sale's member, as one fact, with a slip. The sale in hand stays as it
        is. Raise ``UnknownMember``, ``StoredValueClosed``, ``BadAmount``, ``BadTender``, ``StoredValueRefused``."""
        counter = self._counter
        counter.open_sale()
        member, programme = counter.member(), counter.programme
        if member is None:
            raise UnknownMember
        if programme.stored_value is None:
            raise StoredValueClosed
        if amount_minor <= 0:
            raise SumNotPositive
        most_minor = MOST_LOAD_UNITS * programme.money.unit_minor
        if amount_minor > most_minor:
            raise LoadTooLarge(most_minor=most_minor)
        cash = tender.cash(amount_minor, tendered_minor, programme.cash_rounding_minor, programme.cash_rounding)
        if cash.rounding_minor:
            raise BadAmount
        known = self._known(member)
        entry = self._loaded(known, amount_minor, programme.stored_value)
        payload = self._fact(member, entry, cash.payment(counter.machine.ids.new()))
        after = balance_of((*known.entries, load_entry(payload)))
        balance_minor = after.balance_minor(payload.business_date)
        slip = load_receipt(
            payload, counter.store, balance_minor, counter.receipt_words(), counter.receipt_language,
            at=counter.now(), cashier=counter.cashier().name,
        )  # fmt: skip
        counter.books.journal.append(payload, print_document=slip)
        counter.on_commit()
        return LoadedView(
            amount_minor, entry.bonus_minor, balance_minor, cash.tendered_minor, cash.change_minor, programme.currency
        )

    def _loaded(self, known: KnownStoredValue, amount_minor: int, rule: StoredValueRule) -> Entry:
        counter = self._counter
        return stored_value.load(
            known.entries, amount_minor, rule, id=counter.machine.ids.new(), on=counter.business_date(),
            bonuses_before=known.bonuses,
        )  # fmt: skip

    def _fact(self, member: KnownMember, entry: Entry, cash: Payment) -> StoredValueLoaded:
        """By ESCROW what is paid in stays at this till, as if it had been lent: it may be spent at once."""
        counter = self._counter
        shift, identity = counter.shift(), counter.books.journal.identity
        usual_store = spending.is_usual_store(counter, member)
        kept = spending.mode(counter, ResourceKind.STORED_VALUE, usual_store=usual_store) is Mode.ESCROW
        return StoredValueLoaded(
            load_id=entry.id, member_id=member.doc.id, store_id=identity.store_id, lane=identity.lane,
            shift_id=shift.id, cashier_id=shift.cashier_id, business_date=entry.on,
            currency=counter.programme.currency, amount_minor=entry.principal_minor, payments=(cash,),
            programme_version=counter.programme.version, bonus=entry.lots,
            lease=counter.machine.ids.new() if kept else None,
        )  # fmt: skip

    def _spend(self, member: KnownMember, amount_minor: int) -> Entry:
        counter = self._counter
        stopped = spending.stopped(counter)
        if stopped is not None:
            raise stopped
        known, on = self._known(member), counter.business_date()
        rule = counter.programme.stored_value or StoredValueRule()
        spent = stored_value.spend(known.entries, amount_minor, rule.spend_order, id=counter.machine.ids.new(), on=on)
        there = spending.stored_value(counter, member, known)
        if amount_minor > there.amount:
            raise NotThatMuchHere(there)
        return spent

    def _why_not(self, member: KnownMember) -> Notice | None:
        held = self._known(member).held
        if held.frozen:
            return Notice.of(StoredValueFrozen())
        stopped = spending.stopped(self._counter)
        if stopped is not None:
            return Notice.of(stopped)
        balance = held.balance_minor(self._counter.business_date())
        return Notice.of(NotEnoughStoredValue(left_minor=max(0, balance))) if balance <= 0 else None

    def _known(self, member: KnownMember) -> KnownStoredValue:
        return self._counter.books.valuables.stored_value(member.doc.id)


def others(payments: tuple[Payment, ...]) -> tuple[Payment, ...]:
    """All payments but those of stored value."""
    return tuple(each for each in payments if each.kind is not TenderKind.STORED_VALUE)
