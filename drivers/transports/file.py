"""A file in the place of a device: keeps what would have been printed."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

from drivers.ports import DeviceFault, DeviceGone, NoRoom, PermissionDenied
from drivers.transports.serial_line import group_of


class FileTransport:
    """Appends. Nothing ever comes back, so that a print over it can only be *sent*."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def is_open(self) -> bool:
        return self._file is not None

    @property
    def is_two_way(self) -> bool:
        return False

    def open(self, timeout_ms: int) -> None:  # noqa: ARG002 - a file never lets wait
        if self._file is None:
            try:
                self._file = self._path.open("ab", buffering=0)
            except OSError as error:
                raise self._fault(error) from error

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:  # noqa: ARG002 - a file never answers
        if self._file is None:
            raise DeviceGone(self.name)
        return b""

    def write(self, data: bytes, timeout_ms: int) -> None:  # noqa: ARG002 - a file never lets wait
        if self._file is None:
            raise DeviceGone(self.name)
        written = 0
        try:
            while written < len(data):
                written += self._file.write(data[written:])
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._fault(error, written) from error

    def _fault(self, error: OSError, written: int = 0) -> DeviceFault:
        if isinstance(error, PermissionError):
            return PermissionDenied(self.name, group_of(self._path))
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return NoRoom(self.name, written)
        return DeviceGone(self.name, written)
