"""The other end of a serial line that isn't there: a pseudo-terminal (Linux and macOS) that can be pulled out."""

from __future__ import annotations

import errno
import os
import pty
import select
import tempfile
import threading
import time
import tty
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_WRITE_MS: Final = 2_000
_LOOK_MS: Final = 20
_POLL_S: Final = 0.003


class Unplugged(RuntimeError):
    def __init__(self) -> None:
        super().__init__("The simulated device is unplugged; replug it first.")


class NotRead(RuntimeError):
    def __init__(self) -> None:
        super().__init__("Nobody reads the simulated device and its line is full.")


class SimulatedLine:
    """Opens a pseudo-terminal when made. ``path`` stays the same over unplugging and replugging.

    ``link``: where ``path`` shall be; a new temporary folder, with the name ``name``, if not given. As with a real
    line, what is written before anybody has opened it is lost. Raises ``OSError`` where it can't be, also where
    something else than a link is.
    """

    def __init__(self, name: str, link: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=f"{name}-") if link is None else None
        self._link = link if link is not None else Path(self._folder.name if self._folder else "") / name
        self._lock = threading.Lock()
        self._ends: tuple[int, int] | None = None
        self.replug()

    @property
    def path(self) -> str:
        return str(self._link)

    @property
    def plugged_in(self) -> bool:
        with self._lock:
            return self._ends is not None

    def write(self, raw: bytes) -> None:
        """Raises ``Unplugged``, or ``NotRead`` if the bytes aren't taken for two seconds."""
        with self._lock:
            if self._ends is None:
                raise Unplugged
            deadline = time.monotonic() + _WRITE_MS / 1000
            rest = memoryview(raw)
            while rest:
                try:
                    rest = rest[os.write(self._ends[0], rest) :]
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise NotRead from None
                    time.sleep(0.005)

    def read(self, timeout_ms: int) -> bytes:
        """What the other side sent; ``b""`` if nothing came in time. Raises ``Unplugged``."""
        deadline = time.monotonic() + timeout_ms / 1000
        while True:
            with self._lock:
                if self._ends is None:
                    raise Unplugged
                ready, _, _ = select.select([self._ends[0]], [], [], 0)
                if ready:
                    return os.read(self._ends[0], 4096)
            if time.monotonic() >= deadline:
                return b""
            time.sleep(_POLL_S)  # without the lock: nobody who writes or unplugs has to wait for silence

    def unplug(self) -> None:
        """The device file disappears and whoever has it open reads an error. Doing it twice is fine."""
        with self._lock:
            ends, self._ends = self._ends, None
            if ends is not None:
                if self._link.is_symlink() and str(self._link.readlink()) == os.ttyname(ends[1]):
                    self._link.unlink()  # and not that of another line which took its place
                for end in ends:
                    os.close(end)

    def replug(self) -> None:
        with self._lock:
            if self._ends is not None:
                return
            if self._link.exists() and not self._link.is_symlink():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._link))
            ours, theirs = pty.openpty()
            tty.setraw(theirs)
            os.set_blocking(ours, False)
            new = self._link.with_name(self._link.name + ".new")
            new.unlink(missing_ok=True)
            new.symlink_to(os.ttyname(theirs))
            new.replace(self._link)
            self._ends = (ours, theirs)

    def close(self) -> None:
        self.unplug()
        if self._folder is not None:
            self._folder.cleanup()


class SimulatedDevice:
    """A device on a line of its own."""

    def __init__(self, name: str, link: Path | None) -> None:
        self._line = SimulatedLine(name, link)

    @property
    def path(self) -> str:
        return self._line.path

    def send(self, raw: bytes) -> None:
        """Any bytes. Raises ``Unplugged`` or ``NotRead``."""
        self._line.write(raw)

    @property
    def plugged_in(self) -> bool:
        return self._line.plugged_in

    def unplug(self) -> None:
        self._line.unplug()

    def replug(self) -> None:
        self._line.replug()

    def close(self) -> None:
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ListeningDevice(SimulatedDevice, ABC):
    """One that takes what is sent to it, on a thread, until it is closed."""

    def __init__(self, name: str, link: Path | None) -> None:
        """Last in a subclass: from here on ``take`` is called."""
        super().__init__(name, link)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"{name} simulator", daemon=True)
        self._thread.start()

    @abstractmethod
    def take(self, raw: bytes) -> None:
        """Bytes came."""

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        super().close()

    def _run(self) -> None:
        while not self._closing:
            try:
                raw = self._line.read(_LOOK_MS)
            except (Unplugged, OSError):
                threading.Event().wait(_LOOK_MS / 1000)
                continue
            if raw:
                self.take(raw)
