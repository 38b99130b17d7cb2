"""The protocol from the till's side: signed requests out, checked answers in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Final, TypeVar
from uuid import UUID

import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from pos_client.app.ports import Network, Response
from shared_models.domain.errors import DomainError
from shared_models.domain.facts import Fact, Side
from shared_models.domain.text import N_
from shared_models.wire import messages
from shared_models.wire.messages import (
    Cursor,
    EnrolAnswer,
    EnrolRequest,
    HelloAnswer,
    HelloRequest,
    Problem,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    SnapshotAnswer,
    SnapshotRequest,
)

Sign = Callable[[bytes], bytes]
Answer = TypeVar("Answer", bound=Struct)
Result = TypeVar("Result")

_ZSTD: Final = "zstd"
_COMPRESS_FROM_BYTES: Final = 1_024
_LEVEL: Final = 3
_RANGE: Final = re.compile(r"bytes (\d{1,18})-\d{1,18}/\d{1,18}")


class SyncTrouble(DomainError):
    """The server can't be spoken with now. Selling goes on; the till tries again by itself."""

    code = "sync_trouble"


class Unreachable(SyncTrouble):
    code = "unreachable"
    template = N_("The server can't be reached. Sales are kept and sent later; check the till's network if this lasts.")


class ServerTrouble(SyncTrouble):
    code = "server_trouble"
    template = N_("The server has a fault of its own. Sales are kept and sent later; tell head office if this lasts.")


class NotOurServer(SyncTrouble):
    code = "not_our_server"
    template = N_(
        "Something else than our server answered. Sales are kept; check that the network isn't waiting for a sign-in."
    )


class Refused(DomainError):
    """The server understood and said no; ``problem`` is its answer."""

    code = "refused_by_server"
    template = N_("The server refused: {detail}")

    def __init__(self, problem: Problem) -> None:
        super().__init__(detail=problem.detail or problem.title)
        self.problem = problem


class Client:
    """One device's side of the protocol. Raise ``SyncTrouble`` or ``Refused`` from every call."""

    def __init__(self, network: Network, incarnation: UUID, sign: Sign, software: str, server_key: bytes) -> None:
        """``server_key`` is the server's raw Ed25519 public key, as enrolment told it."""
        self._network = network
        self._incarnation = incarnation
        self._sign = sign
        self._software = software
        self._server_key = Ed25519PublicKey.from_public_bytes(server_key)
        self._nonce = b""

    def hello(self) -> HelloAnswer:
        """Get a nonce to sign the following requests over."""
        request = messages.encode(HelloRequest(incarnation=self._incarnation))
        answer = exchange(self._network, "/v1/hello", {}, request, HelloAnswer)
        self._nonce = answer.nonce
        return answer

    def push(self, facts: list[Fact], sides: list[Side]) -> PushAnswer:
        return self._signed(
            "/v1/push",
            PushRequest(
                incarnation=self._incarnation,
                facts=[messages.fact_message(fact) for fact in facts],
                sides=[messages.side_message(side) for side in sides],
                software=self._software,
            ),
            PushAnswer,
        )

    def pull(self, cursor: Cursor | None, limit: int) -> PullAnswer:
        return self._signed("/v1/pull", PullRequest(cursor=cursor, limit=limit), PullAnswer)

    def snapshot(self, wanted: UUID | None) -> SnapshotAnswer:
        """Ask for a ready-made replica; raise ``NotOurServer`` if one isn't signed by our server for this device."""
        answer = self._signed("/v1/snapshot", SnapshotRequest(wanted=wanted), SnapshotAnswer)
        if answer.state != "ready":
            return answer
        if answer.id is None or answer.cursor is None or answer.size < 1 or answer.part_bytes < 1:
            raise NotOurServer
        try:
            self._server_key.verify(answer.signature, messages.snapshot_message(self._incarnation, answer))
        except (InvalidSignature, OverflowError):
            raise NotOurServer from None
        return answer

    def snapshot_part(self, id_: UUID, start: int, end: int) -> bytes:
        """The bytes from ``start`` on, before ``end``, as far as they came; fewer if the server gives fewer or the
        connection was cut, but at least one."""

        def fetch() -> bytes:
            path = f"/v1/snapshot/{id_}"
            headers = {"range": f"bytes={start}-{end - 1}", **self._signature("GET", path, b"")}
            answer = self._network.get(path, headers)
            if answer.status != 206:
                raise _refusal(answer)
            given = _RANGE.fullmatch(answer.headers.get("content-range", ""))
            if given is None or int(given[1]) != start or start + len(answer.body) > end:
                raise NotOurServer
            if not answer.body:
                raise Unreachable
            return answer.body

        return self._with_nonce(fetch)

    def _signed(self, path: str, request: Struct, type_: type[Answer]) -> Answer:
        return self._with_nonce(lambda: self._send(path, request, type_))

    def _with_nonce(self, send: Callable[[], Result]) -> Result:
        """Sign over the nonce; if it has gone stale meanwhile, get another one, once."""
        if not self._nonce:
            self.hello()
        try:
            return send()
        except Refused as refused:
            if refused.problem.code != "nonce-expired":
                raise
        self.hello()
        return send()

    def _send(self, path: str, request: Struct, type_: type[Answer]) -> Answer:
        headers, body = _packed(messages.encode(request))
        return exchange(self._network, path, headers | self._signature("POST", path, body), body, type_)

    def _signature(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """The headers that make a request this device's."""
        message = messages.request_message(method, path, self._nonce, hashlib.sha256(body).digest())
        return {
            messages.INCARNATION_HEADER: str(self._incarnation),
            messages.NONCE_HEADER: base64.b64encode(self._nonce).decode(),
            messages.SIGNATURE_HEADER: base64.b64encode(self._sign(message)).decode(),
        }


def enrol(network: Network, code: str, public_key: bytes, software: str) -> EnrolAnswer:
    """Ask to become a device. Repeating it with the same code and key gives the same answer."""
    request = EnrolRequest(code=code.strip(), public_key=public_key, software=software)
    return exchange(network, "/v1/enrol", {}, messages.encode(request), EnrolAnswer)


def exchange(network: Network, path: str, headers: dict[str, str], body: bytes, type_: type[Answer]) -> Answer:
    """Send one request and read its answer as what it has to be."""
    sent = {"content-type": messages.MEDIA_TYPE, "accept-encoding": _ZSTD, **headers}
    answer = network.post(path, sent, body)
    if answer.status != 200 or _media_type(answer) != messages.MEDIA_TYPE:
        raise _refusal(answer)
    try:
        return messages.decode(_unpacked(answer), type_)
    except messages.BadMessage:
        raise NotOurServer from None


def _refusal(answer: Response) -> SyncTrouble | Refused:
    """What an answer means that isn't what was asked for."""
    if _media_type(answer) != messages.PROBLEM_MEDIA_TYPE:
        return ServerTrouble() if answer.status >= 500 else NotOurServer()
    try:
        problem = messages.decode_problem(_unpacked(answer))
    except (messages.BadMessage, NotOurServer):
        return NotOurServer()
    return ServerTrouble() if problem.code == "internal" else Refused(problem)


def _packed(body: bytes) -> tuple[dict[str, str], bytes]:
    if len(body) < _COMPRESS_FROM_BYTES:
        return {}, body
    return {"content-encoding": _ZSTD}, zstandard.ZstdCompressor(level=_LEVEL).compress(body)


def _unpacked(answer: Response) -> bytes:
    """The answer's plain bytes, at most as many as agreed, whatever it claims to be."""
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return answer.body
    if encoding != _ZSTD:
        raise NotOurServer
    try:
        plain = zstandard.ZstdDecompressor().stream_reader(answer.body).read(messages.MAX_BODY_BYTES + 1)
    except zstandard.ZstdError:
        raise NotOurServer from None
    if len(plain) > messages.MAX_BODY_BYTES:
        raise NotOurServer
    return plain


def _media_type(answer: Response) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()
