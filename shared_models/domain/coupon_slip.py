"""The slip of a member's coupon (TILL-8, CPN-1): what it gives, on what conditions, until when, and its code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

from shared_models.domain import coupon_reference, deal_reasons, reason
from shared_models.domain.catalogue import name_in
from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal, parts_of
from shared_models.domain.letterhead import letterhead
from shared_models.domain.money import currency_of, digits
from shared_models.domain.offer import Window
from shared_models.domain.receipt import Align, Block, Cut, Document, Feed, Language, Pair, Qr, Rule, Text
from shared_models.domain.receipt_code import grouped
from shared_models.domain.sale_receipt import COUPON_SLIP
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words, fill

_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_AND = N_(", ")
"""Between the members of a list."""


def coupon_slip(
    coupon: Coupon,
    rule: CouponRule,
    store: StoreInfo,
    words: Words,
    language: Language,
    *,
    here_only: bool = False,
) -> Document:
    """``here_only``: no other store takes it. It says nothing of its owner; that only the owner can use it."""
    return Document(COUPON_SLIP, language, tuple(_blocks(coupon, rule, store, words, language, here_only)))


def _blocks(
    coupon: Coupon, rule: CouponRule, store: StoreInfo, words: Words, language: Language, here_only: bool
) -> Iterator[Block]:
    yield from letterhead(store, language, address=False)
    yield Feed()
    yield Text(words(N_("COUPON")), Align.CENTER, bold=True)
    name = name_in(rule.deal.names, language)
    if name:
        yield Text(name, Align.CENTER, bold=True, scale=2)
    yield Text(gives(rule.deal, store, words), Align.CENTER, bold=True)
    yield Rule()
    if coupon.valid_from > date.min:
        yield Pair(words(N_("Valid from")), coupon.valid_from.isoformat())
    yield Pair(words(N_("Valid through")), coupon.valid_to.isoformat(), bold=True)
    for each in conditions(rule, store, words, here_only=here_only):
        yield Text(f"· {each}")
    yield Rule()
    code = coupon_reference.make(coupon.id)
    yield Qr(code)
    yield Text(grouped(code).replace("-", " "), Align.CENTER)
    yield Feed(2)
    yield Cut()


def gives(deal: Deal, store: StoreInfo, words: Words) -> str:
    """What it takes off, in one sentence; each step on its own line."""
    found = deal_reasons.whys(deal.terms)
    said = [fill(words(reason.TEMPLATES[key]), values, lambda minor: _money(minor, store)) for key, values in found]
    return "\n".join(said)


def conditions(rule: CouponRule, store: StoreInfo, words: Words, *, here_only: bool) -> Iterator[str]:
    """What has to hold beside the days, a sentence each."""
    deal = rule.deal
    yield words(N_("Only for the member it was issued to."))
    if rule.most_per_sale == 1:
        yield words(N_("Good once, one in a purchase."))
    else:
        yield words(N_("Good once, up to {count} such coupons in a purchase.")).format(count=rule.most_per_sale)
    if here_only:
        yield words(N_("In this store only."))
    elif deal.audience.stores:
        yield words(N_("In some stores only."))
    if not all(goods.everything and goods.but is None for goods in parts_of(deal.terms)):
        yield words(N_("For certain goods only: ask at the till."))
    if deal.full_price_only:
        yield words(N_("Not on goods that are reduced already."))
    if deal.excludes:
        yield words(N_("Not together with some other offers."))
    if deal.most_minor is not None:
        yield words(N_("Takes at most {amount} off.")).format(amount=_money(deal.most_minor, store))
    yield from _times(deal.window, words)


def _times(window: Window, words: Words) -> Iterator[str]:
    if window.weekdays:
        days = words(_AND).join(words(_WEEKDAYS[day - 1]) for day in sorted(window.weekdays))
        yield words(N_("On these days: {days}")).format(days=days)
    if window.month_days:
        days = words(_AND).join(map(str, window.month_days))
        yield words(N_("On these days of the month: {days}")).format(days=days)
    if (window.start, window.end) != (time(0), time(0)):
        yield words(N_("At these hours: {start} to {end}")).format(
            start=f"{window.start:%H:%M}", end=f"{window.end:%H:%M}"
        )


def _money(minor: int, store: StoreInfo) -> str:
    currency = currency_of(store.currency)
    return f"{currency.symbol}{digits(minor, currency.exponent)}"
