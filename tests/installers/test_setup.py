"""Which Python set-up takes, and what the scripts answer to a wrong call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def interpreter(folder: Path, name: str, version: str) -> Path:
    """A program that passes for a Python of that version: it evaluates the check as that version would."""
    program = folder / name
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.version_info = ({version}, 0)\nexec(sys.argv[2])\n", encoding="utf-8"
    )
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("version", ["3, 11", "3, 12", "3, 13"])
def test_a_python_in_range_is_taken(tmp_path: Path, version: str) -> None:
    program = interpreter(tmp_path, "mine", version)
    found = shell("source installers/python.sh; find_python", PYTHON=str(program))
    assert (found.returncode, found.stdout) == (0, f"{program}\n")


@pytest.mark.parametrize("version", ["2, 7", "3, 10", "3, 14"])
def test_a_python_out_of_range_is_not(tmp_path: Path, version: str) -> None:
    program = interpreter(tmp_path, "mine", version)
    found = shell("source installers/python.sh; find_python", PYTHON=str(program))
    assert (found.returncode, found.stdout) == (1, "")


def test_the_newest_in_range_comes_first(tmp_path: Path) -> None:
    interpreter(tmp_path, "python3.12", "3, 12")
    newest = interpreter(tmp_path, "python3.13", "3, 13")
    found = shell(
        "source installers/python.sh; find_python", PYTHON="", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    )
    assert (found.returncode, found.stdout) == (0, f"{newest}\n")


@pytest.mark.parametrize(
    "call", ["setup.sh", "setup.sh everything", "system.sh", "system.sh install", "system.sh x run"]
)
def test_a_wrong_call_says_how_it_goes(call: str) -> None:
    answer = shell(f"installers/{call}")
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"usage: installers/{call.split()[0]} ")
