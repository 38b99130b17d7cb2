"""Help, usage errors, and what a failure of ours looks like."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.tillpoint.cli.command import tillpoint
from tillpoint import cli
from tillpoint.commands import receipt

COMMANDS = [
    ("till",),
    ("enrol",),
    ("server",),
    ("demo",),
    ("store", "add"),
    ("staff", "add"),
    ("user", "add"),
    ("code",),
    ("programme", "publish"),
    ("programme", "show"),
    ("import", "completejourney"),
    ("journal", "verify"),
    ("receipt",),
    ("simulate",),
    ("bench",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_explains_itself(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([*command, "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert f"usage: tillpoint {' '.join(command)}" in shown
    assert "examples:" in shown or command == ("programme", "show")


def test_every_example_is_a_command_that_can_be_parsed(capsys: pytest.CaptureFixture[str]) -> None:
    import shlex

    for command in COMMANDS:
        with pytest.raises(SystemExit):
            cli.main([*command, "--help"])
        examples = capsys.readouterr().out.partition("examples:\n")[2].splitlines()
        for line in examples:
            words = shlex.split(line.strip().partition("| ")[2] or line.strip())
            if ">" in words:
                words = words[: words.index(">")]
            assert words[0] == "tillpoint"
            assert cli.parser().parse_args(words[1:]).command == command[0]


def test_without_a_command_the_help_is_shown_and_the_status_is_2() -> None:
    done = tillpoint()
    assert done.returncode == 2
    assert "demo" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["server", "--port", "70000"],
        ["code", "S1", "0"],
        ["demo", "--date", "yesterday"],
        ["journal"],
        ["receipt"],
        ["staff", "add", "wang", "--store", "S1", "--name", "王芳", "--role", "king"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_the_version_is_told() -> None:
    done = tillpoint("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"tillpoint \d+\.\d+\.\d+\n", done.stdout)


def test_help_loads_neither_qt_nor_databases_nor_pandas() -> None:
    program = (
        "import sys, tillpoint.cli as cli; cli.parser();"
        "print(sorted({'PySide6', 'sqlalchemy', 'pandas', 'fastapi', 'escpos'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_fault_of_ours_is_logged_in_full_and_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_given: argparse.Namespace) -> int:
        raise ZeroDivisionError("the inner detail")

    monkeypatch.setattr(receipt, "run", broken)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert cli.main(["receipt", "paper.bin"]) == 70
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "the inner detail" not in told
    (log,) = tmp_path.iterdir()
    assert str(log) in told
    assert "ZeroDivisionError: the inner detail" in log.read_text("utf-8")


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(_given: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(receipt, "run", stopped)
    assert cli.main(["receipt", "paper.bin"]) == 130
    assert capsys.readouterr().err == "tillpoint: Stopped.\n"
