"""The policies of offline spending as a plain document and back, checked. Only what isn't the default is written."""

from __future__ import annotations

from typing import Any

from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.spending_rules import ALL, DEFAULT_SPENDING, Mode, Policy, Spending
from shared_models.domain.text import N_

_KINDS = ("points", "stored_value", "coupons", "budgets", "gifts", "returns")
_NEVER_BY_FLOOR = frozenset({"budgets", "gifts"})
_MOST_IDLE_DAYS = 3_650


def read_spending(fields: Fields | None) -> Spending:
    if fields is None:
        return DEFAULT_SPENDING
    found = {name: _policy(fields.child_or_none(name), name) for name in _KINDS}
    idle_days = fields.integer("idle_days", 1, _MOST_IDLE_DAYS, default=DEFAULT_SPENDING.idle_days)
    return fields.finish(Spending(**found, idle_days=idle_days))


def _policy(fields: Fields | None, name: str) -> Policy:
    default: Policy = getattr(DEFAULT_SPENDING, name)
    if fields is None:
        return default
    mode = Mode(fields.choice_or("mode", tuple(Mode), default.mode))
    policy = Policy(
        mode=mode,
        floor=0 if name == "points" else fields.integer("floor", 0, ALL, default=default.floor),
        usual_store=fields.flag("usual_store", default=default.usual_store),
        per_day=fields.integer_or_none("per_day", 0, ALL),
        most=fields.integer_or_none("most", 1, ALL),
    )
    if mode is Mode.FLOOR and name in _NEVER_BY_FLOOR:
        problem = N_("a budget that each till could exceed is none; choose escrow or refuse")
        raise BadProgramme(field=fields.at("mode"), problem=problem)
    if mode is Mode.FLOOR and name != "points" and not policy.floor and not fields.has("floor"):
        raise BadProgramme(field=fields.at("floor"), problem=N_("say how much a till may let go by itself"))
    return fields.finish(policy)


def plain_spending(spending: Spending) -> dict[str, Any]:
    """Empty for the default."""
    plain: dict[str, Any] = {}
    for name in _KINDS:
        policy: Policy = getattr(spending, name)
        default: Policy = getattr(DEFAULT_SPENDING, name)
        parts = {
            "mode": (policy.mode.value, default.mode.value),
            "floor": (policy.floor, default.floor),
            "usual_store": (policy.usual_store, default.usual_store),
            "per_day": (policy.per_day, default.per_day),
            "most": (policy.most, default.most),
        }
        found = {part: value for part, (value, usual) in parts.items() if value != usual}
        if found:
            plain[name] = found
    if spending.idle_days != DEFAULT_SPENDING.idle_days:
        plain["idle_days"] = spending.idle_days
    return plain


__all__ = ["plain_spending", "read_spending"]
