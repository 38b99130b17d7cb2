"""What the till needs from the machine it runs on. The simulator passes virtual ones and runs the same code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from pos_client.store.database import Database, Durability

Result = TypeVar("Result")


class Clock(Protocol):
    def now_ms(self) -> int:
        """Wall time, Unix milliseconds, UTC. May jump when somebody sets the clock."""

    def monotonic_ms(self) -> int:
        """Milliseconds since some fixed moment; never goes backwards."""

    def sleep_ms(self, duration_ms: int) -> None:
        """Wait. Only threads of their own wait, never the cashier's."""


class Ids(Protocol):
    def new(self) -> UUID:
        """A fresh UUIDv7."""


class Randomness(Protocol):
    def secret(self, count: int) -> bytes:
        """``count`` bytes that nobody can guess: keys, salts, receipt codes."""

    def below(self, bound: int) -> int:
        """An even choice of 0 ≤ n < ``bound``, for back-off only."""


class CashierGone(Exception):
    """The cashier's thread has ended: the till is closing, and whoever wanted something of it ends too."""


class Executor(Protocol):
    """The cashier's thread: runs one piece of work after another and owns the journal."""

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Queue ``work``; the future holds what it returned or raised. The simulator runs it at once.

        Raise ``CashierGone`` once the till is closing.
        """


@dataclass(frozen=True, slots=True)
class Response:
    """``headers`` in lower case. ``body`` as sent, after HTTP's own framing, before decompression."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Network(Protocol):
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send one request to the server; raise ``sync.client.Unreachable`` if no whole answer came in time."""

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """Ask for a piece of a file. ``body`` is what came of it: less than ``content-length`` says if the connection
        was cut on the way. Raise ``sync.client.Unreachable`` if no answer began in time."""


class Storage(Protocol):
    """Opens and removes encrypted database files. A simulated one cuts the power around commits."""

    def open(self, path: Path, key: bytes, durability: Durability) -> Database:
        """Open or make a file; raise ``WrongKey``, ``Corrupt`` or ``DiskFull``."""

    def remove(self, path: Path) -> None:
        """Delete a closed database with its ``-wal`` and ``-shm``; missing files are fine."""
