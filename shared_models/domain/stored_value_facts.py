"""What facts do to a member's stored value (SV-1): the entries that till and server both add to its ledger.

A load is a fact of its own and no part of a sale: nothing is sold, no tax is due, no points are earned, and a sale that
is voided or returned leaves it alone. Who pays in and then buys does both one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from shared_models.domain.leases import Lease, LentLot
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.spending_rules import stored_value_of
from shared_models.domain.stored_value_ledger import BonusLot, Entry, EntryKind, StoredValue
from shared_models.domain.stored_value_rules import SpendOrder

_SPACE = UUID("8b3d2c53-3c0e-5f0e-9d2b-0f5c3a6b7e11")


@dataclass(frozen=True, slots=True)
class StoredValueLoaded:
    """Kind ``stored_value.loaded``: a member paid ``amount_minor`` in. ``load_id`` is the id of the ledger's entry.

    ``bonus`` are the lots that came on top, by the rule of ``programme_version``. The captured ones of ``payments``
    come to the amount. ``lease``: the till keeps what was paid in to itself under that id, as if it had been lent; it
    can be spent there at once, also without the server.
    """

    load_id: UUID
    member_id: UUID
    store_id: str
    lane: int
    shift_id: UUID
    cashier_id: str
    business_date: date
    currency: str
    amount_minor: int
    payments: tuple[Payment, ...]
    programme_version: int
    bonus: tuple[BonusLot, ...] = ()
    lease: UUID | None = None


@dataclass(frozen=True, slots=True)
class StoredValueCorrected:
    """Kind ``stored_value.corrected``, of the server: ``kind`` is ``correction``, ``freeze`` or ``unfreeze``. ``by``
    says who did it, ``reason`` why; what is taken is below zero."""

    entry_id: UUID
    member_id: UUID
    kind: EntryKind
    booked_on: date
    reason: str
    by: str
    principal_minor: int = 0
    lots: tuple[BonusLot, ...] = ()


def account_id(member_id: UUID) -> UUID:
    """The member's one account. It follows from the member's id, so that two tills that load it first, apart, don't
    open two."""
    return uuid5(_SPACE, str(member_id))


def purchases(sale: SaleConfirmed) -> Iterator[Payment]:
    """The payments by which a sale takes from its member's stored value; none in training."""
    if not sale.training:
        for payment in sale.payments:
            if payment.kind is TenderKind.STORED_VALUE and payment.state is PaymentState.CAPTURED:
                yield payment


def entry_of(payment: Payment, on: date, held: StoredValue) -> Entry:
    """What a purchase on ``on`` takes. A payment that doesn't say of which lots takes bonus from those of ``held`` that
    expire first; what they lack is owed by the principal."""
    lots = payment.lots
    if sum(lot.minor for lot in lots) != payment.bonus_minor:
        lots = tuple(_first(held.good_lots(on), payment.bonus_minor))
    taken = tuple(replace(lot, minor=-lot.minor) for lot in lots)
    principal = sum(lot.minor for lot in lots) - payment.amount_minor
    return Entry(payment.id, EntryKind.SPEND, on, principal, taken)


def load_entry(loaded: StoredValueLoaded) -> Entry:
    return Entry(loaded.load_id, EntryKind.LOAD, loaded.business_date, loaded.amount_minor, loaded.bonus)


def lent_lots(held: StoredValue, member_id: UUID, order: SpendOrder, on: date) -> tuple[LentLot, ...]:
    """What can be spent on ``on``, as lots that can be lent, in the order of spending; the principal is the lot with
    the account's id and never expires. In proportion counts as principal first: what is left of a lease is then there
    also when a bonus has expired."""
    paid_in = (LentLot(account_id(member_id), held.principal_minor, date.max),) if held.principal_minor > 0 else ()
    bonus = tuple(LentLot(lot.id, lot.minor, lot.expires_on) for lot in held.good_lots(on))
    return (*bonus, *paid_in) if order is SpendOrder.BONUS_FIRST else (*paid_in, *bonus)


def lease_of(loaded: StoredValueLoaded, incarnation: UUID) -> Lease | None:
    """What the till ``incarnation`` keeps to itself of a load that it took; ``None`` if nothing."""
    lots = lent_lots(
        StoredValue(loaded.amount_minor, loaded.bonus), loaded.member_id, SpendOrder.PRINCIPAL_FIRST, date.min
    )
    if loaded.lease is None or not lots:
        return None
    amount = sum(lot.amount for lot in lots)
    return Lease(loaded.lease, incarnation, stored_value_of(loaded.member_id), amount, lots, epoch=0)


def correction_entry(corrected: StoredValueCorrected) -> Entry:
    return Entry(corrected.entry_id, corrected.kind, corrected.booked_on, corrected.principal_minor, corrected.lots)


def _first(lots: tuple[BonusLot, ...], minor: int) -> Iterator[BonusLot]:
    for lot in lots:
        taken = min(minor, lot.minor)
        minor -= taken
        if taken:
            yield replace(lot, minor=taken)
