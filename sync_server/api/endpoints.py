"""The endpoints, as one plain function: a request's bytes in, an answer's bytes out. No network, no threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, structs
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from shared_models.domain.administration import DeviceFrozen
from shared_models.domain.facts import BrokenChain
from shared_models.orm.server import device
from shared_models.wire import messages
from sync_server import enrolment, lending, recovery
from sync_server.api.authentication import NONCE_VALID_S, Device, authenticate, find_device, new_nonce
from sync_server.api.body import packed_body, plain_body
from sync_server.api.metrics import MEDIA_TYPE as METRICS_MEDIA_TYPE
from sync_server.api.metrics import Metrics
from sync_server.api.problems import Answer, Refused, answer_to
from sync_server.api.requests import checked_facts, checked_resource, checked_sides, one_line, read_message
from sync_server.api.snapshots import Snapshots
from sync_server.feed import CursorUnknown, Reader, page
from sync_server.ingest.chain import ForgedFact, Gap
from sync_server.ingest.intake import quarantined, take
from sync_server.ingest.locks import ACTIVE, FROZEN, RETIRED, REVOKED
from sync_server.ingest.server_device import ServerDevice
from sync_server.ingest.waiting import book_waiting
from sync_server.ledger.leases import to_tell
from sync_server.lending import Lent, Refusal, WrongEpoch
from sync_server.server import Server
from sync_server.snapshots import Shelf

SNAPSHOT_FILES = "/v1/snapshot/"

_STANDINGS = {ACTIVE: "good", FROZEN: "frozen", RETIRED: "retired", REVOKED: "revoked"}

_log = logging.getLogger(__name__)
_MOST_RECALLED = 200

Message = TypeVar("Message", bound=Struct)


@dataclass(slots=True)
class Request:
    """``headers`` in lower case, ``body`` as sent. ``version`` is that of its message once it is read."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    version: int = messages.VERSION


class Api:
    """The protocol's endpoints of one server. Safe to call from several threads.

    ``supported``: the versions of messages it takes; each is answered in its own. Without a ``shelf`` all tills pull
    pages.
    """

    def __init__(
        self, server: Server, shelf: Shelf | None = None, supported: tuple[int, ...] = messages.SUPPORTED
    ) -> None:
        self._server = server
        self._supported = supported
        self._snapshots = Snapshots(server, shelf)
        self.metrics = Metrics()
        self._messages: dict[str, Callable[[Request], Struct]] = {
            "/v1/enrol": self._enrol,
            "/v1/enrol/again": self._enrol_again,
            "/v1/hello": self._hello,
            "/v1/push": self._push,
            "/v1/pull": self._pull,
            "/v1/snapshot": self._snapshot,
            "/v1/lease": self._lease,
            "/v1/lease/declare": self._declare,
        }
        self._reports: dict[str, Callable[[], Answer]] = {"/health": self._health, "/metrics": self._metrics}

    @property
    def paths(self) -> tuple[str, ...]:
        """Where messages are taken."""
        return tuple(self._messages)

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
        if request.path.startswith(SNAPSHOT_FILES):
            return self._snapshot_part(request)
        endpoint = self._messages.get(request.path)
        if endpoint is None:
            raise Refused("not-found")
        if request.method != "POST":
            raise Refused("method-not-allowed", "Use POST.")
        with self.metrics.timed(request.path):
            answer = msgspec.structs.replace(endpoint(request), v=request.version)
            packed, body = packed_body(request.headers, messages.encode(answer))
        return Answer(200, {"content-type": messages.MEDIA_TYPE, **packed}, body)

    def _read(self, request: Request, type_: type[Message]) -> Message:
        """The request's message; raise ``Refused`` (bad-message, unsupported-version, too-large)."""
        message = read_message(plain_body(request.headers, request.body), type_, self._supported)
        request.version = getattr(message, "v", request.version)
        return message

    def _problem(self, refused: Refused) -> Answer:
        self.metrics.problems.labels(refused.problem.code).inc()
        return answer_to(refused)

    def _enrol(self, request: Request) -> Struct:
        message = self._read(request, messages.EnrolRequest)
        if len(message.public_key) != 32:
            raise Refused("bad-message", "An Ed25519 public key has 32 bytes.")
        try:
            return enrolment.enrol(self._server, structs.replace(message, software=one_line(message.software)))
        except enrolment.CodeInvalid as error:
            raise Refused("code-invalid", str(error)) from error

    def _enrol_again(self, request: Request) -> Struct:
        message = self._read(request, messages.AgainRequest)
        try:
            epoch = enrolment.enrol_again(self._server, structs.replace(message, software=one_line(message.software)))
        except enrolment.ForgedCertificate as error:
            raise Refused("device-unknown", "Enrol this till again with a code from head office.") from error
        return messages.AgainAnswer(epoch=epoch)

    def _hello(self, request: Request) -> Struct:
        message = self._read(request, messages.HelloRequest)
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
        message = self._read(request, messages.PushRequest)
        if message.incarnation != asking.incarnation:
            raise Refused("bad-message", "The batch is of another device than the one that signed it.")
        facts, sides = checked_facts(message), checked_sides(message)
        if message.proof is not None:
            self._look_back(asking, message.proof)
        try:
            with self._server.acting() as act:
                taken = take(self._server, act, asking.incarnation, facts, sides, one_line(message.software))
                ServerDevice(self._server).follow(act, taken.after)
                if taken.froze and taken.forked is not None:
                    ServerDevice(self._server).record(act, DeviceFrozen(asking.incarnation, taken.forked))
                epoch = self._server.epoch(act.connection)
                unread = quarantined(act.connection, asking.incarnation, messages.MAX_QUARANTINED)
                recall, unknown = to_tell(act.connection, asking.incarnation, _MOST_RECALLED)
        except Gap as gap:
            raise Refused("gap", expected=gap.expected) from gap
        except BrokenChain as broken:
            raise Refused("broken-chain", broken.why, number=broken.number) from broken
        except ForgedFact as forged:
            raise Refused("signature-invalid", str(forged), number=forged.number) from forged
        if taken.new:
            book_waiting(self._server)
        if taken.forked is not None:
            raise Refused("forked", "Enrol this till again.", number=taken.forked)
        self.metrics.batches.inc()
        self.metrics.facts.inc(taken.new)
        self.metrics.quarantined.inc(len(taken.quarantined))
        return messages.PushAnswer(
            acknowledged=taken.acknowledged,
            hash=taken.hash,
            epoch=epoch,
            quarantined=unread,
            standing=_STANDINGS[taken.state],
            signature=recovery.acknowledge(self._server, asking.incarnation, taken.acknowledged, taken.hash, epoch),
            recall=recall,
            unknown=unknown or UNSET,
        )

    def _look_back(self, asking: Device, proof: messages.Acknowledgement) -> None:
        """Begin a new epoch if the server once held more of this device than it does."""
        known = recovery.Device(asking.incarnation, asking.head_number, asking.head_hash)
        with self._server.reading() as connection:
            forgot = recovery.forgot(self._server, connection, known, proof)
        if forgot:
            why = (
                f"A till shows that the server held its facts up to {proof.acknowledged}; it holds {known.head_number}."
            )
            with self._server.acting() as act:
                recovery.raise_epoch(self._server, act, proof.epoch, why)

    def _pull(self, request: Request) -> Struct:
        asking, message = self._signed(request, messages.PullRequest)
        with self._server.reading() as connection:
            reader = Reader(asking.incarnation, asking.store_id, asking.pepper(self._server))
            epoch = self._server.epoch(connection)
            try:
                found = page(connection, self._server.sealer, reader, message.cursor, message.limit, epoch)
            except CursorUnknown as unknown:
                raise Refused("cursor-unknown", "Pull again from the start.", epoch=epoch) from unknown
        if not found.more or not asking.pulled_version:
            self._note_pull(asking.incarnation, found.cursor.version)
        self.metrics.pulls.inc()
        self.metrics.rows.inc(len(found.rows))
        return messages.PullAnswer(
            rows=found.rows, cursor=found.cursor, more=found.more, acknowledged=asking.head_number, behind=found.behind
        )

    def _snapshot(self, request: Request) -> Struct:
        asking, message = self._signed(request, messages.SnapshotRequest)
        return self._snapshots.answer(asking, message.wanted)

    def _snapshot_part(self, request: Request) -> Answer:
        if request.method != "GET":
            raise Refused("method-not-allowed", "Use GET.")
        asking = self._allowed(request)
        with self.metrics.timed(SNAPSHOT_FILES):
            return self._snapshots.part(asking, request.path.removeprefix(SNAPSHOT_FILES), request.headers)

    def _lease(self, request: Request) -> Struct:
        asking, message = self._signed(request, messages.LeaseRequest)
        resource = checked_resource(message)
        with self._server.acting() as act:
            lent = lending.lend(self._server, act, asking.incarnation, message.id, resource, message.amount)
        if isinstance(lent, Refusal):
            raise Refused(lent.code, lent.detail)
        return messages.LeaseAnswer(lease=lent.doc, signature=lent.signature)

    def _declare(self, request: Request) -> Struct:
        asking, message = self._signed(request, messages.DeclareRequest)
        if len(message.leases) > messages.MAX_DECLARED:
            raise Refused("too-large", f"At most {messages.MAX_DECLARED} leases are declared at a time.")
        shown = [Lent(one.lease, one.signature) for one in message.leases]
        try:
            with self._server.acting() as act:
                lending.declare(self._server, act, asking.incarnation, message.epoch, shown, more=message.more)
        except WrongEpoch:
            with self._server.reading() as connection:
                return messages.DeclareAnswer(epoch=self._server.epoch(connection))
        return messages.DeclareAnswer(epoch=message.epoch)

    def _signed(self, request: Request, type_: type[Message]) -> tuple[Device, Message]:
        """Who asks, and what; raise ``Refused``, also for a device that gets nothing any more."""
        return self._allowed(request), self._read(request, type_)

    def _allowed(self, request: Request) -> Device:
        """The device that signed the request, if it still gets anything."""
        with self._server.reading() as connection:
            asking = authenticate(self._server, connection, request.method, request.path, request.headers, request.body)
        if asking.state == REVOKED:
            raise Refused("device-revoked", "Head office revoked this till.")
        return asking

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
