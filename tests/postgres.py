"""A real PostgreSQL for the tests: a cluster of its own in a temporary directory, on a Unix socket, without fsync."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_SERVER = "postgres"
_START_S = 60


class Cluster:
    """``create`` makes databases; ``url`` is what the server opens them by."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made = 0

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{_SERVER}@/{database}?host={self._directory}"

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of ``template``; its name."""
        self._made += 1
        name = f"shop_{self._made}"
        with self._maintenance() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return name

    def drop(self, database: str) -> None:
        with self._maintenance() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def answers(self) -> bool:
        try:
            self._maintenance().close()
        except psycopg.OperationalError:
            return False
        return True

    def _maintenance(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self._directory), user=_SERVER, dbname="postgres", autocommit=True)


def programs() -> Path | None:
    """The newest PostgreSQL's directory of programs, or ``None`` if none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    program = shutil.which("postgres")
    return Path(program).parent if program else None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start one and stop it at the end. PostgreSQL refuses to run as root, so root hands over to the user postgres."""
    bin_directory = programs()
    assert bin_directory is not None
    identity: dict[str, Any] = {}
    home = Path(tempfile.mkdtemp(prefix="tillpoint-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(home, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    try:
        data = home / "data"
        subprocess.run(
            [bin_directory / "initdb", "-D", data, "-U", _SERVER, "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True, cwd=home, **identity,
        )  # fmt: skip
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                _command(bin_directory, data, home), stdout=log, stderr=log, cwd=home, **identity
            )
        with process:
            try:
                started = Cluster(home)
                _wait(process, started, home / "log")
                yield started
            finally:
                process.terminate()
                process.wait(_START_S)
    finally:
        shutil.rmtree(home)


def _command(bin_directory: Path, data: Path, socket_directory: Path) -> list[str | Path]:
    settings = {
        "listen_addresses": "", "unix_socket_directories": str(socket_directory), "fsync": "off",
        "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "50", "shared_buffers": "32MB",
    }  # fmt: skip
    command: list[str | Path] = [bin_directory / "postgres", "-D", data]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def _wait(process: subprocess.Popen[bytes], started: Cluster, log: Path) -> None:
    until = time.monotonic() + _START_S
    while not started.answers():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL didn't start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
