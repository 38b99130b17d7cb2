"""The server's own acts, taken in as facts of the server's own device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from shared_models.domain.clock import tick
from shared_models.domain.facts import Fact, Side, fact_hash, head_message
from shared_models.wire.facts import Payload, encode
from sync_server.act import Act
from sync_server.ingest.intake import Taken, lock_device, take
from sync_server.server import Server


class ServerDevice:
    """Numbers, chains and signs like a till's journal, but straight into the server's tables."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def record(self, act: Act, payload: Payload) -> Taken:
        return self.record_all(act, [(payload, ())])

    def record_all(self, act: Act, payloads: Sequence[tuple[Payload, Sequence[Side]]]) -> Taken:
        """Record acts with their side records, whose numbers are filled in here."""
        head = self._lock(act)
        number, previous, hlc = head.head_number, bytes(head.head_hash), head.head_hlc
        facts, sides = [], []
        for payload, beside in payloads:
            number, hlc = number + 1, tick(hlc, act.now_ms)
            fact = self._fact(head.incarnation, payload, number, hlc, previous)
            previous = fact.hash
            facts.append(fact)
            sides += [replace(side, number=number) for side in beside]
        return take(self._server, act, head.incarnation, facts, sides)

    def _lock(self, act: Act) -> Row[Any]:
        """The journal of the present epoch, which may have been raised while we waited for the one before it."""
        while True:
            incarnation = self._server.incarnation(act.connection)
            head = lock_device(act.connection, incarnation)
            if self._server.incarnation(act.connection) == incarnation:
                return head

    def _fact(self, incarnation: UUID, payload: Payload, number: int, hlc: int, previous: bytes) -> Fact:
        kind, schema, body = encode(payload)
        fact_id = self._server.ports.ids.new()
        hash_ = fact_hash(
            id=fact_id, incarnation=incarnation, number=number, hlc=hlc, kind=kind, schema=schema,
            payload=body, previous=previous,
        )  # fmt: skip
        signature = self._server.identity.signing_key.sign(head_message(incarnation, number, hash_))
        return Fact(fact_id, incarnation, number, hlc, kind, schema, body, previous, hash_, signature)
