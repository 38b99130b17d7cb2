"""``tillpoint simulate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import a_count, declare
from tillpoint.errors import CommandError


def add(commands: Any) -> None:
    parser = declare(
        commands, "simulate", run, "run tills and server under a virtual clock with faults, and check them",
        "tillpoint simulate --seed 1 --tills 3 --days 1 --ops 200 --faults all --json outcome.json",
        "The real code of till and server in one process, on real files: requests lost, late, doubled and cut, power\n"
        "cuts at any write to a disk, full disks, wrong clocks and more. The same seed gives the same run and the\n"
        "same state_hash. Exit status 1 if anything that must hold doesn't.",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--tills", type=a_count, default=3, help="(default: %(default)s)")
    parser.add_argument("--stores", type=a_count, default=1, help="(default: %(default)s)")
    parser.add_argument("--days", type=a_count, default=1, help="(default: %(default)s)")
    parser.add_argument("--ops", type=a_count, default=200, help="acts per till and day (default: %(default)s)")
    parser.add_argument(
        "--faults", default="all", metavar="all|none|…",
        help="all, none, or some of them with commas between: network, partition, power, full, clock, programme, "
        "revoke, backup, clone, rollback, lost (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--minutes", type=a_count, default=0, help="run one seed after another for so long")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome")


def run(given: argparse.Namespace) -> int:
    from tillpoint.simulate.command import run as run_simulation
    from tillpoint.simulate.faults import Fault, read_faults
    from tillpoint.simulate.plan import Plan

    try:
        faults = read_faults(given.faults)
    except ValueError:
        raise CommandError(f"--faults {given.faults}: use all, none, or some of {', '.join(Fault)}.") from None
    plan = Plan(given.seed, given.tills, given.days, given.ops, faults, given.stores)
    return run_simulation(plan, given.json, given.minutes)
