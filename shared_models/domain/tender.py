"""Paying: what is due, cash with change and rounding; points, stored value and vouchers as tenders.

A voucher here is a multi-purpose one: it buys anything, so it is taxed when it pays, and it pays as money does. A
single-purpose voucher, for goods whose tax is known when it is issued, is taxed then and must not be taxed again: it is
no tender but a coupon for its product, which takes the price off (Directive (EU) 2016/1065 draws this line).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from shared_models.domain.earn_rules import RedeemRule
from shared_models.domain.errors import DomainError
from shared_models.domain.money import Currency, Rounding, round_ratio, round_to_step
from shared_models.domain.points import worth
from shared_models.domain.sale import Payment, PaymentState, TenderKind
from shared_models.domain.stored_value_ledger import Entry
from shared_models.domain.text import N_

MAX_QUICK_NOTES = 5

_ABSURD_TIMES = 100
_ABSURD_MINOR = 1_000_00


class BadTender(DomainError):
    """A sum that can't be taken. The subclasses say why."""

    code = "bad_tender"
    template = N_("This sum can't be taken.")


class TenderTooSmall(BadTender):
    code = "tender_too_small"
    template = N_("{missing} is still missing. Take more, or split the payment.")


class TenderNotPositive(BadTender):
    code = "tender_not_positive"
    template = N_("The sum must be above zero.")


class TenderTooLarge(BadTender):
    code = "tender_too_large"
    template = N_("This sum is far above what is due. Was a barcode typed as an amount?")


class NothingDue(BadTender):
    code = "nothing_due"
    template = N_("Nothing is left to pay.")


class VoucherEmpty(BadTender):
    code = "voucher_empty"
    template = N_("Nothing is left on this voucher. Take another payment.")


class VoucherRest(StrEnum):
    """What becomes of worth that a sale doesn't need. It is never given back as cash."""

    STAYS = "stays"
    FORFEITED = "forfeited"


@dataclass(frozen=True, slots=True)
class VoucherUse:
    """``left_minor`` stays on the voucher, ``forfeited_minor`` is lost to its holder."""

    payment: Payment
    left_minor: int
    forfeited_minor: int


@dataclass(frozen=True, slots=True)
class Cash:
    """``amount_minor`` settles the sale = tendered − change; ``rounding_minor`` is what rounding added to the due."""

    amount_minor: int
    tendered_minor: int
    change_minor: int
    rounding_minor: int

    def payment(self, id: UUID) -> Payment:
        return Payment(
            id, TenderKind.CASH, PaymentState.CAPTURED, self.amount_minor, self.tendered_minor, self.change_minor
        )


def due_after(total_minor: int, payments: Iterable[Payment]) -> int:
    """What is left to pay: captured payments count, attempts don't."""
    return total_minor - sum(payment.amount_minor for payment in payments if payment.state is PaymentState.CAPTURED)


def cash_due(due_minor: int, rounding_minor: int = 1, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What a customer who pays the rest in cash has to pay: a multiple of ``rounding_minor``, by default the nearest.

    A sum below zero, which is paid out, is rounded as the same sum above zero is, so that buying and bringing back
    comes to nothing.
    """
    return round_to_step(due_minor, rounding_minor, rounding)


def cash(due_minor: int, tendered_minor: int, rounding_minor: int = 1, rounding: Rounding = Rounding.HALF_UP) -> Cash:
    """Pay all that is due in cash. ``rounding_minor`` is the smallest sum payable in cash.

    A few cents that round to nothing are settled with nothing. Raise ``NothingDue``,
    ``TenderNotPositive``, ``TenderTooLarge``, ``TenderTooSmall``.
    """
    rounded = cash_due(due_minor, rounding_minor, rounding)
    _check(due_minor, tendered_minor, least=min(1, rounded))
    if tendered_minor < rounded:
        raise TenderTooSmall(missing_minor=rounded - tendered_minor)
    return Cash(rounded, tendered_minor, tendered_minor - rounded, rounded - due_minor)


def part_cash(due_minor: int, tendered_minor: int) -> Cash:
    """Pay less than what is due in cash: no change, no rounding. Raise as ``cash`` does."""
    _check(due_minor, tendered_minor)
    if tendered_minor >= due_minor:
        raise TenderTooLarge
    return Cash(tendered_minor, tendered_minor, 0, 0)


def points_payment(id: UUID, points: int, rule: RedeemRule) -> Payment:
    """Points as a tender. What they may be is checked before (``points.check_redeem``)."""
    return Payment(id, TenderKind.POINTS, PaymentState.CAPTURED, worth(points, rule), points=points)


def stored_value_payment(id: UUID, spent: Entry) -> Payment:
    """What ``stored_value.spend`` took, as a tender. What may be spent is checked there."""
    return Payment(
        id,
        TenderKind.STORED_VALUE,
        PaymentState.CAPTURED,
        -spent.amount_minor,
        bonus_minor=-spent.bonus_minor,
        lots=tuple(replace(lot, minor=-lot.minor) for lot in spent.lots),
    )


def voucher_payment(id: UUID, worth_minor: int, due_minor: int, rest: VoucherRest = VoucherRest.STAYS) -> VoucherUse:
    """Take what is due from a voucher that is worth ``worth_minor``, at most all of it. Tax stays as it is.

    Raise ``NothingDue``, ``VoucherEmpty``.
    """
    if due_minor <= 0:
        raise NothingDue
    if worth_minor <= 0:
        raise VoucherEmpty
    paid = min(worth_minor, due_minor)
    over = worth_minor - paid
    left = over if rest is VoucherRest.STAYS else 0
    return VoucherUse(Payment(id, TenderKind.VOUCHER, PaymentState.CAPTURED, paid), left, over - left)


def quick_notes(due_minor: int, currency: Currency) -> tuple[int, ...]:
    """What a customer is likely to hand over: the exact sum, then the next whole notes, rising, at most five."""
    if due_minor <= 0:
        return ()
    sums = {round_ratio(due_minor, note, Rounding.UP) * note for note in currency.notes_minor}
    return (due_minor, *sorted(sums - {due_minor}))[:MAX_QUICK_NOTES]


def _check(due_minor: int, tendered_minor: int, least: int = 1) -> None:
    if due_minor <= 0:
        raise NothingDue
    if tendered_minor < least:
        raise TenderNotPositive
    if tendered_minor > due_minor * _ABSURD_TIMES + _ABSURD_MINOR:
        raise TenderTooLarge
