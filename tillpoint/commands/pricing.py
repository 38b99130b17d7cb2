"""``tillpoint price`` and ``tillpoint programme check``."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tillpoint.commands.importing import written
from tillpoint.commands.parts import complain, declare, say
from tillpoint.errors import CommandError


def add(commands: Any) -> None:
    parser = declare(
        commands, "price", run_price, "price a basket against a programme",
        "tillpoint price docs/programme/stacked-tens.json --explain\n"
        "tillpoint price basket.json --at 2026-11-24T18:30:00+08:00 --json priced.json\n"
        "tillpoint price docs/programme/cases/discounts.json",
        "docs/programme/README.md says what stands in the file. Without --explain or --json the result is JSON.\n"
        "Exit status 1: what the file expects isn't what came out.",
    )  # fmt: skip
    parser.add_argument("path", type=Path, metavar="FILE", help="goods, basket, member and programme as JSON")
    parser.add_argument("--at", type=_a_time, metavar="TIME", help="when, with the store's zone (default: the file's)")
    parser.add_argument("--explain", action="store_true", help="print an account of each cent")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON")


def add_check(commands: Any) -> None:
    """``commands`` are those of ``tillpoint programme``."""
    check = declare(
        commands, "check", run_check, "check a programme document",
        "tillpoint programme check docs/programme/programme.json",
        "Exit status 0: it can be used; 1: not, with the field and what to do.",
    )  # fmt: skip
    check.add_argument(
        "paths", type=Path, nargs="+", metavar="FILE", help="programmes as JSON, also against each other"
    )


def run_price(given: argparse.Namespace) -> int:
    from tillpoint.pricing.case import read_case
    from tillpoint.pricing.explain import explained
    from tillpoint.pricing.plain import differences, plain_outcome
    from tillpoint.pricing.run import run
    from tillpoint.pricing.table import is_table

    plain = read_json(given.path)
    if is_table(plain):
        return _run_table(plain, given)
    outcome = run(read_case(plain, given.at))
    if given.explain:
        for line in explained(outcome):
            say(line)
    result = plain_outcome(outcome)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    if given.json:
        written(given.json, text)
    elif not given.explain:
        say(text)
    wrong = list(differences(outcome.case.expect, result))
    for line in wrong:
        complain(line)
    return 1 if wrong else 0


def _run_table(plain: Any, given: argparse.Namespace) -> int:
    """Each case beside what it expects, by its name."""
    from tillpoint.pricing.explain import explained
    from tillpoint.pricing.table import cases_of, checked

    results, failed = [], 0
    for number, one in enumerate(cases_of(plain), 1):
        name = f"{number}. {one.get('name', '')}"
        found = checked(one, given.at)
        failed += bool(found.wrong)
        results.append({"name": one.get("name", ""), "holds": not found.wrong, **found.result})
        say(f"{'differs' if found.wrong else 'holds'}: {name}")
        for line in found.wrong:
            complain(f"{name}: {line}")
        for line in explained(found.outcome) if given.explain and found.outcome else ():
            say(f"    {line}")
    say(f"{len(results)} cases, {failed} differ.")
    if given.json:
        written(given.json, json.dumps(results, indent=2, ensure_ascii=False))
    return 1 if failed else 0


def run_check(given: argparse.Namespace) -> int:
    from shared_models.domain.programme import check_course, from_plain

    programmes = [from_plain(read_json(path), strict=True) for path in given.paths]
    for path, programme in zip(given.paths, programmes, strict=True):
        say(
            f"{path}: version {programme.version} from {programme.valid_from}, {len(programme.tiers)} tiers, "
            f"{len(programme.offers)} offers, {len(programme.deals)} deals, {len(programme.coupons)} coupons. "
            "It can be used."
        )
    check_course(programmes)
    return 0


def _a_time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 2026-11-24T18:30:00+08:00") from error
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no zone; write it like 2026-11-24T18:30:00+08:00")
    return at


def read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON: {error}.") from error
