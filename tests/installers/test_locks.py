"""What set-up relies on in the lock files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LOCKS = Path(__file__).resolve().parents[2] / "locks"


def entries(name: str) -> dict[tuple[str, str], str]:
    """(requirement, environment marker) → the rest of its entry, with the hashes."""
    text = (LOCKS / name).read_text(encoding="utf-8")
    found = re.findall(r"^(\S+==\S+)(?: ; ([^\\]*\S))? \\\n((?:    .*\n)+)", text, re.MULTILINE)
    return {(requirement, marker): rest for requirement, marker, rest in found}


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_a_lock_holds_pins_with_hashes_and_nothing_else(name: str) -> None:
    text = (LOCKS / name).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if not line.startswith("    --hash=sha256:")]
    assert len(pins) == len(entries(name))
    assert all("==" in pin and pin.endswith(" \\") for pin in pins)
    assert "://" not in text


def test_the_test_lock_holds_the_run_lock_whole() -> None:
    """So installing dev.txt is enough, and `make demo` after `make test` installs nothing."""
    run, dev = entries("run.txt"), entries("dev.txt")
    assert {key: dev.get(key) for key in run} == run
