"""What the parts of a programme forbid each other, and what is asked only of a document that is being entered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from tests.domain.test_coupon_document import FULL

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(to_plain(FULL)))
    change(plain)
    return plain


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda doc: doc["deals"][4].update(id="tier:gold"), "deals[4].id"),
        (lambda doc: doc["coupons"][0].update(id="tier:"), "coupons[0].id"),
        (lambda doc: doc.update(taxes={}), "taxes"),
        (lambda doc: doc.update(cash_rounding_minor=5_01), "cash_rounding_minor"),
    ],
)
def test_some_is_refused_on_entry_only(change: Change, field: str) -> None:
    with pytest.raises(BadProgramme) as refused:
        from_plain(changed(change), strict=True)
    assert refused.value.values["field"] == field
    from_plain(changed(change))  # one that is in force already stays readable


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda doc: doc["deals"][0].update(id="line"), "deals[0].id"),
        (lambda doc: doc["coupons"][1].update(id=doc["deals"][0]["id"]), "coupons[1].id"),
        (lambda doc: doc["coupons"][1].update(id=doc["coupons"][0]["id"]), "coupons[1].id"),
        (lambda doc: doc["deals"][0].update(excludes=["gone"]), "deals[0].excludes[0]"),
        (lambda doc: doc["coupons"][0].update(excludes=[doc["coupons"][0]["id"]]), "coupons[0].excludes[0]"),
        (lambda doc: doc["offers"][0].update(tiers=["platinum"]), "offers[0].tiers[0]"),
        (lambda doc: doc["coupons"][0].update(tiers=["gold", "platinum"]), "coupons[0].tiers[1]"),
    ],
)
def test_a_name_stands_for_one_rule_that_is_there(change: Change, field: str) -> None:
    with pytest.raises(BadProgramme) as refused:
        from_plain(changed(change))
    assert refused.value.values["field"] == field


@pytest.mark.parametrize(("currency", "most"), [("CNY", 5_00), ("JPY", 100), ("KRW", 1_000)])
def test_cash_is_not_rounded_to_more_than_a_note(currency: str, most: int) -> None:
    """Else a shop would give goods away: ¥4.99 in cash rounds to nothing by steps of ¥10.00."""
    plain = {**to_plain(default_programme()), "currency": currency}
    assert from_plain({**plain, "cash_rounding_minor": most}, strict=True).cash_rounding_minor == most
    with pytest.raises(BadProgramme, match="cash_rounding_minor"):
        from_plain({**plain, "cash_rounding_minor": most + 1}, strict=True)
    assert from_plain({**plain, "cash_rounding_minor": most + 1}).cash_rounding_minor == most + 1, "one in force"
