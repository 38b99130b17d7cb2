"""Opening and closing the cashier's shift."""

from __future__ import annotations

from pos_client.app.counter import Counter
from pos_client.app.refusals import BadAmount, SaleIsOpen, ShiftIsOpen
from pos_client.app.views import ShiftClosedView, ShiftView
from pos_client.store.shifts import Shift
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.shift import ShiftClosed, ShiftOpened


class ShiftDesk:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def current(self) -> ShiftView | None:
        shift = self._counter.books.journal.shifts.current()
        return _view(shift) if shift else None

    def open(self, float_minor: int) -> ShiftView:
        counter = self._counter
        cashier = counter.cashier()
        journal = counter.books.journal
        if journal.shifts.current() is not None:
            raise ShiftIsOpen
        _check(float_minor)
        journal.append(
            ShiftOpened(
                shift_id=counter.machine.ids.new(),
                store_id=journal.identity.store_id,
                lane=journal.identity.lane,
                cashier_id=cashier.id,
                business_date=counter.business_date(),
                currency=counter.programme.currency,
                float_minor=float_minor,
            )
        )
        counter.on_commit()
        return _view(counter.shift())

    def close(self, counted_minor: int) -> ShiftClosedView:
        counter = self._counter
        shift = counter.shift()
        if not counter.sale.is_empty:
            raise SaleIsOpen
        _check(counted_minor)
        journal = counter.books.journal
        closed = ShiftClosed(
            shift_id=shift.id,
            store_id=journal.identity.store_id,
            lane=journal.identity.lane,
            cashier_id=shift.cashier_id,
            business_date=shift.business_date,
            z_number=journal.head.z_number + 1,
            sales=shift.sales,
            takings_minor=shift.takings_minor,
            expected_cash_minor=shift.expected_cash_minor,
            counted_cash_minor=counted_minor,
            over_short_minor=counted_minor - shift.expected_cash_minor,
            returns=shift.returns,
            refunds_minor=shift.refunds_minor,
        )
        journal.append(closed)
        counter.on_commit()
        return ShiftClosedView(
            z_number=closed.z_number,
            sales=closed.sales,
            takings_minor=closed.takings_minor,
            float_minor=shift.float_minor,
            expected_cash_minor=closed.expected_cash_minor,
            counted_cash_minor=closed.counted_cash_minor,
            over_short_minor=closed.over_short_minor,
            returns=closed.returns,
            refunds_minor=closed.refunds_minor,
        )


def _check(minor: int) -> None:
    if not 0 <= minor <= MAX_AMOUNT_MINOR:
        raise BadAmount


def _view(shift: Shift) -> ShiftView:
    return ShiftView(
        id=shift.id,
        cashier_id=shift.cashier_id,
        business_date=shift.business_date,
        float_minor=shift.float_minor,
        sales=shift.sales,
        takings_minor=shift.takings_minor,
        cash_minor=shift.expected_cash_minor,
        returns=shift.returns,
        refunds_minor=shift.refunds_minor,
    )
