"""Tiers and their evaluation as plain documents and back, checked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.months import YEAR
from shared_models.domain.offer_document import plain_decimal
from shared_models.domain.text import N_
from shared_models.domain.tier_rules import (
    OPEN,
    TIMELESS,
    YEAR_TO_DATE,
    YEARLY,
    Condition,
    Downgrade,
    Evaluation,
    Figure,
    Gate,
    JudgedAt,
    Tier,
    short_gate,
)

MAX_TIERS = 100
MAX_GATES = 20
MAX_CONDITIONS = 20
MAX_GRACE_DAYS = 59
"""So that a grace is over by the end of the second month: nothing older than a standing's months decides about it."""

_ONE = Decimal(1)
_MAX_FACTOR = Decimal(1_000)
_MAX_COUNT = 2**53
_MAX_REFERRALS = 2**31
_SHORTEST_MONTH_DAYS = 28
_WINDOWS = ("month", "months", "year")


def read_tier(fields: Fields) -> Tier:
    return fields.finish(
        Tier(
            code=fields.text("code"),
            names=fields.child("names").texts(),
            gates=_gates(fields),
            member_price=fields.decimal("member_price", Decimal(0), _ONE),
            earn_multiplier=fields.decimal("earn_multiplier", Decimal(0), _MAX_FACTOR),
        )
    )


def plain_tier(tier: Tier) -> dict[str, Any]:
    """A single gate that the short fields can say is said by them."""
    start = {"code": tier.code, "names": dict(tier.names)}
    gives = {"member_price": plain_decimal(tier.member_price), "earn_multiplier": plain_decimal(tier.earn_multiplier)}
    growth, spend, referrals = (
        next((each.at_least for gate in tier.gates for each in gate if each.figure is figure), 0)
        for figure in (Figure.GROWTH, Figure.SPEND, Figure.REFERRALS)
    )
    if tier.gates == short_gate(growth, spend, referrals):
        return {**start, "growth": growth, **gives, "month_spend_minor": spend, "referrals": referrals}
    gates = [{"conditions": [_plain_condition(each) for each in gate]} for gate in tier.gates]
    return {**start, "gates": gates, **gives}


def read_evaluation(fields: Fields) -> Evaluation:
    evaluation = Evaluation(
        period=JudgedAt(fields.choice_or("period", tuple(JudgedAt), YEARLY.period)),
        months=fields.integer("months", 1, YEAR, default=YEARLY.months),
        downgrade=Downgrade(fields.choice_or("downgrade", tuple(Downgrade), YEARLY.downgrade)),
        grace_days=fields.integer("grace_days", 0, MAX_GRACE_DAYS, default=YEARLY.grace_days),
    )
    if evaluation.downgrade is Downgrade.NEVER and evaluation != Evaluation(downgrade=Downgrade.NEVER):
        problem = N_("where no tier is ever lost there is no period and no grace; remove them, or choose another way")
        raise BadProgramme(field=fields.at("downgrade"), problem=problem)
    if evaluation.period is JudgedAt.CALENDAR and YEAR % evaluation.months:
        raise BadProgramme(
            field=fields.at("months"), problem=N_("a year has equal parts of 1, 2, 3, 4, 6 or 12 months")
        )
    if evaluation.grace_days >= evaluation.months * _SHORTEST_MONTH_DAYS:
        raise BadProgramme(field=fields.at("grace_days"), problem=N_("the grace must be shorter than the period"))
    return fields.finish(evaluation)


def plain_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Only what differs from the default."""
    written, default = (
        {
            "period": each.period.value,
            "months": each.months,
            "downgrade": each.downgrade.value,
            "grace_days": each.grace_days,
        }
        for each in (evaluation, YEARLY)
    )
    return {name: value for name, value in written.items() if value != default[name]}


def check_tiers(tiers: Sequence[Tier], *, strict: bool) -> None:
    """What no tier alone can show. ``strict`` also refuses a tier that nobody can have, because whoever reaches it has
    reached a higher one."""
    if not tiers:
        raise BadProgramme(field="tiers", problem=N_("a programme has at least one tier"))
    if tiers[0].gates != OPEN:
        raise BadProgramme(field="tiers[0]", problem=N_("the lowest tier is everyone's and has no gates"))
    for place, higher in enumerate(tiers if strict else ()):
        for lower in tiers[:place]:
            if all(any(_implies(gate, other) for other in higher.gates) for gate in lower.gates):
                problem = N_(
                    "whoever reaches {tier} would reach this higher tier too; raise its gates, or move it down"
                )
                raise BadProgramme(field=f"tiers[{place}]", problem=problem, tier=lower.code)


def _gates(fields: Fields) -> tuple[Gate, ...]:
    many = fields.children("gates", MAX_GATES, optional=True)
    if not many:
        growth = fields.integer("growth", 0, _MAX_COUNT)
        spend = fields.integer("month_spend_minor", 0, MAX_AMOUNT_MINOR, default=0)
        return short_gate(growth, spend, fields.integer("referrals", 0, _MAX_REFERRALS, default=0))
    for name in ("growth", "month_spend_minor", "referrals"):
        if fields.integer_or_none(name, 0, _MAX_COUNT) is not None:
            raise BadProgramme(field=fields.at(name), problem=N_("use either this or gates"))
    return tuple(_gate(each) for each in many)


def _gate(fields: Fields) -> Gate:
    gate = tuple(_condition(each) for each in fields.children("conditions", MAX_CONDITIONS))
    if not gate:
        raise BadProgramme(field=fields.at("conditions"), problem=N_("name at least one condition"))
    for place, condition in enumerate(gate):
        if any((one.figure, one.months) == (condition.figure, condition.months) for one in gate[:place]):
            field = f"{fields.at('conditions')}[{place}]"
            raise BadProgramme(field=field, problem=N_("another one asks for the same; keep the higher"))
    return fields.finish(gate)


def _condition(fields: Fields) -> Condition:
    figure = Figure(fields.choice("figure", tuple(Figure)))
    most = MAX_AMOUNT_MINOR if figure is Figure.SPEND else _MAX_COUNT
    at_least = fields.integer("at_least", 1, most)
    window = fields.choice_or("window", _WINDOWS, "")
    months = fields.integer_or_none("months", 2, YEAR)
    if bool(window) == (figure in TIMELESS):
        if window:
            problem = N_("growth and referrals count without a window; remove it")
        else:
            problem = N_("it must be one of {choices}")
        raise BadProgramme(field=fields.at("window"), problem=problem, choices=", ".join(_WINDOWS))
    if (window == "months") != (months is not None):
        problem = N_("say how many months, 2 to 12, for the window “months”, and only for it")
        raise BadProgramme(field=fields.at("months"), problem=problem)
    return fields.finish(Condition(figure, at_least, YEAR_TO_DATE if window == "year" else months or 1))


def _plain_condition(condition: Condition) -> dict[str, Any]:
    plain: dict[str, Any] = {"figure": condition.figure.value, "at_least": condition.at_least}
    if condition.figure in TIMELESS:
        return plain
    match condition.months:
        case 1:
            return {**plain, "window": "month"}
        case 0:
            return {**plain, "window": "year"}
        case months:
            return {**plain, "window": "months", "months": months}


def _implies(gate: Gate, other: Gate) -> bool:
    """Whether whoever meets ``gate`` surely meets ``other``: each of its conditions follows from one of ``gate``'s."""
    return all(any(_follows(wanted, given) for given in gate) for wanted in other)


def _follows(wanted: Condition, given: Condition) -> bool:
    if wanted.months == YEAR_TO_DATE:
        within = given.months in (YEAR_TO_DATE, 1)
    else:
        within = YEAR_TO_DATE < given.months <= wanted.months
    return given.figure is wanted.figure and within and given.at_least >= wanted.at_least


__all__ = ["MAX_TIERS", "check_tiers", "plain_evaluation", "plain_tier", "read_evaluation", "read_tier"]
