"""Reports of a shift."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared_models.domain.cash_drawer import MovementKind
from shared_models.domain.receipt import Document, Language
from shared_models.domain.returns import ReturnRules, take_back
from shared_models.domain.sale import TenderKind
from shared_models.domain.shift_figures import ShiftFigures, add, add_movement, add_opening, add_return, close
from shared_models.domain.shift_report import x_report, z_report
from tests.domain.shop import AT, SHIFT, TODAY, programme
from tests.drivers.papers.goods import EVERYDAY, MILK, WINE, goods
from tests.drivers.papers.returns import slip
from tests.drivers.papers.selling import card, sold
from tests.drivers.papers.shop import CASHIER, STORE, Made, words
from tests.drivers.papers.slips import moved


def figures(language: Language) -> ShiftFigures:
    paid = [card(20_00, TenderKind.VOUCHER, 1), card(60_00, TenderKind.WALLET, 2), card(20_00, number=3)]
    first = sold(EVERYDAY, language, tier="gold", paid=paid, tendered_minor=100_00)
    second = sold(goods(MILK, WINE), language, replace(programme(), cash_rounding_minor=50), number=128)
    sums = add(add(ShiftFigures(), first), second)
    return add_return(sums, take_back(second, (), {1: 1000}, slip(129), ReturnRules()))


def x(language: Language) -> Document:
    without = replace(figures(language), returns=0, refunds={}, taxes_back=())
    return x_report(SHIFT, without, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def z_drawer(language: Language) -> Document:
    """A shift with all that can happen to its drawer."""
    sums = add_opening(add_opening(figures(language)))
    for kind, minor in ((MovementKind.PAID_IN, 50_00), (MovementKind.PAID_OUT, 86_50), (MovementKind.DROP, 100_00)):
        sums = add_movement(sums, moved(language, kind, minor, "other"))
    closed = close(SHIFT, sums, SHIFT.float_minor + sums.cash_minor, 18, TODAY)
    return z_report(SHIFT, sums, closed, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def z(language: Language, off_minor: int) -> Document:
    sums = figures(language)
    closed = close(SHIFT, sums, SHIFT.float_minor + sums.cash_minor + off_minor, 17, TODAY)
    return z_report(SHIFT, sums, closed, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def empty_z(language: Language) -> Document:
    none = ShiftFigures()
    closed = close(SHIFT, none, SHIFT.float_minor, 18, TODAY)
    return z_report(SHIFT, none, closed, STORE, words(language), language, at=AT, cashier="محمد الأمين")


PAPERS: Final[dict[str, Made]] = {
    "x-report": x,
    "z-report-short": lambda language: z(language, -50),
    "z-report-over": lambda language: z(language, 1_00),
    "z-report-empty": empty_z,
    "z-report-drawer": z_drawer,
}
