"""The import into a real server, as the command does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shared_models.orm.server import fact, member, product
from sync_server.main import open_home
from tests.tillpoint.cli.command import tillpoint
from tests.tillpoint.completejourney.conftest import STORE


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("import") / "server"
    done = tillpoint("import", "completejourney", "--home", str(home), "--json", str(home.parent / "report.json"))
    assert done.returncode == 0, done.stderr
    assert "9,106 products" in done.stdout
    return home


def counts(home: Path) -> tuple[int, int, int]:
    server = open_home(home)
    try:
        with server.reading() as db:
            products, members, facts = (
                db.scalar(select(func.count()).select_from(table)) or 0 for table in (product, member, fact)
            )
            made_up = db.scalar(select(func.count()).where(member.c.made_up))
    finally:
        server.engine.dispose()
    assert made_up == members
    return products, members, facts


def test_goods_and_members_are_on_the_server(home: Path) -> None:
    products, members, _ = counts(home)
    assert (products, members) == (9_106, 154)


def test_the_report_says_what_was_found_and_done(home: Path) -> None:
    report = json.loads((home.parent / "report.json").read_text("utf-8"))
    assert report["sums"]["sales_cents"] == 459_603_958
    assert report["imported"] == {
        "products": 9_106,
        "weighed_products": 316,
        "members": 154,
        "price_by_own_lines": 9_106,
    }


def test_importing_again_doubles_nobody(home: Path) -> None:
    before = counts(home)
    done = tillpoint("import", "completejourney", "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "0 members imported, 154 were there" in done.stdout
    after = counts(home)
    assert after[:2] == before[:2]
    assert after[2] == before[2] + 1


def test_a_store_the_data_dont_have_is_refused(tmp_path: Path) -> None:
    done = tillpoint("import", "completejourney", "--home", str(tmp_path / "server"), "--store", "1")
    assert done.returncode == 1
    assert done.stderr.startswith("tillpoint: The data have no store 1.")


def test_a_day_is_written_as_a_script(tmp_path: Path) -> None:
    out = tmp_path / "baskets.json"
    done = tillpoint("import", "completejourney", "--store", str(STORE), "--baskets", "2017-11-19", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert len(json.loads(out.read_text("utf-8"))["baskets"]) > 5
