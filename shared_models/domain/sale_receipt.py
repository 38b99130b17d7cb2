"""The receipt of a sale (TILL-8): what was bought, why it cost less, how it was paid, what it did for the member."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from shared_models.domain import points, reason, tier, tier_outlook
from shared_models.domain.catalogue import EACH, name_in
from shared_models.domain.effects import MemberView
from shared_models.domain.letterhead import letterhead
from shared_models.domain.member import Standing
from shared_models.domain.money import currency_of, digits
from shared_models.domain.programme_rules import Programme
from shared_models.domain.quantity import ONE_MILLI, print_quantity
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
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, SaleLine, TaxTotal, TenderKind
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words
from shared_models.domain.tier_rules import Figure

RECEIPT = "receipt"
COPY = "receipt_copy"
GIFT_RECEIPT = "gift_receipt"
COUPON_SLIP = "coupon_slip"
EXPIRING_SOON = timedelta(days=90)

TENDERS = {
    TenderKind.CASH: N_("Cash"),
    TenderKind.POINTS: N_("Points"),
    TenderKind.CARD: N_("Card"),
    TenderKind.WALLET: N_("Wallet"),
    TenderKind.STORED_VALUE: N_("Stored value"),
    TenderKind.VOUCHER: N_("Voucher"),
}

UNITS = {"kg": N_("kg"), "l": N_("l"), "lb": N_("lb")}
EXCHANGE_CREDIT = N_("Exchange credit")

NEXT_TIER = {
    Figure.GROWTH: N_("Growth missing to {tier}"),
    Figure.SPEND: N_("Purchases missing to {tier}"),
    Figure.VISITS: N_("Visits missing to {tier}"),
    Figure.INTERACTIONS: N_("Activities missing to {tier}"),
    Figure.POINTS: N_("Points missing to {tier}"),
    Figure.REFERRALS: N_("Referrals missing to {tier}"),
}


def sale_receipt(
    sale: SaleConfirmed,
    store: StoreInfo,
    view: MemberView | None,
    words: Words,
    language: Language,
    *,
    at: datetime | None = None,
    cashier: str = "",
    programme: Programme | None = None,
    stored_value_minor: int | None = None,
    credits: Collection[UUID] = (),
) -> Document:
    """The receipt, made once when the sale is confirmed.

    ``view`` is the member *after* this sale. ``at`` is the time to print, aware (shown in the store's zone); without it
    the business date stands there. ``cashier`` is the name to print instead of the id. ``programme`` gives the tier its
    name and says what is missing to the next. ``stored_value_minor`` is what is left of stored value that paid.
    ``credits`` are the payments that goods given in exchange are (``exchange.credit_payment``): no money changed hands.
    """
    maker = _Maker(sale, store, words, language, currency_of(sale.currency).exponent)
    return Document(
        kind=RECEIPT,
        language=language,
        blocks=(
            *maker.header(at, cashier),
            *maker.lines(),
            *maker.total(),
            *maker.payments(stored_value_minor, credits),
            *maker.taxes(),
            *(maker.member(view, programme) if view is not None and sale.member is not None else ()),
            *maker.end(),
        ),
        opens_drawer=not sale.training
        and any(_is_cash(payment) and payment.id not in credits for payment in sale.payments),
    )


def reprint(receipt: Document, words: Words) -> Document:
    """A copy of a stored receipt, marked as one at both ends; it opens no drawer. A copy stays as it is, and so does
    what isn't worth more for being there twice."""
    if receipt.kind in (COPY, GIFT_RECEIPT, COUPON_SLIP):
        return receipt
    mark = Text(words(N_("COPY")), Align.CENTER, bold=True, scale=2)
    body = [block for block in receipt.blocks if not isinstance(block, Cut)]
    return replace(receipt, kind=COPY, blocks=(mark, *body, mark, Cut()), opens_drawer=False)


@dataclass(frozen=True, slots=True)
class _Maker:
    sale: SaleConfirmed
    store: StoreInfo
    words: Words
    language: Language
    exponent: int

    def header(self, at: datetime | None, cashier: str) -> Iterator[Block]:
        yield from letterhead(self.store, self.language)
        if self.sale.training:
            yield Text(self.words(N_("TRAINING - NOT A RECEIPT")), Align.CENTER, bold=True)
        yield Feed()
        when = at.astimezone(self.store.zone).strftime("%Y-%m-%d %H:%M") if at else self.sale.business_date.isoformat()
        number = self.words(N_("Receipt {lane}-{number}"))
        yield Pair(number.format(lane=self.sale.lane, number=self.sale.receipt_number), when)
        yield Text(self.words(N_("Cashier {name}")).format(name=cashier or self.sale.cashier_id))
        yield Rule()

    def lines(self) -> Iterator[Block]:
        for line in self.sale.lines:
            yield from self._line(line)
        yield Rule()

    def _line(self, line: SaleLine) -> Iterator[Block]:
        if line.unit == EACH and line.quantity_milli == ONE_MILLI:
            yield Pair(line.name, self._money(line.gross_minor))
        else:
            much = measured(line.quantity_milli, line.unit, self.words)
            count = f"  {much} × {self._money(line.unit_price_minor)}"
            yield Text(line.name)
            yield Pair(count, self._money(line.gross_minor))
        for adjustment in line.adjustments:
            why = reason.sentence(adjustment, self.words, self._money)
            yield Pair(f"  {why}", self._money(adjustment.amount_minor))

    def total(self) -> Iterator[Block]:
        if not self.sale.prices_include_tax:
            yield Pair(self.words(N_("Subtotal")), self._money(sum(line.net_minor for line in self.sale.lines)))
            for tax in self.sale.taxes:
                yield Pair(self._tax_name(tax), self._money(tax.tax_minor))
        if self.sale.rounding_minor:
            yield Pair(self.words(N_("Rounding")), self._money(self.sale.rounding_minor))
        symbol = currency_of(self.sale.currency).symbol
        yield Pair(self.words(N_("TOTAL")), f"{symbol}{self._money(self.sale.total_minor)}", bold=True, scale=2)
        saved = -sum(each.amount_minor for line in self.sale.lines for each in line.adjustments)
        if saved:
            yield Pair(self.words(N_("You saved")), self._money(saved))

    def payments(self, stored_value_minor: int | None, credits: Collection[UUID]) -> Iterator[Block]:
        for payment in self.sale.payments:
            if payment.state is PaymentState.CAPTURED and payment.id in credits:
                yield Pair(exchange_credit(payment.kind, self.words), self._money(payment.amount_minor))
            elif payment.state is PaymentState.CAPTURED:
                yield from self._payment(payment)
        if stored_value_minor is not None:
            yield Pair(self.words(N_("Stored value left")), self._money(stored_value_minor))
        yield Rule()

    def _payment(self, payment: Payment) -> Iterator[Block]:
        name = self.words(TENDERS[payment.kind])
        if payment.kind is TenderKind.CASH:
            yield Pair(name, self._money(payment.tendered_minor))
            if payment.change_minor:
                yield Pair(self.words(N_("Change")), self._money(payment.change_minor))
        elif payment.kind is TenderKind.POINTS:
            yield Pair(f"{name} ({payment.points})", self._money(payment.amount_minor))
        else:
            yield Pair(name, self._money(payment.amount_minor))

    def taxes(self) -> Iterator[Block]:
        yield self._row(self.words(N_("Tax")), self.words(N_("Net")), self.words(N_("Tax amount")))
        for tax in self.sale.taxes:
            yield self._row(self._tax_name(tax), self._money(tax.base_minor), self._money(tax.tax_minor))
        yield Rule()

    def member(self, view: MemberView, programme: Programme | None) -> Iterator[Block]:
        on = self.sale.business_date
        member = self.sale.member
        assert member is not None
        yield Pair(self.words(N_("Member tier")), self._tier_name(view.standing, programme))
        if programme is not None:
            yield from self._next_tier(view.standing, programme)
        yield Pair(self.words(N_("Points earned")), str(member.earned.points if member.earned else 0))
        yield Pair(self.words(N_("Points used")), str(member.redeemed_points))
        yield Pair(self.words(N_("Points balance")), str(points.balance(view.account, on)), bold=True)
        soon = points.expiring(view.account, on, EXPIRING_SOON.days)
        if soon:
            yield Text(self.words(N_("{points} points expire after {day}")).format(points=soon.points, day=soon.on))
        if not self.sale.inputs.online:
            yield Text(self.words(N_("Balance as this till knows it; purchases elsewhere may be missing.")))
        yield Rule()

    def end(self) -> Iterator[Block]:
        if self.sale.receipt_code:
            yield Qr(self.sale.receipt_code)
            yield Text(grouped(self.sale.receipt_code), Align.CENTER)
        for line in self.store.footer_lines(self.language):
            yield Text(line, Align.CENTER)
        yield Feed(2)
        yield Cut()

    def _tier_name(self, standing: Standing, programme: Programme | None) -> str:
        if programme is None:
            return standing.tier
        code = tier.at(standing, programme, self.sale.business_date)
        return name_in(programme.tier(code).names, self.language) or code

    def _next_tier(self, standing: Standing, programme: Programme) -> Iterator[Block]:
        """What is missing to the next tier, by the way that lacks the fewest conditions."""
        ahead = tier_outlook.progress(standing, programme, self.sale.business_date)
        if ahead is None:
            return
        name = name_in(ahead.tier.names, self.language) or ahead.tier.code
        for need in min(ahead.ways, key=lambda way: sum(need.missing > 0 for need in way), default=()):
            if need.missing:
                figure = need.condition.figure
                much = self._money(need.missing) if figure is Figure.SPEND else str(need.missing)
                yield Pair(self.words(NEXT_TIER[figure]).format(tier=name), much)

    def _tax_name(self, tax: TaxTotal) -> str:
        return self.words(N_("Tax {rate} %")).format(rate=percent(tax.rate))

    def _row(self, name: str, base: str, tax: str) -> Columns:
        return Columns((Cell(name, share=2), Cell(base, Align.RIGHT, share=2), Cell(tax, Align.RIGHT, share=2)))

    def _money(self, minor: int) -> str:
        return digits(minor, self.exponent)


def _is_cash(payment: Payment) -> bool:
    return payment.kind is TenderKind.CASH and payment.state is PaymentState.CAPTURED


def measured(quantity_milli: int, unit: str, words: Words) -> str:
    """A quantity with its unit, as trade in the language writes it (千克 on the mainland, 公斤 in Taiwan and Hong
    Kong); pieces have none."""
    name = "" if unit == EACH else f" {words(UNITS[unit]) if unit in UNITS else unit}"
    return f"{print_quantity(quantity_milli)}{name}"


def exchange_credit(kind: TenderKind, words: Words) -> str:
    """What goods given in exchange pay; if they hadn't been paid in cash, with what they had been."""
    name = words(EXCHANGE_CREDIT)
    return name if kind is TenderKind.CASH else f"{name} · {words(TENDERS[kind])}"


def percent(rate: Decimal) -> str:
    """A rate as a receipt writes it: 0.13 is ``13``."""
    return format((rate * 100).normalize() + 0, "f")
