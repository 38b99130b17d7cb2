"""The sentences of adjustments: why a line costs less."""

from __future__ import annotations

from shared_models.domain.near_miss import NearMiss
from shared_models.domain.quantity import print_quantity
from shared_models.domain.sale import COUPON_PHASE, Adjustment
from shared_models.domain.text import N_, Money, Words, fill

MEMBER_PRICE = "member_price"
PERCENT_OFF = "percent_off"
AMOUNT_OFF = "amount_off"
FIXED_PRICE = "fixed_price"
SPEND_AMOUNT = "spend_amount"
WHOLE_AMOUNT = "whole_amount"
SPEND_PERCENT = "spend_percent"
COUNT_AMOUNT = "count_amount"
COUNT_PERCENT = "count_percent"
EVERY_AMOUNT = "every_amount"
EVERY_COUNT_AMOUNT = "every_count_amount"
GET_FREE = "get_free"
GET_PERCENT = "get_percent"
GET_AMOUNT = "get_amount"
GET_PRICE = "get_price"
BUNDLE = "bundle"
GIFT_FREE = "gift_free"
GIFT_PERCENT = "gift_percent"
GIFT_AMOUNT = "gift_amount"
GIFT_PRICE = "gift_price"

# The percent sign ends a sentence, because gettext's tools take "% o" for a printf placeholder.
TEMPLATES = {
    MEMBER_PRICE: N_("Member price -{percent} %"),
    PERCENT_OFF: N_("Offer -{percent} %"),
    AMOUNT_OFF: N_("Offer {amount} off each"),
    FIXED_PRICE: N_("Offer price {price}"),
    WHOLE_AMOUNT: N_("Offer {off} off"),
    SPEND_AMOUNT: N_("{off} off from {from}"),
    SPEND_PERCENT: N_("From {from}: -{percent} %"),
    COUNT_AMOUNT: N_("{off} off from a quantity of {count}"),
    COUNT_PERCENT: N_("From a quantity of {count}: -{percent} %"),
    EVERY_AMOUNT: N_("{off} off for every {from}"),
    EVERY_COUNT_AMOUNT: N_("{off} off for every {count}"),
    GET_FREE: N_("Buy {buy}, get {get} free"),
    GET_PERCENT: N_("Buy {buy}, get {get} at -{percent} %"),
    GET_AMOUNT: N_("Buy {buy}, get {get}: {amount} off each"),
    GET_PRICE: N_("Buy {buy}, get {get} for {price} each"),
    BUNDLE: N_("{count} together for {price}"),
    GIFT_FREE: N_("From {from}: {count} free"),
    GIFT_PERCENT: N_("From {from}: {count} at -{percent} %"),
    GIFT_AMOUNT: N_("From {from}: {count}, {amount} off each"),
    GIFT_PRICE: N_("From {from}: {count} for {price} each"),
}
_MORE_MONEY = N_("{missing} more: {offer}")
_MORE_GOODS = N_("{count} more: {offer}")
_CHOOSE = N_("Choose {count}: {offer}")
_UNKNOWN = N_("Discount")
_COUPON = N_("Coupon: {offer}")


def sentence(adjustment: Adjustment, words: Words, money: Money) -> str:
    """One short sentence in the language of ``words``; amounts through ``money``.

    Templates may also use ``{tenths}`` where there is ``{percent}``: the price in tenths, 8.5 for 15 % off, as Chinese
    says it (8.5折). A reason of a newer version reads "Discount".
    """
    offer = fill(words(TEMPLATES.get(adjustment.reason, _UNKNOWN)), adjustment.values, money)
    return fill(words(_COUPON), {"offer": offer}) if adjustment.phase == COUPON_PHASE else offer


def near_miss(miss: NearMiss, words: Words, money: Money) -> str:
    """What is missing and for what, as ``sentence`` says it."""
    offer = fill(words(TEMPLATES.get(miss.reason, _UNKNOWN)), miss.values, money)
    if miss.missing_minor:
        return fill(words(_MORE_MONEY), {"missing_minor": str(miss.missing_minor), "offer": offer}, money)
    template = _CHOOSE if miss.choose else _MORE_GOODS
    return fill(words(template), {"count": print_quantity(miss.missing_milli), "offer": offer}, money)
