"""``tillpoint reprice``: price sales again and say what is found."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import declare, say, server_home

_MORE = (
    "Each sale is judged once, from the inputs its record carries; run it as often as you like, from cron or by hand.\n"
    "A sale keeps what the customer was told. Head office lists what was found under Review.\n"
    "Exit status 1 if any sale's own inputs give another figure."
)


def add(commands: Any) -> None:
    parser = declare(
        commands, "reprice", run, "price sales again: arithmetic mismatches and stale inputs",
        "tillpoint reprice --home var/server\ntillpoint reprice --json build/reprice.json", _MORE,
    )  # fmt: skip
    server_home(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there as well")


def run(given: argparse.Namespace) -> int:
    from sync_server.jobs import reprice
    from sync_server.main import open_home

    server = open_home(given.home, given.database)
    try:
        done = reprice.run(server)
    finally:
        server.engine.dispose()
    found = {kind: done.found.get(kind, 0) for kind in reprice.KINDS}
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps({"judged": done.judged, **found}) + "\n", encoding="utf-8")
    say(f"{done.judged} sales priced again.")
    for kind, count in found.items():
        say(f"{kind}: {count}")
    return 1 if found[reprice.ARITHMETIC] else 0
