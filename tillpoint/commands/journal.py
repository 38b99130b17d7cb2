"""``tillpoint journal verify``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import declare, group, say
from tillpoint.errors import CommandError


def add(commands: Any) -> None:
    parser = declare(
        group(commands, "journal", "a till's journal"), "verify", run, "check a till's journal without the server",
        "tillpoint journal verify var/till-1\n"
        "tillpoint journal verify copy/journal.db --keys var/till-1 --public-key 3b6a…",
        "Checks each fact's hash, chain, number, clock and signature, receipt and Z numbers, and personal data\n"
        "against what the facts commit to. Exit status 0: whole; 1: not, with what is wrong.",
    )  # fmt: skip
    parser.add_argument("path", type=Path, help="a till's folder, or the journal in it")
    parser.add_argument(
        "--keys", type=Path, metavar="FOLDER", help="where the till's keys are (default: beside the journal)"
    )
    parser.add_argument(
        "--public-key", metavar="HEX", help="the device's, as head office shows it; without it a forger isn't found"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(given: argparse.Namespace) -> int:
    from pos_client.store.keys import find_keys
    from pos_client.store.verify import verify_journal

    path = given.path / "journal.db" if given.path.is_dir() else given.path
    if not path.is_file():
        raise CommandError(f"There is no journal at {path}. Give a till's folder or its journal.db.")
    keys = find_keys(given.keys or path.parent).load()
    report = verify_journal(path, keys.database, _public_key(given.public_key))
    if given.json:
        plain = {
            "ok": report.ok, "incarnation": str(report.incarnation), "public_key": report.public_key.hex(),
            "facts": report.facts, "sales": report.sales, "head": report.head_hash.hex(),
            "erased_sides": report.erased_sides,
            "problems": [{"number": problem.number, "why": problem.why} for problem in report.problems],
        }  # fmt: skip
        say(json.dumps(plain, indent=2))
    else:
        for problem in report.problems:
            say(f"Fact {problem.number}: {problem.why}." if problem.number else f"The file: {problem.why}.")
        verdict = "whole" if report.ok else f"NOT whole, {len(report.problems)} problems"
        say(f"{path}: {report.facts} facts, {report.sales} sales, {verdict}. Device {report.incarnation}.")
    return 0 if report.ok else 1


def _public_key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise CommandError("The public key is 64 hexadecimal digits.") from error
    if len(key) != 32:
        raise CommandError("The public key is 64 hexadecimal digits.")
    return key
