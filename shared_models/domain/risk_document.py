"""The rules of what is suspicious as a plain document and back, checked."""

from __future__ import annotations

from typing import Any

from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.risk import COUNTED_BY, DEFAULT_RISK, Act, Per, RiskRule
from shared_models.domain.text import N_

MAX_RISK_RULES = 100
MAX_DAYS = 366
_MOST = 2**53


def read_risk(fields: Fields) -> tuple[RiskRule, ...]:
    """``DEFAULT_RISK`` if the document has no such section; an empty one has no rules."""
    if not fields.has("risk"):
        return DEFAULT_RISK
    return tuple(_rule(each) for each in fields.children("risk", MAX_RISK_RULES))


def _rule(fields: Fields) -> RiskRule:
    act = Act(fields.choice("act", tuple(Act)))
    rule = RiskRule(
        id=fields.text("id"),
        act=act,
        per=Per(fields.choice("per", [each for each in Per if each in COUNTED_BY[act]])),
        days=fields.integer("days", 1, MAX_DAYS, default=1),
        times=fields.integer_or_none("times", 0, _MOST),
        amount=fields.integer_or_none("amount", 0, _MOST),
    )
    if rule.times is None and rule.amount is None:
        raise BadProgramme(field=fields.path, problem=N_("it finds nothing; set times or amount, or remove it"))
    return fields.finish(rule)


def plain_risk(rule: RiskRule) -> dict[str, Any]:
    plain = {
        "id": rule.id, "act": rule.act.value, "per": rule.per.value, "days": rule.days, "times": rule.times,
        "amount": rule.amount,
    }  # fmt: skip
    return {name: value for name, value in plain.items() if value is not None}
