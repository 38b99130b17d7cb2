"""A device on a TCP port that isn't there: it has knobs, and serves one connection at a time, as the real ones do."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

from drivers.simulators import page

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Knobs = TypeVar("Knobs", bound="DataclassInstance")
Device = TypeVar("Device", bound="PortDevice[Any]")
_LOOK_S: Final = 0.05


class PortDevice(ABC, Generic[Knobs]):
    """It has its port from when it is made, and works as a context manager. Thread-safe.

    ``knobs``: a slotted dataclass. ``out_dir``: where what it prints is written.
    """

    def __init__(self, knobs: Knobs, port: int, host: str, out_dir: Path | None) -> None:
        """Raises ``OSError`` if the port can't be had; port 0 is any free one."""
        self._knobs = knobs
        self._out_dir = out_dir
        self._changed = threading.Condition()
        self._stopping = False
        self._connection: socket.socket | None = None
        self._listener = socket.create_server((host, port))
        self._listener.settimeout(_LOOK_S)
        self._address: tuple[str, int] = self._listener.getsockname()[:2]
        self._threads = [
            threading.Thread(target=work, name=f"{type(self).__name__} {self.port} {work.__name__}", daemon=True)
            for work in (self._listen, self._work)
        ]

    @property
    def host(self) -> str:
        return self._address[0]

    @property
    def port(self) -> int:
        return self._address[1]

    @property
    def knobs(self) -> Knobs:
        """As they are now."""
        with self._changed:
            return replace(self._knobs)

    def turn(self, **knobs: object) -> None:
        """Change knobs by name, all at once: ``turn(silent=True)``. Raise ``ValueError`` for one that there isn't."""
        with self._changed:
            known = {field.name for field in fields(self._knobs)}
            for name, value in knobs.items():
                if name not in known:
                    raise ValueError(f"It has no knob {name!r}.")
                setattr(self._knobs, name, value)
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], timeout_ms: int) -> bool:
        """Whether ``condition``, asked again whenever something happens here, holds before the time is over."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_ms / 1000)

    def stop(self) -> None:
        """Ends its connection and gives its port back."""
        with self._changed:
            self._stopping = True
            self._hang_up()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        if self._out_dir is not None:
            self._out_dir.mkdir(parents=True, exist_ok=True)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def _serve(self, connection: socket.socket) -> None:
        """Until it ends; on a thread of its own."""

    def _work(self) -> None:
        """What it does beside its connection, on another thread, until it is stopped."""

    def _coming(self, connection: socket.socket) -> Iterator[bytes]:
        """What comes, until the other side has gone or the device is stopped."""
        while not self._stopping:
            try:
                data = connection.recv(4_096)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            yield data

    def _hang_up(self) -> None:
        """End the connection under the thread that reads it; that thread closes it."""
        if self._connection is not None:
            try:
                self._connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended already

    def _keep(self, name: str, write: Callable[[Path], object]) -> None:
        """A file of that name in the folder, if there is one; whole as soon as it has its name."""
        if self._out_dir is not None:
            path = self._out_dir / name
            part = path.with_suffix(".part")
            write(part)
            part.replace(path)

    def _listen(self) -> None:
        """Others wait until a connection has ended, so nothing mixes two."""
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(_LOOK_S)
                with self._changed:
                    self._connection = connection
                self._serve(connection)
                with self._changed:
                    self._connection = None


def send(connection: socket.socket, data: bytes) -> bool:
    """Whether somebody was there to be told: the device goes on without."""
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def add_options(parser: argparse.ArgumentParser, port: int) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port, help="0 takes any free port and prints it")
    page.add_option(parser)


def made(parser: argparse.ArgumentParser, port: int, make: Callable[[], Device]) -> Device:
    """End the program with a sentence if its port can't be had."""
    try:
        return make()
    except OSError as error:
        parser.exit(1, f"Port {port} can't be used: {os.strerror(error.errno or 0)}.\n")


@contextmanager
def running(
    parser: argparse.ArgumentParser, device: PortDevice[Any], panel: page.Panel, page_port: int | None
) -> Iterator[threading.Event]:
    """The device at work, its address said on standard output. The event is set when the program is told to end."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with device:
        say(f"{device.host}:{device.port}")
        with page.shown(parser, panel, page_port):
            yield ended


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
