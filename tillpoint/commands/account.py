"""``tillpoint account``: a member's points, tier and stored value from a file of events."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tillpoint.commands.importing import written
from tillpoint.commands.parts import a_day, complain, declare, say
from tillpoint.commands.pricing import read_json


def add(commands: Any) -> None:
    parser = declare(
        commands, "account", run, "play a member's events: points, growth, tier, stored value",
        "tillpoint account docs/programme/accounts/a-year.json --explain\n"
        "tillpoint account events.json --on 2027-12-31 --json account.json",
        "docs/programme/README.md says what stands in the file. Without --explain or --json the result is JSON.\n"
        "Exit status 1: what the file expects isn't what came out.",
    )  # fmt: skip
    parser.add_argument("path", type=Path, metavar="FILE", help="a programme and a member's events as JSON")
    parser.add_argument("--on", type=a_day, metavar="DAY", help="the day to look at (default: the file's, or the last)")
    parser.add_argument("--explain", action="store_true", help="print what each event did")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON")


def run(given: argparse.Namespace) -> int:
    from tillpoint.account.events import read_life
    from tillpoint.account.plain import line_of, plain_account
    from tillpoint.account.replay import play
    from tillpoint.pricing.plain import differences

    life = read_life(read_json(given.path), given.on)
    told = 0
    account = None
    for event, account in play(life):
        if given.explain and event is not None:
            say(line_of(event, account))
        if given.explain:
            for each in account.changes[told:]:
                say(f"    {each.on}: {each.before} → {each.after} ({each.why.value.replace('_', ' ')})")
            told = len(account.changes)
    assert account is not None
    result = plain_account(account, life.on)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    if given.json:
        written(given.json, text)
    elif not given.explain:
        say(text)
    wrong = list(differences(life.expect, result))
    for line in wrong:
        complain(line)
    return 1 if wrong else 0
