"""The demo's processes: started with a log each, and all ended however the demo ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from tillpoint.errors import CommandError

_POLITE_S = 8.0
_LOOK_S = 0.05


class DemoFailed(CommandError):
    """A step of the demo didn't work. The text names the step and the log to read."""


class Process:
    """One ``tillpoint`` command as a process of its own, in a session of its own: Ctrl-C reaches only the demo."""

    def __init__(self, name: str, arguments: list[str], log: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.log = log
        self._out = log.open("ab")
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-m", "tillpoint", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    def is_running(self) -> bool:
        return self._child.poll() is None

    def check(self) -> None:
        """Raise ``DemoFailed`` if it has ended by itself."""
        if not self.is_running():
            last = self.log.read_text("utf-8", errors="replace").strip().splitlines()[-1:]
            said = f" Its last words: {last[0]}" if last else ""
            raise DemoFailed(f"{self.name.capitalize()} ended by itself. Read {self.log}.{said}")

    def kill(self) -> None:
        """SIGKILL: no warning, no last words. Returns when it is dead."""
        self._child.kill()
        self._child.wait()
        self._out.close()

    def stop(self) -> None:
        """Ask it to end, and make it end if it doesn't."""
        if self.is_running():
            self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(_POLITE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._out.close()

    def wait(self) -> int:
        return self._child.wait()


class Processes:
    """All that were started and not ended; leaving the context ends them."""

    def __init__(self, logs: Path, environment: dict[str, str]) -> None:
        self._logs = logs
        self._environment = environment
        self._running: list[Process] = []

    def start(self, name: str, *arguments: str) -> Process:
        process = Process(name, list(arguments), self._logs / f"{name.replace(' ', '-')}.log", self._environment)
        self._running.append(process)
        return process

    def forget(self, process: Process) -> None:
        """It was ended on purpose."""
        self._running.remove(process)

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._running:
            self._running.pop().stop()


def wait_for_file(path: Path, process: Process, timeout_s: float) -> str:
    """The text of a file that ``process`` writes when it is ready. Raise ``DemoFailed``."""
    deadline = time.monotonic() + timeout_s
    while not path.exists():
        process.check()
        if time.monotonic() > deadline:
            raise DemoFailed(f"{process.name.capitalize()} isn't ready after {timeout_s:.0f} s. Read {process.log}.")
        time.sleep(_LOOK_S)
    return path.read_text("utf-8").strip()
