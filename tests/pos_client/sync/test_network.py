"""HTTP over real loopback sockets: servers that hang, lie, stop in the middle or aren't there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pos_client.sync.client import NotOurServer, Unreachable
from pos_client.sync.network import HttpNetwork
from shared_models.wire.messages import MAX_BODY_BYTES

Serve = Callable[[socket.socket], None]

READ_MS = 300


@contextmanager
def server(serve: Serve) -> Iterator[str]:
    """A listening socket whose connections are handed to ``serve``."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                serve(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@contextmanager
def network(url: str) -> Iterator[HttpNetwork]:
    opened = HttpNetwork(url, connect_ms=READ_MS, read_ms=READ_MS)
    yield opened
    opened.close()


def answering(raw: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(raw)

    return serve


def test_an_answer_is_handed_over_as_it_was_sent() -> None:
    raw = b"HTTP/1.1 409 Conflict\r\nContent-Type: X\r\nContent-Encoding: zstd\r\nContent-Length: 3\r\n\r\nabc"
    with server(answering(raw)) as url, network(url) as opened:
        answer = opened.post("/v1/hello", {"a": "b"}, b"body")
    assert (answer.status, answer.body) == (409, b"abc")
    assert (answer.headers["content-type"], answer.headers["content-encoding"]) == ("X", "zstd")


def test_a_redirect_is_not_followed() -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with server(answering(raw)) as url, network(url) as opened:
        assert opened.post("/v1/hello", {}, b"").status == 302


def hangs(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def hangs_in_the_middle(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    hangs(connection)


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(hangs, id="hangs"),
        pytest.param(hangs_in_the_middle, id="hangs in the middle"),
        pytest.param(answering(b""), id="closes at once"),
        pytest.param(answering(b"SSH-2.0-OpenSSH_9.2\r\n"), id="speaks something else"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), id="stops in the middle"),
    ],
)
def test_no_whole_answer_in_time_is_unreachable(serve: Serve) -> None:
    with server(serve) as url, network(url) as opened, pytest.raises(Unreachable):
        opened.post("/v1/hello", {}, b"body")


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with network(f"http://127.0.0.1:{port}") as opened, pytest.raises(Unreachable):
        opened.post("/v1/hello", {}, b"body")


def test_an_endless_answer_is_cut_off() -> None:
    def endless(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        sent = 0
        try:
            while sent <= 2 * MAX_BODY_BYTES:
                sent += connection.send(b"x" * 65_536)
        except OSError:
            return

    with server(endless) as url, network(url) as opened, pytest.raises(NotOurServer):
        opened.post("/v1/hello", {}, b"body")


def test_an_answer_that_trickles_in_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, the whole never would."""
    monkeypatch.setattr("pos_client.sync.network._PATIENCE_S", 0.5)
    stopped = threading.Event()

    def drips(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while not stopped.wait(READ_MS / 3_000):
                connection.sendall(b"x")
        except OSError:
            return

    with server(drips) as url, network(url) as opened:
        with pytest.raises(Unreachable):
            opened.post("/v1/hello", {}, b"body")
        stopped.set()
