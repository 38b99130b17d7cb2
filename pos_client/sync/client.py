"""The protocol from the till's side: signed requests out, checked answers in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar
from uuid import UUID

import msgspec
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
    Acknowledgement,
    AgainAnswer,
    AgainRequest,
    Certificate,
    Cursor,
    DeclareAnswer,
    DeclareRequest,
    EnrolAnswer,
    EnrolRequest,
    HelloAnswer,
    HelloRequest,
    LeaseAnswer,
    LeaseRequest,
    Predecessor,
    Problem,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    SignedLease,
    SnapshotAnswer,
    SnapshotRequest,
)

Sign = Callable[[bytes], bytes]
Answer = TypeVar("Answer", bound=Struct)
Result = TypeVar("Result")

_ZSTD: Final = "zstd"
_COMPRESS_FROM_BYTES: Final = 1_024
_LEVEL: Final = 3
_MAX_WINDOW_BYTES: Final = 8 * 1024 * 1024
_LONGEST_DETAIL: Final = 200
_RANGE: Final = re.compile(r"bytes (\d{1,18})-\d{1,18}/\d{1,18}")


_NOT_UNDERSTOOD: Final = frozenset(
    ("bad-message", "unsupported-version", "too-large", "not-found", "method-not-allowed")
)


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
        super().__init__(detail=_shown(problem.detail or problem.title))
        self.problem = problem


class UpdateNeeded(Refused):
    """One of the two doesn't understand the other."""

    code = "update_needed"
    template = N_(
        "Till and server don't understand each other. Sales are kept and sent after an update of one of the two."
    )


class TillOutdated(UpdateNeeded):
    code = "till_outdated"
    template = N_("The server no longer understands this till's version. Sales are kept; have the till updated.")


class ServerOutdated(UpdateNeeded):
    code = "server_outdated"
    template = N_("The server's version is too old for this till. Sales are kept; have the server updated.")


class Client:
    """One device's side of the protocol. Raise ``SyncTrouble`` or ``Refused`` from every call.

    ``speaks``: the versions of messages it can use. Each hello tries the newest, so that a server that was updated is
    spoken with in it from the next round on.
    """

    def __init__(
        self,
        network: Network,
        incarnation: UUID,
        sign: Sign,
        software: str,
        server_key: bytes,
        speaks: tuple[int, ...] = messages.SUPPORTED,
    ) -> None:
        """``server_key`` is the server's raw Ed25519 public key; empty if this till was enrolled without it."""
        self._network = network
        self._speaks = speaks
        self._version = max(speaks)
        self._incarnation = incarnation
        self._sign = sign
        self._software = software
        self._server_key = server_key
        self._nonce = b""

    def hello(self) -> HelloAnswer:
        """Get a nonce to sign the following requests over."""

        def ask(version: int) -> HelloAnswer:
            request = HelloRequest(v=version, incarnation=self._incarnation)
            return exchange(self._network, "/v1/hello", {}, messages.encode(request), HelloAnswer, version)

        answer, self._version = in_common_version(ask, self._speaks)
        self._nonce = answer.nonce
        return answer

    def enrol_again(self, certificate: Certificate, pepper: bytes) -> AgainAnswer:
        """Be taken in again by a server that forgot us: it was restored from a backup of before our enrolment."""
        signature = self._sign(messages.again_message(messages.certificate_message(certificate), pepper))
        request = AgainRequest(
            v=self._version, certificate=certificate, pepper=pepper, signature=signature, software=self._software
        )
        return exchange(self._network, "/v1/enrol/again", {}, messages.encode(request), AgainAnswer, self._version)

    def push(self, facts: list[Fact], sides: list[Side], proof: Acknowledgement | None = None) -> PushAnswer:
        return self._signed(
            "/v1/push",
            PushRequest(
                incarnation=self._incarnation,
                facts=[messages.fact_message(fact) for fact in facts],
                sides=[messages.side_message(side) for side in sides],
                software=self._software,
                proof=proof,
            ),
            PushAnswer,
        )

    def pull(self, cursor: Cursor | None, limit: int) -> PullAnswer:
        return self._signed("/v1/pull", PullRequest(cursor=cursor, limit=limit), PullAnswer)

    def snapshot(self, wanted: UUID | None) -> SnapshotAnswer:
        """Ask for a ready-made replica; raise ``NotOurServer`` if one isn't signed by our server for this device. Who
        can't check that gets pages."""
        if not self._server_key:
            return SnapshotAnswer(state="pages")
        answer = self._signed("/v1/snapshot", SnapshotRequest(wanted=wanted), SnapshotAnswer)
        if answer.state != "ready":
            return answer
        if answer.id is None or answer.cursor is None or answer.size < 1 or answer.part_bytes < 1:
            raise NotOurServer
        try:
            key = Ed25519PublicKey.from_public_bytes(self._server_key)
            key.verify(answer.signature, messages.snapshot_message(self._incarnation, answer))
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

    def lease(self, id: UUID, kind: str, key: str, amount: int, *, spare: bool = False) -> LeaseAnswer:
        """Ask to be lent ``amount`` or less, ``spare``: of what nobody holds. Repeating it with the same id gets the
        same answer."""
        request = LeaseRequest(id=id, kind=kind, key=key, amount=amount, spare=spare)
        return self._signed("/v1/lease", request, LeaseAnswer)

    def declare(self, epoch: int, leases: list[SignedLease], *, more: bool) -> DeclareAnswer:
        request = DeclareRequest(epoch=epoch, leases=leases, more=more)
        return self._signed("/v1/lease/declare", request, DeclareAnswer)

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
        headers, body = _packed(messages.encode(msgspec.structs.replace(request, v=self._version)))
        headers |= self._signature("POST", path, body)
        return exchange(self._network, path, headers, body, type_, self._version)

    def _signature(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """The headers that make a request this device's."""
        message = messages.request_message(method, path, self._nonce, hashlib.sha256(body).digest())
        return {
            messages.INCARNATION_HEADER: str(self._incarnation),
            messages.NONCE_HEADER: base64.b64encode(self._nonce).decode(),
            messages.SIGNATURE_HEADER: base64.b64encode(self._sign(message)).decode(),
        }


def enrol(
    network: Network,
    code: str,
    public_key: bytes,
    software: str,
    predecessor: Predecessor | None = None,
    speaks: tuple[int, ...] = messages.SUPPORTED,
) -> EnrolAnswer:
    """Ask to become a device. Repeating it with the same code and key gives the same answer.

    ``predecessor`` is the lane's journal that this one goes on from.
    """

    def ask(version: int) -> EnrolAnswer:
        request = EnrolRequest(
            v=version, code=code.strip(), public_key=public_key, software=software, predecessor=predecessor
        )
        return exchange(network, "/v1/enrol", {}, messages.encode(request), EnrolAnswer, version)

    return in_common_version(ask, speaks)[0]


def in_common_version(ask: Callable[[int], Answer], speaks: tuple[int, ...]) -> tuple[Answer, int]:
    """``ask`` in the newest version, or else in the newest that the server says it knows too; the answer and the
    version it came in. Raise ``TillOutdated``, ``ServerOutdated``."""
    newest = max(speaks)
    try:
        return ask(newest), newest
    except UpdateNeeded as refused:
        if refused.problem.code != "unsupported-version":
            raise
        theirs = refused.problem.supported or (messages.FIRST_VERSION,)
        older = max((version for version in speaks if version in theirs and version < newest), default=None)
        if older is None:
            raise _outdated(theirs, newest)(refused.problem) from None
    return ask(older), older


def _outdated(theirs: Sequence[int], newest: int) -> type[UpdateNeeded]:
    if min(theirs) > newest:
        return TillOutdated
    return ServerOutdated if max(theirs) < newest else UpdateNeeded


def exchange(
    network: Network, path: str, headers: dict[str, str], body: bytes, type_: type[Answer], version: int
) -> Answer:
    """Send one request and read its answer as what it has to be: a message of that type and the request's version."""
    sent = {"content-type": messages.MEDIA_TYPE, "accept-encoding": _ZSTD, **headers}
    answer = network.post(path, sent, body)
    if answer.status != 200 or _media_type(answer) != messages.MEDIA_TYPE:
        raise _refusal(answer)
    plain = _unpacked(answer)
    try:
        if messages.version_of(plain) != version:
            raise NotOurServer
        return messages.decode(plain, type_)
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
    if problem.code == "internal":
        return ServerTrouble()
    return (UpdateNeeded if problem.code in _NOT_UNDERSTOOD else Refused)(problem)


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
        reader = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).stream_reader(answer.body)
        plain = reader.read(messages.MAX_BODY_BYTES + 1)
    except zstandard.ZstdError:
        raise NotOurServer from None
    if len(plain) > messages.MAX_BODY_BYTES:
        raise NotOurServer
    return plain


def _media_type(answer: Response) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def _shown(text: str) -> str:
    """Words of the server's for a person: one line, not too long."""
    return "".join(letter for letter in text[:_LONGEST_DETAIL] if letter.isprintable())
