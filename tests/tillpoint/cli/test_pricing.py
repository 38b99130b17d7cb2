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
        "tillpoint: This can't be priced. programme.deals[1].terms.kind: it must be one of spend, get, bundle, each, "
        "gift.\n"
    )


def test_a_programme_is_checked(tmp_path: Path) -> None:
    done = tillpoint("programme", "check", str(FOLDER / "programme.json"))
    assert done.returncode == 0
    assert done.stdout.endswith("version 1 from 2026-01-01, 4 tiers, 1 offers, 7 deals, 6 coupons. It can be used.\n")
    path = tmp_path / "bad.json"
    path.write_text('{"format": 9}', "utf-8")
    done = tillpoint("programme", "check", str(path))
    assert done.returncode == 1
    assert done.stderr == (
        "tillpoint: The programme can't be used. format: it was written by a newer version; update this one.\n"
    )


def test_of_two_programmes_none_is_for_nothing(tmp_path: Path) -> None:
    plain = json.loads((FOLDER / "programme.json").read_text("utf-8"))
    files = {}
    versions = {"a": (1, "2026-01-01"), "b": (2, "2026-12-01"), "c": (3, "2026-11-01"), "d": (1, "2026-01-01")}
    for name, (version, since) in versions.items():
        files[name] = tmp_path / f"{name}.json"
        files[name].write_text(json.dumps({**plain, "version": version, "valid_from": since}), "utf-8")
    assert tillpoint("programme", "check", str(files["a"]), str(files["b"])).returncode == 0
    done = tillpoint("programme", "check", *map(str, (files["a"], files["b"], files["c"])))
    assert (done.returncode, done.stderr) == (
        1,
        "tillpoint: The programme can't be used. valid_from: version 3 overlaps it and begins no later, so it would "
        "never be in force.\n",
    )
    assert tillpoint("programme", "check", str(files["a"]), str(files["d"])).returncode == 1


def test_a_members_life_is_played(tmp_path: Path) -> None:
    done = tillpoint("account", str(FOLDER / "accounts" / "a-year.json"))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["points"], found["growth"], found["tier"]) == (240, 3_325, "gold")
    assert [(each["on"], each["after"], each["why"]) for each in found["changes"]] == [
        ("2026-03-02", "silver", "reached"),
        ("2026-04-10", "gold", "reached"),
        ("2026-08-20", "diamond", "reached"),
        ("2028-01-31", "gold", "not_kept"),
    ]
    wrong = tmp_path / "wrong.json"
    plain = json.loads((FOLDER / "accounts" / "a-year.json").read_text("utf-8"))
    wrong.write_text(json.dumps({**plain, "expect": {"points": 1}}), "utf-8")
    done = tillpoint("account", str(wrong), "--explain")
    assert (done.returncode, done.stderr) == (1, "points: 1 was expected, 240 came out\n")
    assert "2026-05-09 returns event 6: 1740 points, growth 1605, gold" in done.stdout


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([], "events: there must be at least one"),
        (
            [{"on": "2026-01-02", "what": "referral"}, {"on": "2026-01-01", "what": "referral"}],
            "before the event above",
        ),
        ([{"on": "2026-01-02", "what": "return", "of": 1}], "no purchase or came back already"),
        ([{"on": "2026-01-02", "what": "act", "act": "dance"}], "no rule for “dance”"),
        ([{"on": "2026-01-02", "what": "spend", "minor": 1}], "stored value"),
    ],
)
def test_a_life_that_can_not_be_played(tmp_path: Path, events: list[object], sentence: str) -> None:
    path = tmp_path / "life.json"
    path.write_text(json.dumps({"events": events}), "utf-8")
    done = tillpoint("account", str(path))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "fault of Tillpoint" not in done.stderr
