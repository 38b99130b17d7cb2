"""The demo as ``make demo`` runs it where there is no display; and what is left when it is stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from pos_client.store.keys import find_keys
from tests.tillpoint.cli.command import tillpoint

KEYS = {
    "sales", "lines", "members", "facts", "facts_unsent", "points_earned", "points_redeemed", "tills_agree",
    "journal_ok", "kills", "offline_seconds", "receipts", "screens", "checks", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("demo")
    done = tillpoint("demo", "--headless", "--folder", str(folder / "demo"), "--json", str(folder / "demo.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "demo", json.loads((folder / "demo.json").read_text("utf-8")), done.stdout


def test_the_outcome_has_exactly_the_agreed_keys(played: tuple[Path, dict[str, Any], str]) -> None:
    assert set(played[1]) == KEYS


def test_every_check_holds(played: tuple[Path, dict[str, Any], str]) -> None:
    checks = played[1]["checks"]
    assert {name for name, holds in checks.items() if not holds} == set()
    assert {"each_sale_once", "points_conserved", "journals_whole", "receipts_whole", "tills_agree"} <= set(checks)


def test_the_day_was_played(played: tuple[Path, dict[str, Any], str]) -> None:
    outcome = played[1]
    assert (outcome["sales"], outcome["lines"], outcome["members"]) == (11, 111, 155)
    assert (outcome["facts"], outcome["facts_unsent"], outcome["kills"]) == (14, 0, 1)
    assert outcome["points_redeemed"] == 100
    assert outcome["points_earned"] > 136
    assert outcome["offline_seconds"] > 0
    assert outcome["tills_agree"] is outcome["journal_ok"] is True


def test_there_is_a_picture_of_each_receipt_and_of_the_screens(played: tuple[Path, dict[str, Any], str]) -> None:
    outcome = played[1]
    assert len(outcome["receipts"]) == outcome["sales"]
    assert len(outcome["screens"]) >= 9
    for path in (*outcome["receipts"], *outcome["screens"]):
        assert Path(path).read_bytes().startswith(b"\x89PNG")


def test_it_tells_where_head_office_is_and_how_to_sign_in(played: tuple[Path, dict[str, Any], str]) -> None:
    account = played[2]
    assert "/head-office  sign in as demo with " in account
    assert "FAILED" not in account


def test_nothing_of_it_is_left_running(played: tuple[Path, dict[str, Any], str]) -> None:
    assert list(processes_naming(played[0])) == []


def test_its_journals_verify_by_the_command(played: tuple[Path, dict[str, Any], str]) -> None:
    for lane in (1, 2):
        done = tillpoint("journal", "verify", str(played[0] / f"till-{lane}"))
        assert (done.returncode, done.stderr) == (0, "")
        assert "whole" in done.stdout


def test_an_altered_journal_does_not_verify(played: tuple[Path, dict[str, Any], str], tmp_path: Path) -> None:
    home = tmp_path / "till"
    shutil.copytree(played[0] / "till-1", home)
    journal = dbapi2.connect(str(home / "journal.db"), isolation_level=None)
    journal.execute(f"PRAGMA key = \"x'{find_keys(home).load().database.hex()}'\"")
    triggers = [name for (name,) in journal.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for name in triggers:
        journal.execute(f'DROP TRIGGER "{name}"')
    journal.execute(
        "UPDATE fact SET payload = CAST(replace(CAST(payload AS TEXT), '\"lane\":1', '\"lane\":2') AS BLOB)"
        " WHERE number = 2"
    )
    assert journal.execute("SELECT changes()").fetchone() == (1,)
    journal.close()
    done = tillpoint("journal", "verify", str(home))
    assert done.returncode == 1
    assert "Fact 2: its hash isn't that of its content." in done.stdout


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    done = tillpoint("demo", "--headless", "--folder", str(tmp_path))
    assert done.returncode == 1
    assert "holds something else than a demo" in done.stderr
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_a_quiet_day_is_refused_and_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = tillpoint("demo", "--headless", "--folder", str(folder), "--date", "2017-04-11")
    assert done.returncode == 1
    assert "2017-04-11 at store 292 is too quiet" in done.stderr
    assert list(processes_naming(folder)) == []


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-u", "-m", "tillpoint", "demo", "--headless", "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        for line in demo.stdout:
            if " till 1 (online)" in line:
                break
        assert len(list(processes_naming(folder))) >= 4
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
        assert demo.wait(60) == 130
        assert "Stopped." in demo.stderr.read()
    assert list(processes_naming(folder)) == []


def processes_naming(folder: Path) -> Iterator[int]:
    """The processes whose command line names something in ``folder``."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(folder) in command:
                yield int(process.name)
