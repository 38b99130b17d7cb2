"""Coupons and stored value by commands: each act once, whatever is typed again."""

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
    setup.publish_programme(server, valuables.programme())
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
