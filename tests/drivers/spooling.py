"""A real CUPS of the test's own: its scheduler on a private folder and socket, its queues leading where a test says."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

CUPSD: Final = Path("/usr/sbin/cupsd")
SOCKET_PROGRAM: Final = Path("/usr/lib/cups/backend/socket")
_PROGRAMS: Final = Path("/usr/lib/cups")
_START_S: Final = 15
_PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin"


class Cups:
    def __init__(self) -> None:
        if not CUPSD.exists() or not SOCKET_PROGRAM.exists() or shutil.which("lpadmin", path=_PATH) is None:
            pytest.fail("CUPS isn't installed (Debian: apt install cups cups-client)")
        self.folder = Path(tempfile.mkdtemp(prefix="cups"))
        self.socket = self.folder / "socket"
        self._write_settings()
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        root = self.folder / "root"
        self._program = subprocess.Popen(
            [CUPSD, "-f", "-c", root / "cupsd.conf", "-s", root / "cups-files.conf"], stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + _START_S
        while not self._answers():
            assert self._program.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.02)

    def stop(self) -> None:
        program, self._program = self._program, None
        if program is not None:
            program.terminate()
            program.wait(20)

    def add_queue(self, name: str, port: int) -> None:
        """A raw queue to a port of this machine, that takes jobs and passes them on."""
        self._add(name, f"socket://127.0.0.1:{port}")

    def add_troubled_queue(self, name: str, says: str) -> None:
        """A raw queue whose program for its printer tells CUPS what it ``says``, and then waits for the printer."""
        program = self.folder / "bin" / "backend" / "trouble"
        program.write_text(f"#!/bin/sh\n[ $# = 0 ] && exit\necho 'STATE: +{says}' >&2\nexec sleep 60\n")
        program.chmod(0o700 if os.geteuid() == 0 else 0o755)
        self._add(name, "trouble:/")

    def _add(self, name: str, where: str) -> None:
        self.run("lpadmin", "-p", name, "-E", "-v", where, "-m", "raw", "-D", "Till 1")

    def run(self, program: str, *words: str) -> str:
        done = subprocess.run(
            [program, *words], env={"PATH": _PATH, "CUPS_SERVER": str(self.socket), "LC_ALL": "C"},
            capture_output=True, text=True, check=True, timeout=20,
        )  # fmt: skip
        return done.stdout

    def waiting(self, name: str) -> int:
        """How many jobs haven't ended."""
        return len(self.run("lpstat", "-o", name).splitlines())

    def log(self) -> str:
        file = self.folder / "log" / "error"
        return file.read_text("utf-8", "replace") if file.exists() else "cupsd wrote no log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(str(self.socket)) == 0

    def _write_settings(self) -> None:
        for name in ("root", "cache", "state", "spool", "tmp", "log", "bin", "bin/backend"):
            (self.folder / name).mkdir()
        for program in _PROGRAMS.iterdir():
            if program.name != "backend":
                (self.folder / "bin" / program.name).symlink_to(program)
        (self.folder / "bin" / "backend" / "socket").symlink_to(SOCKET_PROGRAM)
        self.folder.chmod(0o755)
        (self.folder / "root" / "cupsd.conf").write_text(
            f"Listen {self.socket}\nLogLevel debug\nMaxLogSize 0\nBrowsing Off\nWebInterface No\n"
            "<Location />\n  Order allow,deny\n  Allow all\n</Location>\n"
        )
        as_root = os.geteuid() == 0
        user = "lp" if as_root else getpass.getuser()
        group = "lp" if as_root else grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
        folders = {
            "ServerRoot": "root", "ServerBin": "bin",
            "CacheDir": "cache", "StateDir": "state", "RequestRoot": "spool", "TempDir": "tmp",
            "AccessLog": "log/access", "ErrorLog": "log/error", "PageLog": "log/page",
        }  # fmt: skip
        lines = [f"{name} {self.folder / place}" for name, place in folders.items()]
        lines += [f"User {user}", f"Group {group}", f"SystemGroup {'root' if as_root else group}"]
        (self.folder / "root" / "cups-files.conf").write_text("\n".join(lines) + "\n")
