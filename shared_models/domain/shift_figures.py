"""The figures of a shift as its sales add up to them, and its close (TILL-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from shared_models.domain.cash_drawer import CashMoved, MovementKind
from shared_models.domain.errors import DomainError
from shared_models.domain.money import check_amount
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, SaleConfirmed, TaxTotal, TenderKind
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.domain.text import N_


class BadCount(DomainError):
    code = "bad_count"
    template = N_("The money counted can't be below zero. Count again.")


@dataclass(frozen=True, slots=True)
class ShiftFigures:
    """Sums over the confirmed sales of a shift, training left out. ``tenders`` and ``taxes`` in minor units.

    ``refunds`` and ``taxes_back`` are of its ``returns``, above zero; the other figures don't have them in.
    ``loaded`` was paid in for stored value; ``moved`` is cash put in or taken out, above zero; ``openings`` of the
    drawer were without a sale.
    """

    sales: int = 0
    takings_minor: int = 0
    saved_minor: int = 0
    rounding_minor: int = 0
    tenders: Mapping[TenderKind, int] = field(default_factory=dict)
    taxes: tuple[TaxTotal, ...] = ()
    returns: int = 0
    refunds: Mapping[TenderKind, int] = field(default_factory=dict)
    taxes_back: tuple[TaxTotal, ...] = ()
    loaded: Mapping[TenderKind, int] = field(default_factory=dict)
    moved: Mapping[MovementKind, int] = field(default_factory=dict)
    openings: int = 0

    @property
    def cash_minor(self) -> int:
        """Cash taken and paid in, change, refunds and what was taken out already off."""
        taken = self.tenders.get(TenderKind.CASH, 0) + self.loaded.get(TenderKind.CASH, 0)
        out = self.moved.get(MovementKind.PAID_OUT, 0) + self.moved.get(MovementKind.DROP, 0)
        return taken - self.refunds.get(TenderKind.CASH, 0) + self.moved.get(MovementKind.PAID_IN, 0) - out

    @property
    def refunds_minor(self) -> int:
        return sum(self.refunds.values())


def add(figures: ShiftFigures, sale: SaleConfirmed) -> ShiftFigures:
    """The figures with ``sale`` in them."""
    if sale.training:
        return figures
    tenders = dict(figures.tenders)
    for payment in sale.payments:
        if payment.state is PaymentState.CAPTURED:
            tenders[payment.kind] = tenders.get(payment.kind, 0) + payment.amount_minor
    saved = -sum(each.amount_minor for line in sale.lines for each in line.adjustments)
    return replace(
        figures,
        sales=figures.sales + 1,
        takings_minor=figures.takings_minor + sale.total_minor,
        saved_minor=figures.saved_minor + saved,
        rounding_minor=figures.rounding_minor + sale.rounding_minor,
        tenders=tenders,
        taxes=_add_taxes(figures.taxes, sale.taxes),
    )


def add_return(figures: ShiftFigures, record: SaleReturned) -> ShiftFigures:
    """The figures with ``record`` in them."""
    refunds = dict(figures.refunds)
    for refund in record.refunds:
        refunds[refund.kind] = refunds.get(refund.kind, 0) + refund.amount_minor
    taxes_back = _add_taxes(figures.taxes_back, record.taxes)
    return replace(figures, returns=figures.returns + 1, refunds=refunds, taxes_back=taxes_back)


def add_load(figures: ShiftFigures, loaded: StoredValueLoaded) -> ShiftFigures:
    """The figures with ``loaded`` in them."""
    sums = dict(figures.loaded)
    for payment in loaded.payments:
        if payment.state is PaymentState.CAPTURED:
            sums[payment.kind] = sums.get(payment.kind, 0) + payment.amount_minor
    return replace(figures, loaded=sums)


def add_movement(figures: ShiftFigures, moved: CashMoved) -> ShiftFigures:
    """The figures with ``moved`` in them."""
    sums = {**figures.moved, moved.kind: figures.moved.get(moved.kind, 0) + moved.amount_minor}
    return replace(figures, moved=sums)


def add_opening(figures: ShiftFigures) -> ShiftFigures:
    """The figures with one more opening of the drawer without a sale."""
    return replace(figures, openings=figures.openings + 1)


def expected_cash(opened: ShiftOpened, figures: ShiftFigures) -> int:
    """What must lie in the drawer: the float and what came in and went out since, minor units."""
    return opened.float_minor + figures.cash_minor


def close(
    opened: ShiftOpened, figures: ShiftFigures, counted_cash_minor: int, z_number: int, business_date: date
) -> ShiftClosed:
    """The close of a shift after a count of its drawer. Raise ``BadCount``, ``AmountTooLarge``."""
    if check_amount(counted_cash_minor) < 0:
        raise BadCount
    expected = expected_cash(opened, figures)
    return ShiftClosed(
        shift_id=opened.shift_id,
        store_id=opened.store_id,
        lane=opened.lane,
        cashier_id=opened.cashier_id,
        business_date=business_date,
        z_number=z_number,
        sales=figures.sales,
        takings_minor=figures.takings_minor,
        expected_cash_minor=expected,
        counted_cash_minor=counted_cash_minor,
        over_short_minor=counted_cash_minor - expected,
        returns=figures.returns,
        refunds_minor=sum(minor for kind, minor in figures.refunds.items() if kind is not TenderKind.POINTS),
        paid_in_minor=figures.moved.get(MovementKind.PAID_IN, 0),
        paid_out_minor=figures.moved.get(MovementKind.PAID_OUT, 0),
        dropped_minor=figures.moved.get(MovementKind.DROP, 0),
        openings=figures.openings,
    )


def _add_taxes(sums: tuple[TaxTotal, ...], more: tuple[TaxTotal, ...]) -> tuple[TaxTotal, ...]:
    by_rate = {(tax.code, tax.rate): tax for tax in sums}
    for tax in more:
        old = by_rate.get((tax.code, tax.rate), TaxTotal(tax.code, tax.rate, 0, 0))
        by_rate[tax.code, tax.rate] = TaxTotal(
            tax.code, tax.rate, old.base_minor + tax.base_minor, old.tax_minor + tax.tax_minor
        )
    return tuple(by_rate[key] for key in sorted(by_rate))
