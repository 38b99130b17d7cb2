"""The wire between a till and the server, and what can befall a request on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pos_client.app.ports import Response
from pos_client.sync.client import Unreachable
from tillpoint.simulate.kernel import Kernel, PowerCut
from tillpoint.simulate.machine import Machine

Handler = Callable[[str, str, Mapping[str, str], bytes], Response]
"""``handle(method, path, headers, body)`` of the server as it stands now."""

TIME_OUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class NetworkFaults:
    """How often, in a thousand requests, each thing happens."""

    request_lost: int = 0
    request_cut: int = 0
    request_late: int = 0
    answer_lost: int = 0
    answer_cut: int = 0
    doubled: int = 0
    doubled_late: int = 0
    delayed: int = 0
    html: int = 0
    piece_lost: int = 0
    piece_cut: int = 0
    piece_altered: int = 0


NO_FAULTS = NetworkFaults()
ALL_FAULTS = NetworkFaults(
    request_lost=40,
    request_cut=15,
    request_late=30,
    answer_lost=60,
    answer_cut=30,
    doubled=60,
    doubled_late=40,
    delayed=60,
    html=15,
    piece_lost=50,
    piece_cut=50,
    piece_altered=40,
)


class SimNetwork:
    """The ``Network`` port of one till in its present life."""

    def __init__(self, kernel: Kernel, owner: str, machine: Machine, server: Handler, faults: NetworkFaults) -> None:
        self._kernel = kernel
        self._machine = machine
        self._life = machine.life
        self._server = server
        self._faults = faults
        self._random = kernel.chance.stream(f"{owner}/network")
        self.unplugged_until_ms = 0
        self.hangs = False

    def unplug(self, duration_ms: int, *, hangs: bool) -> None:
        """No way to the server for a while: refused at once, or hanging until the time-out."""
        self.unplugged_until_ms = self._kernel.now_ms + duration_ms
        self.hangs = hangs

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """See the port. Other machines go on while the request and its answer travel."""
        self._travel()
        if self._kernel.now_ms < self.unplugged_until_ms:
            if self.hangs:
                self._pause(TIME_OUT_MS)
            raise Unreachable
        if self._happens("request_lost"):
            self._pause(TIME_OUT_MS)
            raise Unreachable
        if self._happens("request_cut"):
            self._replay(path, headers, body[: self._random.randrange(len(body))])
            raise Unreachable
        if self._happens("request_late"):
            self._later(path, headers, body)
            self._pause(TIME_OUT_MS)
            raise Unreachable
        if self._happens("doubled_late"):
            self._later(path, headers, body)
        answer = self._deliver(path, headers, body)
        if self._happens("doubled"):
            answer = self._deliver(path, headers, body)
        if self._happens("delayed"):
            self._pause(self._random.randrange(1_000, TIME_OUT_MS))
        if self._happens("answer_lost"):
            self._pause(TIME_OUT_MS)
            raise Unreachable
        self._travel()
        if self._happens("answer_cut"):
            raise Unreachable
        if self._happens("html"):
            return Response(
                200, {"content-type": "text/html"}, b"<html><body>Please sign in to the Wi-Fi</body></html>"
            )
        return answer

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """See the port. A cut one keeps what came of its body, and one bit of it may be another on arrival."""
        self._travel()
        if self._kernel.now_ms < self.unplugged_until_ms:
            if self.hangs:
                self._pause(TIME_OUT_MS)
            raise Unreachable
        answer = self._deliver(path, headers, b"", "GET")
        self._travel()
        if self._happens("piece_lost"):
            self._pause(TIME_OUT_MS)
            raise Unreachable
        body = answer.body
        if body and self._happens("piece_cut"):
            body = body[: self._random.randrange(len(body))]
        if body and self._happens("piece_altered"):
            at = self._random.randrange(len(body))
            body = body[:at] + bytes([body[at] ^ (1 << self._random.randrange(8))]) + body[at + 1 :]
        return Response(answer.status, answer.headers, body)

    def _happens(self, fault: str) -> bool:
        if self._random.randrange(1_000) >= getattr(self._faults, fault):
            return False
        self._kernel.faults[fault] += 1
        return True

    def _travel(self) -> None:
        self._pause(self._random.randrange(5, 200))

    def _pause(self, duration_ms: int) -> None:
        self._kernel.wait(duration_ms)
        self._machine.check(self._life)

    def _deliver(self, path: str, headers: Mapping[str, str], body: bytes, method: str = "POST") -> Response:
        try:
            return self._server(method, path, headers, body)
        except PowerCut as cut:
            self._kernel.crashed(cut)
            raise Unreachable from cut

    def _later(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """It overtakes nothing and is overtaken by much: the till has sent other requests before it arrives."""
        delay = self._random.randrange(TIME_OUT_MS, 600_000)
        self._kernel.after(delay, "network", lambda: self._replay(path, headers, body))

    def _replay(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """A request reaches the server, and nobody hears the answer."""
        try:
            self._server("POST", path, headers, body)
        except PowerCut as cut:
            self._kernel.crashed(cut)
