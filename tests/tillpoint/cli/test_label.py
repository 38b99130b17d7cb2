"""``tillpoint label print`` from a real till's files to a virtual printer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from drivers.simulators.label import LabelSimulator
from pos_client.settings import BadSettings, Settings, save
from pos_client.store.database import Database, Durability, NewerDatabase, OlderDatabase, connect
from pos_client.store.keys import find_keys
from pos_client.store.meta import Meta
from tests.drivers.spooling import Cups
from tests.pos_client.world import APPLES, BREAD, MILK, found_shop, open_world
from tillpoint import cli
from tillpoint.errors import CommandError


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A till that has synced once; it is open all the while."""
    shop = tmp_path_factory.mktemp("labels")
    found_shop(shop)
    for world in open_world(shop, tmp_path_factory.mktemp("world") / "world"):
        till = world.open("one")
        till.sync()
        yield till.home
        till.close()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    given = cli.parser().parse_args(["label", "print", *words])
    assert given.run(given) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["zpl", "tspl"])
def test_labels_come_out(home: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    with LabelSimulator(language) as printer:
        printer.turn(ms_per_label=200)
        said = run(
            capsys, "--home", str(home), "--code", MILK.codes[0], "--code", APPLES.codes[0], "--copies", "2",
            "--to", f"tcp://127.0.0.1:{printer.port}", "--printer-language", language,
        )  # fmt: skip
        assert said == "Printed 2 of 2 labels. With their copies that makes 4.\n"
        assert len(printer.labels) == 4
        assert printer.errors == ()
        image = printer.labels[0].resize((printer.labels[0].width * 3, printer.labels[0].height * 3))
        assert [found.text for found in zxingcpp.read_barcodes(image)] == [MILK.codes[0]]


def test_labels_go_through_a_print_queue(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Cups() as cups, LabelSimulator("zpl") as printer:
        cups.add_queue("labels", printer.port)
        monkeypatch.setenv("CUPS_SERVER", str(cups.socket))
        words = ("--home", str(home), "--code", MILK.codes[0], "--code", BREAD.codes[0], "--to", "cups:labels")
        said = run(capsys, *words)
        assert said == "Printed 0 of 2 labels. Sent 2 more; the printer doesn't say what became of them.\n"
        assert printer.wait_for_labels(2, 10_000)
        assert printer.errors == ()
        cups.run("cupsdisable", "labels")
        given = cli.parser().parse_args(["label", "print", *words])
        with pytest.raises(CommandError, match=r"is stopped.*Go on with --from 1\."):
            given.run(given)


def test_a_list_with_former_prices_and_contents(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(f"code,copies,was,content\n{MILK.codes[0]},3,15.00,950 ml\n{BREAD.codes[0]},,9.50,\n", "utf-8")
    words = ("--home", str(home), "--file", str(listed), "--layout", "offer")
    assert run(capsys, *words, "--png", str(tmp_path / "png")).endswith("2 labels drawn\n")
    with Image.open(tmp_path / "png" / "label-0001.png") as drawn:
        assert drawn.size == (480, 320)
    file = tmp_path / "out.zpl"
    said = run(capsys, *words, "--to", f"file:{file}")
    assert said.startswith("Printed 0 of 2 labels. Sent 2 more; the printer doesn't say what became of them.")
    assert said.endswith(" With their copies that makes 4.\n")
    assert file.read_bytes().count(b"^XA") == 2
    assert b"^PQ3," in file.read_bytes()


def test_where_to_go_on_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with LabelSimulator("zpl") as printer:
        printer.turn(out_after_labels=1)
        to = ("--home", str(home), "--all", "--to", f"tcp://127.0.0.1:{printer.port}")
        given = cli.parser().parse_args(["label", "print", *to])
        with pytest.raises(CommandError) as stopped:
            given.run(given)
        assert "out of labels" in str(stopped.value)
        assert "Label 2 (" in str(stopped.value)
        assert str(stopped.value).endswith("Go on with --from 3.")
        assert capsys.readouterr().out == "Printed 1 of 5 labels.\n"
        printer.turn(labels_out=False)
        assert printer.wait_for_labels(2, 3_000)
        assert run(capsys, *to, "--from", "3") == "Printed 3 of 3 labels.\n"
        assert len(printer.labels) == 5


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--code", "4711", "--code", "0815"), "no product with the code 4711, 0815. Nothing was printed."),
        (("--all",), "No label printer is set"),
        (("--all", "--layout", "offer", "--tier", "nobody"), "No tier has the code nobody"),
        (("--all", "--from", "9", "--png", "x"), "none to go on with from 9"),
        (("--file", "/nowhere/list.csv"), "/nowhere/list.csv: No such file"),
        (("--all", "--size", "20×10"), "38 × 25 mm"),
        (
            ("--all", "--to", "192.168.1.60"),
            "--to: 192.168.1.60 is no place of a device, which is none, tcp://host:port",
        ),
    ],
)
def test_what_can_not_be_printed_is_said(home: Path, words: tuple[str, ...], sentence: str) -> None:
    given = cli.parser().parse_args(["label", "print", "--home", str(home), *words])
    with pytest.raises(CommandError) as refused:
        given.run(given)
    assert sentence in str(refused.value)


def test_a_size_that_is_none_is_an_option_that_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["label", "print", "--all", "--size", "big"])
    assert "'big' is no width and height in mm, like 60x40" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("label", "print", "--all"), ("label-scale", "list", "--code", "25/13")])
def test_a_folder_that_is_no_tills_is_said_with_what_to_do(tmp_path: Path, command: tuple[str, ...]) -> None:
    given = cli.parser().parse_args([*command, "--home", str(tmp_path)])
    with pytest.raises(CommandError) as refused:
        given.run(given)
    assert str(refused.value) == (
        f"There is no till of a shop in {tmp_path}. Give its folder with --home, or make it one with a code from head"
        f" office: tillpoint enrol --home {tmp_path}"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("price\n1\n", "its first line names the columns"),
        ("code,copies\n1,0\n", "line 2: a code, and 1 to 999 copies"),
        ("code,copies\n1,x\n", "line 2"),
        ("code\n", "lists nothing"),
        (f"code,was\n{MILK.codes[0]},cheap\n", "is no price"),
        (f"code,content\n{MILK.codes[0]},0 ml\n", "is no content"),
        ("code\n1,2,3\n", "columns"),
        ('code\n"1\n', ":"),
    ],
)
def test_a_bad_list_names_what_is_wrong(home: Path, tmp_path: Path, text: str, sentence: str) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text, "utf-8")
    given = cli.parser().parse_args(["label", "print", "--home", str(home), "--file", str(listed), "--png", "x"])
    with pytest.raises(CommandError) as refused:
        given.run(given)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "wrong", [{"label_size": "big"}, {"label_gap": "x"}, {"label_dpi": 150}, {"label_language": "epl"}]
)
def test_settings_that_can_not_be_are_said(home: Path, wrong: dict[str, Any]) -> None:
    save(home, replace(Settings(), **wrong))
    given = cli.parser().parse_args(["label", "print", "--home", str(home), "--all", "--png", "x"])
    try:
        with pytest.raises(BadSettings):
            given.run(given)
    finally:
        (home / "till.toml").unlink()


@pytest.mark.parametrize("file", ["journal", "replica"])
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("PRAGMA user_version = 99", "was written by a newer version of Tillpoint"),
        ("UPDATE alembic_version SET version_num = '{first}'", "Open the till once: that brings it up to date"),
        ("DROP TABLE alembic_version", "was written by an older version"),
    ],
)
def test_files_of_another_version_are_not_read(
    home: Path, tmp_path: Path, file: str, statement: str, sentence: str
) -> None:
    copy = tmp_path / "till"
    shutil.copytree(home, copy)
    keys = find_keys(copy).load()
    path = copy / "journal.db"
    with closing(Database(connect(path, keys.database, Durability.FULL), path)) as journal:
        meta = Meta(journal)
        name = meta.text("replica")
        key = meta.blob("replica_key") or keys.database
    path = path if file == "journal" else copy / name
    key = keys.database if file == "journal" else key
    with closing(Database(connect(path, key, Durability.FULL), path)) as database:
        database.one(statement.format(first={"journal": "j001", "replica": "r001"}[file]))
    given = cli.parser().parse_args(["label", "print", "--home", str(copy), "--all", "--png", str(tmp_path / "png")])
    with pytest.raises(NewerDatabase if "newer" in sentence else OlderDatabase) as refused:
        given.run(given)
    assert str(refused.value).startswith(path.name)
    assert sentence in str(refused.value)
    assert not (tmp_path / "png").exists()
