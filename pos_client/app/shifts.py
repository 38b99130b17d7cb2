"""Opening and closing the cashier's shift."""

from __future__ import annotations

from dataclasses import replace

from pos_client.app.counter import Counter
from pos_client.app.refusals import BadAmount, NeedsManager, SaleIsOpen, ShiftIsOpen
from pos_client.app.views import ShiftClosedView, ShiftView
from pos_client.store.shift_facts import figures_of
from pos_client.store.shifts import Shift
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.receipt import Document
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.shift_figures import ShiftFigures
from shared_models.domain.shift_report import x_report, z_report
from shared_models.domain.staff import Role


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
            paid_in_minor=shift.paid_in_minor,
            paid_out_minor=shift.paid_out_minor,
            dropped_minor=shift.dropped_minor,
            openings=shift.openings,
        )
        journal.append(closed, print_document=self._z_report(closed))
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
            paid_in_minor=closed.paid_in_minor,
            paid_out_minor=closed.paid_out_minor,
            dropped_minor=closed.dropped_minor,
            openings=closed.openings,
        )

    def print_x(self) -> None:
        """Queue the figures so far. Whoever counts the drawer blind may not see them: a manager's to do."""
        counter = self._counter
        if not counter.cashier().role.covers(Role.MANAGER):
            raise NeedsManager
        opened = counter.opened_shift()
        report = x_report(
            opened, self._figures(), counter.store, counter.receipt_words(), counter.receipt_language,
            at=counter.now(), cashier=self._name_of(opened.cashier_id),
        )  # fmt: skip
        counter.books.journal.print_queue.add(report)
        counter.on_commit()

    def _z_report(self, closed: ShiftClosed) -> Document:
        counter = self._counter
        return z_report(
            counter.opened_shift(), self._figures(), closed, counter.store, counter.receipt_words(),
            counter.receipt_language, at=counter.now(), cashier=self._name_of(closed.cashier_id),
        )  # fmt: skip

    def _figures(self) -> ShiftFigures:
        """With the takings that the fact tells: points are no money."""
        counter, shift = self._counter, self._counter.shift()
        journal = counter.books.journal
        figures = figures_of(journal.database, journal.identity.incarnation, shift)
        return replace(figures, takings_minor=shift.takings_minor)

    def _name_of(self, cashier_id: str) -> str:
        known = self._counter.books.shop.staff_member(cashier_id)
        return known.name if known else cashier_id


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
