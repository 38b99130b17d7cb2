"""A server that knows the till of the golden messages: its store, code, key and incarnation."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared_models.wire import messages
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.api.problems import Answer
from sync_server.enrolment import ALPHABET
from sync_server.server import Server
from tests.shared_models.wire import examples, goldens
from tests.sync_server.conftest import store_doc
from tests.sync_server.ports import SeededRandomness, StillClock
from tests.sync_server.till import read


@contextmanager
def chance(server: Server, count: int, chosen: bytes) -> Iterator[None]:
    """Have the next secret of ``count`` bytes be ``chosen``."""
    randomness = server.ports.randomness
    assert isinstance(randomness, SeededRandomness)
    before, left = randomness.secret, [chosen]

    def secret(asked: int) -> bytes:
        return left.pop() if left and asked == count else before(asked)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(randomness, "secret", secret)
        yield
    assert not left


def enrol(server: Server, api: Api, version: int) -> Answer:
    """The golden enrolment, answered with the golden incarnation."""
    clock = server.ports.clock
    assert isinstance(clock, StillClock)
    setup.create_store(server, store_doc("s1"))
    now_ms, clock.ms = clock.ms, examples.INCARNATION.int >> 80
    request = goldens.plain(version, "enrol-request")
    letters = request["code"].replace("-", "")
    number = sum(ALPHABET.index(letter) << (5 * place) for place, letter in enumerate(letters))
    with chance(server, 8, number.to_bytes(8, "big")):
        assert setup.new_enrolment_code(server, "s1", 3) == request["code"]
    with chance(server, 10, (examples.INCARNATION.int & (1 << 62) - 1).to_bytes(10, "big")):
        answer = api.handle("POST", "/v1/enrol", {}, goldens.body(version, "enrol-request"))
    clock.ms = now_ms
    return answer


def send(api: Api, version: int, path: str, body: bytes) -> Answer:
    """Send ``body`` signed with the golden key over a fresh nonce."""
    hello = api.handle("POST", "/v1/hello", {}, goldens.body(version, "hello-request"))
    nonce = read(hello, messages.HelloAnswer).nonce
    signed = messages.request_message("POST", path, nonce, hashlib.sha256(body).digest())
    headers = {
        "Tillpoint-Incarnation": str(examples.INCARNATION),
        "Tillpoint-Nonce": base64.b64encode(nonce).decode(),
        "Tillpoint-Signature": base64.b64encode(examples.KEY.sign(signed)).decode(),
    }
    return api.handle("POST", path, headers, body)
