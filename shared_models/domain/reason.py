"""The sentences of adjustments: why a line costs less."""

from __future__ import annotations

from shared_models.domain.sale import Adjustment
from shared_models.domain.text import N_, Money, Words, fill

MEMBER_PRICE = "member_price"
PERCENT_OFF = "percent_off"
AMOUNT_OFF = "amount_off"
FIXED_PRICE = "fixed_price"

# The percent sign ends a sentence, because gettext's tools take "% o" for a printf placeholder.
TEMPLATES = {
    MEMBER_PRICE: N_("Member price -{percent} %"),
    PERCENT_OFF: N_("Offer -{percent} %"),
    AMOUNT_OFF: N_("Offer {amount} off each"),
    FIXED_PRICE: N_("Offer price {price}"),
}
_UNKNOWN = N_("Discount")


def sentence(adjustment: Adjustment, words: Words, money: Money) -> str:
    """One short sentence in the language of ``words``; amounts through ``money``.

    Templates may also use ``{tenths}`` where there is ``{percent}``: the price in tenths, 8.5 for 15 % off, as Chinese
    says it (8.5折). A reason of a newer version reads "Discount".
    """
    return fill(words(TEMPLATES.get(adjustment.reason, _UNKNOWN)), adjustment.values, money)
