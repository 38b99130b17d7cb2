from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from shared_models.domain.programme import BadProgramme, Programme, default_programme, from_plain, to_plain
from shared_models.domain.tier_rules import OPEN, YEAR_TO_DATE, Condition, Downgrade, Evaluation, Figure, JudgedAt
from tests.domain.test_programme_schema import SCHEMA, valid
from tests.domain.tiering import evaluations, programmes, with_tiers

RULES = with_tiers(
    ((Condition(Figure.SPEND, 200_00), Condition(Figure.VISITS, 4, 3)), (Condition(Figure.GROWTH, 500),)),
    ((Condition(Figure.POINTS, 9_000, YEAR_TO_DATE),),),
    evaluation=Evaluation(JudgedAt.ROLLING, 6, Downgrade.TO_EARNED, 14),
)


def document(programme: Programme = RULES) -> dict[str, Any]:
    plain = json.loads(json.dumps(to_plain(programme)))
    assert isinstance(plain, dict)
    return plain


def refused(change: Callable[[dict[str, Any]], object], *, strict: bool = True) -> str:
    """The field that is refused when ``RULES`` is changed."""
    plain = document()
    change(plain)
    with pytest.raises(BadProgramme) as caught:
        from_plain(plain, strict=strict)
    assert "{" not in caught.value.sentence(str), "every value stands in the sentence"
    return caught.value.values["field"]


def test_gates_and_evaluation_as_they_are_written() -> None:
    plain = document()
    assert plain["tiers"][1]["gates"] == [
        {
            "conditions": [
                {"figure": "spend", "at_least": 20_000, "window": "month"},
                {"figure": "visits", "at_least": 4, "window": "months", "months": 3},
            ]
        },
        {"conditions": [{"figure": "growth", "at_least": 500}]},
    ]
    assert plain["tiers"][2]["gates"] == [{"conditions": [{"figure": "points", "at_least": 9_000, "window": "year"}]}]
    assert plain["evaluation"] == {"period": "rolling", "months": 6, "downgrade": "to_earned", "grace_days": 14}
    assert from_plain(plain, strict=True) == RULES


def test_a_document_of_before_is_written_as_it_was() -> None:
    plain = document(default_programme())
    assert "evaluation" not in plain
    assert [list(tier) for tier in plain["tiers"]] == [
        ["code", "names", "growth", "member_price", "earn_multiplier", "month_spend_minor", "referrals"]
    ] * 4
    assert [(tier["growth"], tier["month_spend_minor"], tier["referrals"]) for tier in plain["tiers"]] == [
        (0, 0, 0), (500, 0, 0), (1_500, 200_00, 0), (3_000, 0, 1),
    ]  # fmt: skip
    assert json.dumps(to_plain(from_plain(plain, strict=True))) == json.dumps(plain)


@settings(max_examples=60)
@given(programmes, evaluations)
def test_any_tiers_read_back(rules: Programme, evaluation: Evaluation) -> None:
    if evaluation.downgrade is Downgrade.NEVER:
        evaluation = Evaluation(downgrade=Downgrade.NEVER)
    rules = replace(rules, evaluation=evaluation)
    if any(len({(one.figure, one.months) for one in gate}) < len(gate) for tier in rules.tiers for gate in tier.gates):
        with pytest.raises(BadProgramme, match="another one asks for the same"):
            from_plain(document(rules))
        return
    plain = document(rules)
    read = from_plain(plain)
    assert json.dumps(to_plain(read)) == json.dumps(plain)
    assert (read.evaluation, [tier.gates for tier in read.tiers]) == (evaluation, [tier.gates for tier in rules.tiers])
    assert valid(plain, SCHEMA)


def condition(plain: dict[str, Any], number: int = 0) -> dict[str, Any]:
    found = plain["tiers"][1]["gates"][0]["conditions"][number]
    assert isinstance(found, dict)
    return found


AT = "tiers[1].gates[0].conditions[0]"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda doc: condition(doc).update(figure="smiles"), f"{AT}.figure"),
        (lambda doc: condition(doc).update(at_least=0), f"{AT}.at_least"),
        (lambda doc: condition(doc).update(at_least=10**12), f"{AT}.at_least"),
        (lambda doc: condition(doc).update(window="week"), f"{AT}.window"),
        (lambda doc: condition(doc).pop("window"), f"{AT}.window"),
        (lambda doc: condition(doc).update(months=3), f"{AT}.months"),
        (lambda doc: condition(doc).update(window="months"), f"{AT}.months"),
        (lambda doc: condition(doc).update(window="months", months=13), f"{AT}.months"),
        (lambda doc: condition(doc).update(window="months", months=1), f"{AT}.months"),
        (lambda doc: condition(doc).update(figure="growth"), f"{AT}.window"),
        (lambda doc: condition(doc).update(colour="red"), f"{AT}.colour"),
        (lambda doc: doc["tiers"][1]["gates"][0]["conditions"].append(condition(doc)), f"{AT[:-3]}[2]"),
        (lambda doc: doc["tiers"][1]["gates"][0].update(conditions=[]), "tiers[1].gates[0].conditions"),
        (lambda doc: doc["tiers"][1]["gates"].extend([{}] * 20), "tiers[1].gates"),
        (lambda doc: doc["tiers"][1].update(gates=[]), "tiers[1].growth"),
        (lambda doc: doc["tiers"][1].update(growth=500), "tiers[1].growth"),
        (lambda doc: doc["tiers"][1].update(referrals=0), "tiers[1].referrals"),
        (lambda doc: doc["tiers"][0].pop("growth"), "tiers[0].growth"),
        (lambda doc: doc["tiers"][0].update(month_spend_minor=1), "tiers[0]"),
        (lambda doc: doc["evaluation"].update(period="weekly"), "evaluation.period"),
        (lambda doc: doc["evaluation"].update(months=13), "evaluation.months"),
        (lambda doc: doc["evaluation"].update(period="calendar", months=5), "evaluation.months"),
        (lambda doc: doc["evaluation"].update(grace_days=60), "evaluation.grace_days"),
        (lambda doc: doc["evaluation"].update(months=1, grace_days=28), "evaluation.grace_days"),
        (lambda doc: doc["evaluation"].update(downgrade="never"), "evaluation.downgrade"),
        (lambda doc: doc["evaluation"].update(downgrade="at_random"), "evaluation.downgrade"),
        (lambda doc: doc.update(evaluation=[]), "evaluation"),
    ],
)  # fmt: skip
def test_an_error_names_its_field(change: Callable[[dict[str, Any]], object], field: str) -> None:
    assert refused(change) == field


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (((Condition(Figure.GROWTH, 500),),), ((Condition(Figure.GROWTH, 500),),)),
        (((Condition(Figure.GROWTH, 500), Condition(Figure.VISITS, 2)),), ((Condition(Figure.GROWTH, 400),),)),
        (((Condition(Figure.SPEND, 300_00),),), ((Condition(Figure.SPEND, 300_00, 3),),)),
        (((Condition(Figure.SPEND, 300_00),),), ((Condition(Figure.SPEND, 300_00, YEAR_TO_DATE),),)),
        (((Condition(Figure.GROWTH, 500),),), OPEN),
        (
            ((Condition(Figure.GROWTH, 500),), (Condition(Figure.VISITS, 5),)),
            ((Condition(Figure.GROWTH, 400),), (Condition(Figure.VISITS, 3),)),
        ),
    ],
)
def test_a_tier_nobody_could_have_is_refused(lower: Any, higher: Any) -> None:
    plain = document(with_tiers(lower, higher))
    with pytest.raises(BadProgramme, match="whoever reaches t") as caught:
        from_plain(plain, strict=True)
    assert caught.value.values["field"] == "tiers[2]"
    assert [tier.gates for tier in from_plain(plain).tiers] == [OPEN, lower, higher], "one in force stays readable"


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (((Condition(Figure.GROWTH, 500),),), ((Condition(Figure.GROWTH, 500), Condition(Figure.VISITS, 1)),)),
        (((Condition(Figure.SPEND, 300_00, 3),),), ((Condition(Figure.SPEND, 300_00),),)),
        (((Condition(Figure.SPEND, 300_00, 2),),), ((Condition(Figure.SPEND, 200_00, YEAR_TO_DATE),),)),
        (((Condition(Figure.GROWTH, 500),), (Condition(Figure.VISITS, 5),)), ((Condition(Figure.GROWTH, 400),),)),
        (((Condition(Figure.GROWTH, 500),),), ((Condition(Figure.REFERRALS, 1),),)),
    ],
)
def test_tiers_that_somebody_could_have_are_taken(lower: Any, higher: Any) -> None:
    rules = with_tiers(lower, higher)
    assert from_plain(document(rules), strict=True) == rules
