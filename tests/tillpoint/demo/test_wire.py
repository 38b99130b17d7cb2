"""The line that can be cut: refused, hanging, whole again, on one port throughout."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tillpoint.demo.wire import Wire, WireState


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A server that answers with what it was told."""

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while data := connection.recv(1024):
                connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(echo: tuple[str, int]) -> Iterator[Wire]:
    with Wire(echo) as wire:
        yield wire


def connect(wire: Wire) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", wire.port), 10)
    connection.settimeout(10)
    return connection


def said(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(1024)


def test_an_open_wire_passes_bytes_on(wire: Wire) -> None:
    with connect(wire) as one, connect(wire) as two:
        assert said(one, b"hello") == b"hello"
        assert said(two, b"there") == b"there"


def test_a_refused_wire_takes_nobody_and_ends_who_was_there(wire: Wire) -> None:
    with connect(wire) as there:
        assert said(there, b"hello") == b"hello"
        wire.refuse()
        with suppress(ConnectionResetError):
            assert there.recv(1024) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(wire)


def test_a_hanging_wire_takes_everybody_and_answers_nobody(wire: Wire) -> None:
    wire.hang()
    with connect(wire) as there:
        there.settimeout(0.3)
        there.sendall(b"hello")
        with pytest.raises(TimeoutError):
            there.recv(1024)
        assert wire.hanging == 1
        wire.open()
        there.settimeout(10)
        with suppress(ConnectionResetError):
            assert there.recv(1024) == b""
        assert wire.hanging == 0


def test_after_each_cut_the_same_port_works_again(wire: Wire) -> None:
    port = wire.port
    for change in (wire.refuse, wire.hang, wire.refuse):
        change()
        wire.open()
        assert (wire.state, wire.port) == (WireState.OPEN, port)
        with connect(wire) as there:
            assert said(there, b"again") == b"again"


def test_a_server_that_is_away_ends_the_connection(echo: tuple[str, int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    with Wire(address) as wire, connect(wire) as there, suppress(ConnectionResetError):
        assert there.recv(1024) == b""
