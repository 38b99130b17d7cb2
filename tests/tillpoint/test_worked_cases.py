"""The worked cases of the trade: each figure was worked out by hand, so each must come out to the cent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tillpoint.cli.command import tillpoint
from tillpoint.pricing.explain import explained
from tillpoint.pricing.table import cases_of, checked

FOLDER = Path(__file__).parents[2] / "docs" / "programme" / "cases"
FILES = sorted(FOLDER.glob("*.json"))
FEWEST = 300

Case = dict[str, Any]


def _cases() -> Iterator[tuple[str, Case]]:
    for path in FILES:
        for case in cases_of(json.loads(path.read_text("utf-8"))):
            yield path.stem, case


CASES = list(_cases())


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{file}: {case['name']}") for file, case in CASES])
def test_a_worked_case(case: Case) -> None:
    assert case["source"].strip()
    assert case["arithmetic"].strip()
    assert case["expect"], "a case without figures can't fail"
    found = checked(case)
    assert found.wrong == ()
    if found.outcome is not None:
        assert "\n".join(explained(found.outcome))


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    names = [(file, case["name"]) for file, case in CASES]
    assert len(set(names)) == len(names) >= FEWEST
    assert all(name.strip() == name and "\n" not in name for _, name in names)


def test_the_command_plays_a_table() -> None:
    path = FOLDER / "deals-groups.json"
    done = tillpoint("price", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    count = sum(file == path.stem for file, _ in CASES)
    lines = done.stdout.splitlines()
    assert lines[2] == "holds: 3. three times 10 % are 27.1 %"
    assert lines[-1] == f"{count} cases, 0 differ."
    assert len(lines) == count + 1


def test_a_wrong_figure_is_named(tmp_path: Path) -> None:
    plain = json.loads((FOLDER / "deals-bundle.json").read_text("utf-8"))
    plain["cases"] = plain["cases"][:2]
    plain["cases"][1]["expect"] = {"total_minor": 1350, "lines": [{"net_minor": 349}]}
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(plain), "utf-8")
    done = tillpoint("price", str(path))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "2 cases, 1 differ."
    first, second = done.stderr.splitlines()
    assert first == "2. of four the dearest three: total_minor: 1350 was expected, 1349 came out"
    assert second.startswith("2. of four the dearest three: lines: [{'net_minor': 349}] was expected, [")


def test_a_refusal_is_told(tmp_path: Path) -> None:
    plain = json.loads((FOLDER / "limits.json").read_text("utf-8"))
    plain["cases"] = [case for case in plain["cases"] if case["name"] == "10,000 pieces"]
    out = tmp_path / "results.json"
    path = tmp_path / "refused.json"
    path.write_text(json.dumps(plain), "utf-8")
    assert tillpoint("price", str(path), "--json", str(out)).returncode == 0
    assert json.loads(out.read_text("utf-8")) == [
        {
            "name": "10,000 pieces",
            "holds": True,
            "refused": "quantity_too_large",
            "sentence": "The quantity can be at most 9999. Was a barcode typed as a quantity?",
        }
    ]
