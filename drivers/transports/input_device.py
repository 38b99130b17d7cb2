"""A scanner that is a keyboard, at its input device (Linux): for the till alone, so that its keys reach no window."""

from __future__ import annotations

import errno
import fcntl
import os
import select
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from drivers.ports import DeviceBusy, DeviceFault, DeviceGone, KeysDenied
from drivers.transports.serial_line import group_of
from shared_models.domain.text import N_

EVIOCGRAB: Final = 0x40044590
"""``_IOW('E', 0x90, int)`` of linux/input.h: 1 keeps a device for who asks, until it is closed."""


class NoKeys(DeviceFault):
    code = "no_keys"
    template = N_("{device} is no keyboard or scanner. Choose one under /dev/input/by-id.")


def grab(descriptor: int) -> None:
    """Raise ``OSError``: EBUSY if another program has it."""
    fcntl.ioctl(descriptor, EVIOCGRAB, 1)


class InputDevice:
    """What comes are whole ``struct input_event``s. Nothing can be written."""

    def __init__(self, path: Path, keep: Callable[[int], None] = grab) -> None:
        """``keep`` takes the open device for this program alone."""
        self._path = path
        self._keep = keep
        self._descriptor: int | None = None

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def is_open(self) -> bool:
        return self._descriptor is not None

    @property
    def is_two_way(self) -> bool:
        return True

    def open(self, timeout_ms: int) -> None:  # noqa: ARG002 - an input device never lets wait
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self._fault(error) from error
        try:
            self._keep(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise self._fault(error) from error
        self._descriptor = descriptor

    def close(self) -> None:
        """Its keys go to the windows again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:
        descriptor = self._opened()
        try:
            ready, _, _ = select.select([descriptor], [], [], timeout_ms / 1000)
            data = os.read(descriptor, max_bytes) if ready else b""
        except BlockingIOError:
            return b""
        except OSError as error:
            self.close()
            raise DeviceGone(self.name) from error
        if ready and not data:
            self.close()
            raise DeviceGone(self.name)
        return data

    def write(self, data: bytes, timeout_ms: int) -> None:  # noqa: ARG002 - one shape for all
        raise DeviceFault(self.name)

    def _opened(self) -> int:
        if self._descriptor is None:
            raise DeviceGone(self.name)
        return self._descriptor

    def _fault(self, error: OSError) -> DeviceFault:
        if error.errno in (errno.EACCES, errno.EPERM):
            return KeysDenied(self.name, group_of(self._path))
        if error.errno == errno.EBUSY:
            return DeviceBusy(self.name)
        if error.errno in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
            return NoKeys(self.name)
        return DeviceGone(self.name)
