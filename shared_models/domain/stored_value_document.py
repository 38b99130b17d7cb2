"""The rule of stored value as a plain document and back, checked."""

from __future__ import annotations

from typing import Any

from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.stored_value_rules import Forfeit, LoadStep, SpendOrder, StoredValueRule
from shared_models.domain.text import N_

MAX_STEPS = 20
MAX_BONUS_DAYS = 36_500
MAX_BONUSES = 1_000_000


def read_stored_value(fields: Fields | None) -> StoredValueRule | None:
    if fields is None:
        return None
    rule = StoredValueRule(
        steps=tuple(_step(each) for each in fields.children("steps", MAX_STEPS, optional=True)),
        spend_order=SpendOrder(fields.choice_or("spend_order", tuple(SpendOrder), SpendOrder.PRO_RATA)),
        bonus_days=fields.integer_or_none("bonus_days", 1, MAX_BONUS_DAYS),
        most_load_minor=fields.integer_or_none("most_load_minor", 1, MAX_AMOUNT_MINOR),
        most_balance_minor=fields.integer_or_none("most_balance_minor", 1, MAX_AMOUNT_MINOR),
        most_bonuses=fields.integer_or_none("most_bonuses", 1, MAX_BONUSES),
        forfeit=Forfeit(fields.choice_or("forfeit", tuple(Forfeit), Forfeit.IN_PROPORTION)),
    )
    _check_steps(rule, fields)
    return fields.finish(rule)


def plain_stored_value(rule: StoredValueRule) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "steps": [{"from_minor": step.from_minor, "bonus_minor": step.bonus_minor} for step in rule.steps],
        "spend_order": rule.spend_order.value,
        "bonus_days": rule.bonus_days,
        "most_load_minor": rule.most_load_minor,
        "most_balance_minor": rule.most_balance_minor,
    }
    if rule.most_bonuses is not None:
        plain["most_bonuses"] = rule.most_bonuses
    if rule.forfeit is not Forfeit.IN_PROPORTION:
        plain["forfeit"] = rule.forfeit.value
    return plain


def _step(fields: Fields) -> LoadStep:
    step = LoadStep(
        fields.integer("from_minor", 1, MAX_AMOUNT_MINOR), fields.integer("bonus_minor", 1, MAX_AMOUNT_MINOR)
    )
    if step.bonus_minor > step.from_minor:
        problem = N_("the bonus is larger than the load it is for; lower it or raise from_minor")
        raise BadProgramme(field=fields.at("bonus_minor"), problem=problem)
    return fields.finish(step)


def _check_steps(rule: StoredValueRule, fields: Fields) -> None:
    """That each step brings more than the one before, and that the limits let somebody reach it."""
    lower = LoadStep(0, 0)
    for place, step in enumerate(rule.steps):
        field = fields.at(f"steps[{place}]")
        if step.from_minor <= lower.from_minor or step.bonus_minor <= lower.bonus_minor:
            problem = N_("both figures must be above those of the step before; mend or sort the steps")
            raise BadProgramme(field=field, problem=problem)
        if rule.most_load_minor is not None and step.from_minor > rule.most_load_minor:
            problem = N_("nobody may load that much at once; lower the step or raise most_load_minor")
            raise BadProgramme(field=field, problem=problem)
        if rule.most_balance_minor is not None and step.from_minor + step.bonus_minor > rule.most_balance_minor:
            problem = N_("nobody may hold that much with the bonus; lower the step or raise most_balance_minor")
            raise BadProgramme(field=field, problem=problem)
        lower = step
