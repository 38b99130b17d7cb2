"""What is missing to use a device file is said by its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.transports.rights import RULES, missing_group, rules_missing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="groups and udev are Linux's")

_ASK = """
import getpass, grp, os, pwd, sys
from pathlib import Path
from drivers.transports.rights import missing_group
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(missing_group(Path(sys.argv[1])))
"""


def test_what_may_be_used_lacks_nothing(tmp_path: Path) -> None:
    file = tmp_path / "line"
    file.touch()
    assert missing_group(file) is None
    assert missing_group(tmp_path / "gone") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_group_that_is_missing_is_named(tmp_path: Path) -> None:
    import grp

    for folder in (tmp_path, *tmp_path.parents):
        if folder != folder.parent and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    file = tmp_path / "line"
    file.touch()
    os.chown(file, 0, grp.getgrnam("dialout").gr_gid)
    file.chmod(0o660)
    asked = subprocess.run(
        [sys.executable, "-c", _ASK, str(file)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert asked.stdout.strip() == (
        f"The till may not use {file}. Add its user to the group dialout and sign in again."
    )  # fmt: skip


def test_rules_are_looked_for(tmp_path: Path) -> None:
    assert rules_missing((tmp_path,))
    (tmp_path / RULES).touch()
    assert not rules_missing((tmp_path / "none", tmp_path))
