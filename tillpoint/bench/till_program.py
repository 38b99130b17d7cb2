"""The till's program as a process of its own, without a display, driven through its robot."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tillpoint.bench import till_files
from tillpoint.bench.till_files import TillFiles

PATIENCE_S = 60
_LOOK_S = 0.002


class TillProgram:
    """Its robot's line (``pos_client.ui.robot``)."""

    def __init__(self, address: Path, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._line = _connected(address, process)
        self._answers = self._line.makefile("rb")

    def ask(self, act: dict[str, object]) -> dict[str, Any]:
        """What the robot answers, when the screen shows what the act led to."""
        self._line.sendall(json.dumps(act).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._answers.readline())
        assert answer["ok"], answer
        return answer

    def wait_for(self, **state: object) -> None:
        self.ask({"do": "wait", "timeout_ms": PATIENCE_S * 1_000, **state})

    def type_pin(self) -> None:
        """Choose the cashier and type all but the key that sends the PIN."""
        self.ask({"do": "click", "name": f"staff_{till_files.CASHIER}"})
        self.ask({"do": "keys", "text": till_files.PIN})

    def close(self) -> None:
        self._answers.close()
        self._line.close()


@contextmanager
def running(files: TillFiles, options: Sequence[str] = (), errors: IO[bytes] | None = None) -> Iterator[TillProgram]:
    """``tillpoint till`` on ``files``, with options for Python; closed at the end as its window's button does."""
    with tempfile.TemporaryDirectory(prefix="tp") as folder:
        address = Path(folder, "robot")
        command = [*options, "-m", "tillpoint", "till", "--home", str(files.home), "--robot", str(address)]
        with python(command, errors) as process:
            program = TillProgram(address, process)
            try:
                yield program
                program.ask({"do": "quit"})
                process.wait(PATIENCE_S)
            finally:
                program.close()


@contextmanager
def python(arguments: Sequence[str], errors: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """This Python with ``arguments``, killed at the end if it still runs."""
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, *arguments], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors or subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def _connected(address: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    until = time.monotonic() + PATIENCE_S
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(address))
        except OSError:
            line.close()
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the till's program didn't start") from None
            time.sleep(_LOOK_S)
        else:
            return line
