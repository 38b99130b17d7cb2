"""A device on the network: receipt printers on port 9100, serial servers."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Final

from drivers.clock import SystemClock
from drivers.ports import Clock, DeviceGone, PermissionDenied, Timeout

_MOST_LEFT: Final = 256
"""So many pieces are read when a connection is closed; who sends more than a megabyte unasked is cut off."""


class TcpTransport:
    def __init__(self, host: str, port: int, clock: Clock | None = None) -> None:
        self._address = (host, port)
        self._clock = clock or SystemClock()
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        return f"tcp://{self._address[0]}:{self._address[1]}"

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    @property
    def is_two_way(self) -> bool:
        return True

    def open(self, timeout_ms: int) -> None:
        if self._socket is not None:
            return
        try:
            connection = socket.create_connection(self._address, timeout_ms / 1000)
        except TimeoutError as error:
            raise Timeout(self.name) from error
        except PermissionError as error:
            raise PermissionDenied(self.name, None) from error
        except OSError as error:
            raise DeviceGone(self.name) from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection

    def close(self) -> None:
        """Reads what is left first: closing over it would reset the connection and lose what was sent."""
        connection, self._socket = self._socket, None
        if connection is None:
            return
        with connection:
            with suppress(OSError):
                connection.setblocking(False)
                for _ in range(_MOST_LEFT):
                    if not connection.recv(4096):
                        break
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)

    def read(self, max_bytes: int, timeout_ms: int) -> bytes:
        connection = self._connected()
        try:
            connection.settimeout(timeout_ms / 1000)
            data = connection.recv(max_bytes)
        except (TimeoutError, BlockingIOError):
            return b""
        except OSError as error:
            self.close()
            raise DeviceGone(self.name) from error
        if not data:
            self.close()
            raise DeviceGone(self.name)
        return data

    def write(self, data: bytes, timeout_ms: int) -> None:
        connection = self._connected()
        deadline_ms = self._clock.monotonic_ms() + timeout_ms
        view = memoryview(data)
        written = 0
        while written < len(data):
            left_ms = deadline_ms - self._clock.monotonic_ms()
            if left_ms <= 0:
                raise Timeout(self.name, written)
            try:
                connection.settimeout(left_ms / 1000)
                written += connection.send(view[written:])
            except TimeoutError as error:
                raise Timeout(self.name, written) from error
            except OSError as error:
                self.close()
                raise DeviceGone(self.name, written) from error

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise DeviceGone(self.name)
        return self._socket
