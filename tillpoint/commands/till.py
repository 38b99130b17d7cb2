"""``tillpoint till`` and ``tillpoint enrol``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import DEFAULT_TILL, declare, say


def add(commands: Any) -> None:
    till = declare(
        commands, "till", run, "open a till",
        "tillpoint till --home var/till-1\n"
        "tillpoint till --home var/till-1 --enrol http://127.0.0.1:8443 ABCD-EFGH-JKLM",
        "Without an enrolment the till's screen asks for the server's address and a one-time code from head office.",
    )  # fmt: skip
    _home(till)
    till.add_argument("--enrol", nargs=2, metavar=("URL", "CODE"), help="enrol with the server first, if not done yet")
    till.add_argument("--robot", metavar="SOCKET", help="let other processes press keys through this local socket")
    enrol = declare(
        commands, "enrol", run_enrol, "make this machine a till of a shop",
        "tillpoint enrol --home var/till-1 http://127.0.0.1:8443 ABCD-EFGH-JKLM",
        "The code comes from `tillpoint code`, works once and names the store and the lane.",
    )  # fmt: skip
    _home(enrol)
    enrol.add_argument("url", help="the server's address")
    enrol.add_argument("code", help="the one-time code")


def _home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_TILL, metavar="FOLDER", help="the till's files (default: %(default)s)"
    )


def run(given: argparse.Namespace) -> int:
    if given.enrol and not (given.home / "journal.db").exists():
        _enrol(given.home, *given.enrol)
    from pos_client.ui.main import run as run_till

    return run_till(given.home, robot=given.robot)


def run_enrol(given: argparse.Namespace) -> int:
    _enrol(given.home, given.url, given.code)
    say(f"Enrolled. Open the till with: tillpoint till --home {given.home}")
    return 0


def _enrol(home: Path, url: str, code: str) -> None:
    from pos_client.bootstrap import enrol_till

    enrol_till(home, url, code)
