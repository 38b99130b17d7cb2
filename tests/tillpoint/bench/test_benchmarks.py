"""Each benchmark at a tiny size: it runs the real parts and says what it is to say. How fast is no test's business."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tillpoint.bench import command
from tillpoint.bench.cluster import programs
from tillpoint.bench.measure import Place, Result, Size
from tillpoint.errors import CommandError

_TINY = Size.of_rows(300, 3)
_PRICES = ["price", "price-crowded", "price-deals", "price-add-line", "price-worst"]
_NEEDS_POSTGRESQL = pytest.mark.skipif(programs() is None, reason="PostgreSQL isn't installed")


def _measured(name: str, folder: Path) -> dict[str, Result]:
    results = {result.name: result for result in command.measure_of(name)(_TINY, Place(folder))}
    for result in results.values():
        plain = result.to_plain()
        assert list(plain) == ["name", "what", "size", "ours", "limit", "ratio", "unit", "budget", "holds"]
        assert result.limit is None or (result.ours > 0 and result.limit > 0)
        assert plain["budget"]
    return results


def test_price(tmp_path: Path) -> None:
    assert list(_measured("price", tmp_path)) == _PRICES


def test_price_baskets(tmp_path: Path) -> None:
    result = _measured("price-baskets", tmp_path)["price-baskets"]

    assert 0 < int(result.size.split()[0]) <= 300  # some hold nothing that a till sells
    assert result.unit == "baskets/s"


def test_confirm(tmp_path: Path) -> None:
    results = _measured("confirm", tmp_path)

    assert list(results) == ["confirm", "confirm-p99", "confirm-cash", "confirm-pull"]
    assert results["confirm"].budget.times == 2


def test_search(tmp_path: Path) -> None:
    results = _measured("search", tmp_path)

    assert {f"search-{name}" for name in ("phone", "suffix", "number", "name", "pinyin", "code", "two")} <= set(results)
    assert {result.size for result in results.values()} == {"300 members", "300 products"}


def test_scan(tmp_path: Path) -> None:
    assert [result.size for result in _measured("scan", tmp_path).values()] == ["300 products, 100 lines, 200 offers"]


def test_devices(tmp_path: Path) -> None:
    results = _measured("devices", tmp_path)

    assert list(results) == [
        "scan-serial", "scan-serial-median", "scan-keys", "encode", "encode-500", "encode-drawn", "print",
    ]  # fmt: skip
    assert results["print"].size.startswith("10 lines of goods")
    assert all(result.limit for result in results.values())


@_NEEDS_POSTGRESQL
def test_pull(tmp_path: Path) -> None:
    assert list(_measured("pull", tmp_path)) == ["pull-postgresql", "pull-sqlcipher", "apply-new", "apply-changed"]


def test_bootstrap(tmp_path: Path) -> None:
    results = _measured("bootstrap", tmp_path)

    assert list(results) == ["bootstrap-build", "bootstrap"]
    assert results["bootstrap"].budget.times == 1.5


@_NEEDS_POSTGRESQL
def test_ingest(tmp_path: Path) -> None:
    assert list(_measured("ingest", tmp_path)) == ["ingest-postgresql", "ingest-sqlcipher"]


def test_start(tmp_path: Path) -> None:
    results = _measured("start", tmp_path)

    assert next(iter(results)) == "start"
    assert results["start"].budget.most == 2_000


def test_starting_loads_nothing_heavy(tmp_path: Path) -> None:
    result = _measured("imports", tmp_path)["imports"]

    assert result.what == "heavy packages loaded until sign-in: none"
    assert result.holds
    assert int(result.size.split()[0]) > 100


def test_the_command_writes_what_it_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bench.json"
    status = command.main(["confirm"], file, _TINY, tmp_path)

    written = json.loads(file.read_text())
    assert [one["name"] for one in written] == ["confirm", "confirm-p99", "confirm-cash", "confirm-pull"]
    assert status == (0 if all(one["holds"] for one in written) else 1)
    printed = capsys.readouterr().out
    assert all(f"{one['name']} " in printed for one in written)


def test_without_a_name_the_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    status = command.run(argparse.Namespace(names=[], json=None, rows=1, rounds=1, folder=None))

    assert status == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(command.BENCHMARKS)


def test_an_unknown_name_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no benchmark speed"):
        command.main(["price", "speed"], tmp_path / "bench.json", _TINY, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_all_means_each_once() -> None:
    assert command.chosen(["price", "all"]) == list(command.BENCHMARKS)
    assert command.chosen(["scan", "price", "scan"]) == ["scan", "price"]
