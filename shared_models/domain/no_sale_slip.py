"""The slip of a drawer that was opened without a sale: who, when and why (TILL-6). Printing it opens the drawer."""

from __future__ import annotations

from datetime import datetime

from shared_models.domain.cash_drawer import NO_SALE_REASONS
from shared_models.domain.receipt import Align, Cut, Document, Feed, Language, Pair, Rule, Text
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words

NO_SALE_SLIP = "no_sale_slip"


def no_sale_slip(
    reason: str, store: StoreInfo, words: Words, language: Language, *, lane: int, at: datetime, by: str
) -> Document:
    """``reason``: one of ``NO_SALE_REASONS`` or own words; ``at`` the time to print, aware; ``by``: who opened it."""
    when = at.astimezone(store.zone).strftime("%Y-%m-%d %H:%M")
    return Document(
        NO_SALE_SLIP,
        language,
        (
            Text(store.name_in(language), Align.CENTER, bold=True, scale=2),
            Feed(),
            Text(words(N_("DRAWER OPENED WITHOUT A SALE")), Align.CENTER, bold=True),
            Pair(words(N_("Lane {lane}")).format(lane=lane), when),
            Text(words(N_("Cashier {name}")).format(name=by)),
            Rule(),
            Pair(words(N_("Reason")), words(NO_SALE_REASONS[reason]) if reason in NO_SALE_REASONS else reason),
            Rule(),
            Cut(),
        ),
        opens_drawer=True,
    )
