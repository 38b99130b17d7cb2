"""What no part of a programme alone can show: names used twice or used for nothing, and figures that can't go together.

``strict`` checks are for entry at head office: a document in force may be older than they are, and stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shared_models.domain.audience import Audience
from shared_models.domain.benefit_document import check_rewards
from shared_models.domain.deal import Deal
from shared_models.domain.document_fields import BadProgramme
from shared_models.domain.earn_document import check_earn
from shared_models.domain.programme_crowd import check_crowd
from shared_models.domain.programme_rules import Programme
from shared_models.domain.sale import MEMBER_PRICE_RULE
from shared_models.domain.text import N_
from shared_models.domain.tier_document import check_tiers


def check_whole(programme: Programme, *, strict: bool) -> None:
    """Raise ``BadProgramme``."""
    check_tiers(programme.tiers, strict=strict)
    _check_doubles(programme)
    _check_rule_names(programme, strict=strict)
    _check_excludes(programme)
    _check_audiences(programme)
    check_rewards(
        programme.rewards,
        programme.coupon_rules,
        [each.id for each in programme.services],
        [tier.code for tier in programme.tiers],
    )
    check_earn(programme.earn, programme.redeem, [tier.code for tier in programme.tiers], strict=strict)
    if strict:
        _check_money(programme)
        check_crowd(programme.offers, programme.deals)


def check_course(programmes: Iterable[Programme]) -> None:
    """Refuse programmes of which one would never be in force: of those that have begun the highest version is."""
    later: Programme | None = None
    for programme in sorted(programmes, key=lambda each: -each.version):
        if later is not None and programme.version == later.version:
            raise BadProgramme(field="version", problem=N_("another programme has the same one; use a higher one"))
        if later is not None and programme.valid_from >= later.valid_from:
            problem = N_("version {version} overlaps it and begins no later, so it would never be in force")
            raise BadProgramme(field="valid_from", problem=problem, version=later.version)
        later = programme


def _check_doubles(programme: Programme) -> None:
    names: tuple[tuple[str, Sequence[str]], ...] = (
        ("tiers", [tier.code for tier in programme.tiers]),
        ("earn.bonuses", [bonus.id for bonus in programme.earn.bonuses]),
        ("acts", [rule.act for rule in programme.acts]),
        ("risk", [rule.id for rule in programme.risk]),
        ("in_store", [f"{rule.prefix}/{rule.digits}" for rule in programme.in_store]),
        ("services", [each.id for each in programme.services]),
        ("reserved", [each.id for each in programme.reserved]),
        ("rewards", [each.id for each in programme.rewards]),
    )
    for name, codes in names:
        seen: set[str] = set()
        for place, code in enumerate(codes):
            if code in seen:
                raise BadProgramme(field=f"{name}[{place}]", problem=N_("another one has the same name"))
            seen.add(code)
    numbers: set[int] = set()
    for place, rule in enumerate(programme.coupons):
        if rule.number is not None and rule.number in numbers:
            problem = N_("another coupon has the same number; use another one")
            raise BadProgramme(field=f"coupons[{place}].number", problem=problem)
        numbers |= {rule.number} if rule.number is not None else set()


def _rules(programme: Programme) -> Iterator[tuple[str, str]]:
    """Field and id of all that adjustments name as their rule."""
    for name, ids in (
        ("offers", [offer.id for offer in programme.offers]),
        ("deals", [deal.id for deal in programme.deals]),
        ("coupons", [rule.id for rule in programme.coupons]),
    ):
        for place, rule in enumerate(ids):
            yield f"{name}[{place}].id", rule


def _check_rule_names(programme: Programme, *, strict: bool) -> None:
    seen: set[str] = set()
    for field, rule in _rules(programme):
        if rule in seen:
            problem = N_("an offer, a deal or a coupon has the same name; use another one")
            raise BadProgramme(field=field, problem=problem)
        if strict and rule.startswith(MEMBER_PRICE_RULE):
            problem = N_("names that begin with {prefix} are those of member prices; use another one")
            raise BadProgramme(field=field, problem=problem, prefix=MEMBER_PRICE_RULE)
        seen.add(rule)


def _check_excludes(programme: Programme) -> None:
    ids = {rule for _, rule in _rules(programme)}
    deals: Sequence[tuple[str, Sequence[Deal]]] = (
        ("deals", programme.deals),
        ("coupons", [rule.deal for rule in programme.coupons]),
    )
    for name, some in deals:
        for place, deal in enumerate(some):
            for number, other in enumerate(deal.excludes):
                if other == deal.id or other not in ids:
                    problem = N_("there is no other deal, offer or coupon of this name; mend the name or remove it")
                    raise BadProgramme(field=f"{name}[{place}].excludes[{number}]", problem=problem)


def _check_audiences(programme: Programme) -> None:
    """A rule for a tier that isn't there would be for nobody."""
    tiers = {tier.code for tier in programme.tiers}
    rules: tuple[tuple[str, Sequence[Audience]], ...] = (
        ("offers", [each.audience for each in programme.offers]),
        ("deals", [each.audience for each in programme.deals]),
        ("coupons", [each.deal.audience for each in programme.coupons]),
        ("earn.bonuses", [each.audience for each in programme.earn.bonuses]),
        ("services", [each.audience for each in programme.services]),
        ("reserved", [each.audience for each in programme.reserved]),
        ("rewards", [each.audience for each in programme.rewards]),
    )
    for name, audiences in rules:
        for place, audience in enumerate(audiences):
            for number, tier in enumerate(audience.tiers):
                if tier not in tiers:
                    problem = N_("there is no tier of this name; mend the name or remove it")
                    raise BadProgramme(field=f"{name}[{place}].tiers[{number}]", problem=problem)


def _check_money(programme: Programme) -> None:
    if not programme.taxes:
        raise BadProgramme(field="taxes", problem=N_("name at least one rate; without one nothing can be sold"))
    least_note = min(programme.money.notes_minor)
    if programme.cash_rounding_minor > least_note:
        problem = N_("cash would be rounded to more than the smallest note; use at most {high}")
        raise BadProgramme(field="cash_rounding_minor", problem=problem, high=least_note)


__all__ = ["check_course", "check_whole"]
