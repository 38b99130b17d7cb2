"""A device on a serial or USB-serial line, or on a pseudo-terminal that stands in for one."""

from __future__ import annotations

import errno
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import serial

from drivers.ports import BadLineSettings, DeviceBusy, DeviceFault, DeviceGone, PermissionDenied, Timeout

_TERMINAL_ERRORS: tuple[type[Exception], ...] = ()
if sys.platform != "win32":
    import termios

    _TERMINAL_ERRORS = (termios.error,)

_GONE = (OSError, TypeError, *_TERMINAL_ERRORS)
"""What pyserial raises when the other side has gone: ``TypeError`` if the file vanishes between its two calls."""


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """What both ends must agree on. 9600 8N1 is what most scanners leave the factory with."""

    baud: int = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    hardware_flow: bool = False
    software_flow: bool = False


class SerialTransport:
    def __init__(self, path: str, settings: SerialSettings | None = None) -> None:
        self._path = path
        self._settings = settings or SerialSettings()
        self._port: Any = None

    @property
    def name(self) -> str:
        return self._path

    @property
    def is_open(self) -> bool:
        return self._port is not None

    @property
    def is_two_way(self) -> bool:
        return True

    def open(self, timeout_ms: int) -> None:
        """``timeout_ms`` bounds nothing here: opening a line never waits for the other side."""
        if self._port is not None:
            return
        settings = self._settings
        try:
            self._port = serial.Serial(
                port=self._path,
                baudrate=settings.baud,
                bytesize=settings.data_bits,
                parity=settings.parity,
                stopbits=settings.stop_bits,
                rtscts=settings.hardware_flow,
                xonxoff=settings.software_flow,
                timeout=timeout_ms / 1000,
                write_timeout=timeout_ms / 1000,
                exclusive=True if sys.platform != "win32" else None,
            )
        except _TERMINAL_ERRORS as error:
            raise BadLineSettings(self.name) from error
        except OSError as error:
            raise self._fault(error) from error

    def close(self) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        with suppress(OSError):
            port.close()

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:
        port = self._opened()
        try:
            if port.timeout != timeout_ms / 1000:
                port.timeout = timeout_ms / 1000
            first: bytes = port.read(1)
            if not first or max_bytes == 1:
                return first
            return first + bytes(port.read(min(port.in_waiting, max_bytes - 1)))
        except _GONE as error:
            raise self._lost(error) from error

    def write(self, data: bytes, timeout_ms: int) -> None:
        """Written in pieces so that a failure can tell how far it came, to within a piece."""
        port = self._opened()
        written = 0
        try:
            if port.write_timeout != timeout_ms / 1000:
                port.write_timeout = timeout_ms / 1000
            while written < len(data):
                piece = data[written : written + 256]
                port.write(piece)
                written += len(piece)
        except serial.SerialTimeoutException as error:
            raise Timeout(self.name, written) from error
        except _GONE as error:
            raise self._lost(error, written) from error

    def _opened(self) -> Any:
        if self._port is None:
            raise DeviceGone(self.name)
        return self._port

    def _lost(self, error: Exception, written: int = 0) -> DeviceFault:
        """pyserial sets the line up again with each new time-out, and only then notices what the line refused."""
        self.close()
        if isinstance(error, _TERMINAL_ERRORS) and error.args[:1] == (errno.EINVAL,):
            return BadLineSettings(self.name)
        return DeviceGone(self.name, written)

    def _fault(self, error: OSError) -> DeviceFault:
        if error.errno in (errno.EACCES, errno.EPERM) or "PermissionError" in str(error):
            return PermissionDenied(self.name, group_of(Path(self._path)))
        if error.errno in (errno.EBUSY, errno.EAGAIN):
            return DeviceBusy(self.name)
        return DeviceGone(self.name)


def group_of(path: Path) -> str | None:
    """The group that may use a device file; None where the system has no groups or the file is gone."""
    if sys.platform == "win32":
        return None
    try:
        return path.group()
    except (OSError, KeyError):
        return None
