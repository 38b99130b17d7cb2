"""``tillpoint price`` and ``tillpoint programme check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tillpoint.cli.command import tillpoint

FOLDER = Path(__file__).parents[3] / "docs" / "programme"


@pytest.mark.parametrize(
    ("name", "total_minor"),
    # 300 × 0.9³; 50.00 × 0.85 = 42.50 less one of four, 10.62; 13.00 for 10.00; nothing off
    [("stacked-tens", 218_70), ("buy-three-get-one", 31_88), ("mix-and-match", 10_00), ("just-missed", 87_50)],
)
def test_the_examples_cost_what_they_should(name: str, total_minor: int) -> None:
    done = tillpoint("price", str(FOLDER / f"{name}.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["total_minor"] == total_minor


def test_an_account_and_a_file(tmp_path: Path) -> None:
    out = tmp_path / "priced.json"
    done = tillpoint("price", str(FOLDER / "just-missed.json"), "--explain", "--json", str(out))
    assert done.stdout.splitlines()[-1] == "Just missed (hundred): ¥12.50 more: ¥30.00 off from ¥100.00"
    assert json.loads(out.read_text("utf-8"))["near_misses"][0]["missing_minor"] == 12_50


def test_another_time_finds_no_deal() -> None:
    done = tillpoint("price", str(FOLDER / "stacked-tens.json"), "--at", "2025-12-31T12:00:00+08:00")
    assert json.loads(done.stdout)["total_minor"] == 300_00


def test_what_can_not_be_priced_names_its_field(tmp_path: Path) -> None:
    plain = json.loads((FOLDER / "stacked-tens.json").read_text("utf-8"))
    plain["programme"]["deals"][1]["terms"]["kind"] = "free"
    path = tmp_path / "case.json"
    path.write_text(json.dumps(plain), "utf-8")
    done = tillpoint("price", str(path))
    assert done.returncode == 1
    assert done.stderr == (
        "tillpoint: This can't be priced. programme.deals[1].terms.kind: it must be one of spend, get, bundle.\n"
    )


def test_a_programme_is_checked(tmp_path: Path) -> None:
    done = tillpoint("programme", "check", str(FOLDER / "programme.json"))
    assert done.returncode == 0
    assert done.stdout.endswith("version 1, 4 tiers, 1 offers, 5 deals. It can be used.\n")
    path = tmp_path / "bad.json"
    path.write_text('{"format": 9}', "utf-8")
    done = tillpoint("programme", "check", str(path))
    assert done.returncode == 1
    assert done.stderr == (
        "tillpoint: The programme can't be used. format: it was written by a newer version; update this one.\n"
    )
