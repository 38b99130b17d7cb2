"""The slip for stored value that was paid in (TILL-8, DESK-3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from shared_models.domain.letterhead import letterhead
from shared_models.domain.money import currency_of, digits
from shared_models.domain.receipt import Align, Block, Cut, Document, Feed, Language, Pair, Rule, Text
from shared_models.domain.sale import PaymentState, TenderKind
from shared_models.domain.sale_receipt import TENDERS
from shared_models.domain.store import StoreInfo
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.domain.text import N_, Words

LOAD_SLIP = "load_slip"


def load_receipt(
    loaded: StoredValueLoaded,
    store: StoreInfo,
    balance_minor: int,
    words: Words,
    language: Language,
    *,
    at: datetime,
    cashier: str,
) -> Document:
    """``balance_minor`` is what can be spent after this load, as the till knows it; ``at`` the time to print, aware."""
    paid_in_cash = any(each.kind is TenderKind.CASH and each.state is PaymentState.CAPTURED for each in loaded.payments)
    blocks = _blocks(loaded, store, balance_minor, words, language, at, cashier)
    return Document(LOAD_SLIP, language, tuple(blocks), opens_drawer=paid_in_cash)


def _blocks(
    loaded: StoredValueLoaded,
    store: StoreInfo,
    balance_minor: int,
    words: Words,
    language: Language,
    at: datetime,
    cashier: str,
) -> Iterator[Block]:
    exponent = currency_of(loaded.currency).exponent
    yield from letterhead(store, language)
    yield Feed()
    yield Text(words(N_("STORED VALUE PAID IN")), Align.CENTER, bold=True)
    when = at.astimezone(store.zone).strftime("%Y-%m-%d %H:%M")
    yield Pair(words(N_("Lane {lane}")).format(lane=loaded.lane), when)
    yield Text(words(N_("Cashier {name}")).format(name=cashier))
    yield Rule()
    yield Pair(words(N_("Paid in")), digits(loaded.amount_minor, exponent), bold=True)
    for lot in loaded.bonus:
        yield Pair(words(N_("Bonus")), digits(lot.minor, exponent))
        if lot.expires_on < date.max:
            yield Text(words(N_("Bonus good through {day}")).format(day=lot.expires_on))
    yield Pair(words(N_("Stored value now")), digits(balance_minor, exponent), bold=True)
    yield Rule()
    for payment in loaded.payments:
        if payment.state is PaymentState.CAPTURED:
            cash = payment.kind is TenderKind.CASH
            yield Pair(
                words(TENDERS[payment.kind]), digits(payment.tendered_minor if cash else payment.amount_minor, exponent)
            )
            if payment.change_minor:
                yield Pair(words(N_("Change")), digits(payment.change_minor, exponent))
    yield Rule()
    for line in store.footer_lines(language):
        yield Text(line, Align.CENTER)
    yield Feed(2)
    yield Cut()
