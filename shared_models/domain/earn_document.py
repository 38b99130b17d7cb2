"""The rules of points as plain documents and back, checked. What older documents don't have is written only if set."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from shared_models.domain.audience_document import plain_audience, read_audience
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.earn_rules import (
    ActRule,
    EarnBonus,
    EarnRule,
    Expiry,
    Lasting,
    NotEarning,
    Period,
    RedeemRule,
    TierTerms,
)
from shared_models.domain.expiry import shortest_validity
from shared_models.domain.offer_document import plain_decimal, plain_goods, plain_window, read_goods, read_window
from shared_models.domain.points import worth
from shared_models.domain.text import N_
from shared_models.domain.validity_document import plain_validity, read_validity

MAX_BONUSES = 100
MAX_ACTS = 100
MAX_DAYS = 36_525
MAX_MONTHS = 1_200
MAX_COUNT = 2**53

_ZERO, _ONE = Decimal(0), Decimal(1)
_MAX_FACTOR = Decimal(1_000)
_MULTIPLIER_STEP = Decimal("0.01")
_CAPS = ("most_per_sale", "most_per_day", "most_per_month")


def read_earn(fields: Fields) -> EarnRule:
    rule = EarnRule(
        points=fields.integer("points", 0, 1_000_000),
        growth=fields.integer("growth", 0, 1_000_000),
        years=fields.integer("years", 0, 100),
        excluded_categories=fields.names("excluded_categories"),
        expiry=_expiry(fields.child_or_none("expiry")),
        pending_days=fields.integer("pending_days", 0, MAX_DAYS, default=0),
        most_per_sale=fields.integer_or_none("most_per_sale", 1, MAX_COUNT),
        most_per_day=fields.integer_or_none("most_per_day", 1, MAX_COUNT),
        most_per_month=fields.integer_or_none("most_per_month", 1, MAX_COUNT),
        most_multiplier=fields.decimal_or_none("most_multiplier", _ONE, _MAX_FACTOR) or EarnRule().most_multiplier,
        base_excludes=_base_excludes(fields),
        bonuses=tuple(_bonus(each) for each in fields.children("bonuses", MAX_BONUSES, optional=True)),
    )
    _check_caps(fields, rule)
    if rule.pending_days > shortest_validity(rule):
        problem = N_(
            "points could expire before they can be spent; wait for at most {high} days or let them last longer"
        )
        raise BadProgramme(field=fields.at("pending_days"), problem=problem, high=shortest_validity(rule))
    return fields.finish(rule)


def plain_earn(rule: EarnRule) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "points": rule.points,
        "growth": rule.growth,
        "years": rule.years,
        "excluded_categories": list(rule.excluded_categories),
    }
    default = EarnRule()
    if rule.expiry != default.expiry:
        plain["expiry"] = _plain_expiry(rule.expiry)
    for name in ("pending_days", *_CAPS):
        if (value := getattr(rule, name)) != getattr(default, name):
            plain[name] = value
    if rule.most_multiplier != default.most_multiplier:
        plain["most_multiplier"] = plain_decimal(rule.most_multiplier)
    if rule.base_excludes != default.base_excludes:
        plain["base_excludes"] = [kind.value for kind in rule.base_excludes]
    if rule.bonuses:
        plain["bonuses"] = [_plain_bonus(bonus) for bonus in rule.bonuses]
    return plain


def read_redeem(fields: Fields) -> RedeemRule:
    rule = RedeemRule(
        points=fields.integer("points", 1, 1_000_000),
        worth_minor=fields.integer("worth_minor", 1, 1_000_000),
        minimum_points=fields.integer("minimum_points", 0, 2**31),
        step_points=fields.integer("step_points", 1, 2**31),
        share=fields.decimal("share", _ZERO, _ONE),
        excluded_categories=fields.names("excluded_categories"),
        by_tier={tier: _tier_terms(each) for tier, each in fields.child("by_tier", optional=True).named().items()},
        by_category=fields.child("by_category", optional=True).decimals(_ZERO, _ONE),
        most_times=fields.integer_or_none("most_times", 1, MAX_COUNT),
        per=Period(fields.choice_or("per", tuple(Period), "")),
    )
    if rule.per and rule.most_times is None:
        raise BadProgramme(field=fields.at("most_times"), problem=N_("say how many times, or remove the period"))
    return fields.finish(rule)


def plain_redeem(rule: RedeemRule) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "points": rule.points,
        "worth_minor": rule.worth_minor,
        "minimum_points": rule.minimum_points,
        "step_points": rule.step_points,
        "share": plain_decimal(rule.share),
        "excluded_categories": list(rule.excluded_categories),
    }
    if rule.by_tier:
        plain["by_tier"] = {tier: _plain_terms(terms) for tier, terms in rule.by_tier.items()}
    if rule.by_category:
        plain["by_category"] = {category: plain_decimal(share) for category, share in rule.by_category.items()}
    if rule.most_times is not None:
        plain["most_times"] = rule.most_times
        plain["per"] = rule.per.value
    return plain


def read_act(fields: Fields) -> ActRule:
    rule = ActRule(
        act=fields.text("act"),
        points=fields.integer("points", 0, 1_000_000, default=0),
        growth=fields.integer("growth", 0, 1_000_000, default=0),
        most=fields.integer_or_none("most", 1, MAX_COUNT),
        per=Period(fields.choice_or("per", tuple(Period), "")),
    )
    if not (rule.points or rule.growth):
        raise BadProgramme(field=fields.path, problem=N_("it earns nothing; set points or growth, or remove it"))
    if rule.per and rule.most is None:
        raise BadProgramme(field=fields.at("most"), problem=N_("say how many times, or remove the period"))
    return fields.finish(rule)


def plain_act(rule: ActRule) -> dict[str, Any]:
    plain = {"act": rule.act, "points": rule.points, "growth": rule.growth, "most": rule.most, "per": rule.per.value}
    return {name: value for name, value in plain.items() if value}


def check_earn(earn: EarnRule, redeem: RedeemRule, tiers: Collection[str], *, strict: bool) -> None:
    """What no part alone can show. ``tiers`` are the codes of the programme's tiers. ``strict`` also refuses points
    that pay nothing: older versions accepted them, so a document in force may hold such."""
    for place, bonus in enumerate(earn.bonuses):
        if bonus.multiplier != 1 and not earn.points:
            problem = N_("goods earn no points to multiply; set points of the earn rule, or give extra points only")
            raise BadProgramme(field=f"earn.bonuses[{place}].multiplier", problem=problem)
    for tier in redeem.by_tier:
        if tier not in tiers:
            raise BadProgramme(
                field=f"redeem.by_tier.{tier}", problem=N_("there is no tier of this name; mend the name or remove it")
            )
    if strict:
        _check_worth(redeem)


def _check_worth(redeem: RedeemRule) -> None:
    for field, rule in (
        ("redeem", redeem),
        *((f"redeem.by_tier.{tier}", redeem.for_tier(tier)) for tier in redeem.by_tier),
    ):
        steps = -(-max(1, rule.minimum_points) // rule.step_points)
        if not worth(steps * rule.step_points, rule):
            problem = N_("the fewest points that can be redeemed pay nothing; raise the minimum, the step or the worth")
            raise BadProgramme(field=f"{field}.worth_minor", problem=problem)


def _check_caps(fields: Fields, rule: EarnRule) -> None:
    """A cap below that of a shorter time would make the shorter one's void."""
    largest = 0
    for name in _CAPS:
        cap: int | None = getattr(rule, name)
        if cap is not None and cap < largest:
            problem = N_("it is below the cap of a shorter time; raise it to at least {low} or lower the other")
            raise BadProgramme(field=fields.at(name), problem=problem, low=largest)
        largest = max(largest, cap or 0)


def _expiry(fields: Fields | None) -> Expiry:
    if fields is None:
        return Expiry()
    match Lasting(fields.choice("kind", tuple(Lasting))):
        case Lasting.MONTH_END:
            return fields.finish(Expiry(Lasting.MONTH_END, fields.integer("months", 0, MAX_MONTHS)))
        case (Lasting.DAYS | Lasting.INACTIVITY) as lasting:
            return fields.finish(Expiry(lasting, fields.integer("days", 1, MAX_DAYS)))
        case lasting:
            return fields.finish(Expiry(lasting))


def _plain_expiry(expiry: Expiry) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": expiry.lasting.value}
    match expiry.lasting:
        case Lasting.MONTH_END:
            plain["months"] = expiry.count
        case Lasting.DAYS | Lasting.INACTIVITY:
            plain["days"] = expiry.count
    return plain


def _base_excludes(fields: Fields) -> tuple[NotEarning, ...]:
    names = fields.names("base_excludes", EarnRule().base_excludes)
    for place, name in enumerate(names):
        if name not in tuple(NotEarning):
            field = f"{fields.at('base_excludes')}[{place}]"
            raise BadProgramme(field=field, problem=N_("it must be one of {choices}"), choices=", ".join(NotEarning))
    return tuple(NotEarning(name) for name in names)


def _bonus(fields: Fields) -> EarnBonus:
    valid_from, valid_to = read_validity(fields)
    bonus = EarnBonus(
        id=fields.text("id"),
        names=fields.child("names").texts(),
        goods=read_goods(fields.child("goods")),
        valid_from=valid_from,
        valid_to=valid_to,
        multiplier=fields.decimal_or_none("multiplier", _MULTIPLIER_STEP, _MAX_FACTOR) or _ONE,
        extra=fields.integer("extra", 0, 1_000_000, default=0),
        window=read_window(fields.child("window", optional=True)),
        audience=read_audience(fields),
    )
    if bonus.multiplier % _MULTIPLIER_STEP:
        raise BadProgramme(field=fields.at("multiplier"), problem=N_("it has at most two decimals"))
    if bonus.multiplier == 1 and not bonus.extra:
        raise BadProgramme(field=fields.path, problem=N_("it gives nothing more; set a multiplier or extra points"))
    return fields.finish(bonus)


def _plain_bonus(bonus: EarnBonus) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": bonus.id,
        "names": dict(bonus.names),
        "goods": plain_goods(bonus.goods),
        **plain_validity(bonus.valid_from, bonus.valid_to),
        "multiplier": plain_decimal(bonus.multiplier),
        "extra": bonus.extra,
        "window": plain_window(bonus.window),
    }
    return plain | plain_audience(bonus.audience)


def _tier_terms(fields: Fields) -> TierTerms:
    terms = TierTerms(
        share=fields.decimal_or_none("share", _ZERO, _ONE),
        worth_minor=fields.integer_or_none("worth_minor", 1, 1_000_000),
    )
    if terms == TierTerms():
        raise BadProgramme(field=fields.path, problem=N_("set its share or its worth, or remove it"))
    return fields.finish(terms)


def _plain_terms(terms: TierTerms) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if terms.share is not None:
        plain["share"] = plain_decimal(terms.share)
    if terms.worth_minor is not None:
        plain["worth_minor"] = terms.worth_minor
    return plain
