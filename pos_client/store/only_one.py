"""One till program per home: two would write one journal, with one chain of numbers."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

_FILE = "till.lock"


class AlreadyRunning(DomainError):
    code = "already_running"
    template = N_("This till is running already. Use its window, or close it first.")


class OnlyOne:
    """Held until closed or until the process ends, however it ends. SQLite's own file locks work on every system."""

    def __init__(self, home: Path) -> None:
        self._lock = sqlite3.connect(home / _FILE, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            self._lock.close()
            raise AlreadyRunning from None

    def close(self) -> None:
        self._lock.close()
