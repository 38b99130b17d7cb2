"""The endpoints, as one plain function: a request's bytes in, an answer's bytes out. No network, no threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from shared_models.domain.facts import BrokenChain
from shared_models.orm.server import device
from shared_models.wire import messages
from sync_server import enrolment
from sync_server.api.authentication import NONCE_VALID_S, authenticate, find_device, new_nonce
from sync_server.api.body import packed_body, plain_body
from sync_server.api.metrics import MEDIA_TYPE as METRICS_MEDIA_TYPE
from sync_server.api.metrics import Metrics
from sync_server.api.problems import Answer, Refused, answer_to
from sync_server.api.requests import checked_facts, checked_sides, one_line, read_message
from sync_server.feed import CursorUnknown, Reader, page
from sync_server.ingest.chain import ForgedFact, Gap
from sync_server.ingest.intake import FROZEN, REVOKED, take
from sync_server.ingest.server_device import ServerDevice
from sync_server.server import Server

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """``headers`` in lower case, ``body`` as sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Api:
    """The protocol's endpoints of one server. Safe to call from several threads."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.metrics = Metrics()
        self._messages: dict[str, Callable[[Request], Struct]] = {
            "/v1/enrol": self._enrol,
            "/v1/hello": self._hello,
            "/v1/push": self._push,
            "/v1/pull": self._pull,
        }
        self._reports: dict[str, Callable[[], Answer]] = {"/health": self._health, "/metrics": self._metrics}

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request. What is wrong with it comes back as a problem; an error of ours is raised."""
        request = Request(method, path, {name.lower(): value for name, value in headers.items()}, body)
        try:
            return self._route(request)
        except Refused as refused:
            return self._problem(refused)
        except DBAPIError:
            _log.exception("the database refused %s %s", method, path)
            return self._problem(Refused("internal", "The server's database doesn't answer. Try again later."))

    def _route(self, request: Request) -> Answer:
        if request.path in self._reports:
            if request.method not in ("GET", "HEAD"):
                raise Refused("method-not-allowed", "Use GET.")
            return self._reports[request.path]()
        endpoint = self._messages.get(request.path)
        if endpoint is None:
            raise Refused("not-found")
        if request.method != "POST":
            raise Refused("method-not-allowed", "Use POST.")
        with self.metrics.timed(request.path):
            packed, body = packed_body(request.headers, messages.encode(endpoint(request)))
        return Answer(200, {"content-type": messages.MEDIA_TYPE, **packed}, body)

    def _problem(self, refused: Refused) -> Answer:
        self.metrics.problems.labels(refused.problem.code).inc()
        return answer_to(refused)

    def _enrol(self, request: Request) -> Struct:
        message = read_message(plain_body(request.headers, request.body), messages.EnrolRequest)
        if len(message.public_key) != 32:
            raise Refused("bad-message", "An Ed25519 public key has 32 bytes.")
        try:
            return enrolment.enrol(self._server, msgspec.structs.replace(message, software=one_line(message.software)))
        except enrolment.CodeInvalid as error:
            raise Refused("code-invalid", str(error)) from error

    def _hello(self, request: Request) -> Struct:
        message = read_message(plain_body(request.headers, request.body), messages.HelloRequest)
        with self._server.reading() as connection:
            find_device(connection, message.incarnation)
        return messages.HelloAnswer(
            nonce=new_nonce(self._server, message.incarnation),
            valid_s=NONCE_VALID_S,
            server_ms=self._server.ports.clock.now_ms(),
        )

    def _push(self, request: Request) -> Struct:
        with self._server.reading() as connection:
            asking = authenticate(self._server, connection, request.method, request.path, request.headers, request.body)
            epoch = self._server.epoch(connection)
        message = read_message(plain_body(request.headers, request.body), messages.PushRequest)
        if message.incarnation != asking.incarnation:
            raise Refused("bad-message", "The batch is of another device than the one that signed it.")
        facts, sides = checked_facts(message), checked_sides(message)
        try:
            with self._server.acting() as act:
                taken = take(self._server, act, asking.incarnation, facts, sides, one_line(message.software))
                ServerDevice(self._server).follow(act, taken.after)
        except Gap as gap:
            raise Refused("gap", expected=gap.expected) from gap
        except BrokenChain as broken:
            raise Refused("broken-chain", broken.why, number=broken.number) from broken
        except ForgedFact as forged:
            raise Refused("signature-invalid", str(forged), number=forged.number) from forged
        if taken.forked is not None:
            raise Refused("forked", "Enrol this till again.", number=taken.forked)
        self.metrics.batches.inc()
        self.metrics.facts.inc(taken.new)
        self.metrics.quarantined.inc(len(taken.quarantined))
        return messages.PushAnswer(
            acknowledged=taken.acknowledged,
            hash=taken.hash,
            epoch=epoch,
            quarantined=list(taken.quarantined),
        )

    def _pull(self, request: Request) -> Struct:
        with self._server.reading() as connection:
            asking = authenticate(self._server, connection, request.method, request.path, request.headers, request.body)
            if asking.state == REVOKED:
                raise Refused("device-revoked", "Head office revoked this till.")
            message = read_message(plain_body(request.headers, request.body), messages.PullRequest)
            reader = Reader(asking.incarnation, asking.store_id, asking.pepper(self._server))
            epoch = self._server.epoch(connection)
            try:
                found = page(connection, self._server.sealer, reader, message.cursor, message.limit, epoch)
            except CursorUnknown as unknown:
                raise Refused("cursor-unknown", "Pull again from the start.", epoch=epoch) from unknown
        if not found.more:
            self._note_pull(asking.incarnation, found.cursor.version)
        self.metrics.pulls.inc()
        self.metrics.rows.inc(len(found.rows))
        return messages.PullAnswer(
            rows=found.rows, cursor=found.cursor, more=found.more, acknowledged=asking.head_number
        )

    def _note_pull(self, incarnation: UUID, version: int) -> None:
        """Remember for head office how far a till has read, once a cycle."""
        with self._server.acting() as act:
            act.connection.execute(
                device.update()
                .where(device.c.incarnation == incarnation)
                .values(contact_ms=act.now_ms, pulled_version=version)
            )

    def _health(self) -> Answer:
        try:
            with self._server.reading() as connection:
                state = {"status": "ok", "database": "reachable", "epoch": self._server.epoch(connection)}
        except DBAPIError:
            _log.exception("the database doesn't answer")
            state = {"status": "down", "database": "unreachable"}
        body = msgspec.json.encode({**state, "version": metadata.version("tillpoint")})
        return Answer(200 if state["status"] == "ok" else 503, {"content-type": "application/json"}, body)

    def _metrics(self) -> Answer:
        with self._server.reading() as connection:
            frozen = connection.scalar(select(func.count()).select_from(device).where(device.c.state == FROZEN))
        self.metrics.frozen_devices.set(frozen or 0)
        return Answer(200, {"content-type": METRICS_MEDIA_TYPE}, self.metrics.text())
