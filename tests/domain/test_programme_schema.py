"""The published schema says what the reader takes: it is checked by a small validator of the words it uses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared_models.domain.programme import BadProgramme, from_plain, to_plain
from tests.domain.test_coupon_document import FULL

FOLDER = Path(__file__).parents[2] / "docs" / "programme"
SCHEMA = json.loads((FOLDER / "schema.json").read_text("utf-8"))
CASES = sorted(path for path in FOLDER.glob("*.json") if path.name not in {"schema.json", "programme.json"})
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
KNOWN = {
    "$ref", "$schema", "$defs", "title", "description", "type", "properties", "required", "additionalProperties",
    "items", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "minimum", "maximum", "pattern",
    "format", "enum", "const", "oneOf",
}  # fmt: skip


def valid(value: Any, rule: dict[str, Any]) -> bool:
    assert rule.keys() <= KNOWN
    if "$ref" in rule:
        return valid(value, SCHEMA["$defs"][rule["$ref"].removeprefix("#/$defs/")])
    if "oneOf" in rule:
        return sum(valid(value, each) for each in rule["oneOf"]) == 1
    if "const" in rule or "enum" in rule:
        return value in rule.get("enum", [rule.get("const")])
    names = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    if not any(isinstance(value, TYPES[name]) and (name == "boolean") == isinstance(value, bool) for name in names):
        return False
    match value:
        case dict():
            rules, others = rule.get("properties", {}), rule["additionalProperties"]
            return all(name in value for name in rule.get("required", ())) and all(
                (valid(each, rules[name]) if name in rules else bool(others) and valid(each, others))
                for name, each in value.items()
            )
        case list():
            short = rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value))
            return short and all(valid(each, rule["items"]) for each in value)
        case str():
            fits = rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", len(value))
            return fits and re.search(rule.get("pattern", ""), value) is not None
        case int() if not isinstance(value, bool):
            return bool(rule.get("minimum", value) <= value <= rule.get("maximum", value))
    return True


def test_what_is_written_is_valid() -> None:
    assert valid(json.loads(json.dumps(to_plain(FULL))), SCHEMA)


def test_the_example_is_valid_and_read() -> None:
    plain = json.loads((FOLDER / "programme.json").read_text("utf-8"))
    assert valid(plain, SCHEMA)
    assert from_plain(plain, strict=True) == FULL


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_cases_have_valid_programmes(path: Path) -> None:
    plain = json.loads(path.read_text("utf-8"))["programme"]
    assert valid(plain, SCHEMA)
    assert from_plain(plain, strict=True).deals


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("version",), 0), (("format",), 4), (("colour",), "red"), (("tiers",), []), (("taxes", "standard"), "13 %"),
        (("deals", 0, "terms", "steps"), []), (("deals", 0, "most_times"), 0), (("deals", 1, "terms", "buy"), "two"),
        (("deals", 1, "terms", "kind"), "free"), (("deals", 3, "terms", "price_minor"), -1),
        (("day_cut_off",), "24:00"), (("stored_value", "steps", 0, "bonus_minor"), 0), (("cash_rounding",), "off"),
    ],
)  # fmt: skip
def test_what_the_reader_refuses_is_not_valid(where: tuple[str | int, ...], value: object) -> None:
    plain = json.loads(json.dumps(to_plain(FULL)))
    inner: Any = plain
    for name in where[:-1]:
        inner = inner[name]
    inner[where[-1]] = value
    assert not valid(plain, SCHEMA)
    with pytest.raises(BadProgramme):
        from_plain(plain, strict=True)
