"""Segments and snapshots by command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from shared_models.domain.member import Profile
from sync_server import setup
from sync_server.main import SNAPSHOTS, open_home
from tests.tillpoint.cli.command import tillpoint


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A server with a store and three members."""
    home = tmp_path / "server"
    assert tillpoint("store", "add", "S1", "--home", str(home), "--name", "一店").returncode == 0
    server = open_home(home)
    members = [
        (
            setup.NewMember(
                member_id=UUID(int=(7 << 76) | (2 << 62) | number), number=f"M{number}", store_id="S1",
                notice_version="1", consents=(), source="import", registered_on=date(2026, 1, 1), made_up=True,
            ),
            Profile("王芳", f"861380013800{number}"),
        )
        for number in range(3)
    ]  # fmt: skip
    setup.import_members(server, members)
    server.engine.dispose()
    return home


def test_a_segment_is_set_listed_and_removed(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "sleepers.txt"
    file.write_text("M0\n\nM2\n", "utf-8")
    at_home = ("--home", str(home))
    assert tillpoint("segment", "set", "sleepers", str(file), *at_home).stdout == "2 members are in sleepers.\n"
    assert tillpoint("segment", "list", *at_home).stdout == "sleepers: 2 members\n"
    file.write_text("M0\nM9\n", "utf-8")
    refused = tillpoint("segment", "set", "sleepers", str(file), *at_home)
    assert (refused.returncode, refused.stderr) == (1, "tillpoint: No member has the number M9. Nothing was changed.\n")
    assert tillpoint("segment", "list", *at_home).stdout == "sleepers: 2 members\n"
    assert tillpoint("segment", "remove", "sleepers", *at_home).returncode == 0
    assert tillpoint("segment", "list", *at_home).stdout == "There are no segments.\n"


def test_a_snapshot_is_made_in_advance(home: Path) -> None:
    done = tillpoint("snapshot", "build", "S1", "--home", str(home))
    assert (done.returncode, done.stdout) == (0, "The snapshot of S1 is ready.\n")
    assert len(list((home / SNAPSHOTS).glob("*.db"))) == 1
    refused = tillpoint("snapshot", "build", "S7", "--home", str(home))
    assert refused.returncode == 1
    assert refused.stderr.startswith("tillpoint: There is no store S7.")
