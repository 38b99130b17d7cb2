"""The licence list follows the lock, and a package whose licence nobody knows stops it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that the listing reads and writes, in a folder of their own."""
    for name in ("installers/licences.py", "locks/run.txt", "docs/licences.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def licences(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "installers/licences.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_list_is_the_same_when_written_again(copy: Path) -> None:
    before = (copy / "docs/licences.md").read_bytes()
    assert licences(copy).returncode == 0
    assert (copy / "docs/licences.md").read_bytes() == before
    assert licences(copy, "--check").returncode == 0


def test_another_version_makes_it_out_of_date_until_written(copy: Path) -> None:
    lock = copy / "locks/run.txt"
    name, version = lock.read_text().split(" ", 1)[0].split("==")
    lock.write_text(lock.read_text().replace(f"{name}=={version}", f"{name}=={version}.99"))
    before = (copy / "docs/licences.md").read_bytes()

    checked = licences(copy, "--check")

    assert checked.returncode == 1
    assert "out of date" in checked.stderr
    assert (copy / "docs/licences.md").read_bytes() == before
    assert licences(copy).returncode == 0
    assert f"| {name} | {version}.99 | " in (copy / "docs/licences.md").read_text()


def test_a_package_of_unknown_licence_stops_it(copy: Path) -> None:
    with (copy / "locks/run.txt").open("a") as lock:
        lock.write("no-such-package==1.0 \\\n    --hash=sha256:00\n")
    before = (copy / "docs/licences.md").read_bytes()

    written = licences(copy)

    assert written.returncode == 1
    assert written.stderr.startswith("no-such-package:")
    assert (copy / "docs/licences.md").read_bytes() == before
