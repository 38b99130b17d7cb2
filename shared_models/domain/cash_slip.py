"""The slip of cash that was put into the drawer or taken out of it beside sales (TILL-6, TILL-8). Printing it opens the
drawer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from shared_models.domain.cash_drawer import CashMoved, MovementKind, reason_text
from shared_models.domain.money import currency_of, digits
from shared_models.domain.receipt import Align, Block, Cut, Document, Feed, Language, Pair, Rule, Text
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words

CASH_SLIP: Final = "cash_slip"
_TITLES: Final = {
    MovementKind.PAID_IN: N_("PAID IN"),
    MovementKind.PAID_OUT: N_("PAID OUT"),
    MovementKind.DROP: N_("CASH DROP"),
}
_SIGNATURES: Final = {
    MovementKind.PAID_IN: (),
    MovementKind.PAID_OUT: (N_("Signature: paid out by"), N_("Signature: received by")),
    MovementKind.DROP: (N_("Signature: handed over by"), N_("Signature: taken over by")),
}
"""Whoever takes money out of a drawer signs for it, and so does who gets it."""


def cash_slip(
    moved: CashMoved,
    store: StoreInfo,
    words: Words,
    language: Language,
    *,
    at: datetime,
    cashier: str,
    approver: str = "",
) -> Document:
    """``at`` the time to print, aware; ``approver``: who allowed it, if somebody else."""
    blocks = _blocks(moved, store, words, language, at, cashier, approver)
    return Document(CASH_SLIP, language, tuple(blocks), opens_drawer=True)


def _blocks(
    moved: CashMoved, store: StoreInfo, words: Words, language: Language, at: datetime, cashier: str, approver: str
) -> Iterator[Block]:
    yield Text(store.name_in(language), Align.CENTER, bold=True, scale=2)
    yield Feed()
    yield Text(words(_TITLES[moved.kind]), Align.CENTER, bold=True, scale=2)
    when = at.astimezone(store.zone).strftime("%Y-%m-%d %H:%M")
    yield Pair(words(N_("Lane {lane}")).format(lane=moved.lane), when)
    yield Text(words(N_("Cashier {name}")).format(name=cashier))
    if approver:
        yield Text(words(N_("Approved by {name}")).format(name=approver))
    yield Rule()
    yield Pair(words(N_("Reason")), words(reason_text(moved.kind, moved.reason)))
    currency = currency_of(moved.currency)
    amount = f"{currency.symbol}{digits(moved.amount_minor, currency.exponent)}"
    yield Pair(words(N_("Amount")), amount, bold=True, scale=2)
    for signature in _SIGNATURES[moved.kind]:
        yield Feed(3)
        yield Rule()
        yield Text(words(signature))
    yield Cut()
