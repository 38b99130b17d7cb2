"""``tillpoint bench``: runs benchmarks, prints each figure as it comes, writes them all as JSON."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import msgspec

from tillpoint.bench.measure import Place, Result, Size
from tillpoint.errors import CommandError

ALL = "all"
BENCHMARKS = {
    "price": "pricing a long basket",
    "price-baskets": "pricing the real baskets of the demonstration data",
    "confirm": "storing a sale durably, also during a pull",
    "search": "finding a member or a product among a million",
    "scan": "from a scanner's bytes to the line",
    "devices": "a scan to its event, a receipt to its bytes and onto paper",
    "pull": "a page of the feed, at the server and at the till",
    "bootstrap": "a new till until it is ready, and making its snapshot",
    "ingest": "taking in sales with all rules applied",
    "start": "starting the till until a scan is on the screen",
    "imports": "what starting loads",
}

Measure = Callable[[Size, Place], Iterator[Result]]


def run(given: argparse.Namespace) -> int:
    """Exit status 0 if every budget holds."""
    if not given.names:
        print("\n".join(f"{name:15}{what}" for name, what in BENCHMARKS.items()))
        return 0
    return main(given.names, given.json, Size.of_rows(given.rows, given.rounds), given.folder)


def main(names: Sequence[str], json_path: Path | None, size: Size, folder: Path | None = None) -> int:
    """Run the benchmarks ``names`` (or ``all``). Files are kept in ``folder``, else in a temporary one."""
    results = []
    with _place(folder) as place:
        for name in chosen(names):
            for result in measure_of(name)(size, place):
                print(line(result), flush=True)
                results.append(result)
    if json_path is not None:
        json_path.write_bytes(msgspec.json.format(msgspec.json.encode([result.to_plain() for result in results])))
    failed = [result.name for result in results if not result.holds]
    print(f"Over budget: {', '.join(failed)}." if failed else "Every budget holds.")
    return 1 if failed else 0


def chosen(names: Sequence[str]) -> list[str]:
    """The benchmarks meant, each once; raise ``CommandError`` for one there isn't."""
    unknown = [name for name in names if name != ALL and name not in BENCHMARKS]
    if unknown:
        raise CommandError(f"There is no benchmark {unknown[0]}. There are: {', '.join(BENCHMARKS)}, {ALL}.")
    return list(BENCHMARKS) if ALL in names else list(dict.fromkeys(names))


def measure_of(name: str) -> Measure:
    measure: Measure = import_module(f"tillpoint.bench.{name.replace('-', '_')}").measure
    return measure


def line(result: Result) -> str:
    plain = result.to_plain()
    against = "" if result.limit is None else f", limit {plain['limit']:g}, ratio {plain['ratio']:g}"
    held = "holds" if result.holds else "OVER"
    return (
        f"{result.name:22}{plain['ours']:>9g} {result.unit}{against}  ({plain['budget']}: {held})"
        f"  {result.what}; {result.size}"
    )


@contextmanager
def _place(folder: Path | None) -> Iterator[Place]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield Place(folder)
        return
    with tempfile.TemporaryDirectory(prefix="tillpoint-bench-") as made:
        yield Place(Path(made))
