"""The receipt of a return (TILL-8): what came back, what was paid out for it and how, what it took from the member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared_models.domain.catalogue import EACH
from shared_models.domain.letterhead import letterhead
from shared_models.domain.money import currency_of, digits
from shared_models.domain.quantity import ONE_MILLI
from shared_models.domain.receipt import (
    Align,
    Block,
    Cell,
    Columns,
    Cut,
    Document,
    Feed,
    Language,
    Pair,
    Qr,
    Rule,
    Text,
)
from shared_models.domain.receipt_code import grouped
from shared_models.domain.return_record import ReturnedLine, SaleReturned
from shared_models.domain.sale import SaleConfirmed, TenderKind
from shared_models.domain.sale_receipt import TENDERS, exchange_credit, measured, percent
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words

RETURN_RECEIPT = "return_receipt"


def return_receipt(
    record: SaleReturned,
    sale: SaleConfirmed,
    store: StoreInfo,
    words: Words,
    language: Language,
    *,
    at: datetime,
    cashier: str,
    approver: str = "",
    reason: str = "",
    points_balance: int | None = None,
) -> Document:
    """Made once when the return is confirmed. ``at`` is the time to print, aware; ``cashier`` and ``approver`` are
    names, ``reason`` a sentence. ``points_balance`` is the member's after it, as the till knows it."""
    maker = _Maker(record, sale, store, words, language, currency_of(record.currency).exponent)
    blocks = (
        *maker.header(at, cashier, approver),
        *maker.lines(),
        *maker.refunds(),
        *maker.taxes(),
        *maker.member(points_balance),
        *maker.end(reason),
    )
    paid_out = any(each.kind is TenderKind.CASH and each.amount_minor > each.carried_minor for each in record.refunds)
    return Document(RETURN_RECEIPT, language, blocks, opens_drawer=paid_out)


@dataclass(frozen=True, slots=True)
class _Maker:
    record: SaleReturned
    sale: SaleConfirmed
    store: StoreInfo
    words: Words
    language: Language
    exponent: int

    def header(self, at: datetime, cashier: str, approver: str) -> Iterator[Block]:
        yield from letterhead(self.store, self.language)
        yield Feed()
        yield Text(self.words(N_("GOODS RETURNED")), Align.CENTER, bold=True)
        number = self.words(N_("Receipt {lane}-{number}"))
        when = at.astimezone(self.store.zone).strftime("%Y-%m-%d %H:%M")
        yield Pair(number.format(lane=self.record.lane, number=self.record.receipt_number), when)
        yield Text(self.words(N_("Cashier {name}")).format(name=cashier))
        if approver:
            yield Text(self.words(N_("Approved by {name}")).format(name=approver))
        bought = self.words(N_("Bought: receipt {lane}-{number}"))
        yield Pair(
            bought.format(lane=self.sale.lane, number=self.sale.receipt_number), self.sale.business_date.isoformat()
        )
        yield Rule()

    def lines(self) -> Iterator[Block]:
        for line in self.record.lines:
            yield from self._line(line)
        yield Rule()

    def _line(self, line: ReturnedLine) -> Iterator[Block]:
        if not line.quantity_milli:
            yield Text(line.name)
            kept = self.words(N_("kept, at another price"))
            yield Pair(f"  {kept}", self._money(-line.net_minor))
        elif line.unit == EACH and line.quantity_milli == ONE_MILLI:
            yield Pair(line.name, self._money(-line.net_minor))
        else:
            yield Text(line.name)
            much = measured(line.quantity_milli, line.unit, self.words)
            yield Pair(f"  {much}", self._money(-line.net_minor))

    def refunds(self) -> Iterator[Block]:
        record = self.record
        if not record.prices_include_tax:
            for tax in record.taxes:
                name = self.words(N_("Tax {rate} %")).format(rate=percent(tax.rate))
                yield Pair(name, self._money(-tax.tax_minor))
        if record.rounding_minor:
            yield Pair(self.words(N_("Rounding")), self._money(-record.rounding_minor))
        symbol = currency_of(record.currency).symbol
        total = f"{symbol}{self._money(record.total_minor)}"
        yield Pair(self.words(N_("REFUND")), total, bold=True, scale=2)
        for refund in record.refunds:
            name = self.words(TENDERS[refund.kind])
            many = f" ({refund.points})" if refund.points and not refund.carried_minor else ""
            if refund.carried_minor:
                yield Pair(exchange_credit(refund.kind, self.words), self._money(refund.carried_minor))
            if refund.amount_minor > refund.carried_minor or not refund.carried_minor:
                yield Pair(f"{name}{many}", self._money(refund.amount_minor - refund.carried_minor))
        yield Rule()

    def taxes(self) -> Iterator[Block]:
        yield self._row(self.words(N_("Tax")), self.words(N_("Net")), self.words(N_("Tax amount")))
        for tax in self.record.taxes:
            name = self.words(N_("Tax {rate} %")).format(rate=percent(tax.rate))
            yield self._row(name, self._money(-tax.base_minor), self._money(-tax.tax_minor))
        yield Rule()

    def member(self, balance: int | None) -> Iterator[Block]:
        member = self.record.member
        if member is None:
            return
        yield Pair(self.words(N_("Points taken back")), str(member.taken_back))
        if self.record.points:
            yield Pair(self.words(N_("Points given back")), str(self.record.points))
        if balance is not None:
            yield Pair(self.words(N_("Points balance")), str(balance), bold=True)
        yield Rule()

    def end(self, reason: str) -> Iterator[Block]:
        if reason:
            yield Text(self.words(N_("Reason: {reason}")).format(reason=reason))
        yield Feed(2)
        yield Rule()
        yield Text(self.words(N_("Customer's signature")), Align.CENTER)
        yield Feed()
        yield Qr(self.record.receipt_code)
        yield Text(grouped(self.record.receipt_code), Align.CENTER)
        for line in self.store.footer_lines(self.language):
            yield Text(line, Align.CENTER)
        yield Feed(2)
        yield Cut()

    def _row(self, name: str, base: str, tax: str) -> Columns:
        return Columns((Cell(name, share=2), Cell(base, Align.RIGHT, share=2), Cell(tax, Align.RIGHT, share=2)))

    def _money(self, minor: int) -> str:
        return digits(minor, self.exponent)
