"""Many cases in one file: what they share stands once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tillpoint.errors import CommandError

MAX_CASES = 10_000


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
