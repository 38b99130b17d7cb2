"""Many cases in one file: what they share stands once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared_models.domain.errors import DomainError
from tillpoint.errors import CommandError
from tillpoint.pricing.case import read_case
from tillpoint.pricing.plain import differences, plain_outcome
from tillpoint.pricing.run import Outcome, run

MAX_CASES = 10_000
BAD_CASE = "bad_case"


@dataclass(frozen=True, slots=True)
class Checked:
    """``result`` is what came out, or ``refused`` (a refusal's code, ``BAD_CASE`` for what can't be read) and its
    ``sentence``; ``wrong`` where it isn't what was expected."""

    outcome: Outcome | None
    result: dict[str, Any]
    wrong: tuple[str, ...]


def is_table(plain: object) -> bool:
    return isinstance(plain, dict) and "cases" in plain


def cases_of(plain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each case with the table's fields where it has none of its own; ``rules`` are put together by name."""
    cases = plain["cases"]
    if not isinstance(cases, list) or not 0 < len(cases) <= MAX_CASES:
        raise CommandError(f"“cases” must be a list of 1 to {MAX_CASES} cases.")
    shared = {name: value for name, value in plain.items() if name != "cases"}
    for number, case in enumerate(cases, 1):
        if not isinstance(case, dict):
            raise CommandError(f"Case {number} must be an object with named fields.")
        merged = {**shared, **case}
        if isinstance(shared.get("rules"), dict) and isinstance(case.get("rules"), dict):
            merged["rules"] = {**shared["rules"], **case["rules"]}
        yield merged


def checked(one: dict[str, Any], at: datetime | None = None) -> Checked:
    """Play ``one`` of ``cases_of``. ``at`` goes before its own."""
    outcome = None
    try:
        outcome = run(read_case(one, at))
        result = plain_outcome(outcome)
    except (CommandError, DomainError) as error:
        result = {"refused": getattr(error, "code", BAD_CASE), "sentence": str(error)}
    return Checked(outcome, result, tuple(differences(one.get("expect", {}), result)))
