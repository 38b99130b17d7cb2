"""The demo as ``make demo`` runs it where there is no display; and what is left when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from pos_client.store.keys import find_keys
from tests.tillpoint.cli.command import tillpoint

KEYS = {
    "sales", "lines", "members", "facts", "facts_unsent", "points_earned", "points_redeemed", "tills_agree",
    "journal_ok", "kills", "offline_seconds", "receipts", "screens", "checks", "seconds",
}  # fmt: skip
CHECKS = {"each_sale_once", "points_conserved", "journals_whole", "receipts_whole", "tills_agree", "nothing_unsent"}


def test_the_demo_holds(tmp_path: Path) -> None:
    """Played once, because it takes a minute; then looked at from all sides."""
    folder, json_file = tmp_path / "demo", tmp_path / "demo.json"
    done = tillpoint("demo", "--headless", "--folder", str(folder), "--json", str(json_file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(processes_naming(folder)) == []
    outcome = json.loads(json_file.read_text("utf-8"))
    check_figures(outcome)
    check_pictures(outcome)
    assert "/head-office  sign in as demo with " in done.stdout
    assert "FAILED" not in done.stdout
    for lane in (1, 2):
        verified = tillpoint("journal", "verify", str(folder / f"till-{lane}"))
        assert (verified.returncode, verified.stderr) == (0, "")
        assert "whole" in verified.stdout
    check_that_altering_is_found(folder / "till-1")


def check_figures(outcome: dict[str, Any]) -> None:
    assert set(outcome) == KEYS
    assert {name for name, holds in outcome["checks"].items() if not holds} == set()
    assert set(outcome["checks"]) >= CHECKS
    assert (outcome["sales"], outcome["lines"], outcome["members"]) == (12, 113, 155)
    assert (outcome["facts"], outcome["facts_unsent"], outcome["kills"]) == (15, 0, 1)
    assert (outcome["points_earned"], outcome["points_redeemed"]) == (385, 100)
    assert outcome["offline_seconds"] > 0
    assert outcome["tills_agree"] is outcome["journal_ok"] is True


def check_pictures(outcome: dict[str, Any]) -> None:
    assert len(outcome["receipts"]) == outcome["sales"]
    assert len(outcome["screens"]) >= 9
    for path in (*outcome["receipts"], *outcome["screens"]):
        assert Path(path).read_bytes().startswith(b"\x89PNG")


def check_that_altering_is_found(home: Path) -> None:
    """Somebody with the key changes the lane in a fact."""
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


def _heed_ctrl_c() -> None:
    """A shell starts what it puts into the background with Ctrl-C ignored; tests may run there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-u", "-m", "tillpoint", "demo", "--headless", "--folder", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_ctrl_c
    ) as demo:
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
