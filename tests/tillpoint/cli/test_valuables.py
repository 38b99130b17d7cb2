"""Coupons, stored value and gift stock by commands: each act once, whatever is typed again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from shared_models.domain.member import Profile
from sync_server import setup
from sync_server.main import open_home
from tests.sync_server import valuables
from tests.tillpoint.cli.command import tillpoint

ACT = "01937f00-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop") / "server"
    assert tillpoint("store", "add", "S1", "--home", str(home), "--name", "一店").returncode == 0
    server = open_home(home, None)
    mug = {"id": "mug", "names": {"en": "Mug"}, "kind": "goods", "what": "P1", "points": 300}
    setup.publish_programme(server, valuables.programme(rewards=[{**mug, "valid_from": "2026-01-01"}]))
    new = setup.NewMember(
        member_id=UUID(int=42), number="42", store_id="S1", notice_version="1", consents=(), source="import",
        registered_on=date(2026, 1, 1), made_up=True,
    )  # fmt: skip
    setup.import_members(server, [(new, Profile("李雷", "8613800138042"))])
    server.engine.dispose()
    return home


def test_coupons(home: Path) -> None:
    out = home.parent / "codes.json"
    issue = ("coupon", "issue", valuables.LEAFLET, "--home", str(home), "--count", "2", "--id", ACT, "--json", str(out))
    first, again = tillpoint(*issue), tillpoint(*issue)
    assert (first.returncode, first.stdout) == (0, again.stdout)
    made = json.loads(out.read_text("utf-8"))
    assert made["batch"] == ACT
    assert [each["code"][:5] for each in made["coupons"]] == ["C007-", "C007-"]
    void = ("coupon", "void", made["coupons"][0]["id"], "--home", str(home), "--reason", "x")
    assert tillpoint(*void).stdout.startswith("1 cancelled")
    assert tillpoint(*void).stdout.startswith("0 cancelled")
    wrong = tillpoint("coupon", "issue", "no-such", "--home", str(home))
    assert (wrong.returncode, "It has: five-off, leaflet" in wrong.stderr) == (1, True)


def test_stored_value(home: Path) -> None:
    correct = ("stored-value", "correct", "42", "--home", str(home), "--minor", "5000", "--reason", "x", "--id", ACT)
    assert tillpoint(*correct).stdout == tillpoint(*correct).stdout == "¥50.00 paid in, ¥0.00 bonus.\n"
    assert tillpoint("stored-value", "freeze", "42", "--home", str(home), "--reason", "x").returncode == 0
    much = tillpoint("stored-value", "correct", "42", "--home", str(home), "--minor", "-5001", "--reason", "x")
    assert (much.returncode, much.stdout) == (1, "")


def test_gift_stock(home: Path) -> None:
    assert tillpoint("gift", "list", "--home", str(home)).stdout == "No gifts are in stock.\n"
    stock = ("gift", "stock", "mug", "--home", str(home), "--store", "S1", "--reason", "x")
    first, again = (tillpoint(*stock, "--add", "50", "--id", ACT) for _ in range(2))
    assert (first.returncode, first.stdout) == (0, again.stdout)
    assert first.stdout == "50 of mug in store S1, 0 of them lent to tills.\n"
    assert tillpoint(*stock, "--add", "-2").stdout.startswith("48 of mug")
    assert tillpoint("gift", "list", "--home", str(home)).stdout == ("S1  mug  48 in stock, 0 of them lent to tills\n")
    much = tillpoint(*stock, "--add", "-49")
    assert (much.returncode, "Only 48 of mug" in much.stderr) == (1, True)
    wrong = tillpoint("gift", "stock", "cup", "--home", str(home), "--store", "S1", "--add", "1", "--reason", "x")
    assert (wrong.returncode, "It has: mug" in wrong.stderr) == (1, True)
