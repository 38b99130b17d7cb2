"""The X report (a look in between, nothing is reset) and the Z report (the close) of a shift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared_models.domain.cash_drawer import MovementKind
from shared_models.domain.money import currency_of, digits
from shared_models.domain.receipt import Align, Block, Cut, Document, Feed, Language, Pair, Rule, Text
from shared_models.domain.sale_receipt import TENDERS, percent
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.shift_figures import ShiftFigures
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words

X_REPORT = "x_report"
Z_REPORT = "z_report"
MOVEMENTS: Final = {
    MovementKind.PAID_IN: N_("Cash paid in"),
    MovementKind.PAID_OUT: N_("Cash paid out"),
    MovementKind.DROP: N_("Cash dropped"),
}


def difference_name(over_short_minor: int) -> str:
    """What it is called that so much more, or less, was counted than expected; to be translated."""
    if over_short_minor == 0:
        return N_("Count is exact")
    return N_("Short") if over_short_minor < 0 else N_("Over")


def x_report(
    opened: ShiftOpened,
    figures: ShiftFigures,
    store: StoreInfo,
    words: Words,
    language: Language,
    *,
    at: datetime | None = None,
    cashier: str = "",
) -> Document:
    """The figures so far. It doesn't say what must lie in the drawer, so that the count at the close stays blind.

    ``at`` is an aware time, shown in the store's zone.
    """
    maker = _Maker(opened, figures, store, words, language)
    title = words(N_("X REPORT"))
    return Document(X_REPORT, language, (*maker.header(title, at, cashier), *maker.sums(), Feed(2), Cut()))


def z_report(
    opened: ShiftOpened,
    figures: ShiftFigures,
    closed: ShiftClosed,
    store: StoreInfo,
    words: Words,
    language: Language,
    *,
    at: datetime | None = None,
    cashier: str = "",
) -> Document:
    """The close, with what was expected, counted, over or short."""
    maker = _Maker(opened, figures, store, words, language)
    title = words(N_("Z REPORT {number}")).format(number=closed.z_number)
    blocks = (*maker.header(title, at, cashier), *maker.sums(), *maker.count(closed), Feed(2), Cut())
    return Document(Z_REPORT, language, blocks)


@dataclass(frozen=True, slots=True)
class _Maker:
    opened: ShiftOpened
    figures: ShiftFigures
    store: StoreInfo
    words: Words
    language: Language

    def header(self, title: str, at: datetime | None, cashier: str) -> Iterator[Block]:
        yield Text(self.store.name_in(self.language), Align.CENTER, bold=True)
        yield Text(title, Align.CENTER, bold=True, scale=2)
        when = at.astimezone(self.store.zone).strftime("%Y-%m-%d %H:%M") if at else ""
        yield Pair(self.words(N_("Lane {lane}")).format(lane=self.opened.lane), when)
        yield Text(self.words(N_("Cashier {name}")).format(name=cashier or self.opened.cashier_id))
        yield Pair(self.words(N_("Business day")), self.opened.business_date.isoformat())
        yield Rule()

    def sums(self) -> Iterator[Block]:
        figures = self.figures
        yield Pair(self.words(N_("Sales")), str(figures.sales))
        yield Pair(self.words(N_("Takings")), self._money(figures.takings_minor), bold=True)
        yield Pair(self.words(N_("Discounts given")), self._money(figures.saved_minor))
        if figures.rounding_minor:
            yield Pair(self.words(N_("Rounding")), self._money(figures.rounding_minor))
        if figures.tenders:
            yield Rule()
        for kind, amount_minor in sorted(figures.tenders.items()):
            yield Pair(self.words(TENDERS[kind]), self._money(amount_minor))
        if figures.taxes:
            yield Rule()
        for tax in figures.taxes:
            name = self.words(N_("Tax {rate} %")).format(rate=percent(tax.rate))
            yield Pair(name, self._money(tax.tax_minor))
        if figures.returns:
            yield Rule()
            yield Pair(self.words(N_("Returns")), str(figures.returns))
            yield Pair(self.words(N_("Refunds")), self._money(-figures.refunds_minor), bold=True)
            for kind, amount_minor in sorted(figures.refunds.items()):
                yield Pair(f"  {self.words(TENDERS[kind])}", self._money(-amount_minor))
            for tax in figures.taxes_back:
                name = self.words(N_("Tax {rate} %")).format(rate=percent(tax.rate))
                yield Pair(f"  {name}", self._money(-tax.tax_minor))
        yield from self.drawer()

    def drawer(self) -> Iterator[Block]:
        """Money that is no sale's, and how often the drawer was opened for nothing."""
        figures = self.figures
        rows = [(N_("Stored value paid in"), sum(figures.loaded.values()))]
        for kind in MovementKind:
            minor = figures.moved.get(kind, 0)
            rows.append((MOVEMENTS[kind], minor if kind is MovementKind.PAID_IN else -minor))
        shown = [(name, minor) for name, minor in rows if minor]
        if shown or figures.openings:
            yield Rule()
        for name, minor in shown:
            yield Pair(self.words(name), self._money(minor))
        if figures.openings:
            yield Pair(self.words(N_("Drawer opened without a sale")), str(figures.openings))

    def count(self, closed: ShiftClosed) -> Iterator[Block]:
        yield Rule()
        yield Pair(self.words(N_("Float")), self._money(self.opened.float_minor))
        yield Pair(self.words(N_("Cash expected")), self._money(closed.expected_cash_minor))
        yield Pair(self.words(N_("Cash counted")), self._money(closed.counted_cash_minor))
        name = difference_name(closed.over_short_minor)
        yield Pair(self.words(name), self._money(closed.over_short_minor), bold=True)

    def _money(self, minor: int) -> str:
        return digits(minor, currency_of(self.opened.currency).exponent)
