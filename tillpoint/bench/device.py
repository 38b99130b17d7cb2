"""A till as the server sees it: a key, a chain of facts, signed requests. Its journal's disk isn't measured here."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.system import SystemClock
from shared_models.domain.clock import tick
from shared_models.domain.facts import Fact, chain_start, fact_hash, head_message
from shared_models.wire import messages
from shared_models.wire.facts import Payload, encode
from sync_server.api.endpoints import Api


class Device:
    def __init__(self, api: Api, code: str) -> None:
        """Enrol with the one-time ``code``."""
        self._api = api
        self._key = Ed25519PrivateKey.generate()
        public_key = self._key.public_key().public_bytes_raw()
        request = messages.EnrolRequest(code=code, public_key=public_key, software="bench")
        answer = api.handle("POST", "/v1/enrol", {}, messages.encode(request))
        self.identity = messages.decode(answer.body, messages.EnrolAnswer)
        self._previous = chain_start(self.identity.incarnation, public_key)
        self._number = 0
        self._hlc = 0

    def fact(self, payload: Payload) -> Fact:
        """The next fact of the chain."""
        kind, schema, body = encode(payload)
        incarnation, number, id_ = self.identity.incarnation, self._number + 1, uuid4()
        hlc = tick(self._hlc, SystemClock().now_ms())
        hash_ = fact_hash(
            id=id_, incarnation=incarnation, number=number, hlc=hlc, kind=kind, schema=schema, payload=body,
            previous=self._previous,
        )  # fmt: skip
        signature = self._key.sign(head_message(incarnation, number, hash_))
        fact = Fact(id_, incarnation, number, hlc, kind, schema, body, self._previous, hash_, signature)
        self._number, self._hlc, self._previous = number, hlc, hash_
        return fact

    def batch(self, facts: Sequence[Fact]) -> bytes:
        """The body of a push."""
        return messages.encode(
            messages.PushRequest(
                incarnation=self.identity.incarnation, facts=[messages.fact_message(fact) for fact in facts]
            )
        )

    def signed(self, path: str, body: bytes) -> dict[str, str]:
        """The headers that make a request with ``body`` this device's."""
        hello = messages.encode(messages.HelloRequest(incarnation=self.identity.incarnation))
        answer = self._api.handle("POST", "/v1/hello", {}, hello)
        nonce = messages.decode(answer.body, messages.HelloAnswer).nonce
        message = messages.request_message("POST", path, nonce, hashlib.sha256(body).digest())
        return {
            messages.INCARNATION_HEADER: str(self.identity.incarnation),
            messages.NONCE_HEADER: base64.b64encode(nonce).decode(),
            messages.SIGNATURE_HEADER: base64.b64encode(self._key.sign(message)).decode(),
        }
