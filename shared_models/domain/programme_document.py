"""A programme as a plain document (maps, lists, text, whole numbers: what JSON can say) and back, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from typing import Any, TypeVar

from shared_models.domain.barcode import InStoreRule, LabelValue
from shared_models.domain.benefit_document import (
    plain_reserved,
    plain_reward,
    plain_service,
    read_reserved,
    read_reward,
    read_service,
)
from shared_models.domain.coupon_document import plain_coupon, read_coupon
from shared_models.domain.deal_document import plain_deal, read_deal
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.earn_document import (
    MAX_ACTS,
    plain_act,
    plain_earn,
    plain_redeem,
    read_act,
    read_earn,
    read_redeem,
)
from shared_models.domain.money import CURRENCIES, MAX_AMOUNT_MINOR, Rounding
from shared_models.domain.offer_document import plain_clock, plain_decimal, plain_offer, read_offer
from shared_models.domain.programme_check import check_whole
from shared_models.domain.programme_rules import Programme
from shared_models.domain.risk import DEFAULT_RISK
from shared_models.domain.risk_document import plain_risk, read_risk
from shared_models.domain.spending_document import plain_spending, read_spending
from shared_models.domain.stored_value_document import plain_stored_value, read_stored_value
from shared_models.domain.taxes import TaxRounding
from shared_models.domain.text import N_
from shared_models.domain.tier_document import (
    MAX_TIERS,
    plain_evaluation,
    plain_tier,
    read_evaluation,
    read_tier,
)
from shared_models.domain.tier_rules import YEARLY

__all__ = ["FORMAT", "BadProgramme", "from_plain", "to_plain"]

FORMAT = 3
"""1 has no deals, 2 has the first kinds of them, 3 says more. A document is written in the lowest format that can say
it: a till too old for it would sell at other prices, so it must refuse it, and only it."""
_SECTIONS_NEW_IN_3 = frozenset(
    {"cash_rounding", "coupons", "evaluation", "reserved", "spending", "stored_value", "tax_rounding"}
)
_FIELDS_NEW_IN_3 = frozenset(
    {
        "base_excludes", "birthday", "bonuses", "but", "by_category", "by_tier", "channels", "expiry",
        "first_purchase", "gates", "limits", "members_only", "month_days", "most_multiplier", "most_per_day",
        "most_per_month", "most_per_sale", "pending_days", "segments", "stores", "suppliers", "tags", "weight_digits",
    }
)  # fmt: skip
_RULES = ("tiers", "offers", "deals", "earn", "redeem", "in_store")
_TERMS_NEW_IN_3 = frozenset({"each", "gift"})
MAX_OFFERS = 10_000
MAX_DEALS = 2_000
MAX_RULES = 2_000

_Rule = TypeVar("_Rule")

_ONE = Decimal(1)
_MIDNIGHT = time(0)
_PREFIXES = tuple(str(prefix) for prefix in range(20, 30))


def to_plain(programme: Programme) -> dict[str, Any]:
    """The document ``from_plain`` reads. Rates and factors are text, dates ISO 8601, times ``HH:MM``."""
    plain = {
        "format": 1,
        "version": programme.version,
        "valid_from": programme.valid_from.isoformat(),
        "currency": programme.currency,
        "prices_include_tax": programme.prices_include_tax,
        "taxes": {code: plain_decimal(rate) for code, rate in programme.taxes.items()},
        "tiers": [plain_tier(tier) for tier in programme.tiers],
        "offers": [plain_offer(offer) for offer in programme.offers],
        "earn": plain_earn(programme.earn),
        "redeem": plain_redeem(programme.redeem),
        "floor_points": programme.floor_points,
        "in_store": [_plain_label(rule) for rule in programme.in_store],
        "cash_rounding_minor": programme.cash_rounding_minor,
        "day_cut_off": plain_clock(programme.day_cut_off),
    }
    if programme.deals:
        plain["deals"] = [plain_deal(deal) for deal in programme.deals]
    optional = {
        "coupons": [plain_coupon(rule) for rule in programme.coupons],
        "services": [plain_service(each) for each in programme.services],
        "reserved": [plain_reserved(each) for each in programme.reserved],
        "rewards": [plain_reward(each) for each in programme.rewards],
        "acts": [plain_act(each) for each in programme.acts],
    }
    plain |= {name: rules for name, rules in optional.items() if rules}
    if programme.tax_rounding is not TaxRounding.DOCUMENT:
        plain["tax_rounding"] = programme.tax_rounding.value
    if programme.cash_rounding is not Rounding.HALF_UP:
        plain["cash_rounding"] = programme.cash_rounding.value
    if programme.evaluation != YEARLY:
        plain["evaluation"] = plain_evaluation(programme.evaluation)
    if programme.stored_value is not None:
        plain["stored_value"] = plain_stored_value(programme.stored_value)
    spending = plain_spending(programme.spending)
    if spending:
        plain["spending"] = spending
    if programme.sells_past_best_before:
        plain["sells_past_best_before"] = True
    if programme.risk != DEFAULT_RISK:
        plain["risk"] = [plain_risk(rule) for rule in programme.risk]
    return {**plain, "format": _format_of(plain)}


def _format_of(plain: dict[str, Any]) -> int:
    if not _SECTIONS_NEW_IN_3.isdisjoint(plain) or any(_is_new(plain.get(name)) for name in _RULES):
        return 3
    return 2 if plain.get("deals") else 1


def _is_new(plain: object) -> bool:
    """Whether a rule, or a part of one, says something that format 2 can't."""
    if isinstance(plain, dict):
        new = plain.get("kind") in _TERMS_NEW_IN_3 or not _FIELDS_NEW_IN_3.isdisjoint(plain)
        return new or any(map(_is_new, plain.values()))
    return isinstance(plain, list) and any(map(_is_new, plain))


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
        tiers=tuple(read_tier(each) for each in fields.children("tiers", MAX_TIERS)),
        offers=tuple(read_offer(each) for each in fields.children("offers", MAX_OFFERS, optional=True)),
        earn=read_earn(fields.child("earn")),
        redeem=read_redeem(fields.child("redeem")),
        floor_points=fields.integer("floor_points", 0, 2**31),
        in_store=tuple(_label(each) for each in fields.children("in_store", 2 * len(_PREFIXES), optional=True)),
        cash_rounding_minor=fields.integer("cash_rounding_minor", 1, MAX_AMOUNT_MINOR),
        day_cut_off=fields.clock("day_cut_off", _MIDNIGHT),
        deals=tuple(read_deal(each) for each in fields.children("deals", MAX_DEALS, optional=True)),
        coupons=_all(fields, "coupons", read_coupon),
        services=_all(fields, "services", read_service),
        reserved=_all(fields, "reserved", read_reserved),
        rewards=_all(fields, "rewards", read_reward),
        tax_rounding=TaxRounding(fields.choice_or("tax_rounding", tuple(TaxRounding), TaxRounding.DOCUMENT)),
        acts=tuple(read_act(each) for each in fields.children("acts", MAX_ACTS, optional=True)),
        cash_rounding=Rounding(fields.choice_or("cash_rounding", tuple(Rounding), Rounding.HALF_UP)),
        evaluation=read_evaluation(fields.child("evaluation", optional=True)),
        stored_value=read_stored_value(fields.child_or_none("stored_value")),
        spending=read_spending(fields.child_or_none("spending")),
        risk=read_risk(fields),
        sells_past_best_before=fields.flag("sells_past_best_before", default=False),
    )
    check_whole(programme, strict=strict)
    needed = to_plain(programme)["format"]
    if written < needed:
        problem = N_("it must be at least {format} for what the document says")
        raise BadProgramme(field="format", problem=problem, format=needed)
    return fields.finish(programme)


def _all(fields: Fields, name: str, read: Callable[[Fields], _Rule]) -> tuple[_Rule, ...]:
    return tuple(read(each) for each in fields.children(name, MAX_RULES, optional=True))


def _label(fields: Fields) -> InStoreRule:
    values: Mapping[str, Any] = {
        "prefix": fields.choice("prefix", _PREFIXES),
        "item_digits": fields.integer("item_digits", 1, 9),
        "value": LabelValue(fields.choice("value", tuple(LabelValue))),
        "value_digits": fields.integer("value_digits", 1, 9),
        "value_check": fields.flag("value_check", default=False),
        "weight_digits": fields.integer("weight_digits", 0, 9, 0),
    }
    try:
        return fields.finish(InStoreRule(**values))
    except ValueError as error:
        raise BadProgramme(field=fields.path, problem=str(error)) from error


def _plain_label(rule: InStoreRule) -> dict[str, Any]:
    plain = {
        "prefix": rule.prefix,
        "item_digits": rule.item_digits,
        "value": rule.value.value,
        "value_digits": rule.value_digits,
        "value_check": rule.value_check,
    }
    return plain | ({"weight_digits": rule.weight_digits} if rule.weight_digits else {})
