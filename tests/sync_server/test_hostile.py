"""Hostile requests: a bounded part of ``tests.sync_server.fuzz``, and attacks that chance wouldn't find."""

from __future__ import annotations

import re
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import uvicorn
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_models.orm import server as tables
from shared_models.wire import messages
from sync_server.api.endpoints import Api
from sync_server.api.problems import Answer
from sync_server.ingest import reading
from sync_server.main import create_app
from sync_server.server import Server
from tests.shared_models.wire import goldens
from tests.sync_server import acts, fuzz, golden_shop
from tests.sync_server.tables import rows
from tests.sync_server.till import Till, problem, read


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fuzz.Target]:
    opened = fuzz.open_target(tmp_path_factory.mktemp("target"))
    yield opened
    opened.server.engine.dispose()


@pytest.mark.parametrize("attack", fuzz.ATTACKS)
def test_whatever_comes_is_answered_or_refused_whole(target: fuzz.Target, attack: fuzz.Attack) -> None:
    fuzz.run(target, attack, 40, seed=20_261_124)


# what is looked at


@given(st.lists(st.integers(0, 3 * reading.MAX_TEXT), max_size=6), st.data())
def test_a_long_text_is_found_wherever_it_stands(lengths: list[int], data: st.DataObject) -> None:
    near = st.sampled_from([reading.MAX_TEXT - 1, reading.MAX_TEXT, reading.MAX_TEXT + 1])
    lengths += data.draw(st.lists(near, max_size=3))
    payload = b'"'.join(b"x" * length for length in lengths)
    assert reading._has_long_text(payload) == (max(lengths, default=0) > reading.MAX_TEXT)


@given(st.lists(st.decimals() | st.decimals(0, 10**16, places=2), max_size=12))
def test_figures_that_are_plain_are_modest(values: list[Decimal]) -> None:
    if reading._are_plain(values):
        assert all(map(reading._is_modest, values))


# replayed and out of order


def state(server: Server) -> dict[str, object]:
    """All there is but when a device was heard last."""
    heard = {"device": [column.name for column in tables.device.c if column.name != "contact_ms"]}
    return {name: rows(server, table, *heard.get(name, ())) for name, table in tables.server.tables.items()}


@pytest.mark.parametrize("version", messages.SUPPORTED)
def test_a_request_replayed_within_its_nonces_life_changes_nothing(
    server: Server, api: Api, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """Of every endpoint: its golden request, byte for byte and with the same headers, three times."""
    golden_shop.enrol(server, api, version)
    sent: list[tuple[str, Any, bytes]] = []
    handle = Api.handle

    def listening(self: Api, method: str, path: str, headers: Any, body: bytes) -> Answer:
        sent.append((path, headers, body))
        return handle(self, method, path, headers, body)

    with monkeypatch.context() as tapped:
        tapped.setattr(Api, "handle", listening)
        for path in api.paths:
            name = f"{path.rpartition('/')[2]}-request"
            body = goldens.body(version, name) if name in goldens.names(version) else fuzz.example(path)
            golden_shop.send(api, version, path, body if isinstance(body, bytes) else msgspec.msgpack.encode(body))
    assert {path for path, _, _ in sent} == set(api.paths)
    before = state(server)
    for path, headers, body in [*sent, *reversed(sent), *sent]:
        api.handle("POST", path, headers, body)
    assert state(server) == before


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.lists(st.integers(0, 5), min_size=6, max_size=14))
def test_batches_in_any_order_come_to_the_same(target: fuzz.Target, order: list[int]) -> None:
    """Overlapping, repeated and early: a gap is refused whole, and telling all at last books each sale once."""
    till = target.fresh_till()
    for receipt in range(1, 7):
        till.append(acts.sale(till, receipt, receipt * 100))
    held = 0
    for start in order:
        before = target.state()
        answer = till.push(till.facts[start : start + 2])
        if start > held:
            assert (problem(answer).code, problem(answer).expected) == ("gap", held + 1)
            assert target.state() == before
        else:
            held = max(held, min(start + 2, 6))
            assert read(answer, messages.PushAnswer).acknowledged == held
    till.pushed()
    mine = rows(target.server, tables.sale, "incarnation", "receipt_number", "total_minor")
    assert [one[1:] for one in mine if one[0] == till.incarnation] == [(n, n * 100) for n in range(1, 7)]


def test_a_batch_in_the_wrong_order_is_refused_whole(target: fuzz.Target) -> None:
    """Also where the server has some of its facts."""
    till = target.fresh_till()
    for receipt in range(1, 4):
        till.append(acts.sale(till, receipt))
    first, second, third = till.facts
    till.pushed([first, second])
    before = target.state()
    for batch in ([first, third, second], [second, third, first], [second, first], [third, third], [second, second]):
        assert problem(till.push(batch)).code == "broken-chain"
    assert target.state() == before


# too much


def many(count: int, item: bytes) -> bytes:
    return b"\xdd" + count.to_bytes(4, "big") + item * count


EMPTY_SIDE = msgspec.msgpack.encode([1, "a", b"", b""])
SMALL_FACT = msgspec.msgpack.encode([1, "0" * 8 + "-0000-7000-8000-" + "0" * 12, 1, "a", 1, b"", b"", b"", b""])
TOO_MUCH: dict[str, Callable[[str], bytes]] = {
    "many sides": lambda own: push(own, b"\x90", many(2_000_000, EMPTY_SIDE)),
    "many facts": lambda own: push(own, many(200_000, SMALL_FACT), b"\x90"),
    "many empty maps": lambda own: push(own, b"\x90", many(15_000_000, b"\x80")),
    "an unknown field of many maps": lambda own: extended(own, many(7_000_000, b"\x81\xc0")),
    "nested arrays": lambda own: extended(own, b"\x91" * 15_000_000),
    "promised length": lambda own: extended(own, b"\xdd\xff\xff\xff\xff"),
    "one long text": lambda own: extended(own, b"\xdb" + (16_000_000).to_bytes(4, "big") + b"x" * 16_000_000),
    "software": lambda own: msgspec.msgpack.encode(
        {"v": messages.VERSION, "incarnation": own, "facts": [], "software": "鲜" * 5_000_000}
    ),
}


def push(incarnation: str, facts: bytes, sides: bytes) -> bytes:
    start = msgspec.msgpack.encode({"v": messages.VERSION, "incarnation": incarnation})
    return bytes([start[0] + 2]) + start[1:] + b"\xa5facts" + facts + b"\xa5sides" + sides


def extended(incarnation: str, value: bytes) -> bytes:
    start = msgspec.msgpack.encode({"v": messages.VERSION, "incarnation": incarnation, "facts": []})
    return bytes([start[0] + 1]) + start[1:] + b"\xa1x" + value


@pytest.mark.parametrize("what", sorted(TOO_MUCH))
@pytest.mark.parametrize("packed", [False, True])
def test_memory_is_bounded(target: fuzz.Target, what: str, packed: bool) -> None:
    body = TOO_MUCH[what](str(target.till.incarnation))
    headers = {"Content-Encoding": "zstd"} if packed else {}
    sent = zstandard.compress(body) if packed else body
    before, start = target.state(), time.monotonic()
    tracemalloc.start()
    try:
        answer = target.till.send("/v1/push", sent, headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * messages.MAX_BODY_BYTES, f"{peak / 1e6:.0f} MB"
    assert time.monotonic() - start < 60
    if answer.status != 200:
        assert problem(answer).code in ("bad-message", "too-large")
        assert target.state() == before


# over HTTP


@pytest.fixture(scope="module")
def address(target: fuzz.Target) -> Iterator[tuple[str, int]]:
    """The real application on a loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(target.server), log_level="critical", access_log=False, lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield listener.getsockname()
    running.should_exit = True
    thread.join()
    listener.close()


def ask(address: tuple[str, int], raw: bytes) -> bytes:
    """What comes back until the server closes or says no more."""
    with socket.create_connection(address, timeout=1) as connection:
        received = b""
        try:
            connection.sendall(raw)
            while part := connection.recv(65_536):
                received += part
        except OSError:
            pass
    return received


HOST = b"Host: x\r\n"
RAW = {
    "garbage": b"\xff\0\r\n\r\n",
    "no HTTP": b"SSH-2.0-x\r\n\r\n",
    "negative length": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n",
    "absurd length": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999\r\n\r\nx",
    "two lengths": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "short body": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"Content-Length: 50\r\n\r\nx",
    "garbled chunks": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n",
    "cut chunks": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nff\r\nx",
    "a long header": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"Tillpoint-Nonce: " + b"A" * 1_000_000 + b"\r\n\r\n",
    "many headers": b"POST /v1/hello HTTP/1.1\r\n" + HOST + b"a: b\r\n" * 20_000 + b"\r\n",
    "a long address": b"POST /v1/" + b"x" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header that isn't text": b"POST /v1/push HTTP/1.1\r\n"
    + HOST
    + b"Tillpoint-Nonce: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
    "no host": b"POST /v1/hello HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "up in the tree": b"GET /v1/../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("what", sorted(RAW))
def test_raw_bytes_end_in_a_refusal_or_a_closed_connection(
    target: fuzz.Target, address: tuple[str, int], what: str
) -> None:
    before = target.state()
    received = ask(address, RAW[what])
    assert received == b"" or re.match(rb"HTTP/1\.1 4\d\d ", received), received[:200]
    assert not any(word in received for word in fuzz.INSIDE)
    assert b" 200 " in ask(address, b"GET /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert target.state() == before


METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")


@pytest.mark.parametrize("method", METHODS)
def test_every_endpoint_refuses_other_methods_with_a_problem(
    target: fuzz.Target, address: tuple[str, int], method: str
) -> None:
    for path in (*target.api.paths, "/v1/nothing", "/v1/"):
        raw = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        received = ask(address, raw)
        head, _, body = received.partition(b"\r\n\r\n")
        assert b"content-type: application/problem+json" in head.lower(), received[:300]
        if method != "HEAD":
            found = messages.decode_problem(body)
            assert found.code == ("method-not-allowed" if path in target.api.paths else "not-found")


@pytest.mark.parametrize("kind", ["text/html", "application/json", "multipart/form-data; boundary=x", "\\", ""])
def test_the_content_type_changes_nothing(target: fuzz.Target, kind: str) -> None:
    """What a body is, its bytes say; a wrong label on good ones is no reason to keep a till's sales waiting."""
    pull = messages.encode(messages.PullRequest())
    assert target.till.send("/v1/pull", pull, {"Content-Type": kind}).status == 200
    assert problem(target.till.send("/v1/pull", b"<html>", {"Content-Type": kind})).code == "bad-message"


def test_a_till_of_the_outside_is_no_till_of_ours(target: fuzz.Target) -> None:
    """Signed by another device's key, over its nonce, for its journal: each is refused."""
    pull = messages.encode(messages.PullRequest())
    mine, others = target.till, target.other
    stolen = Till(target.api, others.key, mine.identity)
    assert problem(stolen.send("/v1/pull", pull)).code == "signature-invalid"
    assert problem(mine.send("/v1/pull", pull, nonce=others.nonce())).code == "nonce-expired"
    assert problem(mine.send("/v1/push", others.batch())).code == "bad-message"
