"""The line between tills and server as a TCP proxy on the loopback, so that it can really be cut."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum
from types import TracebackType

_LOOK_S = 0.1
_BIND_TRIES = 50
_CHUNK_BYTES = 65_536


class WireState(StrEnum):
    OPEN = "open"
    REFUSED = "refused"
    HANGING = "hanging"


class Wire:
    """Passes bytes on to ``target``. ``refuse``: nobody listens any more. ``hang``: connections are taken and never
    answered. Each change ends the connections there are. Thread-safe."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._state = WireState.OPEN
        self._sockets: set[socket.socket] = set()
        self._hanging = 0
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accept_on(self._listener)

    @property
    def state(self) -> WireState:
        return self._state

    @property
    def hanging(self) -> int:
        """How many connections were taken since ``hang`` that will get no answer."""
        return self._hanging

    def open(self) -> None:
        self._become(WireState.OPEN)

    def refuse(self) -> None:
        self._become(WireState.REFUSED)

    def hang(self) -> None:
        self._become(WireState.HANGING)

    def close(self) -> None:
        self._become(WireState.REFUSED)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _become(self, state: WireState) -> None:
        with self._lock:
            self._state = state
            self._hanging = 0
            listener, ended = self._listener, self._sockets
            self._sockets = set()
            if state is WireState.REFUSED:
                self._listener = None
            elif listener is None:
                self._listener = self._listen_again()
                self._accept_on(self._listener)
        if state is WireState.REFUSED and listener is not None:
            _cut(listener)  # closing alone would leave it listening for as long as the other thread looks at it
        for connection in ended:
            _cut(connection)

    def _listen_again(self) -> socket.socket:
        """The same port as before: the tills know no other."""
        for _ in range(_BIND_TRIES):
            with suppress(OSError):
                return socket.create_server(("127.0.0.1", self.port))
            time.sleep(_LOOK_S)
        raise OSError(f"port {self.port} was taken by another program meanwhile")

    def _accept_on(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), name="wire", daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while True:
                if select.select([listener], [], [], _LOOK_S)[0]:
                    self._take(listener.accept()[0])

    def _take(self, near: socket.socket) -> None:
        far: socket.socket | None = None
        with suppress(OSError):
            far = socket.create_connection(self._target) if self._state is WireState.OPEN else None
        with self._lock:
            if self._state is WireState.REFUSED or (self._state is WireState.OPEN and far is None):
                ends = [end for end in (near, far) if end is not None]
            else:
                ends = []
                self._hanging += far is None
                self._sockets |= {end for end in (near, far) if end is not None}
        for end in ends:
            _cut(end)
        if not ends and far is not None:
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), name="wire", daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                sink.sendall(data)
        with self._lock:
            ours = {source, sink} & self._sockets
            self._sockets -= ours
        for connection in ours:
            _cut(connection)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
