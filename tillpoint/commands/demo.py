"""``tillpoint demo``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import a_count, a_day, declare

DEFAULT_FOLDER = Path("var/demo")


def add(commands: Any) -> None:
    parser = declare(
        commands, "demo", run, "play a real store's morning on two tills and a server, with the network cut",
        "tillpoint demo\ntillpoint demo --headless --json demo.json",
        "Everything is real: processes, scanner lines, printers on the network, the cut, the kill. At the end it\n"
        "checks each sale and each point, and says so. With a display the tills stay open until you close them;\n"
        "without one, or with --headless, it ends. Exit status 0 only if every check holds.",
    )  # fmt: skip
    parser.add_argument("--headless", action="store_true", help="show no windows")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was checked")
    parser.add_argument(
        "--folder",
        type=Path,
        default=DEFAULT_FOLDER,
        help="where all its files go; emptied first (default: %(default)s)",
    )
    parser.add_argument(
        "--store", type=a_count, default=292, help="the store's number in the data (default: %(default)s)"
    )
    parser.add_argument("--date", type=a_day, default=None, metavar="DATE", help="its day (default: 2017-11-19)")


def run(given: argparse.Namespace) -> int:
    from tillpoint.demo.play import play

    return play(given.folder, given.store, given.date, headless=given.headless, json_file=given.json)
