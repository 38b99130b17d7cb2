"""A PostgreSQL of the benchmark's own, as durable as in production, in a temporary folder, on a Unix socket."""

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

_OWNER = "postgres"
_START_S = 60
_SETTINGS = {"listen_addresses": "", "shared_buffers": "256MB", "max_wal_size": "4GB", "max_connections": "20"}


class Cluster:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, database: str) -> str:
        """What the server opens ``database`` by."""
        return f"postgresql+psycopg://{_OWNER}@/{database}?host={self._folder}"

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self._folder), user=_OWNER, dbname=database)

    def create(self, database: str, template: str = "template1") -> None:
        """A new database, a copy of ``template``, to which nobody is connected."""
        with psycopg.connect(host=str(self._folder), user=_OWNER, dbname="postgres", autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(template))
            )


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs, or ``None`` if none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    program = shutil.which("initdb")
    return Path(program).parent if program else None


@contextmanager
def cluster(bin_folder: Path) -> Iterator[Cluster]:
    """Start one and stop it at the end. PostgreSQL refuses to run as root, so root hands over to its owner."""
    home = Path(tempfile.mkdtemp(prefix="tillpoint-bench-pg-"))
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam(_OWNER)
        os.chown(home, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    try:
        _initialise(bin_folder, home, identity)
        with _running(bin_folder, home, identity):
            yield Cluster(home)
    finally:
        shutil.rmtree(home)


def _initialise(bin_folder: Path, home: Path, identity: dict[str, Any]) -> None:
    subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [bin_folder / "initdb", "-D", home / "data", "-U", _OWNER, "-A", "trust", "-E", "UTF8"],
        check=True, capture_output=True, cwd=home, **identity,
    )  # fmt: skip


@contextmanager
def _running(bin_folder: Path, home: Path, identity: dict[str, Any]) -> Iterator[None]:
    command: list[str | Path] = [bin_folder / "postgres", "-D", home / "data"]
    for name, value in (_SETTINGS | {"unix_socket_directories": str(home)}).items():
        command += ["-c", f"{name}={value}"]
    log = home / "log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out, cwd=home, **identity) as process,  # noqa: S603 - the same
    ):
        try:
            _wait(process, Cluster(home), log)
            yield
        finally:
            process.terminate()
            process.wait(_START_S)


def _wait(process: subprocess.Popen[bytes], started: Cluster, log: Path) -> None:
    until = time.monotonic() + _START_S
    while True:
        try:
            started.connect("postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL didn't start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)
        else:
            return
