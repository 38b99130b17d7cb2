"""A programme as a plain document (maps, lists, text, whole numbers: what JSON can say) and back, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from shared_models.domain.barcode import InStoreRule, LabelValue
from shared_models.domain.deal_document import check_deals, plain_deal, read_deal
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.money import CURRENCIES, MAX_AMOUNT_MINOR
from shared_models.domain.offer_document import plain_clock, plain_decimal, plain_offer, read_offer
from shared_models.domain.programme_crowd import check_crowd
from shared_models.domain.programme_rules import EarnRule, Programme, RedeemRule, Tier
from shared_models.domain.text import N_

__all__ = ["FORMAT", "BadProgramme", "from_plain", "to_plain"]

FORMAT = 2
FORMAT_WITHOUT_DEALS = 1
"""A till of a version without deals would sell at other prices: it must refuse them, and only them."""
MAX_OFFERS = 10_000
MAX_DEALS = 2_000
MAX_TIERS = 100

_ONE = Decimal(1)
_MAX_FACTOR = Decimal(1_000)
_MIDNIGHT = time(0)


def to_plain(programme: Programme) -> dict[str, Any]:
    """The document ``from_plain`` reads. Rates and factors are text, dates ISO 8601, times ``HH:MM``."""
    plain = {
        "format": FORMAT if programme.deals else FORMAT_WITHOUT_DEALS,
        "version": programme.version,
        "valid_from": programme.valid_from.isoformat(),
        "currency": programme.currency,
        "prices_include_tax": programme.prices_include_tax,
        "taxes": {code: plain_decimal(rate) for code, rate in programme.taxes.items()},
        "tiers": [_plain_tier(tier) for tier in programme.tiers],
        "offers": [plain_offer(offer) for offer in programme.offers],
        "earn": {
            "points": programme.earn.points,
            "growth": programme.earn.growth,
            "years": programme.earn.years,
            "excluded_categories": list(programme.earn.excluded_categories),
        },
        "redeem": {
            "points": programme.redeem.points,
            "worth_minor": programme.redeem.worth_minor,
            "minimum_points": programme.redeem.minimum_points,
            "step_points": programme.redeem.step_points,
            "share": plain_decimal(programme.redeem.share),
            "excluded_categories": list(programme.redeem.excluded_categories),
        },
        "floor_points": programme.floor_points,
        "in_store": [_plain_label(rule) for rule in programme.in_store],
        "cash_rounding_minor": programme.cash_rounding_minor,
        "day_cut_off": plain_clock(programme.day_cut_off),
    }
    if programme.deals:
        plain["deals"] = [plain_deal(deal) for deal in programme.deals]
    return plain


def from_plain(plain: object, *, strict: bool = False) -> Programme:
    """Read and check a programme. Raise ``BadProgramme``, which names the field and says how to mend it.

    ``strict`` also refuses fields this version doesn't know: for entry at head office. A till ignores them, because
    they may be those of a newer version; a document of a newer ``format`` is refused.
    """
    fields = Fields(plain, "", strict)
    written = fields.integer("format", 1, 2**31)
    if written > FORMAT:
        raise BadProgramme(field="format", problem=N_("it was written by a newer version; update this one"))
    programme = Programme(
        version=fields.integer("version", 1, 2**53),
        valid_from=fields.day("valid_from"),
        currency=fields.choice("currency", CURRENCIES),
        prices_include_tax=fields.flag("prices_include_tax"),
        taxes=fields.child("taxes").decimals(Decimal(0), _ONE),
        tiers=tuple(_tier(each) for each in fields.children("tiers", MAX_TIERS)),
        offers=tuple(read_offer(each) for each in fields.children("offers", MAX_OFFERS, optional=True)),
        earn=_earn(fields.child("earn")),
        redeem=_redeem(fields.child("redeem")),
        floor_points=fields.integer("floor_points", 0, 2**31),
        in_store=tuple(_label(each) for each in fields.children("in_store", 10, optional=True)),
        cash_rounding_minor=fields.integer("cash_rounding_minor", 1, MAX_AMOUNT_MINOR),
        day_cut_off=fields.clock("day_cut_off", _MIDNIGHT),
        deals=tuple(read_deal(each) for each in fields.children("deals", MAX_DEALS, optional=True)),
    )
    if (written == FORMAT_WITHOUT_DEALS) == bool(programme.deals):
        raise BadProgramme(field="format", problem=N_("it must be 2 with deals and 1 without"))
    _check_whole(programme)
    if strict:
        check_crowd(programme.offers, programme.deals)
    return fields.finish(programme)


def _check_whole(programme: Programme) -> None:
    """What no field alone can show."""
    if not programme.tiers:
        raise BadProgramme(field="tiers", problem=N_("a programme has at least one tier"))
    lowest = programme.tiers[0]
    if lowest.growth or lowest.month_spend_minor or lowest.referrals:
        raise BadProgramme(field="tiers[0]", problem=N_("the lowest tier is everyone's and has no gates"))
    for name, codes in (
        ("tiers", [tier.code for tier in programme.tiers]),
        ("offers", [offer.id for offer in programme.offers]),
        ("deals", [deal.id for deal in programme.deals]),
        ("in_store", [rule.prefix for rule in programme.in_store]),
    ):
        seen: set[str] = set()
        for place, code in enumerate(codes):
            if code in seen:
                raise BadProgramme(field=f"{name}[{place}]", problem=N_("another one has the same name"))
            seen.add(code)
    offers, tiers = [offer.id for offer in programme.offers], [tier.code for tier in programme.tiers]
    check_deals(programme.deals, offers, tiers)


def _tier(fields: Fields) -> Tier:
    return fields.finish(
        Tier(
            code=fields.text("code"),
            names=fields.child("names").texts(),
            growth=fields.integer("growth", 0, 2**53),
            member_price=fields.decimal("member_price", Decimal(0), _ONE),
            earn_multiplier=fields.decimal("earn_multiplier", Decimal(0), _MAX_FACTOR),
            month_spend_minor=fields.integer("month_spend_minor", 0, MAX_AMOUNT_MINOR, default=0),
            referrals=fields.integer("referrals", 0, 2**31, default=0),
        )
    )


def _plain_tier(tier: Tier) -> dict[str, Any]:
    return {
        "code": tier.code,
        "names": dict(tier.names),
        "growth": tier.growth,
        "member_price": plain_decimal(tier.member_price),
        "earn_multiplier": plain_decimal(tier.earn_multiplier),
        "month_spend_minor": tier.month_spend_minor,
        "referrals": tier.referrals,
    }


def _earn(fields: Fields) -> EarnRule:
    return fields.finish(
        EarnRule(
            points=fields.integer("points", 0, 1_000_000),
            growth=fields.integer("growth", 0, 1_000_000),
            years=fields.integer("years", 0, 100),
            excluded_categories=fields.names("excluded_categories"),
        )
    )


def _redeem(fields: Fields) -> RedeemRule:
    return fields.finish(
        RedeemRule(
            points=fields.integer("points", 1, 1_000_000),
            worth_minor=fields.integer("worth_minor", 1, 1_000_000),
            minimum_points=fields.integer("minimum_points", 0, 2**31),
            step_points=fields.integer("step_points", 1, 2**31),
            share=fields.decimal("share", Decimal(0), _ONE),
            excluded_categories=fields.names("excluded_categories"),
        )
    )


def _label(fields: Fields) -> InStoreRule:
    values: Mapping[str, Any] = {
        "prefix": fields.text("prefix"),
        "item_digits": fields.integer("item_digits", 1, 9),
        "value": LabelValue(fields.choice("value", tuple(LabelValue))),
        "value_digits": fields.integer("value_digits", 1, 9),
        "value_check": fields.flag("value_check", default=False),
    }
    try:
        return fields.finish(InStoreRule(**values))
    except ValueError as error:
        raise BadProgramme(field=fields.path, problem=str(error)) from error


def _plain_label(rule: InStoreRule) -> dict[str, Any]:
    return {
        "prefix": rule.prefix,
        "item_digits": rule.item_digits,
        "value": rule.value.value,
        "value_digits": rule.value_digits,
        "value_check": rule.value_check,
    }
