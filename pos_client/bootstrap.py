"""Wires a till together: the only place that knows all of its parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pos_client.app.ports import Executor
from pos_client.app.till import Till


class RunningTill:
    """An open till. Call ``till``'s methods through ``executor`` only; listeners are called on other threads."""

    till: Till
    executor: Executor
    language: str

    def on_scan(self, listener: Callable[[str], None]) -> None:
        """``listener(text)`` for each scan, on the scanner's thread; pass it on to ``till.enter(text, Source.SCAN)``."""
        raise NotImplementedError

    def on_change(self, listener: Callable[[], None]) -> None:
        """``listener()`` when sync or a device changed something ``till.status()`` or the shown member depends on."""
        raise NotImplementedError

    def sync_soon(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Stop the threads, close the files. Nothing is lost by not calling it."""
        raise NotImplementedError


def open_till(home: Path) -> RunningTill:
    """Open the till whose files are in ``home``.

    Raise ``NotEnrolled``, ``WrongKey``, ``NewerDatabase``, ``Corrupt``, ``DiskFull``, ``AlreadyRunning``.
    """
    raise NotImplementedError


def enrol_till(home: Path, server_url: str, code: str) -> None:
    """Make the device's keys, enrol with the one-time ``code`` and prepare ``home``.

    Raise ``AlreadyEnrolled``, ``CodeInvalid``, ``Unreachable``, ``NotOurServer``.
    """
    raise NotImplementedError
