"""A printer on USB as Linux' ``usblp`` shows it: ``/dev/usb/lp0``, written and read without ever waiting in the kernel.

By the driver's source (``drivers/usb/class/usblp.c``): one program has it at a time; a write is only handed over, and
what is still on its way when the file is closed is lost; so a write counts as done when the next one could begin.
"""

from __future__ import annotations

import errno
import os
import select
from contextlib import suppress
from pathlib import Path
from typing import Final

from drivers.clock import SystemClock
from drivers.ports import Clock, DeviceBusy, DeviceFault, DeviceGone, PermissionDenied, Timeout
from drivers.transports.serial_line import group_of

_PIECE_BYTES: Final = 4_096
_AGAIN: Final = frozenset({errno.EAGAIN, errno.EINTR})
_GONE: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL if hasattr(select, "poll") else 0


class UsbPrinterTransport:
    """Plugged in again, it is the same file or, by the udev rules, the same name: ``open`` finds it."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._file: int | None = None
        self._answers = True

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def is_open(self) -> bool:
        return self._file is not None

    @property
    def is_two_way(self) -> bool:
        """Until the driver says that this printer has only the way to it."""
        return self._answers

    def open(self, timeout_ms: int) -> None:  # noqa: ARG002 - the driver says at once whether it is there
        if self._file is not None:
            return
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            raise self._fault(error) from error

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                os.close(file)

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:
        file = self._opened()
        if not self._answers or not self._ready(file, select.POLLIN, timeout_ms):
            return b""
        try:
            return os.read(file, max_bytes)
        except OSError as error:
            if error.errno in _AGAIN:
                return b""
            if error.errno == errno.EINVAL:
                self._answers = False
                return b""
            self.close()
            raise self._fault(error) from error

    def write(self, data: bytes, timeout_ms: int) -> None:
        file = self._opened()
        deadline_ms = self._clock.monotonic_ms() + timeout_ms
        written = 0
        while written < len(data):
            self._wait_to_write(file, deadline_ms, written)
            try:
                written += os.write(file, data[written : written + _PIECE_BYTES])
            except OSError as error:
                if error.errno not in _AGAIN:
                    self.close()
                    raise self._fault(error, written) from error
        self._wait_to_write(file, deadline_ms, written)

    def _wait_to_write(self, file: int, deadline_ms: int, written: int) -> None:
        left_ms = deadline_ms - self._clock.monotonic_ms()
        if not self._ready(file, select.POLLOUT, max(0, left_ms), written):
            raise Timeout(self.name, written)

    def _ready(self, file: int, what: int, timeout_ms: int, written: int = 0) -> bool:
        """Raise ``DeviceGone`` when it was pulled out."""
        poll = select.poll()
        poll.register(file, what)
        happened = poll.poll(timeout_ms)
        if happened and happened[0][1] & _GONE:
            self.close()
            raise DeviceGone(self.name, written)
        return bool(happened)

    def _opened(self) -> int:
        if self._file is None:
            raise DeviceGone(self.name)
        return self._file

    def _fault(self, error: OSError, written: int = 0) -> DeviceFault:
        if error.errno in (errno.EACCES, errno.EPERM):
            return PermissionDenied(self.name, group_of(self._path))
        if error.errno == errno.EBUSY:
            return DeviceBusy(self.name)
        return DeviceGone(self.name, written)
