"""The command as a user runs it: a process of its own."""

from __future__ import annotations

import subprocess
import sys


def tillpoint(*arguments: str, typed: str = "", timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tillpoint", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
