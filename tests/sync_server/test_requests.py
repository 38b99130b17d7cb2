"""What comes in from a network: anything."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import zstandard
from sqlalchemy import text

from shared_models.orm import server as tables
from shared_models.wire import messages as wire
from sync_server.api.endpoints import Api
from sync_server.api.problems import Answer
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.ports import StillClock
from tests.sync_server.tables import count, counts
from tests.sync_server.till import Till, problem, read

HTML = b"<!doctype html><html><body>Welcome to our free Wi-Fi</body></html>"
PATHS = ["/v1/enrol", "/v1/hello", "/v1/push", "/v1/pull"]
GARBAGE = [
    b"", b"\0", HTML, b"\xff" * 1_000, b"\x81" * 100_000, b"\xdf\xff\xff\xff\xff", b"{}", b"\xa1\xff",
    b"\x81\xa4code\xa1\xff",
]  # fmt: skip


@pytest.mark.parametrize("body", GARBAGE)
@pytest.mark.parametrize("path", PATHS)
def test_garbage_is_a_bad_message(server: Server, till: Till, path: str, body: bytes) -> None:
    before = counts(server)
    answer = till.send(path, body)
    found = problem(answer)
    assert (found.code, found.status) == ("bad-message", 400)
    assert b"Traceback" not in answer.body
    assert counts(server) == before


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_instead_of_zstd(till: Till, body: bytes) -> None:
    assert problem(till.send("/v1/push", body, {"Content-Encoding": "zstd"})).code == "bad-message"


def test_a_truncated_zstd_frame(till: Till) -> None:
    till.append(acts.sale(till, 1))
    body = zstandard.compress(till.batch())
    assert problem(till.send("/v1/push", body[: len(body) // 2], {"Content-Encoding": "zstd"})).code == "bad-message"


def test_other_encodings_are_refused(till: Till) -> None:
    assert problem(till.send("/v1/push", till.batch(), {"Content-Encoding": "gzip"})).code == "bad-message"


def test_compressed_both_ways(server: Server, till: Till) -> None:
    for receipt in range(1, 50):
        till.append(acts.sale(till, receipt))
    body = zstandard.compress(till.batch())
    answer = till.send("/v1/push", body, {"Content-Encoding": "zstd", "Accept-Encoding": "gzip, ZSTD;q=1"})
    assert read(answer, wire.PushAnswer).acknowledged == 49
    assert count(server, tables.sale) == 49
    pull = wire.encode(wire.PullRequest())
    plain = till.send("/v1/pull", pull)
    packed = till.send("/v1/pull", pull, {"Accept-Encoding": "zstd"})
    assert packed.headers["content-encoding"] == "zstd"
    assert "content-encoding" not in plain.headers
    assert len(packed.body) < len(plain.body)
    assert read(packed, wire.PullAnswer) == read(plain, wire.PullAnswer)


def test_an_oversized_body(till: Till) -> None:
    found = problem(till.send("/v1/push", b"\0" * (wire.MAX_BODY_BYTES + 1)))
    assert (found.code, found.status) == ("too-large", 413)


@pytest.mark.parametrize("declared", [True, False])
def test_a_zstd_bomb_is_not_unpacked(till: Till, declared: bool) -> None:
    """A gigabyte of nothing in some kilobytes, with and without its size in the frame's header."""
    compressor = zstandard.ZstdCompressor(write_content_size=declared).compressobj(size=1 << 30 if declared else -1)
    bomb = b"".join(compressor.compress(b"\0" * (1 << 20)) for _ in range(1 << 10)) + compressor.flush()
    assert len(bomb) < 1 << 17
    assert problem(till.send("/v1/push", bomb, {"Content-Encoding": "zstd"})).code == "too-large"


def test_a_frame_that_asks_for_too_much_memory(till: Till) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = compressor.compress(till.batch()) + compressor.flush()
    assert problem(till.send("/v1/push", body, {"Content-Encoding": "zstd"})).code == "bad-message"


def test_too_many_facts(till: Till) -> None:
    fact = till.append(acts.sale(till, 1))
    assert problem(till.push([fact] * (wire.MAX_BATCH_FACTS + 1))).code == "too-large"


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0}, {"number": -1}, {"number": 2**63}, {"number": 2**64 - 1}, {"hlc": -1}, {"hlc": 2**63},
        {"schema": -1}, {"schema": 2**16}, {"kind": ""}, {"kind": "k" * 256}, {"kind": "a\0b"}, {"hash": b""},
        {"previous": b"\0" * 31}, {"signature": b"\0" * 63}, {"payload": b"x" * (4 * 1024 * 1024 + 1)},
    ],
)  # fmt: skip
def test_facts_outside_the_format(server: Server, till: Till, change: Mapping[str, Any]) -> None:
    fact = till.append(acts.sale(till, 1))
    before = counts(server)
    body = till.batch([replace(fact, **change)])
    assert problem(till.send("/v1/push", body)).code == "bad-message"
    assert counts(server) == before


@pytest.mark.parametrize("name", ["", "x" * 65, "na\0me", "名"])
def test_side_records_outside_the_format(till: Till, name: str) -> None:
    till.register(acts.member(till), acts.profile())
    assert problem(till.push(sides=[replace(till.sides[0], name=name)])).code == "bad-message"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/push", {"v": 9, "batch": "of the future"}),
        ("/v1/pull", {"v": 0, "cursor": None, "limit": 5}),
        ("/v1/hello", {"v": 9}),
        ("/v1/enrol", {"v": 9}),
    ],
)
def test_messages_of_another_version(till: Till, path: str, message: dict[str, object]) -> None:
    found = problem(till.send(path, msgspec.msgpack.encode(message)))
    assert (found.code, found.status, found.supported) == ("unsupported-version", 400, wire.SUPPORTED)


def test_unknown_fields_are_skipped(till: Till) -> None:
    body = msgspec.msgpack.encode({"v": 1, "cursor": None, "limit": 5, "colour": "blue"})
    assert read(till.send("/v1/pull", body), wire.PullAnswer).rows


def test_a_request_signed_by_somebody_else(server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    before = counts(server)
    signature = base64.b64encode(b"\1" * 64).decode()
    found = problem(till.send("/v1/push", till.batch(), {"Tillpoint-Signature": signature}))
    assert (found.code, found.status) == ("signature-invalid", 401)
    assert counts(server) == before


def test_a_signature_is_for_one_path_and_body(api: Api, till: Till) -> None:
    seen: list[tuple[Mapping[str, str], bytes]] = []

    class Wire(Api):
        def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            seen.append((headers, body))
            return api.handle(method, path, headers, body)

    till.api = Wire(api._server)
    till.pulled()
    headers, body = seen[-1]
    assert problem(api.handle("POST", "/v1/push", headers, body)).code == "signature-invalid"
    assert problem(api.handle("POST", "/v1/pull", headers, body + b"\0")).code == "signature-invalid"
    assert api.handle("POST", "/v1/pull", headers, body).status == 200


@pytest.mark.parametrize("nonce", [b"", b"\0" * 32, b"\0" * 5_000])
def test_a_nonce_the_server_never_gave(till: Till, nonce: bytes) -> None:
    found = problem(till.send("/v1/pull", wire.encode(wire.PullRequest()), nonce=nonce))
    assert (found.code, found.status) == ("nonce-expired", 401)


def test_a_nonce_is_one_devices_own_and_grows_old(till: Till, enrol: Callable[..., Till], clock: StillClock) -> None:
    other = enrol("A", 2)
    body = wire.encode(wire.PullRequest())
    assert problem(till.send("/v1/pull", body, nonce=other.nonce())).code == "nonce-expired"
    nonce = till.nonce()
    clock.ms += 300_000
    assert till.send("/v1/pull", body, nonce=nonce).status == 200
    clock.ms += 1
    assert problem(till.send("/v1/pull", body, nonce=nonce)).code == "nonce-expired"


@pytest.mark.parametrize("header", ["Tillpoint-Incarnation", "Tillpoint-Nonce", "Tillpoint-Signature"])
@pytest.mark.parametrize("value", ["", "not base64 ä", "====", "0"])
def test_headers_that_cannot_be_read(till: Till, header: str, value: str) -> None:
    found = problem(till.send("/v1/pull", wire.encode(wire.PullRequest()), {header: value}))
    assert found.code in ("bad-message", "nonce-expired", "signature-invalid")
    assert found.status in (400, 401)


def test_requests_without_headers(api: Api) -> None:
    assert problem(api.handle("POST", "/v1/push", {}, b"")).code == "bad-message"


def test_a_device_nobody_enrolled(server: Server, till: Till) -> None:
    stranger = till.new_id()
    hello = wire.encode(wire.HelloRequest(incarnation=stranger))
    found = problem(till.api.handle("POST", "/v1/hello", {}, hello))
    assert (found.code, found.status) == ("device-unknown", 401)
    assert problem(till.send("/v1/pull", b"\x80", {"Tillpoint-Incarnation": str(stranger)})).code == "device-unknown"
    with server.reading() as connection:
        own = wire.encode(wire.HelloRequest(incarnation=server.incarnation(connection)))
    assert problem(till.api.handle("POST", "/v1/hello", {}, own)).code == "device-unknown"


def test_a_batch_of_another_device(till: Till, enrol: Callable[..., Till]) -> None:
    other = enrol("A", 2)
    other.append(acts.sale(other, 1))
    assert problem(till.send("/v1/push", other.batch())).code == "bad-message"


def test_paths_and_methods(api: Api) -> None:
    assert problem(api.handle("POST", "/v1/delete", {}, b"")).status == 404
    assert problem(api.handle("GET", "/v1/push", {}, b"")).status == 405
    assert problem(api.handle("POST", "/health", {}, b"")).status == 405


def test_health(api: Api) -> None:
    answer = api.handle("GET", "/health", {}, b"")
    found = msgspec.json.decode(answer.body)
    assert (answer.status, found["status"], found["database"], found["epoch"]) == (200, "ok", "reachable", 1)
    assert found["version"]


def test_metrics_count_the_work(till: Till) -> None:
    till.append(acts.sale(till, 1))
    till.append_raw("sale.confirmed", 1, b"")
    clone = till.clone()
    till.pushed()
    till.pulled()
    clone.facts.pop()
    clone.append_raw("other", 1, b"")
    clone.push()
    text = till.api.handle("GET", "/metrics", {}, b"").body.decode()
    for line in (
        "tillpoint_facts_total 2.0", "tillpoint_batches_total 1.0", "tillpoint_quarantined_facts_total 1.0",
        "tillpoint_pulls_total 1.0", "tillpoint_rows_total 3.0", "tillpoint_frozen_devices 1.0",
        'tillpoint_problems_total{code="forked"} 1.0', 'tillpoint_request_seconds_count{path="/v1/push"} 2.0',
    ):  # fmt: skip
        assert line in text


def test_a_database_that_went_away_is_told_without_a_trace(server: Server, till: Till) -> None:
    with server.acting() as act:
        act.connection.execute(text("ALTER TABLE sale RENAME TO sale_gone"))
    till.append(acts.sale(till, 1))
    answer = till.push()
    assert (problem(answer).code, answer.status) == ("internal", 500)
    assert b"sale_gone" not in answer.body
    assert b"no such table" not in answer.body
    with server.acting() as act:
        act.connection.execute(text("ALTER TABLE sale_gone RENAME TO sale"))
    assert till.pushed().acknowledged == 1


def test_a_log_says_nothing_of_a_person(server: Server, till: Till, caplog: pytest.LogCaptureFixture) -> None:
    with server.acting() as act:
        act.connection.execute(text("ALTER TABLE member_profile RENAME TO profile_gone"))
    till.register(acts.member(till), acts.profile("Bruce Lee", "8613800137391"))
    assert problem(till.push()).code == "internal"
    assert "INSERT INTO member_profile" in caplog.text
    assert "7391" not in caplog.text
    assert "Lee" not in caplog.text
