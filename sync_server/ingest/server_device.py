"""The server's own acts, taken in as facts of the server's own device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from shared_models.domain.clock import tick
from shared_models.domain.facts import Fact, Side, fact_hash, head_message
from shared_models.wire.facts import Payload, encode
from sync_server.act import Act
from sync_server.ingest.after import After
from sync_server.ingest.intake import Taken, take
from sync_server.ingest.locks import lock_own
from sync_server.ingest.parting import partings_due
from sync_server.ingest.welcome import gifts_due, links_to_make
from sync_server.server import Server


class ServerDevice:
    """Numbers, chains and signs like a till's journal, but straight into the server's tables."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def record(self, act: Act, payload: Payload) -> Taken:
        return self.record_all(act, [(payload, ())])

    def record_all(self, act: Act, payloads: Sequence[tuple[Payload, Sequence[Side]]], later_than: int = 0) -> Taken:
        """Record acts with their side records, whose numbers are filled in here, and what follows from them. Their
        clocks are above ``later_than``."""
        head = lock_own(self._server, act.connection)
        number, previous, hlc = head.head_number, bytes(head.head_hash), max(head.head_hlc, later_than)
        facts, sides = [], []
        for payload, beside in payloads:
            number, hlc = number + 1, tick(hlc, act.now_ms)
            fact = self._fact(head.incarnation, payload, number, hlc, previous)
            previous = fact.hash
            facts.append(fact)
            sides += [replace(side, number=number) for side in beside]
        taken = take(self._server, act, head.incarnation, facts, sides)
        self.follow(act, taken.after)
        return taken

    def follow(self, act: Act, after: After) -> None:
        """Say what the server has to say after a batch was booked: first who may be one person, then, knowing that, to
        whom a gift is due, and who can be parted now. The server's device is locked already if there is anything."""
        links = links_to_make(act.connection, after.links)
        if links:
            self.record_all(act, [(each, ()) for each in links])
        gifts = gifts_due(self._server, act, after.welcome)
        if gifts:
            self.record_all(act, [(each, ()) for each in gifts])
        parted = partings_due(self._server, act) if after.partings else []
        if parted:
            self.record_all(act, [(each, ()) for each in parted])

    def _fact(self, incarnation: UUID, payload: Payload, number: int, hlc: int, previous: bytes) -> Fact:
        kind, schema, body = encode(payload)
        fact_id = self._server.ports.ids.new()
        hash_ = fact_hash(
            id=fact_id, incarnation=incarnation, number=number, hlc=hlc, kind=kind, schema=schema,
            payload=body, previous=previous,
        )  # fmt: skip
        signature = self._server.identity.signing_key.sign(head_message(incarnation, number, hash_))
        return Fact(fact_id, incarnation, number, hlc, kind, schema, body, previous, hash_, signature)
