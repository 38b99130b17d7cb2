"""``tillpoint bench``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import a_count, declare


def add(commands: Any) -> None:
    parser = declare(
        commands, "bench", run, "measure what the budgets promise, beside the bare limit of this machine",
        "tillpoint bench all --json bench.json\ntillpoint bench price",
        "Exit status 1 if a budget doesn't hold. Without a name: the benchmarks there are.",
    )  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="NAME", help="a benchmark, or `all`")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument(
        "--rows", type=a_count, default=1_000_000, help="at most so many members and products (default: %(default)s)"
    )
    parser.add_argument("--rounds", type=a_count, default=1_000, help="how often to repeat (default: %(default)s)")
    parser.add_argument(
        "--folder", type=Path, help="on the disk to measure; prepared files stay there (default: a temporary one)"
    )


def run(given: argparse.Namespace) -> int:
    from tillpoint.bench.command import run as run_benchmarks

    return run_benchmarks(given)
